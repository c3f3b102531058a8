//! The dynamic table and the relocations: the words that depend on where the program was put.
//!
//! The kernel has written every word before the program's first instruction, so RELRO is read-only
//! from the start. Start code must not relocate once more, as musl's `rcrt1.o` does on Linux: it
//! would fault in RELRO, and RELR, which adds in place, would count the bias twice.

use alloc::vec::Vec;
use core::ops::Range;

use elf::abi;
use elf::dynamic::Dyn;
use elf::endian::{EndianParse, LittleEndian};
use elf::file::Class;
use elf::parse::ParseAt;
use elf::relocation::Rela;
use elf::symbol::Symbol;

use super::error::ElfError;
use super::limits::{ELF_MAX_DYNAMIC_ENTRIES, ELF_MAX_RELOCATIONS};
use super::program::{LoadedProgram, Patch, Permissions};

// gABI proposal "DT_RELR"; the `elf` crate does not have them yet.
const DT_RELRSZ: i64 = 35;
const DT_RELR: i64 = 36;
const DT_RELRENT: i64 = 37;

/// Bytes of an Elf64_Rela, an Elf64_Sym and a word of RELR.
const RELA_LEN: u64 = 24;
const SYMBOL_LEN: u64 = 24;
const RELR_LEN: u64 = 8;
/// Words that one bitmap of RELR covers: all its bits but the lowest, which marks it as a bitmap.
const RELR_BITMAP_WORDS: u64 = 63;
/// The only module of a static program, in the numbering of `__tls_get_addr`.
const TLS_MODULE: u64 = 1;

/// Everything that relocation writes, sorted by address, disjoint.
pub(super) fn patches(program: &LoadedProgram<'_>) -> Result<Vec<Patch>, ElfError> {
    let Some(range) = program.dynamic.clone() else {
        return Ok(Vec::new());
    };
    let dynamic = DynamicTable::read(program.binary.get(range).unwrap_or_default())?;
    let relocations = Relocations::locate(program, &dynamic)?;
    let mut patches = relocations.new_list()?;
    relocations.apply_relr(&mut patches)?;
    relocations.apply_rela(relocations.rela, "DT_RELA", &mut patches)?;
    relocations.apply_rela(relocations.jmprel, "DT_JMPREL", &mut patches)?;
    // Some linkers count DT_JMPREL into DT_RELASZ: the same relocation twice is one.
    patches.sort_unstable();
    patches.dedup();
    for (first, second) in patches.iter().zip(patches.iter().skip(1)) {
        if second.address.saturating_sub(first.address) < Patch::LEN {
            return Err(ElfError::RelocationsConflict {
                first: first.address,
                second: second.address,
            });
        }
    }
    Ok(patches)
}

/// The entries of the dynamic table that loading needs. Addresses are the file's, without the bias.
#[derive(Default)]
struct DynamicTable {
    rela: Option<u64>,
    rela_len: Option<u64>,
    rela_entry_len: Option<u64>,
    jmprel: Option<u64>,
    jmprel_len: Option<u64>,
    jmprel_format: Option<u64>,
    relr: Option<u64>,
    relr_len: Option<u64>,
    relr_entry_len: Option<u64>,
    symbols: Option<u64>,
    symbol_len: Option<u64>,
}

