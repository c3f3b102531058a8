//! The firmware's memory map in the kernel's terms: sorted, merged, whole pages.

use core::ops::Range;
use kpio_abi::boot::{
    MEMORY_ACPI_NVS, MEMORY_ACPI_RECLAIMABLE, MEMORY_BOOT_DATA, MEMORY_KERNEL_IMAGE,
    MEMORY_RESERVED, MEMORY_USABLE, MemoryRange,
};

/// What the firmware says a range is, as far as the kernel tells ranges apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Nobody's: free memory, and what the firmware itself used until now.
    Free,
    /// The stub's own, with everything it made for the kernel.
    Loader,
    /// Tables the kernel reads once.
    AcpiTables,
    /// The firmware's for ever, saved over sleep.
    AcpiNvs,
    /// Anything else.
    Other,
}

impl Use {
    const fn kind(self) -> u32 {
        match self {
            Self::Free => MEMORY_USABLE,
            Self::Loader => MEMORY_BOOT_DATA,
            Self::AcpiTables => MEMORY_ACPI_RECLAIMABLE,
            Self::AcpiNvs => MEMORY_ACPI_NVS,
            Self::Other => MEMORY_RESERVED,
        }
    }
}

/// Write the kernel's map into `out`; how many ranges it has.
///
/// `ranges` are the firmware's, in any order, not overlapping; `image` is where the kernel lies,
/// inside a loader's range. What does not fit into `out` is left out: the kernel leaves memory that
/// no range speaks of alone, so all that is lost is that memory.
pub fn convert(
    ranges: impl Iterator<Item = (Range<u64>, Use)>,
    image: &Range<u64>,
    out: &mut [MemoryRange],
) -> usize {
    let mut writer = Writer { out, count: 0 };
    for (range, purpose) in ranges {
        if range.start < image.end && image.start < range.end {
            writer.push(range.start..image.start.max(range.start), purpose.kind());
            writer.push(image.end.min(range.end)..range.end, purpose.kind());
        } else {
            writer.push(range, purpose.kind());
        }
    }
    writer.push(image.clone(), MEMORY_KERNEL_IMAGE);
    writer.finish()
}

struct Writer<'a> {
    out: &'a mut [MemoryRange],
    count: usize,
}

impl Writer<'_> {
    /// Add a range, to a neighbour of its kind if there is one: firmware maps are long and mostly
    /// made of such neighbours.
    fn push(&mut self, range: Range<u64>, kind: u32) {
        if range.is_empty() {
            return;
        }
        let known = &mut self.out[..self.count];
        let end_of = |entry: &MemoryRange| entry.base + entry.len;
        if let Some(entry) = known
            .iter_mut()
            .find(|e| e.kind == kind && (end_of(e) == range.start || e.base == range.end))
        {
            entry.base = entry.base.min(range.start);
            entry.len += range.end - range.start;
        } else if let Some(entry) = self.out.get_mut(self.count) {
            *entry = MemoryRange {
                base: range.start,
                len: range.end - range.start,
                kind,
                reserved: 0,
            };
            self.count += 1;
        }
    }

    /// Sort, and merge what has become neighbours since.
    fn finish(self) -> usize {
        let known = &mut self.out[..self.count];
        known.sort_unstable_by_key(|entry| entry.base);
        let mut kept = 0;
        for i in 1..known.len() {
            let (next, last) = (known[i], &mut known[kept]);
            if last.kind == next.kind && last.base + last.len == next.base {
                last.len += next.len;
            } else {
                kept += 1;
                known[kept] = next;
            }
        }
        if known.is_empty() { 0 } else { kept + 1 }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::{Use, convert};
    use core::ops::Range;
    use kpio_abi::boot::MemoryRange;
    use std::vec;
    use std::vec::Vec;

    const MIB: u64 = 1 << 20;
    const IMAGE: Range<u64> = 64 * MIB..66 * MIB;

    fn converted(ranges: &[(Range<u64>, Use)], room: usize) -> Vec<(u64, u64, u32)> {
        let mut out = vec![MemoryRange::default(); room];
        let count = convert(ranges.iter().cloned(), &IMAGE, &mut out);
        out[..count]
            .iter()
            .map(|entry| (entry.base / MIB, entry.len / MIB, entry.kind))
            .collect()
    }

    #[test]
    fn neighbours_of_one_kind_become_one_range_in_any_order() {
        let ranges = [
            (4 * MIB..8 * MIB, Use::Free),
            (63 * MIB..68 * MIB, Use::Loader),
            (MIB..2 * MIB, Use::Free),
            (2 * MIB..4 * MIB, Use::Free),
            (8 * MIB..9 * MIB, Use::AcpiNvs),
            (9 * MIB..10 * MIB, Use::AcpiTables),
            (10 * MIB..11 * MIB, Use::Other),
        ];
        let expected = [
            (1, 7, 1),
            (8, 1, 4),
            (9, 1, 3),
            (10, 1, 2),
            (63, 1, 5),
            (64, 2, 6),
            (66, 2, 5),
        ];
        assert_eq!(converted(&ranges, 16), expected);
    }

    #[test]
    fn the_kernel_is_cut_out_of_the_edge_of_a_range_too() {
        assert_eq!(
            converted(&[(64 * MIB..70 * MIB, Use::Loader)], 4),
            [(64, 2, 6), (66, 4, 5)]
        );
        assert_eq!(
            converted(&[(60 * MIB..66 * MIB, Use::Loader)], 4),
            [(60, 4, 5), (64, 2, 6)]
        );
        assert_eq!(
            converted(&[(64 * MIB..66 * MIB, Use::Loader)], 4),
            [(64, 2, 6)]
        );
    }

    #[test]
    fn what_does_not_fit_is_left_out() {
        let ranges: Vec<_> = (0..10)
            .map(|i| (2 * i * MIB..(2 * i + 1) * MIB, Use::Free))
            .collect();
        assert_eq!(converted(&ranges, 3), [(0, 1, 1), (2, 1, 1), (4, 1, 1)]);
        assert_eq!(converted(&ranges, 0), []);
    }
}
