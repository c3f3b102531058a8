//! Why a file cannot be run: one variant for each reason, with the field, what it holds and what is
//! allowed.

use core::fmt;

use kpio_abi::errors::Errno;

/// Writes an error's variant, the ELF field at fault and the sentence beside each other, and
/// derives the enum, [`ElfError::name`], [`ElfError::field`] and `Display` from them.
macro_rules! elf_errors {
    ($(
        $(#[$doc:meta])*
        $variant:ident { $($value:ident: $type:ty),* } in $field:expr
            => $sentence:literal $(, $argument:expr)*;
    )*) => {
        /// Why a file cannot be run. `Display` is the reason as one line for the log and for
        /// `exec.refused`: the field, its value, what is allowed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "the values are named in the sentence of each variant")]
        pub enum ElfError {
            $($(#[$doc])* $variant { $($value: $type),* },)*
        }

        impl ElfError {
            /// The name of every error, in the order of their definition.
            pub const NAMES: &[&str] = &[$(stringify!($variant)),*];

            /// The variant's name: the stable identity of the reason.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => stringify!($variant),)*
                }
            }

            /// The field of the ELF file whose value is refused, spelled as in the gABI.
            pub fn field(&self) -> &'static str {
                match *self {
                    $(Self::$variant { $($value),* } => { $(let _ = $value;)* $field })*
                }
            }
        }

        impl fmt::Display for ElfError {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                match *self {
                    $(Self::$variant { $($value),* } => {
                        write!(formatter, $sentence $(, $argument)*)
                    })*
                }
            }
        }
    };
}

