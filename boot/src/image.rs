//! The kernel's ELF file: which of its bytes go where.

use core::fmt;
use elf::ElfBytes;
use elf::abi::{EM_X86_64, ET_EXEC, PF_X, PT_LOAD};
use elf::endian::LittleEndian;
use elf::file::Class;
use elf::segment::ProgramHeader;
use kpio_abi::memory::{KERNEL_IMAGE_BASE, KERNEL_PHYS_BASE};

/// The kernel is mapped with pages of this size, so its physical base is a multiple of it.
pub const BASE_ALIGN: u64 = 2 << 20;

/// What the tables for the image can map: one page directory, without what lies below the image.
pub const MAX_LEN: u64 = (1 << 30) - KERNEL_PHYS_BASE as u64;

const PHYS_BASE: u64 = KERNEL_PHYS_BASE as u64;
const LINK_BASE: u64 = KERNEL_IMAGE_BASE as u64;

/// Why a file is not a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageError {
    /// It is no ELF file, or it ends before its headers do.
    NotElf,
    /// It is for another machine, or not an executable with fixed addresses.
    OtherKind,
    /// No segment is to be loaded.
    Empty,
    /// The bytes of a segment are not all in the file, or more than its memory.
    SegmentOutsideFile {
        /// Index of its program header.
        index: usize,
    },
    /// A segment is not where kernels are linked, or not behind the one before it.
    SegmentMisplaced {
        /// Index of its program header.
        index: usize,
        /// Its virtual address.
        virt: u64,
        /// Its physical address.
        phys: u64,
    },
    /// The image is longer than can be mapped.
    TooLong {
        /// Its length in bytes.
        len: u64,
    },
    /// The entry is in no executable segment.
    EntryOutside {
        /// Its virtual address.
        entry: u64,
    },
}

impl fmt::Display for ImageError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotElf => write!(out, "it is not a whole ELF file"),
            Self::OtherKind => write!(out, "it is not an x86-64 executable with fixed addresses"),
            Self::Empty => write!(out, "it has nothing to load"),
            Self::SegmentOutsideFile { index } => {
                write!(out, "the bytes of segment {index} are not all in the file")
            }
            Self::SegmentMisplaced { index, virt, phys } => {
                write!(
                    out,
                    "segment {index}, at {virt:#x} for memory at {phys:#x}, is misplaced"
                )
            }
            Self::TooLong { len } => {
                write!(
                    out,
                    "it takes {len} bytes of memory, {MAX_LEN} can be mapped"
                )
            }
            Self::EntryOutside { entry } => {
                write!(out, "its entry {entry:#x} is in no executable segment")
            }
        }
    }
}

impl core::error::Error for ImageError {}

/// A kernel that can be loaded: every segment in the file, in order, and inside the image.
#[derive(Debug)]
pub struct Image<'a> {
    file: ElfBytes<'a, LittleEndian>,
    entry: u64,
    len: u64,
}