impl DynamicTable {
    /// Reads the table up to DT_NULL. Entries for a dynamic linker's or libc's use are passed over.
    fn read(bytes: &[u8]) -> Result<Self, ElfError> {
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

/// DT_FLAGS, "DF_TEXTREL".
const DF_TEXTREL: u64 = 4;

/// The tables of relocations, found in the file, and what they refer to.
struct Relocations<'p> {
    program: &'p LoadedProgram<'p>,
    relr: &'p [u8],
    rela: &'p [u8],
    jmprel: &'p [u8],
    /// Address of the symbol table, without the bias.
    symbols: Option<u64>,
}

/// A relocation table in the dynamic section: the names and values of its two entries.
struct TableEntries {
    tag: &'static str,
    address: Option<u64>,
    len_tag: &'static str,
    len: Option<u64>,
    entry_len: u64,
}

impl<'p> Relocations<'p> {
    fn locate(program: &'p LoadedProgram<'p>, dynamic: &DynamicTable) -> Result<Self, ElfError> {
        let relr = TableEntries {
            tag: "DT_RELR",
            address: dynamic.relr,
            len_tag: "DT_RELRSZ",
            len: dynamic.relr_len,
            entry_len: RELR_LEN,
        };
        let rela = TableEntries {
            tag: "DT_RELA",
            address: dynamic.rela,
            len_tag: "DT_RELASZ",
            len: dynamic.rela_len,
            entry_len: RELA_LEN,
        };
        let jmprel = TableEntries {
            tag: "DT_JMPREL",
            address: dynamic.jmprel,
            len_tag: "DT_PLTRELSZ",
            len: dynamic.jmprel_len,
            entry_len: RELA_LEN,
        };
        Ok(Self {
            program,
            relr: relr.bytes(program)?,
            rela: rela.bytes(program)?,
            jmprel: jmprel.bytes(program)?,
            symbols: dynamic.symbols,
        })
    }

    /// A list with room for all patches: it never grows while user data decide how far.
    fn new_list(&self) -> Result<Vec<Patch>, ElfError> {
        let mut count: u64 = 0;
        for (tag, more) in [
            ("DT_RELR", relr_count(self.relr)),
            ("DT_RELA", entries(self.rela, RELA_LEN)),
            ("DT_JMPREL", entries(self.jmprel, RELA_LEN)),
        ] {
            count = count.saturating_add(more);
            if count > ELF_MAX_RELOCATIONS {
                return Err(ElfError::TooManyRelocations {
                    tag,
                    limit: ELF_MAX_RELOCATIONS,
                });
            }
        }
        let bytes = count.saturating_mul(u64::try_from(size_of::<Patch>()).unwrap_or(u64::MAX));
        let mut list = Vec::new();
        let count = usize::try_from(count).map_err(|_| ElfError::OutOfMemory { bytes })?;
        list.try_reserve_exact(count)
            .map_err(|_| ElfError::OutOfMemory { bytes })?;
        Ok(list)
    }

    /// RELR: addresses (even) and bitmaps (odd) of words to which the bias is added. The addend is
    /// in the file.
    fn apply_relr(&self, list: &mut Vec<Patch>) -> Result<(), ElfError> {
        // Where the next bitmap counts from.
        let mut next: Option<u64> = None;
        for (index, word) in (0u64..).zip(words(self.relr)) {
            if word & 1 == 0 {
                self.relocate_in_place(word, index, list)?;
                next = Some(word.wrapping_add(RELR_LEN));
                continue;
            }
            let Some(base) = next else {
                return Err(ElfError::RelrBitmapFirst {});
            };
            let (mut bits, mut place) = (word >> 1, base);
            while bits != 0 {
                if bits & 1 != 0 {
                    self.relocate_in_place(place, index, list)?;
                }
                bits >>= 1;
                place = place.wrapping_add(RELR_LEN);
            }
            next = Some(base.wrapping_add(RELR_BITMAP_WORDS.wrapping_mul(RELR_LEN)));
        }
        Ok(())
    }

    fn relocate_in_place(
        &self,
        place: u64,
        index: u64,
        list: &mut Vec<Patch>,
    ) -> Result<(), ElfError> {
        let address = self.target(place, "DT_RELR", index)?;
        let mut addend = [0; 8];
        self.program.fill_unrelocated(address, &mut addend);
        let value = u64::from_le_bytes(addend).wrapping_add(self.program.bias);
        list.push(Patch { address, value });
        Ok(())
    }

