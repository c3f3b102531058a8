//! The loader: from checked headers to an image with final addresses.

use alloc::vec::Vec;
use core::ops::Range;

use elf::segment::ProgramHeader;

use super::error::ElfError;
use super::file_header::FileHeader;
use super::limits::{ELF_MAX_IMAGE_BYTES, USER_MIN, USER_MMAP_TOP, USER_TEXT_BASE};
use super::program::{LoadedProgram, Permissions, Segment, TlsTemplate, align_down};
use super::program_header::{Found, Numbered};
use super::relocate;

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
#[cfg(test)]
mod tests {
    use alloc::string::ToString;
    use alloc::vec;

    use elf::abi;

    use super::super::limits::{ELF_MAX_SEGMENT_ALIGN, ELF_MAX_TLS_ALIGN};
    use super::super::test_file::{CODE, R, TestFile, W, X, header, load, refusal, start};
    use super::*;

    #[test]
    fn static_program_is_placed_where_it_says() {
        let bytes = TestFile::exec().bytes();
        let program = start(&bytes).expect("a correct file");
        assert_eq!((program.bias(), program.entry()), (0, CODE));
        assert_eq!(program.phdr_address(), Some(0x40_0040));
        assert_eq!((program.phdr_count(), program.phdr_entry_len()), (2, 56));
        assert_eq!(program.segments().len(), 2);
        assert_eq!(
            program.segments()[1].permissions,
            Permissions::READ | Permissions::EXECUTE
        );
        assert_eq!(program.end(), 0x40_2000);
        assert!(program.tls().is_none() && program.relro().is_none());
    }

    #[test]
    fn pie_is_placed_at_the_text_base() {
        let bytes = TestFile::pie().bytes();
        let program = start(&bytes).expect("a correct file");
        assert_eq!(
            (program.bias(), program.entry()),
            (USER_TEXT_BASE, USER_TEXT_BASE + 0x1000)
        );
        assert_eq!(program.segments()[2].address, USER_TEXT_BASE + 0x2000);
        assert_eq!(program.segments()[2].memory_len, 0x1800);
    }

    #[test]
    fn base_of_a_pie_has_the_largest_alignment() {
        let mut file = TestFile::pie();
        file.headers[2].p_align = 0x100_0000;
        file.headers[2].p_vaddr = 0x100_2000;
        let bytes = file.bytes();
        assert_eq!(start(&bytes).expect("a correct file").bias(), 0x100_0000);
    }

    #[test]
    fn every_rule_about_a_segment_is_checked() {
        let code = load(R | X, 0x1000, CODE, 16, 16);
        for (changed, name) in [
            (
                ProgramHeader {
                    p_memsz: 15,
                    ..code
                },
                "FileSizeAboveMemorySize",
            ),
            (
                ProgramHeader {
                    p_filesz: 17,
                    p_memsz: 17,
                    ..code
                },
                "SegmentOutsideFile",
            ),
            (
                ProgramHeader {
                    p_offset: u64::MAX - 7,
                    ..code
                },
                "SegmentOutsideFile",
            ),
            (
                ProgramHeader {
                    p_vaddr: u64::MAX - 8,
                    ..code
                },
                "AddressOverflow",
            ),
            (
                ProgramHeader {
                    p_align: 0x1800,
                    ..code
                },
                "AlignmentNotPowerOfTwo",
            ),
            (
                ProgramHeader {
                    p_align: ELF_MAX_SEGMENT_ALIGN * 2,
                    ..code
                },
                "AlignmentTooLarge",
            ),
            (
                ProgramHeader {
                    p_vaddr: CODE + 1,
                    ..code
                },
                "Misaligned",
            ),
            (
                ProgramHeader {
                    p_vaddr: CODE + 16,
                    p_align: 16,
                    ..code
                },
                "Misaligned",
            ),
            (
                ProgramHeader {
                    p_align: 0x2000,
                    p_vaddr: CODE + 0x1000,
                    ..code
                },
                "Misaligned",
            ),
            (
                ProgramHeader {
                    p_flags: R | W | X,
                    ..code
                },
                "WritableAndExecutable",
            ),
            (
                ProgramHeader {
                    p_flags: W | X,
                    ..code
                },
                "WritableAndExecutable",
            ),
            (
                ProgramHeader {
                    p_vaddr: USER_MIN - 0x1000,
                    ..code
                },
                "OutsideUserSpace",
            ),
            (
                ProgramHeader {
                    p_vaddr: USER_MMAP_TOP,
                    ..code
                },
                "OutsideUserSpace",
            ),
            (
                ProgramHeader {
                    p_vaddr: USER_MMAP_TOP - 0x1000,
                    p_memsz: 0x1001,
                    ..code
                },
                "OutsideUserSpace",
            ),
            (
                ProgramHeader {
                    p_vaddr: 0x3F_F000,
                    ..code
                },
                "SegmentsUnordered",
            ),
            (
                ProgramHeader {
                    p_vaddr: 0x40_0000,
                    p_offset: 0,
                    ..code
                },
                "SegmentsOverlap",
            ),
            (
                ProgramHeader {
                    p_memsz: ELF_MAX_IMAGE_BYTES,
                    ..code
                },
                "ImageTooLarge",
            ),
            (ProgramHeader { p_flags: R, ..code }, "EntryNotExecutable"),
        ] {
            let mut file = TestFile::exec();
            file.headers[1] = changed;
            assert_eq!(refusal(&file).name(), name, "{changed:?}");
        }
    }

