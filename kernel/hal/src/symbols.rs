//! The kernel's own symbol table, for backtraces.
//!
//! The build writes it into the section `.ksyms` after the link: `count: u32, names_len: u32`, then
//! `count` times `{address: u64, name_offset: u32, name_len: u32}` sorted by address, then the names,
//! mangled, in UTF-8. All little-endian.

/// A parsed view of the table; a damaged one finds nothing rather than panicking.
#[derive(Clone, Copy, Debug)]
pub struct Symbols<'a> {
    records: &'a [u8],
    names: &'a [u8],
}

const HEADER: usize = 8;
const RECORD: usize = 16;

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    let raw = bytes.get(at..at + 4)?;
    usize::try_from(u32::from_le_bytes(raw.try_into().ok()?)).ok()
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

impl<'a> Symbols<'a> {
    /// Read the header of `section`; `None` when it is empty or does not hold what it says.
    #[must_use]
    pub fn parse(section: &'a [u8]) -> Option<Self> {
        let count = u32_at(section, 0)?;
        let names_len = u32_at(section, 4)?;
        let names_at = HEADER.checked_add(count.checked_mul(RECORD)?)?;
        let records = section.get(HEADER..names_at)?;
        let names = section.get(names_at..names_at.checked_add(names_len)?)?;
        (count != 0).then_some(Self { records, names })
    }

    fn address(&self, index: usize) -> Option<u64> {
        u64_at(self.records, index * RECORD)
    }

    /// The function that `address` lies in: its mangled name and the distance from its start.
    #[must_use]
    pub fn find(&self, address: u64) -> Option<(&'a str, u64)> {
        let (mut low, mut high) = (0, self.records.len() / RECORD);
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.address(middle)? <= address {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let index = low.checked_sub(1)?;
        let offset = u32_at(self.records, index * RECORD + 8)?;
        let len = u32_at(self.records, index * RECORD + 12)?;
        let name = core::str::from_utf8(self.names.get(offset..offset.checked_add(len)?)?).ok()?;
        Some((name, address - self.address(index)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn table(symbols: &[(u64, &str)]) -> Vec<u8> {
        let names: std::string::String = symbols.iter().map(|s| s.1).collect();
        let mut out = Vec::new();
        out.extend(u32::try_from(symbols.len()).expect("few").to_le_bytes());
        out.extend(u32::try_from(names.len()).expect("few").to_le_bytes());
        let mut offset = 0_u32;
        for (address, name) in symbols {
            let len = u32::try_from(name.len()).expect("short");
            out.extend(address.to_le_bytes());
            out.extend(offset.to_le_bytes());
            out.extend(len.to_le_bytes());
            offset += len;
        }
        out.extend(names.as_bytes());
        out
    }

    #[test]
    fn addresses_find_the_function_they_lie_in() {
        let bytes = table(&[(0x100, "first"), (0x200, "second"), (0x300, "third")]);
        let symbols = Symbols::parse(&bytes).expect("well formed");
        assert_eq!(symbols.find(0x100), Some(("first", 0)));
        assert_eq!(symbols.find(0x2ff), Some(("second", 0xff)));
        assert_eq!(symbols.find(0xffff), Some(("third", 0xfcff)));
        assert_eq!(symbols.find(0xff), None);
    }

    #[test]
    fn a_damaged_table_finds_nothing() {
        let bytes = table(&[(0x100, "first"), (0x200, "second")]);
        for len in 0..bytes.len() {
            let _ = Symbols::parse(&bytes[..len]).map(|s| s.find(0x150));
        }
        let mut wild = bytes;
        wild[16..20].fill(0xff);
        assert_eq!(Symbols::parse(&wild).and_then(|s| s.find(0x150)), None);
        assert!(Symbols::parse(&[0; 64]).is_none());
    }
}
