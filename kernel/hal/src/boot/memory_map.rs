//! The firmware's memory map, sorted and cut into what the kernel may use. Lives on the boot stack.

use super::MAX_RANGES;
use kpio_abi::boot::{
    MEMORY_ACPI_NVS, MEMORY_ACPI_RECLAIMABLE, MEMORY_BOOT_DATA, MEMORY_KERNEL_IMAGE, MEMORY_USABLE,
    MemoryRange,
};
use kpio_abi::memory::PAGE_SIZE;

/// Below this, firmware and boot structures live; it is left alone.
const LOW_MEMORY_END: u64 = 1 << 20;

/// Ranges in ascending order.
pub(super) struct MemoryMap {
    ranges: [MemoryRange; MAX_RANGES],
    count: usize,
    has_overflowed: bool,
    kernel: (u64, u64),
}

impl MemoryMap {
    pub fn new() -> Self {
        Self {
            ranges: [MemoryRange::default(); MAX_RANGES],
            count: 0,
            has_overflowed: false,
            kernel: (0, 0),
        }
    }

    /// Add one range; beyond the table's room it is ignored.
    pub fn add(&mut self, range: MemoryRange) {
        if self.count == MAX_RANGES {
            self.has_overflowed = true;
        } else if range.len != 0 && range.base.checked_add(range.len).is_some() {
            self.ranges[self.count] = range;
            self.count += 1;
        }
    }

    /// Sort, and note where the kernel image lies.
    pub fn finish(&mut self, kernel_base: u64, kernel_len: u64) {
        self.ranges[..self.count].sort_unstable_by_key(|r| r.base);
        self.kernel = (kernel_base, kernel_base + kernel_len);
    }

    pub fn has_overflowed(&self) -> bool {
        self.has_overflowed
    }

    fn all(&self) -> impl Iterator<Item = (u64, u64, u32)> + '_ {
        self.ranges[..self.count]
            .iter()
            .map(|r| (r.base, r.base + r.len, r.kind))
    }

    fn of_kind(&self, wanted: u32) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.all()
            .filter(move |r| r.2 == wanted)
            .map(|(start, end, _)| (start, end))
    }

    /// Usable ranges without low memory, without the image, without `except`.
    pub fn usable_except(
        &self,
        except_start: u64,
        except_end: u64,
    ) -> impl Iterator<Item = (u64, u64)> + '_ {
        let kernel = self.kernel;
        self.of_kind(MEMORY_USABLE)
            .flat_map(move |range| without(range, (0, LOW_MEMORY_END)))
            .flat_map(move |range| without(range, kernel))
            .flat_map(move |range| without(range, (except_start, except_end)))
    }

    /// The largest run of whole usable pages that ends at or below `limit`.
    pub fn largest_usable_below(&self, limit: u64) -> (u64, u64) {
        let page = PAGE_SIZE as u64;
        self.usable_except(0, 0)
            .map(|(start, end)| (start.next_multiple_of(page), end.min(limit) / page * page))
            .filter(|(start, end)| start < end)
            .max_by_key(|(start, end)| end - start)
            .expect("no usable memory below 4 GiB in the firmware's map")
    }

    /// Ranges that hold boot data: usable once the kernel has read it.
    pub fn boot_data(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.of_kind(MEMORY_BOOT_DATA)
            .flat_map(move |range| without(range, (0, LOW_MEMORY_END)))
            .flat_map(move |range| without(range, self.kernel))
    }

    fn is_ram(kind: u32) -> bool {
        [
            MEMORY_USABLE,
            MEMORY_ACPI_RECLAIMABLE,
            MEMORY_ACPI_NVS,
            MEMORY_BOOT_DATA,
            MEMORY_KERNEL_IMAGE,
        ]
        .contains(&kind)
    }

    /// First address above all RAM.
    pub fn end_of_ram(&self) -> u64 {
        self.ram().map(|r| r.1).max().unwrap_or(0)
    }

    /// RAM as whole pages, neighbours joined, ascending and disjoint. Pages that RAM shares with
    /// something else are in.
    pub fn ram(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        let page = PAGE_SIZE as u64;
        let mut rest = self
            .all()
            .filter(|r| Self::is_ram(r.2))
            .map(move |(start, end, _)| (start / page * page, end.next_multiple_of(page)))
            .peekable();
        core::iter::from_fn(move || {
            let (start, mut end) = rest.next()?;
            while let Some(&(next_start, next_end)) = rest.peek() {
                if next_start > end {
                    break;
                }
                end = end.max(next_end);
                rest.next();
            }
            Some((start, end))
        })
    }
}

/// `range` without `hole`: up to two pieces.
fn without(range: (u64, u64), hole: (u64, u64)) -> impl Iterator<Item = (u64, u64)> {
    let (start, end) = range;
    let below = (start, end.min(hole.0.max(start)));
    let above = (start.max(hole.1.min(end)), end);
    let is_disjoint = hole.0 >= hole.1 || hole.1 <= start || hole.0 >= end;
    let pieces = if is_disjoint {
        [range, (0, 0)]
    } else {
        [below, above]
    };
    pieces.into_iter().filter(|(start, end)| start < end)
}