    #[test]
    fn segments_in_one_page_are_refused() {
        let mut file = TestFile::exec();
        file.headers[0].p_memsz = 0x1008;
        file.headers[0].p_filesz = 0x200;
        file.headers[1].p_vaddr = CODE + 0x10;
        file.headers[1].p_offset = 0x1010;
        file.headers[1].p_filesz = 0;
        file.entry = CODE + 0x10;
        let error = refusal(&file);
        assert_eq!(error.name(), "SegmentsSharePage");
        // In different pages the same two are fine.
        file.headers[0].p_memsz = 0x1000;
        assert!(start(&file.bytes()).is_ok());
    }

    #[test]
    fn segment_may_end_where_the_mappings_begin() {
        let mut file = TestFile::exec();
        file.headers[1].p_vaddr = USER_MMAP_TOP - 0x1000;
        file.headers[1].p_memsz = 0x1000;
        file.entry = USER_MMAP_TOP - 0x1000;
        assert!(start(&file.bytes()).is_ok());
    }

    #[test]
    fn segment_without_memory_is_passed_over() {
        let file = TestFile::exec().with(load(R | W, 0x1010, 0x10, 0, 0));
        let bytes = file.bytes();
        assert_eq!(
            start(&bytes).expect("it occupies nothing").segments().len(),
            2
        );
        let only_empty = TestFile {
            headers: vec![load(R, 0, 0x40_0000, 0, 0)],
            ..file
        };
        assert_eq!(refusal(&only_empty), ElfError::NoLoadSegment {});
    }

    #[test]
    fn zeros_need_no_place_in_the_file() {
        let file = TestFile::exec().with(load(R | W, 0x7000, 0x40_7000, 0, 0x100));
        assert!(start(&file.bytes()).is_ok());
    }

    #[test]
    fn headers_in_memory_are_found_or_not_announced() {
        let mut file = TestFile::exec();
        file.headers[0].p_filesz = 64;
        let bytes = file.bytes();
        let program = start(&bytes).expect("headers need not be loaded");
        assert_eq!(program.phdr_address(), None);

        let right = header(abi::PT_PHDR, R, 64, 0x40_0040, 168, 168, 8);
        assert!(start(&TestFile::exec().with(right).bytes()).is_ok());
        let wrong = ProgramHeader {
            p_vaddr: 0x40_0048,
            ..right
        };
        assert_eq!(
            refusal(&TestFile::exec().with(wrong)).name(),
            "ProgramHeadersElsewhere"
        );
        assert_eq!(refusal(&file.with(right)).name(), "ProgramHeadersElsewhere");
    }

    #[test]
    fn tls_block_ends_at_the_thread_pointer() {
        // (p_vaddr, p_memsz, p_align) -> distance; the last two are lld's own results.
        for (address, len, align, offset) in [
            (0x2000, 8, 8, 8),
            (0x2000, 9, 8, 16),
            (0x2004, 9, 16, 12),
            (0x2000, 44, 16, 48),
            (0x2008, 12, 64, 56),
            (0x2000, 0, 0, 0),
        ] {
            let file_len = u64::min(len, 4);
            let tls = header(abi::PT_TLS, R, address, address, file_len, len, align);
            let bytes = TestFile::pie().with(tls).bytes();
            let found = start(&bytes)
                .expect("a correct file")
                .tls()
                .expect("a template");
            assert_eq!(found.offset, offset, "{address:#x} {len} {align}");
            assert_eq!(found.address, USER_TEXT_BASE + address);
            // The block keeps the place of p_vaddr within the alignment.
            let place = 0u64.wrapping_sub(found.offset).wrapping_sub(address);
            assert_eq!(place % align.max(1), 0);
        }
    }

