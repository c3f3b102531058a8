//! A bounded cache of sectors above a block device, so that starting a program again reads nothing.
//!
//! Lines of 16 KiB, dropped in the order of their last use. A miss fetches all missing lines of the
//! request that follow each other in one device request, up to [`MAX_RUN_LINES`]. Writes go through
//! and change the lines they touch. The content of files is kept above the file system
//! ([`super::content`]); what this one serves most is the file system's own tables.

use super::block::{BlockDevice, BlockError, SECTOR_SIZE, check_range};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

/// Sectors in a line.
const LINE_SECTORS: u64 = 32;
/// Bytes in a line.
pub const LINE_BYTES: usize = 32 * SECTOR_SIZE;
/// Most lines that one device request fetches: 256 KiB.
pub const MAX_RUN_LINES: usize = 16;

/// What the cache did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheStats {
    /// Lines found.
    pub nr_hits: u64,
    /// Lines fetched.
    pub nr_misses: u64,
    /// Requests to the device for them.
    pub nr_device_reads: u64,
}

#[derive(Debug)]
struct Line {
    number: u64,
    last_use: u64,
    bytes: Box<[u8]>,
}

/// A device with a cache above it.
#[derive(Debug)]
pub struct BlockCache<D> {
    device: D,
    max_lines: usize,
    lines: Vec<Line>,
    /// Line number to index in `lines`.
    by_number: BTreeMap<u64, usize>,
    /// Moment of last use to index in `lines`; the first entry is the next to go.
    by_use: BTreeMap<u64, usize>,
    clock: u64,
    staging: Box<[u8]>,
    stats: CacheStats,
}

impl<D: BlockDevice> BlockCache<D> {
    /// Keep up to `capacity_bytes` of `device` (at least one line).
    pub fn new(device: D, capacity_bytes: usize) -> Self {
        Self {
            device,
            max_lines: (capacity_bytes / LINE_BYTES).max(1),
            lines: Vec::new(),
            by_number: BTreeMap::new(),
            by_use: BTreeMap::new(),
            clock: 0,
            staging: vec![0; MAX_RUN_LINES * LINE_BYTES].into_boxed_slice(),
            stats: CacheStats::default(),
        }
    }

    /// What the cache did so far.
    pub fn stats(&self) -> CacheStats {
        self.stats
    }

    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    /// Index of line `number`, marked as just used.
    fn find(&mut self, number: u64) -> Option<usize> {
        let index = *self.by_number.get(&number)?;
        let now = self.tick();
        self.by_use.remove(&self.lines[index].last_use);
        self.by_use.insert(now, index);
        self.lines[index].last_use = now;
        Some(index)
    }

    fn insert(&mut self, number: u64, staged: Range<usize>) {
        let now = self.tick();
        let index = if self.lines.len() < self.max_lines {
            let bytes = self.staging[staged].into();
            self.lines.push(Line {
                number,
                last_use: now,
                bytes,
            });
            self.lines.len() - 1
        } else {
            let Some((_, index)) = self.by_use.pop_first() else {
                return;
            };
            self.by_number.remove(&self.lines[index].number);
            let line = &mut self.lines[index];
            line.bytes.copy_from_slice(&self.staging[staged]);
            (line.number, line.last_use) = (number, now);
            index
        };
        self.by_number.insert(number, index);
        self.by_use.insert(now, index);
    }

    /// Forget the lines of `numbers`.
    fn forget(&mut self, numbers: Range<u64>) {
        while let Some((&number, &index)) = self.by_number.range(numbers.clone()).next() {
            self.by_number.remove(&number);
            self.by_use.remove(&self.lines[index].last_use);
            self.lines.swap_remove(index);
            if let Some(moved) = self.lines.get(index) {
                self.by_number.insert(moved.number, index);
                self.by_use.insert(moved.last_use, index);
            }
        }
    }

    /// Fetch the lines of `numbers`, which follow each other and fit the staging buffer, into it.
    fn fetch(&mut self, numbers: Range<u64>) -> Result<(), BlockError> {
        let first = numbers.start * LINE_SECTORS;
        let nr_sectors = (numbers.end * LINE_SECTORS)
            .min(self.device.sector_count())
            .saturating_sub(first);
        let len_bytes = usize::try_from(nr_sectors).unwrap_or(usize::MAX) * SECTOR_SIZE;
        // The last line of a device may be shorter; what lies behind it is never handed out.
        self.device.read(first, &mut self.staging[..len_bytes])?;
        self.stats.nr_device_reads += 1;
        self.stats.nr_misses += numbers.end - numbers.start;
        Ok(())
    }

