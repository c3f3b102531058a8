//! The relocations: the words that depend on where the program was put.
//!
//! The kernel has written every word before the program's first instruction, so RELRO is read-only
//! from the start. Start code must not relocate once more, as musl's `rcrt1.o` does on Linux: it
//! would fault in RELRO, and RELR, which adds in place, would count the bias twice.

use alloc::vec::Vec;

use elf::abi;
use elf::endian::{EndianParse, LittleEndian};
use elf::file::Class;
use elf::parse::ParseAt;
use elf::relocation::Rela;
use elf::symbol::Symbol;

use super::dynamic::{DynamicTable, RELA_LEN, RELR_LEN, SYMBOL_LEN};
use super::error::ElfError;
use super::limits::ELF_MAX_RELOCATIONS;
use super::program::{LoadedProgram, Patch, Permissions};

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

/// The tables of relocations, found in the file, and what they refer to.
struct Relocations<'p> {
    program: &'p LoadedProgram<'p>,
    relr: &'p [u8],
    rela: &'p [u8],
    jmprel: &'p [u8],
    /// Address of the symbol table, without the bias.
    symbols: Option<u64>,
}

impl<'p> Relocations<'p> {
    fn locate(program: &'p LoadedProgram<'p>, dynamic: &DynamicTable) -> Result<Self, ElfError> {
        Ok(Self {
            program,
            relr: dynamic.relr().bytes(program)?,
            rela: dynamic.rela().bytes(program)?,
            jmprel: dynamic.jmprel().bytes(program)?,
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

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::super::dynamic::{DT_RELR, DT_RELRENT, DT_RELRSZ};
    use super::super::limits::USER_TEXT_BASE as BASE;
    use super::super::test_file::{R, TestFile, header, refusal, start};
    use super::*;

    const NO_SYMBOL: u64 = 0;
    /// Where the tests keep their tables in the data of the program.
    const TABLE: u64 = 0x2100;
    const SYMBOLS: u64 = 0x2400;
    const PLACE: u64 = 0x2C00;

    fn info(kind: u32, symbol: u64) -> u64 {
        symbol << 32 | u64::from(kind)
    }

    /// A program with these RELA entries and a symbol table: 1 is an object at 0x1234, 2 is
    /// absolute, 3 weak and undefined, 4 undefined, 5 thread-local at 8, 6 an indirect function, 7
    /// common.
    fn with_rela(entries: &[[u64; 3]]) -> TestFile {
        let flat: Vec<u64> = entries.iter().flatten().copied().collect();
        let len = RELA_LEN * u64::try_from(entries.len()).expect("a length");
        let symbol = |info: u64, section: u64, value: u64| [info << 32 | section << 48, value, 0];
        let symbols = [
            symbol(0, 0, 0),
            symbol(0x11, 1, 0x1234),
            symbol(0x10, 0xFFF1, 0x5678),
            symbol(0x20, 0, 0x99),
            symbol(0x10, 0, 0x99),
            symbol(0x16, 1, 8),
            symbol(0x1A, 1, 0x1000),
            symbol(0x11, 0xFFF2, 8),
            symbol(0x11, 0xFF00, 8),
            symbol(0x11, 0xFEFF, 8),
        ];
        TestFile::dynamic(&[
            (abi::DT_RELA, TABLE),
            (abi::DT_RELASZ, len),
            (abi::DT_RELAENT, 24),
            (abi::DT_SYMTAB, SYMBOLS),
            (abi::DT_SYMENT, 24),
        ])
        .with_words(TABLE, &flat)
        .with_words(SYMBOLS, &symbols.concat())
    }

    fn with_tls(file: TestFile) -> TestFile {
        // The block begins 32 bytes below the thread pointer.
        file.with(header(abi::PT_TLS, R, 0x2000, 0x2000, 16, 32, 16))
    }

    fn with_relr(words: &[u64]) -> TestFile {
        let len = RELR_LEN * u64::try_from(words.len()).expect("a length");
        TestFile::dynamic(&[(DT_RELR, TABLE), (DT_RELRSZ, len), (DT_RELRENT, 8)])
            .with_words(TABLE, words)
    }

    fn patches_of(file: &TestFile) -> Vec<(u64, u64)> {
        let bytes = file.bytes();
        let program = start(&bytes).expect("a correct file");
        program
            .patches()
            .iter()
            .map(|patch| (patch.address - BASE, patch.value))
            .collect()
    }

    #[test]
    fn every_formula_gives_the_value_of_the_psabi() {
        let minus_one = u64::MAX;
        for (kind, symbol, addend, value) in [
            (abi::R_X86_64_RELATIVE, NO_SYMBOL, 0x1000, BASE + 0x1000),
            (abi::R_X86_64_RELATIVE, NO_SYMBOL, minus_one, BASE - 1),
            (abi::R_X86_64_64, 1, 4, BASE + 0x1238),
            (abi::R_X86_64_64, 2, minus_one, 0x5677),
            (abi::R_X86_64_64, 3, 7, 7),
            (abi::R_X86_64_64, NO_SYMBOL, 7, 7),
            (abi::R_X86_64_64, 9, 4, BASE + 12),
            (abi::R_X86_64_GLOB_DAT, 1, 99, BASE + 0x1234),
            (abi::R_X86_64_JUMP_SLOT, 3, 99, 0),
            (abi::R_X86_64_DTPMOD64, NO_SYMBOL, 99, 1),
            (abi::R_X86_64_DTPMOD64, 5, 99, 1),
            (abi::R_X86_64_DTPOFF64, 5, 2, 10),
            (abi::R_X86_64_DTPOFF64, NO_SYMBOL, 2, 2),
            (abi::R_X86_64_TPOFF64, 5, 2, 10u64.wrapping_sub(32)),
            (abi::R_X86_64_TPOFF64, NO_SYMBOL, 0, 0u64.wrapping_sub(32)),
        ] {
            let file = with_tls(with_rela(&[[PLACE, info(kind, symbol), addend]]));
            assert_eq!(
                patches_of(&file),
                [(PLACE, value)],
                "type {kind}, symbol {symbol}"
            );
        }
    }

    #[test]
    fn type_none_is_nothing() {
        assert_eq!(patches_of(&with_rela(&[[u64::MAX, info(0, 99), 1]])), []);
    }

    #[test]
    fn relocation_without_its_symbol_is_refused() {
        for (kind, symbol, name) in [
            (abi::R_X86_64_64, 4, "UndefinedSymbol"),
            (abi::R_X86_64_64, 5, "SymbolType"),
            (abi::R_X86_64_64, 6, "IndirectFunction"),
            (abi::R_X86_64_64, 7, "SymbolSection"),
            (abi::R_X86_64_64, 8, "SymbolSection"),
            (abi::R_X86_64_64, 0xFFFF_FFFF, "SymbolOutsideTable"),
            (abi::R_X86_64_TPOFF64, 1, "SymbolType"),
            (abi::R_X86_64_TPOFF64, 3, "UndefinedSymbol"),
        ] {
            let file = with_tls(with_rela(&[[PLACE, info(kind, symbol), 0]]));
            assert_eq!(refusal(&file).name(), name, "type {kind}, symbol {symbol}");
        }
    }

    #[test]
    fn thread_local_relocation_needs_a_template() {
        for kind in [
            abi::R_X86_64_DTPMOD64,
            abi::R_X86_64_DTPOFF64,
            abi::R_X86_64_TPOFF64,
        ] {
            let error = refusal(&with_rela(&[[PLACE, info(kind, NO_SYMBOL), 0]]));
            assert_eq!(
                error,
                ElfError::MissingTls {
                    table: "DT_RELA",
                    index: 0
                }
            );
        }
    }

    #[test]
    fn unsupported_types_are_refused_by_number() {
        let error = refusal(&with_rela(&[[PLACE, info(abi::R_X86_64_IRELATIVE, 0), 0]]));
        assert_eq!(
            (error.name(), error.field()),
            ("IndirectFunction", "r_info")
        );
        for kind in [2, 5, 10, 36, 38, 1 << 20] {
            let error = refusal(&with_rela(&[[PLACE, info(kind, 0), 0]]));
            assert_eq!(
                error,
                ElfError::UnsupportedRelocation {
                    table: "DT_RELA",
                    index: 0,
                    kind
                }
            );
        }
    }

    #[test]
    fn target_must_be_eight_writable_bytes() {
        let relative = info(abi::R_X86_64_RELATIVE, 0);
        for place in [
            0x1000,
            0x1FFF,
            0x37F9,
            0x3800,
            0x9000,
            1 << 47,
            u64::MAX,
            u64::MAX - BASE,
        ] {
            let error = refusal(&with_rela(&[[place, relative, 0]]));
            assert_eq!(error.name(), "RelocationTarget", "{place:#x}");
        }
        // The last word, in bss.
        assert_eq!(
            patches_of(&with_rela(&[[0x37F8, relative, 0]])),
            [(0x37F8, BASE)]
        );
    }

    #[test]
    fn same_word_twice_is_one_and_different_words_conflict() {
        let relative = info(abi::R_X86_64_RELATIVE, 0);
        let twice = with_rela(&[[PLACE, relative, 1], [PLACE, relative, 1]]);
        assert_eq!(patches_of(&twice), [(PLACE, BASE + 1)]);
        for (second, addend) in [(PLACE, 2), (PLACE + 7, 1), (PLACE - 4, 1)] {
            let file = with_rela(&[[PLACE, relative, 1], [second, relative, addend]]);
            assert_eq!(refusal(&file).name(), "RelocationsConflict", "{second:#x}");
        }
    }

    #[test]
    fn plt_relocations_may_be_counted_among_the_others() {
        let relative = info(abi::R_X86_64_RELATIVE, 0);
        let file = TestFile::dynamic(&[
            (abi::DT_RELA, TABLE),
            (abi::DT_RELASZ, 48),
            (abi::DT_JMPREL, TABLE + 24),
            (abi::DT_PLTRELSZ, 24),
            (abi::DT_PLTREL, 7),
        ])
        .with_words(TABLE, &[PLACE, relative, 1, PLACE + 8, relative, 2]);
        assert_eq!(
            patches_of(&file),
            [(PLACE, BASE + 1), (PLACE + 8, BASE + 2)]
        );
    }

    #[test]
    fn relr_adds_to_what_the_file_has() {
        // An address, then a bitmap for the words behind it: the first and the last of 63.
        let file = with_relr(&[PLACE, 1 << 63 | 1 << 1 | 1]).with_words(PLACE, &[0x10, 0x20]);
        let filler = u64::from_le_bytes([0xDA; 8]);
        let last = PLACE + 8 + 62 * 8;
        assert_eq!(
            patches_of(&file),
            [
                (PLACE, BASE + 0x10),
                (PLACE + 8, BASE + 0x20),
                (last, filler.wrapping_add(BASE))
            ]
        );
        // A second bitmap goes on where the first ends.
        let file = with_relr(&[0x2A00, 1, 3]);
        assert_eq!(patches_of(&file)[1].0, 0x2A00 + 8 + 63 * 8);
        // In bss the addend is 0.
        assert_eq!(patches_of(&with_relr(&[0x3100])), [(0x3100, BASE)]);
    }

    #[test]
    fn relr_cannot_begin_with_a_bitmap_nor_leave_the_segment() {
        assert_eq!(refusal(&with_relr(&[3])), ElfError::RelrBitmapFirst {});
        for words in [
            &[0x1000][..],
            &[0x37F8, 3],
            &[u64::MAX - 1],
            &[0x3608, u64::MAX],
        ] {
            assert_eq!(
                refusal(&with_relr(words)).name(),
                "RelocationTarget",
                "{words:x?}"
            );
        }
    }

    #[test]
    fn symbol_without_a_table_is_refused() {
        let file = TestFile::dynamic(&[(abi::DT_RELA, TABLE), (abi::DT_RELASZ, 24)])
            .with_words(TABLE, &[PLACE, info(abi::R_X86_64_64, 1), 0]);
        let error = refusal(&file);
        assert_eq!(
            (error.name(), error.field()),
            ("MissingDynamicEntry", "DT_SYMTAB")
        );
    }

    #[test]
    fn relocations_are_counted_before_they_are_kept() {
        let bitmaps = ELF_MAX_RELOCATIONS / RELR_BITMAP_WORDS + 1;
        let mut table = vec![PLACE];
        table.extend((0..bitmaps).map(|_| u64::MAX));
        let len = RELR_LEN * u64::try_from(table.len()).expect("a length");
        let mut file =
            TestFile::dynamic(&[(DT_RELR, 0x4000), (DT_RELRSZ, len)]).with_words(0x4000, &table);
        file.headers
            .push(super::super::test_file::load(R, 0x4000, 0x4000, len, len));
        let limit = ELF_MAX_RELOCATIONS;
        assert_eq!(
            refusal(&file),
            ElfError::TooManyRelocations {
                tag: "DT_RELR",
                limit
            }
        );
    }

    #[test]
    fn relocating_twice_gives_the_same() {
        let bytes = with_relr(&[PLACE]).bytes();
        let mut program = start(&bytes).expect("a correct file");
        let once = program.patches().to_vec();
        super::super::Elf64Loader::relocate(&mut program).expect("it did before");
        assert_eq!(program.patches(), once);
    }

    #[test]
    fn no_change_of_one_byte_makes_the_loader_panic() {
        let file = with_tls(with_rela(&[
            [PLACE, info(abi::R_X86_64_64, 1), 4],
            [PLACE + 8, info(abi::R_X86_64_TPOFF64, 5), 4],
        ]));
        let original = file.bytes();
        let interesting = (0..0x200)
            .chain(0x2100..0x2130)
            .chain(0x2400..0x24C0)
            .chain(0x2800..0x2860);
        let mut page = [0; 4096];
        for position in interesting {
            for value in [0, 1, 0x7F, 0x80, 0xFF] {
                let mut bytes = original.clone();
                bytes[position] = value;
                if let Ok(program) = start(&bytes) {
                    for mapping in program.mappings() {
                        program.fill(mapping.start, &mut page);
                    }
                }
            }
        }
    }
}