    /// RELA: each entry names a place, a formula and an addend (psABI "Relocation Types").
    fn apply_rela(
        &self,
        bytes: &[u8],
        table: &'static str,
        list: &mut Vec<Patch>,
    ) -> Result<(), ElfError> {
        let mut at = 0;
        for index in 0..entries(bytes, RELA_LEN) {
            let Ok(rela) = Rela::parse_at(LittleEndian, Class::ELF64, &mut at, bytes) else {
                break;
            };
            let formula = match rela.r_type {
                abi::R_X86_64_NONE => continue,
                abi::R_X86_64_IRELATIVE => {
                    return Err(ElfError::IndirectFunction {
                        table,
                        index,
                        field: "r_info",
                    });
                }
                abi::R_X86_64_RELATIVE => Formula::Relative,
                abi::R_X86_64_64 => Formula::SymbolPlusAddend,
                abi::R_X86_64_GLOB_DAT | abi::R_X86_64_JUMP_SLOT => Formula::Symbol,
                abi::R_X86_64_DTPMOD64 => Formula::TlsModule,
                abi::R_X86_64_DTPOFF64 => Formula::TlsOffset,
                abi::R_X86_64_TPOFF64 => Formula::ThreadPointerOffset,
                kind => return Err(ElfError::UnsupportedRelocation { table, index, kind }),
            };
            let address = self.target(rela.r_offset, table, index)?;
            let addend = rela.r_addend.cast_unsigned();
            let value = match formula {
                Formula::Relative => self.program.bias.wrapping_add(addend),
                Formula::SymbolPlusAddend => self
                    .address_of(rela.r_sym, table, index)?
                    .wrapping_add(addend),
                Formula::Symbol => self.address_of(rela.r_sym, table, index)?,
                Formula::TlsModule => {
                    self.tls_offset_of(rela.r_sym, table, index)?;
                    TLS_MODULE
                }
                Formula::TlsOffset => self
                    .tls_offset_of(rela.r_sym, table, index)?
                    .wrapping_add(addend),
                Formula::ThreadPointerOffset => {
                    let in_block = self
                        .tls_offset_of(rela.r_sym, table, index)?
                        .wrapping_add(addend);
                    in_block.wrapping_sub(self.program.tls.as_ref().map_or(0, |tls| tls.offset))
                }
            };
            list.push(Patch { address, value });
        }
        Ok(())
    }

    /// The final address of a place to relocate: 8 bytes of a segment that is writable, or was
    /// until RELRO.
    fn target(&self, place: u64, table: &'static str, index: u64) -> Result<u64, ElfError> {
        let refused = ElfError::RelocationTarget {
            table,
            index,
            address: place,
        };
        let address = place.checked_add(self.program.bias).ok_or(refused)?;
        let after = self
            .program
            .segments
            .partition_point(|segment| segment.address <= address);
        let home = after
            .checked_sub(1)
            .and_then(|last| self.program.segments.get(last))
            .ok_or(refused)?;
        if home.permissions.contains(Permissions::WRITE) && home.holds(address, Patch::LEN) {
            Ok(address)
        } else {
            Err(refused)
        }
    }

    /// The address of a symbol; 0 for none and for a weak one that nobody defines.
    fn address_of(&self, symbol: u32, table: &'static str, index: u64) -> Result<u64, ElfError> {
        let Some(entry) = self.symbol(symbol, table, index)? else {
            return Ok(0);
        };
        match (entry.st_symtype(), entry.st_shndx) {
            (_, abi::SHN_UNDEF) => Ok(0),
            (abi::STT_GNU_IFUNC, _) => Err(ElfError::IndirectFunction {
                table,
                index,
                field: "st_info",
            }),
            (kind @ abi::STT_TLS, _) => Err(ElfError::SymbolType {
                table,
                index,
                symbol,
                kind,
            }),
            (_, abi::SHN_ABS) => Ok(entry.st_value),
            _ => Ok(entry.st_value.wrapping_add(self.program.bias)),
        }
    }