    /// How many lines from `number` on, before `end`, are missing one after the other.
    fn missing_run(&self, number: u64, end: u64) -> u64 {
        let limit = end.min(number + MAX_RUN_LINES as u64);
        (number..limit)
            .take_while(|number| !self.by_number.contains_key(number))
            .count() as u64
    }
}

/// A request, cut into its parts by line.
struct Span {
    first_byte: u64,
    len_bytes: u64,
}

impl Span {
    fn lines(&self) -> Range<u64> {
        let line_bytes = LINE_BYTES as u64;
        self.first_byte / line_bytes..(self.first_byte + self.len_bytes).div_ceil(line_bytes)
    }

    /// Of line `number`: which of its bytes, and where they lie in the request.
    fn part(&self, number: u64) -> Option<(Range<usize>, Range<usize>)> {
        let line_start = number * LINE_BYTES as u64;
        let start = line_start.max(self.first_byte);
        let end = (line_start + LINE_BYTES as u64).min(self.first_byte + self.len_bytes);
        let inside = usize::try_from(start - line_start).ok()?;
        let outside = usize::try_from(start - self.first_byte).ok()?;
        let len = usize::try_from(end.checked_sub(start)?).ok()?;
        Some((inside..inside + len, outside..outside + len))
    }
}

impl<D: BlockDevice> BlockDevice for BlockCache<D> {
    fn sector_count(&self) -> u64 {
        self.device.sector_count()
    }

    fn is_read_only(&self) -> bool {
        self.device.is_read_only()
    }

    fn read(&mut self, first: u64, bytes: &mut [u8]) -> Result<(), BlockError> {
        check_range(first, bytes.len(), self.sector_count())?;
        let span = Span {
            first_byte: first * SECTOR_SIZE as u64,
            len_bytes: bytes.len() as u64,
        };
        let Range {
            start: mut number,
            end,
        } = span.lines();
        while number < end {
            if let Some(index) = self.find(number) {
                self.stats.nr_hits += 1;
                if let Some((inside, outside)) = span.part(number) {
                    bytes[outside].copy_from_slice(&self.lines[index].bytes[inside]);
                }
                number += 1;
                continue;
            }
            let run = number..number + self.missing_run(number, end);
            self.fetch(run.clone())?;
            for (place, number) in run.clone().enumerate() {
                let staged = place * LINE_BYTES..(place + 1) * LINE_BYTES;
                if let Some((inside, outside)) = span.part(number) {
                    let source = staged.start + inside.start..staged.start + inside.end;
                    bytes[outside].copy_from_slice(&self.staging[source]);
                }
                self.insert(number, staged);
            }
            number = run.end;
        }
        Ok(())
    }