impl<'a> Image<'a> {
    /// Read and check a kernel's file.
    ///
    /// # Errors
    /// [`ImageError`] says which rule it breaks.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ImageError> {
        let file =
            ElfBytes::<LittleEndian>::minimal_parse(bytes).map_err(|_| ImageError::NotElf)?;
        let header = &file.ehdr;
        if (header.class, header.e_machine, header.e_type) != (Class::ELF64, EM_X86_64, ET_EXEC) {
            return Err(ImageError::OtherKind);
        }
        let entry = header.e_entry;
        let mut image = Self {
            file,
            entry,
            len: 0,
        };
        let mut is_entry_inside = false;
        for (index, segment) in image.loaded() {
            let end = check_segment(index, &segment, image.len)?;
            if image.file.segment_data(&segment).is_err() {
                return Err(ImageError::SegmentOutsideFile { index });
            }
            is_entry_inside |= segment.p_flags & PF_X != 0
                && (segment.p_vaddr..segment.p_vaddr + segment.p_memsz).contains(&entry);
            image.len = end;
        }
        if image.len == 0 {
            return Err(ImageError::Empty);
        }
        if image.len > MAX_LEN {
            return Err(ImageError::TooLong { len: image.len });
        }
        if !is_entry_inside {
            return Err(ImageError::EntryOutside { entry });
        }
        Ok(image)
    }

    /// Virtual address of the first instruction.
    #[must_use]
    pub fn entry(&self) -> u64 {
        self.entry
    }

    /// Bytes of memory from the image's base to its end.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Never: an image has at least its entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Make `memory`, which begins at the image's base, what the kernel expects there.
    ///
    /// # Panics
    /// If `memory` is shorter than the image.
    pub fn load(&self, memory: &mut [u8]) {
        memory.fill(0);
        for (_, segment) in self.loaded() {
            let bytes = self.file.segment_data(&segment).unwrap_or_default();
            let start = usize::try_from(segment.p_paddr - PHYS_BASE).unwrap_or(usize::MAX);
            memory[start..start + bytes.len()].copy_from_slice(bytes);
        }
    }

    fn loaded(&self) -> impl Iterator<Item = (usize, ProgramHeader)> + use<'a> {
        let headers = self.file.segments().into_iter().flatten().enumerate();
        headers.filter(|(_, segment)| segment.p_type == PT_LOAD && segment.p_memsz > 0)
    }
}

