//! ELF files for the unit tests: headers and bytes as given, nothing checked.

use alloc::vec;
use alloc::vec::Vec;

use elf::abi;
use elf::segment::ProgramHeader;

use super::{Elf64Loader, ElfError, LoadedProgram};

pub(super) const R: u32 = abi::PF_R;
pub(super) const W: u32 = abi::PF_W;
pub(super) const X: u32 = abi::PF_X;

/// Where the code of [`TestFile::exec`] lies.
pub(super) const CODE: u64 = 0x40_1000;

/// A file in the making.
#[derive(Clone)]
pub(super) struct TestFile {
    pub(super) kind: u16,
    pub(super) entry: u64,
    pub(super) headers: Vec<ProgramHeader>,
    /// Bytes behind the headers, each with its offset; the file ends with the last of them.
    pub(super) contents: Vec<(u64, Vec<u8>)>,
}

impl TestFile {
    /// A static program: headers at 0x400000 (r), 16 bytes of code at [`CODE`] (rx).
    pub(super) fn exec() -> Self {
        let mut file = Self {
            kind: abi::ET_EXEC,
            entry: CODE,
            headers: Vec::new(),
            contents: Vec::new(),
        };
        file.headers.push(load(R, 0, 0x40_0000, 0x200, 0x200));
        file.headers.push(load(R | X, 0x1000, CODE, 16, 16));
        file.contents.push((0x1000, vec![0xF4; 16]));
        file
    }

    /// The same at address 0, to be moved, with 0x1000 bytes of data (rw) at 0x2000.
    pub(super) fn pie() -> Self {
        let mut file = Self {
            kind: abi::ET_DYN,
            entry: 0x1000,
            headers: Vec::new(),
            contents: Vec::new(),
        };
        file.headers.push(load(R, 0, 0, 0x200, 0x200));
        file.headers.push(load(R | X, 0x1000, 0x1000, 16, 16));
        file.headers
            .push(load(R | W, 0x2000, 0x2000, 0x1000, 0x1800));
        file.contents.push((0x1000, vec![0xF4; 16]));
        file.contents.push((0x2000, vec![0xDA; 0x1000]));
        file
    }

    /// A [`Self::pie`] with these entries and DT_NULL as its dynamic table, at 0x2800.
    pub(super) fn dynamic(entries: &[(i64, u64)]) -> Self {
        let mut table: Vec<u64> = Vec::new();
        for &(tag, value) in entries {
            table.extend([tag.cast_unsigned(), value]);
        }
        table.extend([0, 0]);
        let len = u64::try_from(table.len() * 8).expect("a length");
        let mut file = Self::pie();
        file.headers
            .push(header(abi::PT_DYNAMIC, R | W, 0x2800, 0x2800, len, len, 8));
        file.contents.push((0x2800, words(&table)));
        file
    }

    pub(super) fn with(mut self, header: ProgramHeader) -> Self {
        self.headers.push(header);
        self
    }

    /// Puts words into the data of a [`Self::pie`], whose addresses are its offsets in the file.
    pub(super) fn with_words(mut self, offset: u64, values: &[u64]) -> Self {
        self.contents.push((offset, words(values)));
        self
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0x7F, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        bytes.extend(self.kind.to_le_bytes());
        bytes.extend(abi::EM_X86_64.to_le_bytes());
        bytes.extend(1u32.to_le_bytes());
        for word in [self.entry, 64, 0] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(0u32.to_le_bytes());
        let count = u16::try_from(self.headers.len()).expect("a count");
        for half in [64, 56, count, 64, 0, 0] {
            bytes.extend(half.to_le_bytes());
        }
        for header in &self.headers {
            bytes.extend(header.p_type.to_le_bytes());
            bytes.extend(header.p_flags.to_le_bytes());
            for word in [
                header.p_offset,
                header.p_vaddr,
                header.p_paddr,
                header.p_filesz,
                header.p_memsz,
                header.p_align,
            ] {
                bytes.extend(word.to_le_bytes());
            }
        }
        for (offset, content) in &self.contents {
            let start = usize::try_from(*offset).expect("an offset");
            let end = start + content.len();
            if bytes.len() < end {
                bytes.resize(end, 0);
            }
            bytes[start..end].copy_from_slice(content);
        }
        bytes
    }
}

pub(super) fn header(
    p_type: u32,
    p_flags: u32,
    p_offset: u64,
    p_vaddr: u64,
    p_filesz: u64,
    p_memsz: u64,
    p_align: u64,
) -> ProgramHeader {
    ProgramHeader {
        p_type,
        p_offset,
        p_vaddr,
        p_paddr: 0,
        p_filesz,
        p_memsz,
        p_flags,
        p_align,
    }
}

pub(super) fn load(
    flags: u32,
    offset: u64,
    address: u64,
    file_len: u64,
    len: u64,
) -> ProgramHeader {
    header(abi::PT_LOAD, flags, offset, address, file_len, len, 0x1000)
}

pub(super) fn words(values: &[u64]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

/// Loads and relocates, as the kernel does.
pub(super) fn start(bytes: &[u8]) -> Result<LoadedProgram<'_>, ElfError> {
    let mut program = Elf64Loader::load(bytes)?;
    Elf64Loader::relocate(&mut program)?;
    Ok(program)
}

/// The error of a file that must be refused.
pub(super) fn refusal(file: &TestFile) -> ElfError {
    match start(&file.bytes()) {
        Ok(program) => panic!("accepted: {program:?}"),
        Err(error) => error,
    }
}
