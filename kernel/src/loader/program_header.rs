//! The program headers, each by itself: none may contradict the file, nor ask for what no program
//! gets.

use alloc::vec::Vec;

use elf::abi;
use elf::endian::LittleEndian;
use elf::file::Class;
use elf::parse::ParseAt;
use elf::segment::ProgramHeader;

use super::error::ElfError;
use super::file_header::{FileHeader, len_u64, range_within};
use super::limits::{ELF_MAX_IMAGE_BYTES, ELF_MAX_SEGMENT_ALIGN, ELF_MAX_TLS_ALIGN, PAGE_SIZE};
use super::program::Permissions;

/// A program header and its place in the table.
pub(super) struct Numbered {
    pub(super) index: u16,
    pub(super) header: ProgramHeader,
}

/// The program headers that matter, each checked by itself.
#[derive(Default)]
pub(super) struct Found {
    pub(super) loads: Vec<Numbered>,
    pub(super) dynamic: Option<Numbered>,
    pub(super) tls: Option<Numbered>,
    pub(super) relro: Option<Numbered>,
    pub(super) phdr: Option<Numbered>,
    pub(super) stack: Option<Numbered>,
}

impl Found {
    /// Reads the table from first to last. Types that are not named here (notes, unwind tables) are
    /// passed over.
    pub(super) fn collect(binary: &[u8], file: &FileHeader) -> Result<Self, ElfError> {
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
    pub(super) fn page_align(&self) -> u64 {
        self.header.p_align.max(PAGE_SIZE)
    }

    pub(super) fn permissions(&self) -> Permissions {
        let mut permissions = Permissions::empty();
        permissions.set(Permissions::READ, self.header.p_flags & abi::PF_R != 0);
        permissions.set(Permissions::WRITE, self.header.p_flags & abi::PF_W != 0);
        permissions.set(Permissions::EXECUTE, self.header.p_flags & abi::PF_X != 0);
        permissions
    }
}
#[cfg(test)]
mod tests {
    use super::super::test_file::{R, TestFile, W, X, header, refusal, start};
    use super::*;

    #[test]
    fn kinds_that_may_occur_once_are_refused_twice() {
        for kind in [
            abi::PT_DYNAMIC,
            abi::PT_TLS,
            abi::PT_GNU_RELRO,
            abi::PT_PHDR,
            abi::PT_GNU_STACK,
        ] {
            let again = header(kind, R, 0, 0, 0, 0, 0);
            let file = TestFile::exec().with(again).with(again);
            assert_eq!(refusal(&file).name(), "DuplicateProgramHeader", "{kind:#x}");
        }
    }

    #[test]
    fn unknown_kinds_are_passed_over() {
        for kind in [
            abi::PT_NULL,
            abi::PT_NOTE,
            abi::PT_GNU_PROPERTY,
            0x7000_1234,
        ] {
            let file = TestFile::exec().with(header(kind, 7, u64::MAX, u64::MAX, 1, 0, 3));
            assert!(start(&file.bytes()).is_ok(), "{kind:#x}");
        }
    }

    #[test]
    fn dynamic_linker_is_refused() {
        let file = TestFile::exec().with(header(abi::PT_INTERP, R, 0, 0, 0, 0, 1));
        let error = refusal(&file);
        assert_eq!(error, ElfError::Interpreter { index: 2 });
        assert_eq!(
            (error.field(), error.errno()),
            ("p_type", kpio_abi::errors::Errno::ENOEXEC)
        );
    }

    #[test]
    fn stack_may_have_a_size_but_no_code() {
        let file = TestFile::exec().with(header(abi::PT_GNU_STACK, R | W, 0, 0, 0, 1 << 20, 16));
        let bytes = file.bytes();
        assert_eq!(
            start(&bytes).expect("a correct file").requested_stack_len(),
            1 << 20
        );
        let file = TestFile::exec().with(header(abi::PT_GNU_STACK, R | W | X, 0, 0, 0, 0, 16));
        assert_eq!(
            refusal(&file),
            ElfError::ExecutableStack { index: 2, flags: 7 }
        );
    }
}
