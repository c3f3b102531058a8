//! The dynamic table: where the relocations are, and entries that no static program has.

use elf::abi;
use elf::dynamic::Dyn;
use elf::endian::LittleEndian;
use elf::file::Class;
use elf::parse::ParseAt;

use super::error::ElfError;
use super::limits::ELF_MAX_DYNAMIC_ENTRIES;
use super::program::LoadedProgram;

// gABI proposal "DT_RELR"; the `elf` crate does not have them yet.
pub(super) const DT_RELRSZ: i64 = 35;
pub(super) const DT_RELR: i64 = 36;
pub(super) const DT_RELRENT: i64 = 37;

/// DT_FLAGS, "DF_TEXTREL".
const DF_TEXTREL: u64 = 4;

/// Bytes of an Elf64_Rela, an Elf64_Sym and a word of RELR.
pub(super) const RELA_LEN: u64 = 24;
pub(super) const SYMBOL_LEN: u64 = 24;
pub(super) const RELR_LEN: u64 = 8;

/// The entries of the dynamic table that loading needs. Addresses are the file's, without the bias.
#[derive(Default)]
pub(super) struct DynamicTable {
    rela: Option<u64>,
    rela_len: Option<u64>,
    rela_entry_len: Option<u64>,
    jmprel: Option<u64>,
    jmprel_len: Option<u64>,
    jmprel_format: Option<u64>,
    relr: Option<u64>,
    relr_len: Option<u64>,
    relr_entry_len: Option<u64>,
    /// Where the symbol table begins; its length is stated nowhere.
    pub(super) symbols: Option<u64>,
    symbol_len: Option<u64>,
}

impl DynamicTable {
    /// Reads the table up to DT_NULL. Entries for a dynamic linker's or libc's use are passed over.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, ElfError> {
        let mut table = Self::default();
        let mut at = 0;
        let mut count: u64 = 0;
        while let Ok(entry) = Dyn::parse_at(LittleEndian, Class::ELF64, &mut at, bytes) {
            if entry.d_tag == abi::DT_NULL {
                table.check()?;
                return Ok(table);
            }
            count = count.saturating_add(1);
            if count >= ELF_MAX_DYNAMIC_ENTRIES {
                return Err(ElfError::DynamicTooLong {
                    limit: ELF_MAX_DYNAMIC_ENTRIES,
                });
            }
            table.take(&entry)?;
        }
        Err(ElfError::DynamicUnterminated { count })
    }

    fn take(&mut self, entry: &Dyn) -> Result<(), ElfError> {
        let (slot, tag) = match entry.d_tag {
            abi::DT_NEEDED => return Err(ElfError::SharedLibrary {}),
            abi::DT_TEXTREL => return Err(ElfError::TextRelocations { tag: "DT_TEXTREL" }),
            abi::DT_FLAGS if entry.d_val() & DF_TEXTREL != 0 => {
                return Err(ElfError::TextRelocations { tag: "DT_FLAGS" });
            }
            abi::DT_REL => return Err(ElfError::ImplicitAddends { tag: "DT_REL" }),
            abi::DT_RELSZ => return Err(ElfError::ImplicitAddends { tag: "DT_RELSZ" }),
            abi::DT_RELENT => return Err(ElfError::ImplicitAddends { tag: "DT_RELENT" }),
            abi::DT_RELA => (&mut self.rela, "DT_RELA"),
            abi::DT_RELASZ => (&mut self.rela_len, "DT_RELASZ"),
            abi::DT_RELAENT => (&mut self.rela_entry_len, "DT_RELAENT"),
            abi::DT_JMPREL => (&mut self.jmprel, "DT_JMPREL"),
            abi::DT_PLTRELSZ => (&mut self.jmprel_len, "DT_PLTRELSZ"),
            abi::DT_PLTREL => (&mut self.jmprel_format, "DT_PLTREL"),
            DT_RELR => (&mut self.relr, "DT_RELR"),
            DT_RELRSZ => (&mut self.relr_len, "DT_RELRSZ"),
            DT_RELRENT => (&mut self.relr_entry_len, "DT_RELRENT"),
            abi::DT_SYMTAB => (&mut self.symbols, "DT_SYMTAB"),
            abi::DT_SYMENT => (&mut self.symbol_len, "DT_SYMENT"),
            _ => return Ok(()),
        };
        if slot.is_some() {
            return Err(ElfError::DuplicateDynamicEntry { tag });
        }
        *slot = Some(entry.d_val());
        Ok(())
    }

    pub(super) fn relr(&self) -> TableEntries {
        TableEntries {
            tag: "DT_RELR",
            address: self.relr,
            len_tag: "DT_RELRSZ",
            len: self.relr_len,
            entry_len: RELR_LEN,
        }
    }

    pub(super) fn rela(&self) -> TableEntries {
        TableEntries {
            tag: "DT_RELA",
            address: self.rela,
            len_tag: "DT_RELASZ",
            len: self.rela_len,
            entry_len: RELA_LEN,
        }
    }

    pub(super) fn jmprel(&self) -> TableEntries {
        TableEntries {
            tag: "DT_JMPREL",
            address: self.jmprel,
            len_tag: "DT_PLTRELSZ",
            len: self.jmprel_len,
            entry_len: RELA_LEN,
        }
    }

    /// Sizes of entries. One that is left out is the only one there is.
    fn check(&self) -> Result<(), ElfError> {
        for (tag, found, expected) in [
            ("DT_RELAENT", self.rela_entry_len, RELA_LEN),
            ("DT_SYMENT", self.symbol_len, SYMBOL_LEN),
            ("DT_RELRENT", self.relr_entry_len, RELR_LEN),
        ] {
            if let Some(found) = found
                && found != expected
            {
                return Err(ElfError::DynamicEntrySize {
                    tag,
                    found,
                    expected,
                });
            }
        }
        match self.jmprel_format {
            Some(found) if i64::try_from(found) != Ok(abi::DT_RELA) => {
                Err(ElfError::PltFormat { found })
            }
            _ => Ok(()),
        }
    }
}