/// Check one segment's addresses; the end of its memory, counted from the image's base.
fn check_segment(index: usize, segment: &ProgramHeader, previous: u64) -> Result<u64, ImageError> {
    let (virt, phys) = (segment.p_vaddr, segment.p_paddr);
    if segment.p_filesz > segment.p_memsz {
        return Err(ImageError::SegmentOutsideFile { index });
    }
    let misplaced = ImageError::SegmentMisplaced { index, virt, phys };
    let start = phys.checked_sub(PHYS_BASE).ok_or(misplaced)?;
    if virt.checked_sub(LINK_BASE) != Some(phys) || start < previous {
        return Err(misplaced);
    }
    start
        .checked_add(segment.p_memsz)
        .filter(|end| *end < LINK_BASE.wrapping_neg())
        .ok_or(misplaced)
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::{Image, ImageError, LINK_BASE, MAX_LEN, PHYS_BASE};
    use std::vec::Vec;
    use std::{string::ToString, vec};

    const ENTRY: u64 = LINK_BASE + PHYS_BASE + 0x10;
    const TEXT: Segment = Segment {
        flags: 5,
        offset: 0x200,
        at: 0,
        file_len: 0x40,
        len: 0x1000,
    };
    const DATA: Segment = Segment {
        flags: 6,
        offset: 0x240,
        at: 0x1000,
        file_len: 8,
        len: 0x2000,
    };

    #[derive(Clone, Copy)]
    struct Segment {
        flags: u32,
        offset: u64,
        at: u64,
        file_len: u64,
        len: u64,
    }

    /// A kernel's file with these segments; the bytes behind the headers are 1, 2, 3 ….
    fn file(segments: &[Segment], entry: u64) -> Vec<u8> {
        let mut file = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        file.extend([2, 0, 62, 0, 1, 0, 0, 0]);
        file.extend(entry.to_le_bytes());
        file.extend(64u64.to_le_bytes());
        file.extend([0; 12]);
        file.extend([
            64,
            0,
            56,
            0,
            u8::try_from(segments.len()).expect("few"),
            0,
            0,
            0,
            0,
            0,
            0,
            0,
        ]);
        for segment in segments {
            file.extend(1u32.to_le_bytes());
            file.extend(segment.flags.to_le_bytes());
            let phys = PHYS_BASE.wrapping_add(segment.at);
            for word in [
                segment.offset,
                LINK_BASE.wrapping_add(phys),
                phys,
                segment.file_len,
                segment.len,
                0x1000,
            ] {
                file.extend(word.to_le_bytes());
            }
        }
        file.resize(0x200, 0);
        file.extend((0..0x100u32).map(|i| u8::try_from(i % 251 + 1).expect("small")));
        file
    }

    #[test]
    fn a_kernel_is_loaded_with_its_gaps_zeroed() {
        let bytes = file(&[TEXT, DATA], ENTRY);
        let image = Image::parse(&bytes).expect("a good kernel");
        assert_eq!((image.entry(), image.len()), (ENTRY, 0x3000));
        let mut memory = vec![0xAA; 0x4000];
        image.load(&mut memory);
        assert_eq!(memory[..0x40], bytes[0x200..0x240]);
        assert!(memory[0x40..0x1000].iter().all(|byte| *byte == 0));
        assert_eq!(memory[0x1000..0x1008], bytes[0x240..0x248]);
        assert!(memory[0x1008..].iter().all(|byte| *byte == 0));
    }

    fn error(segments: &[Segment], entry: u64) -> ImageError {
        Image::parse(&file(segments, entry)).expect_err("a bad kernel")
    }

    #[test]
    fn what_is_no_kernel_is_refused_by_name() {
        assert_eq!(Image::parse(b"").expect_err("empty"), ImageError::NotElf);
        assert_eq!(
            Image::parse(&[0x7f, b'E', b'L', b'F']).expect_err("cut"),
            ImageError::NotElf
        );
        let whole = file(&[TEXT], ENTRY);
        assert_eq!(
            Image::parse(&whole[..100]).expect_err("cut off"),
            ImageError::NotElf
        );
        for (at, value) in [(4, 1), (16, 3), (18, 40)] {
            let mut other = whole.clone();
            other[at] = value;
            assert!(
                matches!(
                    Image::parse(&other),
                    Err(ImageError::OtherKind | ImageError::NotElf)
                ),
                "byte {at} = {value}"
            );
        }
        assert_eq!(error(&[], ENTRY), ImageError::Empty);
    }

    #[test]
    fn a_segment_must_be_in_the_file() {
        let index = 1;
        let outside = Segment {
            offset: 0x2FC,
            ..DATA
        };
        assert_eq!(
            error(&[TEXT, outside], ENTRY),
            ImageError::SegmentOutsideFile { index }
        );
        let far = Segment {
            offset: u64::MAX - 2,
            ..DATA
        };
        assert_eq!(
            error(&[TEXT, far], ENTRY),
            ImageError::SegmentOutsideFile { index }
        );
        let fat = Segment {
            file_len: 0x20,
            len: 0x1F,
            ..DATA
        };
        assert_eq!(
            error(&[TEXT, fat], ENTRY),
            ImageError::SegmentOutsideFile { index }
        );
    }

    #[test]
    fn a_segment_must_be_where_kernels_are_linked() {
        let misplaced = |segments: &[Segment]| {
            let found = error(segments, ENTRY);
            assert!(
                matches!(found, ImageError::SegmentMisplaced { .. }),
                "{found}"
            );
        };
        misplaced(&[Segment {
            at: 0u64.wrapping_sub(0x1000),
            ..TEXT
        }]);
        misplaced(&[TEXT, Segment { at: 0xFFF, ..DATA }]);
        misplaced(&[Segment {
            len: u64::MAX,
            ..TEXT
        }]);
        let mut other_base = file(&[TEXT], ENTRY);
        other_base[64 + 16] ^= 1;
        assert!(matches!(
            Image::parse(&other_base),
            Err(ImageError::SegmentMisplaced { .. })
        ));
    }

    #[test]
    fn an_image_must_fit_and_hold_its_entry() {
        let long = Segment {
            len: MAX_LEN,
            ..DATA
        };
        assert_eq!(
            error(&[TEXT, long], ENTRY),
            ImageError::TooLong {
                len: 0x1000 + MAX_LEN
            }
        );
        let entry = ENTRY + 0x1000;
        assert_eq!(
            error(&[TEXT, DATA], entry),
            ImageError::EntryOutside { entry }
        );
        assert!(
            ImageError::TooLong { len: 5 }
                .to_string()
                .contains("5 bytes")
        );
    }
}
