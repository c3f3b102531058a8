//! The file header: whether this is a 64-bit program for this machine at all.

use core::ops::Range;

use elf::abi;
use elf::endian::{EndianParse, LittleEndian};
use elf::parse::ParseError;

use super::error::ElfError;
use super::limits::ELF_MAX_PROGRAM_HEADERS;

/// Bytes of an ELF64 file header.
const HEADER_LEN: u16 = 64;
/// Bytes of an ELF64 program header.
pub(super) const PROGRAM_HEADER_LEN: u16 = 56;

/// What the file header says, once it has been found acceptable.
pub(super) struct FileHeader {
    pub(super) is_pie: bool,
    pub(super) entry: u64,
    /// Where the program headers lie in the file.
    pub(super) table: Range<usize>,
    pub(super) count: u16,
}

impl FileHeader {
    /// Reads and checks the header, field by field in the order of the file.
    pub(super) fn read(binary: &[u8]) -> Result<Self, ElfError> {
        let file_len = len_u64(binary);
        let mut found = [0; 4];
        for (to, from) in found.iter_mut().zip(binary) {
            *to = *from;
        }
        if found != abi::ELFMAGIC {
            return Err(ElfError::BadMagic { found });
        }
        let truncated = ElfError::HeaderTruncated { len: file_len };
        let header = binary.get(..usize::from(HEADER_LEN)).ok_or(truncated)?;
        let fields = RawHeader::parse(header).map_err(|_| truncated)?;
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
    /// Fails only if there are fewer than 64 bytes.
    fn parse(header: &[u8]) -> Result<Self, ParseError> {
        let mut at = abi::EI_CLASS;
        let read = LittleEndian;
        let class = read.parse_u8_at(&mut at, header)?;
        let data = read.parse_u8_at(&mut at, header)?;
        let ident_version = read.parse_u8_at(&mut at, header)?;
        let os_abi = read.parse_u8_at(&mut at, header)?;
        let abi_version = read.parse_u8_at(&mut at, header)?;
        at = abi::EI_NIDENT;
        let kind = read.parse_u16_at(&mut at, header)?;
        let machine = read.parse_u16_at(&mut at, header)?;
        let version = read.parse_u32_at(&mut at, header)?;
        let entry = read.parse_u64_at(&mut at, header)?;
        let phoff = read.parse_u64_at(&mut at, header)?;
        let _shoff = read.parse_u64_at(&mut at, header)?;
        let flags = read.parse_u32_at(&mut at, header)?;
        let ehsize = read.parse_u16_at(&mut at, header)?;
        let phentsize = read.parse_u16_at(&mut at, header)?;
        let phnum = read.parse_u16_at(&mut at, header)?;
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
/// `len` bytes at `offset` as a range of `binary`; `None` unless all of them are there.
pub(super) fn range_within(offset: u64, len: u64, binary: &[u8]) -> Option<Range<usize>> {
    let start = usize::try_from(offset).ok()?;
    let end = start.checked_add(usize::try_from(len).ok()?)?;
    (end <= binary.len()).then_some(start..end)
}

/// The length of a file in the width of its own fields.
pub(super) fn len_u64(binary: &[u8]) -> u64 {
    u64::try_from(binary.len()).unwrap_or(u64::MAX)
}
#[cfg(test)]
mod tests {
    use super::super::test_file::{TestFile, header, refusal, start};
    use super::*;

    /// The refusal of a file whose bytes at `offset` have been replaced.
    fn refusal_with(offset: usize, value: &[u8]) -> ElfError {
        let mut bytes = TestFile::exec().bytes();
        bytes[offset..offset + value.len()].copy_from_slice(value);
        start(&bytes)
            .map(|program| program.entry())
            .expect_err("the header is wrong")
    }

    #[test]
    fn every_field_of_the_file_header_is_checked() {
        for (offset, value, name) in [
            (0, &b"MZ"[..], "BadMagic"),
            (4, &[1], "Class"),
            (5, &[2], "ByteOrder"),
            (6, &[0], "IdentVersion"),
            (7, &[9], "OsAbi"),
            (8, &[1], "AbiVersion"),
            (16, &[1, 0], "FileType"),
            (16, &[4, 0], "FileType"),
            (18, &[183, 0], "Machine"),
            (20, &[2], "FileVersion"),
            (48, &[1], "ProcessorFlags"),
            (52, &[63], "HeaderSize"),
            (54, &[32], "ProgramHeaderSize"),
            (56, &[0, 0], "NoProgramHeaders"),
            (56, &[0xFF, 0xFF], "ExtendedProgramHeaderCount"),
            (56, &[129, 0], "TooManyProgramHeaders"),
            (32, &[0xFF; 8], "ProgramHeadersOutsideFile"),
        ] {
            assert_eq!(
                refusal_with(offset, value).name(),
                name,
                "bytes at {offset}"
            );
        }
    }

    #[test]
    fn file_of_every_length_below_a_header_is_refused() {
        let bytes = TestFile::exec().bytes();
        for len in 0..64 {
            let error = start(&bytes[..len]).expect_err("it is cut off");
            assert_eq!(
                error.name(),
                if len < 4 {
                    "BadMagic"
                } else {
                    "HeaderTruncated"
                }
            );
        }
    }

    #[test]
    fn gnu_files_are_accepted() {
        let mut bytes = TestFile::exec().bytes();
        bytes[7] = 3;
        assert!(start(&bytes).is_ok());
    }

    #[test]
    fn as_many_headers_as_allowed_are_accepted() {
        let mut file = TestFile::exec();
        file.headers[1].p_offset = 0x3000;
        file.contents[0].0 = 0x3000;
        let limit = usize::try_from(ELF_MAX_PROGRAM_HEADERS).expect("a small number");
        let note = header(abi::PT_NOTE, 0, 0, 0, 0, 0, 0);
        file.headers.resize(limit, note);
        assert!(start(&file.bytes()).is_ok());
        assert_eq!(refusal(&file.with(note)).name(), "TooManyProgramHeaders");
    }
}