    fn write(&mut self, first: u64, bytes: &[u8]) -> Result<(), BlockError> {
        check_range(first, bytes.len(), self.sector_count())?;
        let span = Span {
            first_byte: first * SECTOR_SIZE as u64,
            len_bytes: bytes.len() as u64,
        };
        if let Err(error) = self.device.write(first, bytes) {
            // Nobody knows which sectors were written.
            self.forget(span.lines());
            return Err(error);
        }
        for number in span.lines() {
            if let Some(&index) = self.by_number.get(&number)
                && let Some((inside, outside)) = span.part(number)
            {
                self.lines[index].bytes[inside].copy_from_slice(&bytes[outside]);
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), BlockError> {
        self.device.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::super::block::memory_disk::{MemoryDisk, Traffic};
    use super::*;

    const MIB: usize = 1 << 20;

    fn pattern(len: usize) -> Vec<u8> {
        let mut state = 1_u32;
        (0..len)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state.to_be_bytes()[0]
            })
            .collect()
    }

    fn traffic_of(cache: &BlockCache<MemoryDisk>) -> Traffic {
        cache.device.traffic.get()
    }

    #[test]
    fn a_megabyte_is_a_handful_of_requests_and_none_the_second_time() {
        let mut cache = BlockCache::new(MemoryDisk::new(pattern(4 * MIB)), 8 * MIB);
        let mut bytes = vec![0; MIB];
        cache.read(1000, &mut bytes).expect("in range");
        assert_eq!(bytes, pattern(4 * MIB)[1000 * SECTOR_SIZE..][..MIB]);
        let after_first = traffic_of(&cache);
        assert!(after_first.nr_reads <= 5, "{after_first:?}");
        cache.read(1000, &mut bytes).expect("in range");
        assert_eq!(traffic_of(&cache), after_first);
    }

    #[test]
    fn only_missing_lines_are_fetched() {
        let mut cache = BlockCache::new(MemoryDisk::new(pattern(MIB)), MIB);
        let mut sector = vec![0; SECTOR_SIZE];
        cache.read(3 * LINE_SECTORS, &mut sector).expect("in range");
        let mut bytes = vec![0; 8 * LINE_BYTES];
        cache.read(0, &mut bytes).expect("in range");
        assert_eq!(bytes, pattern(MIB)[..8 * LINE_BYTES]);
        let expected = CacheStats {
            nr_hits: 1,
            nr_misses: 8,
            nr_device_reads: 3,
        };
        assert_eq!(cache.stats(), expected);
    }

    #[test]
    fn it_stays_within_its_bound_and_drops_what_was_used_longest_ago() {
        let mut cache = BlockCache::new(MemoryDisk::new(pattern(MIB)), 4 * LINE_BYTES);
        let mut sector = vec![0; SECTOR_SIZE];
        for number in [0, 1, 2, 3, 0, 4] {
            cache
                .read(number * LINE_SECTORS, &mut sector)
                .expect("in range");
        }
        assert_eq!(cache.lines.len(), 4);
        let kept: Vec<u64> = cache.by_number.keys().copied().collect();
        assert_eq!(kept, [0, 2, 3, 4]);
    }

    #[test]
    fn a_run_longer_than_the_whole_cache_still_reads_right() {
        let mut cache = BlockCache::new(MemoryDisk::new(pattern(MIB)), 2 * LINE_BYTES);
        let mut bytes = vec![0; MIB];
        cache.read(0, &mut bytes).expect("in range");
        assert_eq!(bytes, pattern(MIB));
    }

    #[test]
    fn a_device_that_ends_within_a_line_is_read_to_its_end() {
        let disk = MemoryDisk::new(pattern(LINE_BYTES + 3 * SECTOR_SIZE));
        let mut cache = BlockCache::new(disk, MIB);
        let mut bytes = vec![0; 5 * SECTOR_SIZE];
        cache.read(30, &mut bytes).expect("in range");
        assert_eq!(
            bytes,
            pattern(LINE_BYTES + 3 * SECTOR_SIZE)[30 * SECTOR_SIZE..]
        );
        assert!(cache.read(31, &mut bytes).is_err());
    }

    #[test]
    fn a_failed_read_caches_nothing() {
        let mut disk = MemoryDisk::new(pattern(MIB));
        disk.bad_sector = Some(40);
        let mut cache = BlockCache::new(disk, MIB);
        let mut bytes = vec![0; 2 * LINE_BYTES];
        assert_eq!(
            cache.read(0, &mut bytes),
            Err(BlockError::Device("bad sector"))
        );
        cache.device.bad_sector = None;
        cache.read(0, &mut bytes).expect("the sector recovered");
        assert_eq!(bytes, pattern(MIB)[..2 * LINE_BYTES]);
    }

    #[test]
    fn what_was_written_is_what_is_read() {
        let mut cache = BlockCache::new(MemoryDisk::new(pattern(MIB)), MIB);
        let mut bytes = vec![0; 4 * LINE_BYTES];
        cache.read(0, &mut bytes).expect("in range");
        cache
            .write(LINE_SECTORS + 1, &[7; SECTOR_SIZE])
            .expect("in range");
        cache.read(0, &mut bytes).expect("in range");
        let mut expected = pattern(MIB)[..4 * LINE_BYTES].to_vec();
        expected[LINE_BYTES + SECTOR_SIZE..][..SECTOR_SIZE].fill(7);
        assert_eq!(bytes, expected);
    }

    /// Random reads and writes give what a plain disk gives, and the indices stay consistent.
    #[test]
    fn it_never_differs_from_the_disk() {
        let mut plain = MemoryDisk::new(pattern(MIB));
        let mut cache = BlockCache::new(MemoryDisk::new(pattern(MIB)), 7 * LINE_BYTES);
        let mut state = 12345_u64;
        for _ in 0..3000 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let first = (state >> 20) % 2000;
            let len = usize::try_from((state >> 40) % 48 + 1).expect("small") * SECTOR_SIZE;
            if state >> 63 == 0 {
                let (mut from_plain, mut from_cache) = (vec![0; len], vec![0; len]);
                plain.read(first, &mut from_plain).expect("in range");
                cache.read(first, &mut from_cache).expect("in range");
                assert_eq!(from_plain, from_cache, "{len} bytes at sector {first}");
            } else {
                let bytes = vec![state.to_be_bytes()[1]; len];
                plain.write(first, &bytes).expect("in range");
                cache.write(first, &bytes).expect("in range");
            }
            assert!(cache.lines.len() <= 7);
            assert_eq!(cache.lines.len(), cache.by_number.len());
            assert_eq!(cache.lines.len(), cache.by_use.len());
        }
    }
}