elf_errors! {
    // The file header.
    /// The file is not ELF at all.
    BadMagic { found: [u8; 4] } in "EI_MAG"
        => "EI_MAG is {found:02x?}, an ELF file starts with 7f 45 4c 46";
    /// The file ends inside its own header.
    HeaderTruncated { len: u64 } in "file size"
        => "the file has {len} bytes, the ELF header alone has 64";
    /// A 32-bit file.
    Class { found: u8 } in "EI_CLASS" => "EI_CLASS is {found}, only 2 (64-bit) runs here";
    /// A big-endian file.
    ByteOrder { found: u8 } in "EI_DATA" => "EI_DATA is {found}, only 1 (little-endian) runs here";
    /// An unknown version of the identification.
    IdentVersion { found: u8 } in "EI_VERSION" => "EI_VERSION is {found}, the only version is 1";
    /// A file for another operating system.
    OsAbi { found: u8 } in "EI_OSABI"
        => "EI_OSABI is {found}, allowed are 0 (System V) and 3 (GNU)";
    /// A version of the OS ABI.
    AbiVersion { found: u8 } in "EI_ABIVERSION" => "EI_ABIVERSION is {found}, allowed is 0";
    /// An object file, a core dump or something unknown.
    FileType { found: u16 } in "e_type"
        => "e_type is {found}{}, allowed are 2 (ET_EXEC) and 3 (ET_DYN)",
        explain_file_type(found);
    /// A file for another processor.
    Machine { found: u16 } in "e_machine" => "e_machine is {found}, allowed is 62 (x86-64)";
    /// An unknown version of the file format.
    FileVersion { found: u32 } in "e_version" => "e_version is {found}, the only version is 1";
    /// Processor flags, of which x86-64 has none.
    ProcessorFlags { found: u32 } in "e_flags" => "e_flags is {found:#x}, x86-64 defines no flags";
    /// A header of another size.
    HeaderSize { found: u16 } in "e_ehsize"
        => "e_ehsize is {found}, a 64-bit ELF header has 64 bytes";
    /// Nothing to load: an object file in disguise.
    NoProgramHeaders {} in "e_phnum" => "e_phnum is 0, a program needs at least one PT_LOAD";
    /// The count is in a section header, which loading does not read.
    ExtendedProgramHeaderCount {} in "e_phnum"
        => "e_phnum is PN_XNUM (65535), a count kept in section header 0 is not read";
    /// More program headers than any linker makes.
    TooManyProgramHeaders { found: u16, limit: u64 } in "e_phnum"
        => "e_phnum is {found}, allowed are {limit}";
    /// Program headers of another size.
    ProgramHeaderSize { found: u16 } in "e_phentsize"
        => "e_phentsize is {found}, a 64-bit program header has 56 bytes";
    /// The table of program headers is cut off or elsewhere.
    ProgramHeadersOutsideFile { offset: u64, len: u64, file_len: u64 } in "e_phoff"
        => "e_phoff is {offset:#x}, {len} bytes of program headers there do not fit into the \
            file's {file_len}";

    // One program header.
    /// Two headers of a kind of which there is at most one.
    DuplicateProgramHeader { index: u16, kind: &'static str } in "p_type"
        => "program header {index}: p_type is {kind} for the second time";
    /// The program asks for a dynamic linker.
    Interpreter { index: u16 } in "p_type"
        => "program header {index}: p_type is PT_INTERP, dynamic linking is not supported: link \
            with -static or -static-pie";
    /// More bytes in the file than in memory.
    FileSizeAboveMemorySize { index: u16, file_len: u64, memory_len: u64 } in "p_filesz"
        => "program header {index}: p_filesz is {file_len:#x}, more than p_memsz {memory_len:#x}";
    /// The segment's bytes are not all in the file.
    SegmentOutsideFile { index: u16, offset: u64, len: u64, file_len: u64 } in "p_offset"
        => "program header {index}: p_offset is {offset:#x}, {len:#x} bytes there do not fit into \
            the file's {file_len:#x}";
    /// The segment wraps around the end of the address space.
    AddressOverflow { index: u16, address: u64, len: u64 } in "p_vaddr"
        => "program header {index}: p_vaddr is {address:#x}, {len:#x} bytes from there pass the \
            end of the address space";
    /// An alignment that no address has.
    AlignmentNotPowerOfTwo { index: u16, align: u64 } in "p_align"
        => "program header {index}: p_align is {align:#x}, allowed are 0 and powers of two";
    /// An alignment beyond the limit of segments, or of TLS.
    AlignmentTooLarge { index: u16, align: u64, limit: u64 } in "p_align"
        => "program header {index}: p_align is {align:#x}, allowed is at most {limit:#x}";
    /// Pages of the file cannot be pages of memory.
    Misaligned { index: u16, address: u64, offset: u64, align: u64 } in "p_vaddr"
        => "program header {index}: p_vaddr {address:#x} and p_offset {offset:#x} differ modulo \
            {align:#x}";
    /// W^X.
    WritableAndExecutable { index: u16, flags: u32 } in "p_flags"
        => "program header {index}: p_flags is {flags:#x}, a segment is writable or executable, \
            never both";
    /// W^X for the stack.
    ExecutableStack { index: u16, flags: u32 } in "p_flags"
        => "program header {index}: PT_GNU_STACK asks with p_flags {flags:#x} for an executable \
            stack: link with -z noexecstack";
    /// A thread-local block beyond the limit of an image.
    TlsTooLarge { index: u16, len: u64, limit: u64 } in "p_memsz"
        => "program header {index}: PT_TLS has p_memsz {len:#x}, allowed is at most {limit:#x}";

    // The image.
    /// Nothing to run.
    NoLoadSegment {} in "p_type" => "no program header is a PT_LOAD that occupies memory";
    /// A segment where the kernel, the stack or nothing belongs.
    OutsideUserSpace { index: u16, address: u64, len: u64, lowest: u64, end: u64 } in "p_vaddr"
        => "program header {index}: {len:#x} bytes at {address:#x} are not within \
            {lowest:#x}..{end:#x}";
    /// Segments not sorted by address, as the gABI demands.
    SegmentsUnordered { index: u16, address: u64, previous: u64 } in "p_vaddr"
        => "program header {index}: p_vaddr puts it at {address:#x}, below the segment before it \
            at {previous:#x}";
    /// Two segments claim the same bytes.
    SegmentsOverlap { index: u16, address: u64, previous_end: u64 } in "p_vaddr"
        => "program header {index}: p_vaddr puts it at {address:#x}, inside the segment before it \
            that ends at {previous_end:#x}";
    /// Two segments claim the same page, which can have only one set of permissions.
    SegmentsSharePage { index: u16, address: u64, previous_end: u64 } in "p_vaddr"
        => "program header {index}: p_vaddr puts it at {address:#x}, in the page in which the \
            segment before it ends at {previous_end:#x}";
    /// More memory than a program may ask for before it runs.
    ImageTooLarge { index: u16, len: u64, limit: u64 } in "p_memsz"
        => "program header {index}: with its p_memsz the image needs {len:#x} bytes, allowed are \
            {limit:#x}";
    /// The first instruction is not code.
    EntryNotExecutable { entry: u64 } in "e_entry"
        => "e_entry is {entry:#x}, which is in no executable segment";
    /// PT_PHDR names a place where the headers are not.
    ProgramHeadersElsewhere { index: u16, address: u64, offset: u64 } in "p_vaddr"
        => "program header {index}: PT_PHDR says {address:#x}, no segment loads the headers at \
            file offset {offset:#x} there";
    /// The initial thread-local data are not loaded.
    TlsOutsideSegments { index: u16, address: u64, len: u64 } in "p_vaddr"
        => "program header {index}: PT_TLS says {address:#x}, no segment loads its {len:#x} bytes \
            there";
    /// RELRO over something that is not a writable segment.
    RelroOutsideSegment { index: u16, address: u64, len: u64 } in "p_vaddr"
        => "program header {index}: PT_GNU_RELRO covers {len:#x} bytes at {address:#x}, which are \
            not in one writable segment";
    /// The dynamic table is not loaded.
    DynamicOutsideSegments { index: u16, address: u64, len: u64 } in "p_vaddr"
        => "program header {index}: PT_DYNAMIC says {address:#x}, no segment loads its {len:#x} \
            bytes there";

    // The dynamic table.
    /// More entries than any linker makes.
    DynamicTooLong { limit: u64 } in "p_filesz"
        => "the dynamic table has no DT_NULL within {limit} entries";
    /// The table ends without its end mark.
    DynamicUnterminated { count: u64 } in "p_filesz"
        => "the dynamic table ends after {count} entries without DT_NULL";
    /// The program wants a shared library.
    SharedLibrary {} in "DT_NEEDED"
        => "DT_NEEDED asks for a shared library, dynamic linking is not supported: link with \
            -static-pie";
    /// Relocations of read-only segments.
    TextRelocations { tag: &'static str } in tag
        => "{tag} announces relocations of read-only segments: compile with -fPIE";
    /// Relocations without addends, which x86-64 does not have.
    ImplicitAddends { tag: &'static str } in tag
        => "{tag} is present, x86-64 relocations are DT_RELA";
    /// An entry that may be there once.
    DuplicateDynamicEntry { tag: &'static str } in tag => "{tag} is in the dynamic table twice";
    /// A table without its size, or the reverse.
    MissingDynamicEntry { tag: &'static str, because: &'static str } in tag
        => "{tag} is missing, but {because} needs it";
    /// Entries of another size.
    DynamicEntrySize { tag: &'static str, found: u64, expected: u64 } in tag
        => "{tag} is {found}, allowed is {expected}";
    /// PLT relocations of another format.
    PltFormat { found: u64 } in "DT_PLTREL" => "DT_PLTREL is {found}, allowed is 7 (DT_RELA)";
    /// A table with part of an entry.
    TableSize { tag: &'static str, found: u64, entry_len: u64 } in tag
        => "{tag} is {found}, not a multiple of {entry_len}";
    /// A table that is not loaded.
    TableOutsideSegments { tag: &'static str, address: u64, len: u64 } in tag
        => "{tag} is {address:#x}, no segment loads {len:#x} bytes there";
    /// More relocations than the kernel keeps for one program.
    TooManyRelocations { tag: &'static str, limit: u64 } in tag
        => "{tag}: more than {limit} relocations";

    // One relocation.
    /// Code chosen at run time: the kernel does not run user code to load a program.
    IndirectFunction { table: &'static str, index: u64, field: &'static str } in field
        => "{table} entry {index}: {field} names an indirect function (IRELATIVE or \
            STT_GNU_IFUNC), which is not supported";
    /// A type that has no meaning in a finished program, or none at all.
    UnsupportedRelocation { table: &'static str, index: u64, kind: u32 } in "r_info"
        => "{table} entry {index}: r_info has type {kind}, which is not supported: only \
            R_X86_64_64, GLOB_DAT, JUMP_SLOT, RELATIVE, DTPMOD64, DTPOFF64, TPOFF64";
    /// A relocation of memory that is not there or not writable.
    RelocationTarget { table: &'static str, index: u64, address: u64 } in "r_offset"
        => "{table} entry {index}: r_offset leads to {address:#x}, which is not 8 bytes of a \
            writable segment";
    /// A symbol number outside the table.
    SymbolOutsideTable { table: &'static str, index: u64, symbol: u32 } in "r_info"
        => "{table} entry {index}: r_info names symbol {symbol}, no segment loads DT_SYMTAB that \
            far";
    /// A symbol from a shared library, and there are none.
    UndefinedSymbol { table: &'static str, index: u64, symbol: u32 } in "st_shndx"
        => "{table} entry {index}: symbol {symbol} has st_shndx 0 (undefined)";
    /// A symbol in no section that is loaded.
    SymbolSection { table: &'static str, index: u64, symbol: u32, section: u16 } in "st_shndx"
        => "{table} entry {index}: symbol {symbol} has st_shndx {section:#x}, a reserved number \
            other than SHN_ABS";
    /// A thread-local symbol as an address, or the reverse.
    SymbolType { table: &'static str, index: u64, symbol: u32, kind: u8 } in "st_info"
        => "{table} entry {index}: symbol {symbol} has type {kind}, thread-local relocations take \
            STT_TLS (6), others anything else";
    /// A thread-local relocation without thread-local data.
    MissingTls { table: &'static str, index: u64 } in "r_info"
        => "{table} entry {index}: r_info is thread-local, the file has no PT_TLS";
    /// RELR counts from an address, and there is none yet.
    RelrBitmapFirst {} in "DT_RELR"
        => "DT_RELR starts with a bitmap, it must start with an address";
    /// Two relocations that write different values to the same bytes.
    RelocationsConflict { first: u64, second: u64 } in "r_offset"
        => "r_offset leads to {first:#x} and to {second:#x} with values that contradict each other";

    /// The kernel has no memory for the relocations.
    OutOfMemory { bytes: u64 } in "memory" => "no memory for {bytes} bytes of relocations";
}

impl ElfError {
    /// What the process that asked for the program sees.
    pub fn errno(&self) -> Errno {
        match self {
            Self::OutOfMemory { .. } => Errno::ENOMEM,
            _ => Errno::ENOEXEC,
        }
    }
}

/// What the two file types are that people try to run by mistake.
fn explain_file_type(found: u16) -> &'static str {
    match found {
        elf::abi::ET_REL => " (ET_REL: an object file, link it first)",
        elf::abi::ET_CORE => " (ET_CORE: a core dump)",
        _ => "",
    }
}

impl core::error::Error for ElfError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct() {
        for (index, name) in ElfError::NAMES.iter().enumerate() {
            assert!(
                !ElfError::NAMES[..index].contains(name),
                "{name} occurs twice"
            );
        }
    }

    #[test]
    fn only_memory_is_not_the_files_fault() {
        assert_eq!(ElfError::OutOfMemory { bytes: 1 }.errno(), Errno::ENOMEM);
        assert_eq!(ElfError::NoLoadSegment {}.errno(), Errno::ENOEXEC);
    }
}
