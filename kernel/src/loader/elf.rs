//! The file header and the program headers: what may run, and where its bytes go.

use alloc::vec::Vec;
use core::ops::Range;

use elf::abi;
use elf::endian::{EndianParse, LittleEndian};
use elf::file::Class;
use elf::parse::{ParseAt, ParseError};
use elf::segment::ProgramHeader;

use super::error::ElfError;
use super::limits::{
    ELF_MAX_IMAGE_BYTES, ELF_MAX_PROGRAM_HEADERS, ELF_MAX_SEGMENT_ALIGN, ELF_MAX_TLS_ALIGN,
    PAGE_SIZE, USER_MIN, USER_MMAP_TOP, USER_TEXT_BASE,
};
use super::program::{LoadedProgram, Permissions, Segment, TlsTemplate, align_down};
use super::relocate;

/// Bytes of an ELF64 file header.
const HEADER_LEN: u16 = 64;
/// Bytes of an ELF64 program header.
pub(super) const PROGRAM_HEADER_LEN: u16 = 56;

/// Loads static and static-PIE executables for x86-64.
#[derive(Debug)]
pub struct Elf64Loader;

impl Elf64Loader {
    /// Checks the headers of `binary` and places its segments: ET_DYN at `USER_TEXT_BASE`, ET_EXEC
    /// where it says.
    ///
    /// Copies nothing. The result is not runnable before [`Self::relocate`].
    pub fn load(binary: &[u8]) -> Result<LoadedProgram<'_>, ElfError> {
        let header = FileHeader::read(binary)?;
        let found = Found::collect(binary, &header)?;
        place(binary, &header, &found)
    }

    /// Checks the dynamic table and computes what the program's relocations write.
    ///
    /// Does nothing for a program without PT_DYNAMIC. Calling it again gives the same result.
    pub fn relocate(program: &mut LoadedProgram<'_>) -> Result<(), ElfError> {
        program.patches = relocate::patches(program)?;
        Ok(())
    }
}

/// What the file header says, once it has been found acceptable.
struct FileHeader {
    is_pie: bool,
    entry: u64,
    /// Where the program headers lie in the file.
    table: Range<usize>,
    count: u16,
}

impl FileHeader {
    /// Reads and checks the header, field by field in the order of the file.
    fn read(binary: &[u8]) -> Result<Self, ElfError> {
        let file_len = len_u64(binary);
        let mut found = [0; 4];
        for (to, from) in found.iter_mut().zip(binary) {
            *to = *from;
        }
        if found != abi::ELFMAGIC {
            return Err(ElfError::BadMagic { found });
        }
        let fields =
            RawHeader::parse(binary).map_err(|_| ElfError::HeaderTruncated { len: file_len })?;
        fields.check()?;
        let len = u64::from(fields.phnum).saturating_mul(u64::from(PROGRAM_HEADER_LEN));
        let table =
            range_within(fields.phoff, len, binary).ok_or(ElfError::ProgramHeadersOutsideFile {
                offset: fields.phoff,
                len,
                file_len,
            })?;
        Ok(Self {
            is_pie: fields.kind == abi::ET_DYN,
            entry: fields.entry,
            table,
            count: fields.phnum,
        })
    }
}

/// The header's fields as they are in the file. Addresses of sections are not read: loading needs
/// none.
struct RawHeader {
    class: u8,
    data: u8,
    ident_version: u8,
    os_abi: u8,
    abi_version: u8,
    kind: u16,
    machine: u16,
    version: u32,
    entry: u64,
    phoff: u64,
    flags: u32,
    ehsize: u16,
    phentsize: u16,
    phnum: u16,
}

impl RawHeader {
    /// Fails only if the file has fewer than 64 bytes.
    fn parse(binary: &[u8]) -> Result<Self, ParseError> {
        let mut at = abi::EI_CLASS;
        let read = LittleEndian;
        let class = read.parse_u8_at(&mut at, binary)?;
        let data = read.parse_u8_at(&mut at, binary)?;
        let ident_version = read.parse_u8_at(&mut at, binary)?;
        let os_abi = read.parse_u8_at(&mut at, binary)?;
        let abi_version = read.parse_u8_at(&mut at, binary)?;
        at = abi::EI_NIDENT;
        let kind = read.parse_u16_at(&mut at, binary)?;
        let machine = read.parse_u16_at(&mut at, binary)?;
        let version = read.parse_u32_at(&mut at, binary)?;
        let entry = read.parse_u64_at(&mut at, binary)?;
        let phoff = read.parse_u64_at(&mut at, binary)?;
        let _shoff = read.parse_u64_at(&mut at, binary)?;
        let flags = read.parse_u32_at(&mut at, binary)?;
        let ehsize = read.parse_u16_at(&mut at, binary)?;
        let phentsize = read.parse_u16_at(&mut at, binary)?;
        let phnum = read.parse_u16_at(&mut at, binary)?;
        for _shentsize_shnum_shstrndx in 0..3 {
            read.parse_u16_at(&mut at, binary)?;
        }
        Ok(Self {
            class,
            data,
            ident_version,
            os_abi,
            abi_version,
            kind,
            machine,
            version,
            entry,
            phoff,
            flags,
            ehsize,
            phentsize,
            phnum,
        })
    }