/// A relocation table in the dynamic section: the names and values of its two entries.
pub(super) struct TableEntries {
    tag: &'static str,
    address: Option<u64>,
    len_tag: &'static str,
    len: Option<u64>,
    entry_len: u64,
}

impl TableEntries {
    /// The table's bytes; empty if there is no such table.
    pub(super) fn bytes<'p>(&self, program: &'p LoadedProgram<'_>) -> Result<&'p [u8], ElfError> {
        let (address, len) = match (self.address, self.len) {
            (None, None | Some(0)) => return Ok(&[]),
            (Some(_), None) => {
                return Err(ElfError::MissingDynamicEntry {
                    tag: self.len_tag,
                    because: self.tag,
                });
            }
            (None, Some(_)) => {
                return Err(ElfError::MissingDynamicEntry {
                    tag: self.tag,
                    because: self.len_tag,
                });
            }
            (Some(_), Some(0)) => return Ok(&[]),
            (Some(address), Some(len)) => (address, len),
        };
        if len.checked_rem(self.entry_len) != Some(0) {
            return Err(ElfError::TableSize {
                tag: self.len_tag,
                found: len,
                entry_len: self.entry_len,
            });
        }
        address
            .checked_add(program.bias)
            .and_then(|start| program.file_range(start, len))
            .and_then(|range| program.binary.get(range))
            .ok_or(ElfError::TableOutsideSegments {
                tag: self.tag,
                address,
                len,
            })
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::super::test_file::{R, TestFile, header, refusal, start};
    use super::*;

    /// Where the tests keep their tables in the data of the program.
    const TABLE: u64 = 0x2100;

    #[test]
    fn every_rule_about_the_dynamic_table_is_checked() {
        for (entries, name, field) in [
            (&[(abi::DT_NEEDED, 1)][..], "SharedLibrary", "DT_NEEDED"),
            (&[(abi::DT_TEXTREL, 0)], "TextRelocations", "DT_TEXTREL"),
            (
                &[(abi::DT_FLAGS, DF_TEXTREL)],
                "TextRelocations",
                "DT_FLAGS",
            ),
            (&[(abi::DT_REL, 0)], "ImplicitAddends", "DT_REL"),
            (&[(abi::DT_RELA, TABLE)], "MissingDynamicEntry", "DT_RELASZ"),
            (&[(abi::DT_RELASZ, 24)], "MissingDynamicEntry", "DT_RELA"),
            (&[(DT_RELRSZ, 8)], "MissingDynamicEntry", "DT_RELR"),
            (
                &[(abi::DT_PLTRELSZ, 24)],
                "MissingDynamicEntry",
                "DT_JMPREL",
            ),
            (
                &[(abi::DT_RELA, TABLE), (abi::DT_RELASZ, 25)],
                "TableSize",
                "DT_RELASZ",
            ),
            (
                &[(DT_RELR, TABLE), (DT_RELRSZ, 7)],
                "TableSize",
                "DT_RELRSZ",
            ),
            (
                &[(abi::DT_RELA, 0x2FE9), (abi::DT_RELASZ, 24)],
                "TableOutsideSegments",
                "DT_RELA",
            ),
            (
                &[(abi::DT_RELA, u64::MAX), (abi::DT_RELASZ, 24)],
                "TableOutsideSegments",
                "DT_RELA",
            ),
            (&[(abi::DT_RELAENT, 16)], "DynamicEntrySize", "DT_RELAENT"),
            (&[(abi::DT_SYMENT, 16)], "DynamicEntrySize", "DT_SYMENT"),
            (&[(DT_RELRENT, 4)], "DynamicEntrySize", "DT_RELRENT"),
            (&[(abi::DT_PLTREL, 17)], "PltFormat", "DT_PLTREL"),
            (
                &[(abi::DT_SYMTAB, 1), (abi::DT_SYMTAB, 1)],
                "DuplicateDynamicEntry",
                "DT_SYMTAB",
            ),
        ] {
            // The file goes on behind the segment.
            let error = refusal(&TestFile::dynamic(entries).with_words(0x3000, &[0; 8]));
            assert_eq!((error.name(), error.field()), (name, field), "{entries:x?}");
        }
    }

    #[test]
    fn empty_tables_and_other_entries_are_fine() {
        let entries = [
            (abi::DT_RELA, u64::MAX),
            (abi::DT_RELASZ, 0),
            (abi::DT_PLTRELSZ, 0),
            (abi::DT_FLAGS, 8),
            (abi::DT_FLAGS_1, 0x0800_0000),
            (abi::DT_DEBUG, 0),
            (-1, 7),
        ];
        let bytes = TestFile::dynamic(&entries).bytes();
        assert_eq!(start(&bytes).expect("a correct file").patches(), []);
    }

    #[test]
    fn dynamic_table_must_end() {
        let mut file = TestFile::dynamic(&[(abi::DT_DEBUG, 0)]);
        if let Some(dynamic) = file.headers.last_mut() {
            dynamic.p_filesz = 31;
        }
        assert_eq!(refusal(&file), ElfError::DynamicUnterminated { count: 1 });
    }

    #[test]
    fn dynamic_table_may_not_be_endless() {
        let limit = usize::try_from(ELF_MAX_DYNAMIC_ENTRIES).expect("a small number");
        let with_entries = |count| {
            let mut file = TestFile::pie();
            let len = (count + 1) * 16;
            let mut table = vec![0; len];
            for entry in table.chunks_exact_mut(16).take(count) {
                entry[0] = 21;
            }
            file.headers[2].p_filesz = 0x9000;
            file.headers[2].p_memsz = 0x9000;
            file.contents.push((0x2000, vec![0; 0x9000]));
            file.contents.push((0x2000, table));
            let len = u64::try_from(len).expect("a length");
            file.with(header(abi::PT_DYNAMIC, R, 0x2000, 0x2000, len, len, 8))
        };
        assert!(start(&with_entries(limit - 1).bytes()).is_ok());
        let error = refusal(&with_entries(limit));
        assert_eq!(
            error,
            ElfError::DynamicTooLong {
                limit: ELF_MAX_DYNAMIC_ENTRIES
            }
        );
    }
}