    #[test]
    fn every_rule_about_tls_is_checked() {
        let tls = header(abi::PT_TLS, R, 0x2000, 0x2000, 8, 16, 8);
        for (changed, name) in [
            (
                ProgramHeader {
                    p_filesz: 17,
                    ..tls
                },
                "FileSizeAboveMemorySize",
            ),
            (
                ProgramHeader { p_align: 12, ..tls },
                "AlignmentNotPowerOfTwo",
            ),
            (
                ProgramHeader {
                    p_align: ELF_MAX_TLS_ALIGN * 2,
                    ..tls
                },
                "AlignmentTooLarge",
            ),
            (
                ProgramHeader {
                    p_memsz: ELF_MAX_IMAGE_BYTES + 1,
                    ..tls
                },
                "TlsTooLarge",
            ),
            (
                ProgramHeader {
                    p_vaddr: 0x2FFC,
                    ..tls
                },
                "TlsOutsideSegments",
            ),
            (
                ProgramHeader {
                    p_offset: 0x2008,
                    ..tls
                },
                "TlsOutsideSegments",
            ),
            (
                ProgramHeader {
                    p_vaddr: u64::MAX - 16,
                    p_filesz: 0,
                    ..tls
                },
                "TlsOutsideSegments",
            ),
        ] {
            assert_eq!(
                refusal(&TestFile::pie().with(changed)).name(),
                name,
                "{changed:?}"
            );
        }
        let zeros_only = ProgramHeader {
            p_vaddr: 0x9_0000,
            p_offset: 0,
            p_filesz: 0,
            ..tls
        };
        assert!(start(&TestFile::pie().with(zeros_only).bytes()).is_ok());
    }

    #[test]
    fn relro_covers_whole_pages() {
        for (address, len, pages) in [
            (0x2000, 0x1000, Some(0x2000..0x3000)),
            (0x2000, 0x17FF, Some(0x2000..0x3000)),
            (0x2000, 0x2000, Some(0x2000..0x4000)),
            (0x2010, 0x0FF0, Some(0x2000..0x3000)),
            (0x2000, 0x0800, None),
            (0x2000, 0, None),
        ] {
            let relro = header(abi::PT_GNU_RELRO, R, address, address, 0, len, 1);
            let bytes = TestFile::pie().with(relro).bytes();
            let found = start(&bytes).expect("a correct file").relro();
            let expected = pages
                .map(|range: Range<u64>| USER_TEXT_BASE + range.start..USER_TEXT_BASE + range.end);
            assert_eq!(found, expected, "{address:#x} {len:#x}");
        }
    }

    #[test]
    fn relro_outside_a_writable_segment_is_refused() {
        for (address, len) in [(0x1000, 16), (0x1FFF, 16), (0x2000, 0x2001), (0x9000, 1)] {
            let relro = header(abi::PT_GNU_RELRO, R, address, address, 0, len, 1);
            let error = refusal(&TestFile::pie().with(relro));
            assert_eq!(error.name(), "RelroOutsideSegment", "{address:#x} {len:#x}");
        }
    }

    #[test]
    fn dynamic_table_must_be_loaded_from_its_own_bytes() {
        for (offset, address, len) in [
            (0x2800, 0x2FF8, 16),
            (0x2808, 0x2800, 16),
            (0x2800, 0x3100, 16),
            (0x2800, u64::MAX - 16, 16),
        ] {
            let dynamic = header(abi::PT_DYNAMIC, R, offset, address, len, len, 8);
            let error = refusal(&TestFile::pie().with(dynamic));
            assert_eq!(
                error.name(),
                "DynamicOutsideSegments",
                "{offset:#x} {address:#x}"
            );
        }
    }

    #[test]
    fn reason_names_field_value_and_what_is_allowed() {
        let mut file = TestFile::exec();
        file.kind = abi::ET_REL;
        assert_eq!(
            refusal(&file).to_string(),
            "e_type is 1 (ET_REL: an object file, link it first), allowed are 2 (ET_EXEC) and 3 \
             (ET_DYN)"
        );
        let mut file = TestFile::exec();
        file.headers[1].p_memsz = 1 << 40;
        assert_eq!(
            refusal(&file).to_string(),
            "program header 1: with its p_memsz the image needs 0x10000001000 \
             bytes, allowed are 0x40000000"
        );
    }
}