    fn check(&self) -> Result<(), ElfError> {
        if self.class != abi::ELFCLASS64 {
            return Err(ElfError::Class { found: self.class });
        }
        if self.data != abi::ELFDATA2LSB {
            return Err(ElfError::ByteOrder { found: self.data });
        }
        if self.ident_version != abi::EV_CURRENT {
            return Err(ElfError::IdentVersion {
                found: self.ident_version,
            });
        }
        if ![abi::ELFOSABI_SYSV, abi::ELFOSABI_GNU].contains(&self.os_abi) {
            return Err(ElfError::OsAbi { found: self.os_abi });
        }
        if self.abi_version != 0 {
            return Err(ElfError::AbiVersion {
                found: self.abi_version,
            });
        }
        if ![abi::ET_EXEC, abi::ET_DYN].contains(&self.kind) {
            return Err(ElfError::FileType { found: self.kind });
        }
        if self.machine != abi::EM_X86_64 {
            return Err(ElfError::Machine {
                found: self.machine,
            });
        }
        if self.version != u32::from(abi::EV_CURRENT) {
            return Err(ElfError::FileVersion {
                found: self.version,
            });
        }
        if self.flags != 0 {
            return Err(ElfError::ProcessorFlags { found: self.flags });
        }
        if self.ehsize != HEADER_LEN {
            return Err(ElfError::HeaderSize { found: self.ehsize });
        }
        // Before e_phentsize, which is 0 in a file without program headers: the count says more.
        if self.phnum == 0 {
            return Err(ElfError::NoProgramHeaders {});
        }
        if self.phnum == abi::PN_XNUM {
            return Err(ElfError::ExtendedProgramHeaderCount {});
        }
        if u64::from(self.phnum) > ELF_MAX_PROGRAM_HEADERS {
            return Err(ElfError::TooManyProgramHeaders {
                found: self.phnum,
                limit: ELF_MAX_PROGRAM_HEADERS,
            });
        }
        if self.phentsize != PROGRAM_HEADER_LEN {
            return Err(ElfError::ProgramHeaderSize {
                found: self.phentsize,
            });
        }
        Ok(())
    }
}

/// A program header and its place in the table.
struct Numbered {
    index: u16,
    header: ProgramHeader,
}

/// The program headers that matter, each checked by itself.
#[derive(Default)]
struct Found {
    loads: Vec<Numbered>,
    dynamic: Option<Numbered>,
    tls: Option<Numbered>,
    relro: Option<Numbered>,
    phdr: Option<Numbered>,
    stack: Option<Numbered>,
}

impl Found {
    /// Reads the table from first to last. Types that are not named here (notes, unwind tables) are
    /// passed over.
    fn collect(binary: &[u8], file: &FileHeader) -> Result<Self, ElfError> {
        let mut found = Self::default();
        let mut at = file.table.start;
        for index in 0..file.count {
            // `file.table` is inside the file, so the parse cannot run out of bytes.
            let Ok(header) = ProgramHeader::parse_at(LittleEndian, Class::ELF64, &mut at, binary)
            else {
                break;
            };
            let entry = Numbered { index, header };
            match entry.header.p_type {
                abi::PT_LOAD => {
                    entry.check_load(binary)?;
                    if entry.header.p_memsz != 0 {
                        found.loads.push(entry);
                    }
                }
                abi::PT_INTERP => return Err(ElfError::Interpreter { index }),
                abi::PT_DYNAMIC => {
                    entry.check_first(&found.dynamic, "PT_DYNAMIC")?;
                    entry.check_extent(binary)?;
                    found.dynamic = Some(entry);
                }
                abi::PT_TLS => {
                    entry.check_first(&found.tls, "PT_TLS")?;
                    entry.check_extent(binary)?;
                    entry.check_tls()?;
                    found.tls = Some(entry);
                }
                abi::PT_GNU_RELRO => {
                    entry.check_first(&found.relro, "PT_GNU_RELRO")?;
                    entry.check_wrap()?;
                    found.relro = Some(entry);
                }
                abi::PT_PHDR => {
                    entry.check_first(&found.phdr, "PT_PHDR")?;
                    entry.check_wrap()?;
                    found.phdr = Some(entry);
                }
                abi::PT_GNU_STACK => {
                    entry.check_first(&found.stack, "PT_GNU_STACK")?;
                    if entry.header.p_flags & abi::PF_X != 0 {
                        return Err(ElfError::ExecutableStack {
                            index,
                            flags: entry.header.p_flags,
                        });
                    }
                    found.stack = Some(entry);
                }
                _ => {}
            }
        }
        Ok(found)
    }
}

