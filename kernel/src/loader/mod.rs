//! From the bytes of an ELF file to what a new process consists of.
//!
//! Nothing here touches the machine: [`Elf64Loader::load`] decides whether a file may run and what
//! its memory holds, [`Elf64Loader::relocate`] computes the words that the linker left open,
//! [`start_stack::StartStack`] lays out argv, envp and auxv. The kernel then maps what
//! [`LoadedProgram::mappings`] lists and fills every page with [`LoadedProgram::fill`].
//!
//! A file is refused with the first [`ElfError`] met in this order: the file header in the order of
//! its fields, the program headers one by one, the image as a whole (segments, entry, headers in
//! memory, TLS, RELRO, dynamic table), and in `relocate` the dynamic table, the places of its
//! tables, and the relocations (RELR, RELA, JMPREL). The model `kernel_py/model/elf.py` gives the
//! same verdicts in the same order; a test compares the two.
//!
//! What is stricter than on Linux, each refused by a name of its own: a segment both writable and
//! executable, an executable stack, `PT_INTERP`, segments that share a page, `IRELATIVE`, text
//! relocations. What is looser: bytes of a page outside its segment are zero, where Linux shows
//! whatever the file holds next to it.
//!
//! Sources: System V gABI "ELF Header", "Program Header", "Dynamic Section"; x86-64 psABI
//! "Relocation", "Thread-Local Storage"; Drepper, "ELF Handling For Thread-Local Storage"; gABI
//! proposal "DT_RELR".

#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable
    )
)]

mod dynamic;
mod elf;
mod error;
mod file_header;
mod limits;
mod program;
mod program_header;
mod relocate;
pub mod start_stack;
#[cfg(test)]
mod test_file;

pub use elf::Elf64Loader;
pub use error::ElfError;
pub use program::{LoadedProgram, Mapping, Patch, Permissions, Segment, TlsTemplate};