    /// Where in the thread-local block a symbol lies; 0, the start of the block, for no symbol.
    fn tls_offset_of(&self, symbol: u32, table: &'static str, index: u64) -> Result<u64, ElfError> {
        if self.program.tls.is_none() {
            return Err(ElfError::MissingTls { table, index });
        }
        let Some(entry) = self.symbol(symbol, table, index)? else {
            return Ok(0);
        };
        match (entry.st_symtype(), entry.st_shndx) {
            (_, abi::SHN_UNDEF) => Err(ElfError::UndefinedSymbol {
                table,
                index,
                symbol,
            }),
            (abi::STT_TLS, _) => Ok(entry.st_value),
            (kind, _) => Err(ElfError::SymbolType {
                table,
                index,
                symbol,
                kind,
            }),
        }
    }

    /// An entry of the symbol table, defined or weak; `None` for symbol 0, which stands for no
    /// symbol.
    fn symbol(
        &self,
        symbol: u32,
        table: &'static str,
        index: u64,
    ) -> Result<Option<Symbol>, ElfError> {
        if symbol == 0 {
            return Ok(None);
        }
        let Some(base) = self.symbols else {
            return Err(ElfError::MissingDynamicEntry {
                tag: "DT_SYMTAB",
                because: table,
            });
        };
        let refused = ElfError::SymbolOutsideTable {
            table,
            index,
            symbol,
        };
        let offset = u64::from(symbol).saturating_mul(SYMBOL_LEN);
        // One segment must hold the table from its start to this entry.
        let len = offset.saturating_add(SYMBOL_LEN);
        let start = base.checked_add(self.program.bias).ok_or(refused)?;
        let bytes = self
            .program
            .file_range(start, len)
            .and_then(|range| self.program.binary.get(range));
        let mut at = usize::try_from(offset).map_err(|_| refused)?;
        let entry = Symbol::parse_at(LittleEndian, Class::ELF64, &mut at, bytes.ok_or(refused)?)
            .map_err(|_| refused)?;
        match entry.st_shndx {
            abi::SHN_UNDEF if entry.st_bind() != abi::STB_WEAK => Err(ElfError::UndefinedSymbol {
                table,
                index,
                symbol,
            }),
            section if section >= SHN_LORESERVE && section != abi::SHN_ABS => {
                Err(ElfError::SymbolSection {
                    table,
                    index,
                    symbol,
                    section,
                })
            }
            _ => Ok(Some(entry)),
        }
    }
}

/// gABI "Special Section Indexes": where the reserved numbers begin.
const SHN_LORESERVE: u16 = 0xff00;

/// What a relocation writes, in the notation of the psABI.
enum Formula {
    /// B + A
    Relative,
    /// S + A
    SymbolPlusAddend,
    /// S
    Symbol,
    /// The number of the module that defines the symbol.
    TlsModule,
    /// The symbol's place in its module's block, + A
    TlsOffset,
    /// The same, relative to the thread pointer.
    ThreadPointerOffset,
}

impl TableEntries {
    /// The table's bytes; empty if there is no such table.
    fn bytes<'p>(&self, program: &'p LoadedProgram<'_>) -> Result<&'p [u8], ElfError> {
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
            .and_then(|range: Range<usize>| program.binary.get(range))
            .ok_or(ElfError::TableOutsideSegments {
                tag: self.tag,
                address,
                len,
            })
    }
}

/// How many entries of `entry_len` bytes there are.
fn entries(bytes: &[u8], entry_len: u64) -> u64 {
    u64::try_from(bytes.len())
        .unwrap_or(u64::MAX)
        .checked_div(entry_len)
        .unwrap_or(0)
}

/// The little-endian words of a table.
fn words(bytes: &[u8]) -> impl Iterator<Item = u64> + '_ {
    let mut at = 0;
    core::iter::from_fn(move || LittleEndian.parse_u64_at(&mut at, bytes).ok())
}

/// How many words a RELR table relocates: one for each address, one for each bit of a bitmap but
/// the lowest.
fn relr_count(relr: &[u8]) -> u64 {
    words(relr).fold(0, |sum, word| {
        sum.saturating_add(if word & 1 == 0 {
            1
        } else {
            u64::from((word >> 1).count_ones())
        })
    })
}