impl Numbered {
    fn check_first(&self, earlier: &Option<Self>, kind: &'static str) -> Result<(), ElfError> {
        if earlier.is_some() {
            return Err(ElfError::DuplicateProgramHeader {
                index: self.index,
                kind,
            });
        }
        Ok(())
    }

    fn check_wrap(&self) -> Result<(), ElfError> {
        let ProgramHeader {
            p_vaddr, p_memsz, ..
        } = self.header;
        match p_vaddr.checked_add(p_memsz) {
            Some(_) => Ok(()),
            None => Err(ElfError::AddressOverflow {
                index: self.index,
                address: p_vaddr,
                len: p_memsz,
            }),
        }
    }

    /// Sizes that contradict each other, the file or the address space.
    fn check_extent(&self, binary: &[u8]) -> Result<(), ElfError> {
        let ProgramHeader {
            p_offset,
            p_filesz,
            p_memsz,
            ..
        } = self.header;
        let index = self.index;
        if p_filesz > p_memsz {
            return Err(ElfError::FileSizeAboveMemorySize {
                index,
                file_len: p_filesz,
                memory_len: p_memsz,
            });
        }
        // Without bytes in the file the offset means nothing: it may lie behind the end of a
        // stripped file.
        if p_filesz != 0 && range_within(p_offset, p_filesz, binary).is_none() {
            let file_len = len_u64(binary);
            return Err(ElfError::SegmentOutsideFile {
                index,
                offset: p_offset,
                len: p_filesz,
                file_len,
            });
        }
        self.check_wrap()
    }

    fn check_align(&self, limit: u64) -> Result<(), ElfError> {
        let align = self.header.p_align;
        if align != 0 && !align.is_power_of_two() {
            return Err(ElfError::AlignmentNotPowerOfTwo {
                index: self.index,
                align,
            });
        }
        if align > limit {
            return Err(ElfError::AlignmentTooLarge {
                index: self.index,
                align,
                limit,
            });
        }
        Ok(())
    }

    /// A page of memory must be able to show a page of the file, as on Linux, even while the kernel
    /// copies: the day it maps the page cache instead, no program that ran may stop running.
    fn check_load(&self, binary: &[u8]) -> Result<(), ElfError> {
        let ProgramHeader {
            p_offset,
            p_vaddr,
            p_flags,
            ..
        } = self.header;
        let index = self.index;
        self.check_extent(binary)?;
        self.check_align(ELF_MAX_SEGMENT_ALIGN)?;
        let align = self.page_align();
        if p_vaddr & align.wrapping_sub(1) != p_offset & align.wrapping_sub(1) {
            return Err(ElfError::Misaligned {
                index,
                address: p_vaddr,
                offset: p_offset,
                align,
            });
        }
        if p_flags & abi::PF_W != 0 && p_flags & abi::PF_X != 0 {
            return Err(ElfError::WritableAndExecutable {
                index,
                flags: p_flags,
            });
        }
        Ok(())
    }

    fn check_tls(&self) -> Result<(), ElfError> {
        self.check_align(ELF_MAX_TLS_ALIGN)?;
        if self.header.p_memsz > ELF_MAX_IMAGE_BYTES {
            let (len, limit) = (self.header.p_memsz, ELF_MAX_IMAGE_BYTES);
            return Err(ElfError::TlsTooLarge {
                index: self.index,
                len,
                limit,
            });
        }
        Ok(())
    }

    /// p_align, at least a page: 0, 1 and small values ask for nothing more.
    fn page_align(&self) -> u64 {
        self.header.p_align.max(PAGE_SIZE)
    }

    fn permissions(&self) -> Permissions {
        let mut permissions = Permissions::empty();
        permissions.set(Permissions::READ, self.header.p_flags & abi::PF_R != 0);
        permissions.set(Permissions::WRITE, self.header.p_flags & abi::PF_W != 0);
        permissions.set(Permissions::EXECUTE, self.header.p_flags & abi::PF_X != 0);
        permissions
    }
}

/// Checks the image as a whole and gives every part its final address.
fn place<'a>(
    binary: &'a [u8],
    file: &FileHeader,
    found: &Found,
) -> Result<LoadedProgram<'a>, ElfError> {
    let Some(align) = found.loads.iter().map(Numbered::page_align).max() else {
        return Err(ElfError::NoLoadSegment {});
    };
    // Limits on alignment and on the base keep this far from overflow.
    let bias = if file.is_pie {
        USER_TEXT_BASE
            .checked_next_multiple_of(align)
            .unwrap_or(USER_MMAP_TOP)
    } else {
        0
    };
    let mut program = LoadedProgram {
        binary,
        bias,
        entry: 0,
        segments: place_segments(&found.loads, bias)?,
        tls: None,
        relro: None,
        phdr_address: None,
        phdr_count: file.count,
        requested_stack_len: found.stack.as_ref().map_or(0, |stack| stack.header.p_memsz),
        dynamic: None,
        patches: Vec::new(),
    };
    program.entry = place_entry(&program, file)?;
    program.phdr_address = place_headers(&program, file, found.phdr.as_ref())?;
    if let Some(tls) = &found.tls {
        program.tls = Some(place_tls(&program, tls)?);
    }
    if let Some(relro) = &found.relro {
        program.relro = place_relro(&program, relro)?;
    }
    if let Some(dynamic) = &found.dynamic {
        let ProgramHeader {
            p_vaddr, p_filesz, ..
        } = dynamic.header;
        let range =
            loaded_bytes(&program, &dynamic.header).ok_or(ElfError::DynamicOutsideSegments {
                index: dynamic.index,
                address: p_vaddr,
                len: p_filesz,
            })?;
        program.dynamic = Some(range);
    }
    Ok(program)
}

fn place_segments(loads: &[Numbered], bias: u64) -> Result<Vec<Segment>, ElfError> {
    let mut segments: Vec<Segment> = Vec::new();
    let mut total: u64 = 0;
    for load in loads {
        let ProgramHeader {
            p_offset,
            p_vaddr,
            p_filesz,
            p_memsz,
            ..
        } = load.header;
        let index = load.index;
        let outside = ElfError::OutsideUserSpace {
            index,
            address: p_vaddr.saturating_add(bias),
            len: p_memsz,
            lowest: USER_MIN,
            end: USER_MMAP_TOP,
        };
        let address = p_vaddr.checked_add(bias).ok_or(outside)?;
        let end = address.checked_add(p_memsz).ok_or(outside)?;
        // Both limits are page aligned, so the rounded range is inside as well.
        if address < USER_MIN || end > USER_MMAP_TOP {
            return Err(outside);
        }
        // A length that is in the file fits into usize, and usize is u64 where this kernel runs.
        let (Ok(file_offset), Ok(file_len)) =
            (usize::try_from(p_offset), usize::try_from(p_filesz))
        else {
            return Err(outside);
        };
        let segment = Segment {
            address,
            memory_len: p_memsz,
            file_offset,
            file_len,
            permissions: load.permissions(),
        };
        if let Some(previous) = segments.last() {
            let previous_end = previous.range().end;
            if address < previous.address {
                return Err(ElfError::SegmentsUnordered {
                    index,
                    address,
                    previous: previous.address,
                });
            }
            if address < previous_end {
                return Err(ElfError::SegmentsOverlap {
                    index,
                    address,
                    previous_end,
                });
            }
            if align_down(address) < previous.pages().end {
                return Err(ElfError::SegmentsSharePage {
                    index,
                    address,
                    previous_end,
                });
            }
        }
        let pages = segment.pages();
        total = total.saturating_add(pages.end.saturating_sub(pages.start));
        if total > ELF_MAX_IMAGE_BYTES {
            return Err(ElfError::ImageTooLarge {
                index,
                len: total,
                limit: ELF_MAX_IMAGE_BYTES,
            });
        }
        segments.push(segment);
    }
    Ok(segments)
}

fn place_entry(program: &LoadedProgram<'_>, file: &FileHeader) -> Result<u64, ElfError> {
    let refused = ElfError::EntryNotExecutable { entry: file.entry };
    let entry = file.entry.checked_add(program.bias).ok_or(refused)?;
    let is_code = |segment: &Segment| {
        segment.permissions.contains(Permissions::EXECUTE) && segment.holds(entry, 1)
    };
    if program.segments.iter().any(is_code) {
        Ok(entry)
    } else {
        Err(refused)
    }
}

/// Where the program headers are in memory: in the first segment that has all of them in its file
/// bytes.
///
/// `None` if no segment loads them, which is fine unless PT_PHDR claims otherwise.
fn place_headers(
    program: &LoadedProgram<'_>,
    file: &FileHeader,
    phdr: Option<&Numbered>,
) -> Result<Option<u64>, ElfError> {
    let loaded = program.segments.iter().find_map(|segment| {
        let into = file.table.start.checked_sub(segment.file_offset)?;
        let end = file.table.end.checked_sub(segment.file_offset)?;
        if end > segment.file_len {
            return None;
        }
        segment.address.checked_add(u64::try_from(into).ok()?)
    });
    if let Some(Numbered { index, header }) = phdr {
        let stated = header.p_vaddr.checked_add(program.bias);
        if loaded.is_none() || stated != loaded {
            let offset = u64::try_from(file.table.start).unwrap_or(u64::MAX);
            return Err(ElfError::ProgramHeadersElsewhere {
                index: *index,
                address: header.p_vaddr,
                offset,
            });
        }
    }
    Ok(loaded)
}

fn place_tls(program: &LoadedProgram<'_>, tls: &Numbered) -> Result<TlsTemplate, ElfError> {
    let ProgramHeader {
        p_vaddr,
        p_filesz,
        p_memsz,
        p_align,
        ..
    } = tls.header;
    let refused = ElfError::TlsOutsideSegments {
        index: tls.index,
        address: p_vaddr,
        len: p_filesz,
    };
    // A block without initialised bytes occupies no memory: linkers let it lie over what comes
    // next, or nowhere.
    if p_filesz != 0 && loaded_bytes(program, &tls.header).is_none() {
        return Err(refused);
    }
    let address = p_vaddr.checked_add(program.bias).ok_or(refused)?;
    let align = p_align.max(1);
    // The thread pointer is aligned, and the block begins at an address congruent to p_vaddr, as
    // lld and musl count.
    let padding = p_vaddr.wrapping_add(p_memsz).wrapping_neg() & align.wrapping_sub(1);
    let offset = p_memsz.saturating_add(padding);
    Ok(TlsTemplate {
        address,
        file_len: p_filesz,
        memory_len: p_memsz,
        align,
        offset,
    })
}

/// Both ends rounded down: the start of RELRO is the start of its segment, and a page that holds
/// other data stays writable.
fn place_relro(
    program: &LoadedProgram<'_>,
    relro: &Numbered,
) -> Result<Option<Range<u64>>, ElfError> {
    let ProgramHeader {
        p_vaddr, p_memsz, ..
    } = relro.header;
    if p_memsz == 0 {
        return Ok(None);
    }
    let refused = ElfError::RelroOutsideSegment {
        index: relro.index,
        address: p_vaddr,
        len: p_memsz,
    };
    let start = p_vaddr.checked_add(program.bias).ok_or(refused)?;
    let end = start.checked_add(p_memsz).ok_or(refused)?;
    // Linkers round the end up to a page, beyond the bytes of the segment.
    let is_home = |segment: &Segment| {
        segment.permissions.contains(Permissions::WRITE)
            && start >= segment.address
            && end <= segment.pages().end
    };
    if !program.segments.iter().any(is_home) {
        return Err(refused);
    }
    let pages = align_down(start)..align_down(end);
    Ok(if pages.is_empty() { None } else { Some(pages) })
}

/// The file bytes of `header`, provided that a segment loads just these bytes at its p_vaddr.
fn loaded_bytes(program: &LoadedProgram<'_>, header: &ProgramHeader) -> Option<Range<usize>> {
    let address = header.p_vaddr.checked_add(program.bias)?;
    let range = program.file_range(address, header.p_filesz)?;
    (u64::try_from(range.start) == Ok(header.p_offset)).then_some(range)
}

/// `len` bytes at `offset` as a range of `binary`; `None` unless all of them are there.
fn range_within(offset: u64, len: u64, binary: &[u8]) -> Option<Range<usize>> {
    let start = usize::try_from(offset).ok()?;
    let end = start.checked_add(usize::try_from(len).ok()?)?;
    (end <= binary.len()).then_some(start..end)
}

fn len_u64(binary: &[u8]) -> u64 {
    u64::try_from(binary.len()).unwrap_or(u64::MAX)
}
