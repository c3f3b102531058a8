//! Block devices: what a file system stands on.
//!
//! Everything here counts in sectors of 512 bytes, as virtio-blk and GPT on such a disk do.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;
use kpio_abi::errors::Errno;
use kpio_hal::sync::{Lock, Rank};

/// Bytes in a sector.
pub const SECTOR_SIZE: usize = 512;

/// A device that stores sectors. Transfers are of whole sectors and finish before the call returns.
pub trait BlockDevice {
    /// How many sectors it has.
    fn sector_count(&self) -> u64;

    /// Whether it refuses writes.
    fn is_read_only(&self) -> bool;

    /// Fill `bytes` from sector `first` on.
    ///
    /// # Errors
    /// [`BlockError::PartialSector`] and [`BlockError::OutOfRange`] before the device is asked;
    /// [`BlockError::Device`] when it fails or does not answer in time.
    fn read(&mut self, first: u64, bytes: &mut [u8]) -> Result<(), BlockError>;

    /// Write `bytes` from sector `first` on. Only [`BlockDevice::flush`] makes them durable.
    ///
    /// # Errors
    /// As [`BlockDevice::read`], and [`BlockError::ReadOnly`].
    fn write(&mut self, first: u64, bytes: &[u8]) -> Result<(), BlockError>;

    /// Return when every write before this call survives a power cut.
    ///
    /// # Errors
    /// [`BlockError::Device`].
    fn flush(&mut self) -> Result<(), BlockError>;
}

/// Why a transfer did not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockError {
    /// The buffer is not a number of whole sectors.
    PartialSector {
        /// Length of the buffer.
        len_bytes: usize,
    },
    /// The transfer reaches beyond the end.
    OutOfRange {
        /// First sector asked for.
        first: u64,
        /// Sectors asked for.
        count: u64,
        /// Sectors there are.
        capacity: u64,
    },
    /// A write to a device that refuses them.
    ReadOnly,
    /// The device failed; the text says how.
    Device(&'static str),
}

impl fmt::Display for BlockError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PartialSector { len_bytes } => {
                write!(
                    out,
                    "{len_bytes} bytes are not whole sectors of {SECTOR_SIZE}"
                )
            }
            Self::OutOfRange {
                first,
                count,
                capacity,
            } => {
                write!(
                    out,
                    "{count} sectors at {first} reach beyond the {capacity} there are"
                )
            }
            Self::ReadOnly => out.write_str("the device is read-only"),
            Self::Device(reason) => write!(out, "the device failed: {reason}"),
        }
    }
}

impl core::error::Error for BlockError {}

impl From<BlockError> for Errno {
    fn from(error: BlockError) -> Self {
        match error {
            BlockError::ReadOnly => Self::EROFS,
            BlockError::PartialSector { .. }
            | BlockError::OutOfRange { .. }
            | BlockError::Device(_) => Self::EIO,
        }
    }
}

/// Check a transfer of `len_bytes` at sector `first` against a capacity; gives the sector count.
///
/// # Errors
/// [`BlockError::PartialSector`], [`BlockError::OutOfRange`].
pub fn check_range(first: u64, len_bytes: usize, capacity: u64) -> Result<u64, BlockError> {
    if !len_bytes.is_multiple_of(SECTOR_SIZE) {
        return Err(BlockError::PartialSector { len_bytes });
    }
    let count = (len_bytes / SECTOR_SIZE) as u64;
    match first.checked_add(count) {
        Some(end) if end <= capacity => Ok(count),
        _ => Err(BlockError::OutOfRange {
            first,
            count,
            capacity,
        }),
    }
}

/// A run of sectors of a larger device, seen as a device of its own.
#[derive(Debug)]
pub struct Partition<D> {
    device: D,
    first: u64,
    count: u64,
}

impl<D: BlockDevice> Partition<D> {
    /// Sectors `first..first + count` of `device`.
    ///
    /// # Errors
    /// [`BlockError::OutOfRange`] if the device has fewer.
    pub fn new(device: D, first: u64, count: u64) -> Result<Self, BlockError> {
        let capacity = device.sector_count();
        match first.checked_add(count) {
            Some(end) if end <= capacity => Ok(Self {
                device,
                first,
                count,
            }),
            _ => Err(BlockError::OutOfRange {
                first,
                count,
                capacity,
            }),
        }
    }
}

impl<D: BlockDevice> BlockDevice for Partition<D> {
    fn sector_count(&self) -> u64 {
        self.count
    }

    fn is_read_only(&self) -> bool {
        self.device.is_read_only()
    }

    fn read(&mut self, first: u64, bytes: &mut [u8]) -> Result<(), BlockError> {
        check_range(first, bytes.len(), self.count)?;
        self.device.read(self.first + first, bytes)
    }

    fn write(&mut self, first: u64, bytes: &[u8]) -> Result<(), BlockError> {
        check_range(first, bytes.len(), self.count)?;
        self.device.write(self.first + first, bytes)
    }

    fn flush(&mut self) -> Result<(), BlockError> {
        self.device.flush()
    }
}

/// A device that several hold, each for one of its partitions.
pub struct SharedDevice<D> {
    device: Arc<Lock<D>>,
    sector_count: u64,
    is_read_only: bool,
}

impl<D: BlockDevice> SharedDevice<D> {
    /// `device`, to be cloned for each holder.
    #[must_use]
    pub fn new(device: D) -> Self {
        Self {
            sector_count: device.sector_count(),
            is_read_only: device.is_read_only(),
            device: Arc::new(Lock::new(Rank::BlockDevice, device)),
        }
    }
}

impl<D> Clone for SharedDevice<D> {
    fn clone(&self) -> Self {
        Self {
            device: Arc::clone(&self.device),
            ..*self
        }
    }
}

impl<D: BlockDevice> BlockDevice for SharedDevice<D> {
    fn sector_count(&self) -> u64 {
        self.sector_count
    }

    fn is_read_only(&self) -> bool {
        self.is_read_only
    }

    fn read(&mut self, first: u64, bytes: &mut [u8]) -> Result<(), BlockError> {
        self.device.lock().read(first, bytes)
    }

    fn write(&mut self, first: u64, bytes: &[u8]) -> Result<(), BlockError> {
        self.device.lock().write(first, bytes)
    }

    fn flush(&mut self) -> Result<(), BlockError> {
        self.device.lock().flush()
    }
}

impl<D: BlockDevice + ?Sized> BlockDevice for Box<D> {
    fn sector_count(&self) -> u64 {
        (**self).sector_count()
    }

    fn is_read_only(&self) -> bool {
        (**self).is_read_only()
    }

    fn read(&mut self, first: u64, bytes: &mut [u8]) -> Result<(), BlockError> {
        (**self).read(first, bytes)
    }

    fn write(&mut self, first: u64, bytes: &[u8]) -> Result<(), BlockError> {
        (**self).write(first, bytes)
    }

    fn flush(&mut self) -> Result<(), BlockError> {
        (**self).flush()
    }
}

/// A disk in memory that counts what it is asked: for this crate's own tests.
#[cfg(test)]
pub(crate) mod memory_disk {
    use super::{BlockDevice, BlockError, SECTOR_SIZE, check_range};
    use alloc::sync::Arc;
    use alloc::vec::Vec;
    use spin::mutex::SpinMutex;

    /// Requests seen by a [`MemoryDisk`].
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub(crate) struct Traffic {
        pub(crate) nr_reads: usize,
        pub(crate) bytes_read: usize,
        pub(crate) nr_writes: usize,
        pub(crate) nr_flushes: usize,
    }

    /// Requests so far, seen from outside.
    #[derive(Clone, Default)]
    pub(crate) struct Counter(Arc<SpinMutex<Traffic>>);

    impl Counter {
        pub(crate) fn get(&self) -> Traffic {
            *self.0.lock()
        }
    }

    pub(crate) struct MemoryDisk {
        pub(crate) bytes: Vec<u8>,
        pub(crate) traffic: Counter,
        /// Reads that touch this sector fail.
        pub(crate) bad_sector: Option<u64>,
    }

    impl MemoryDisk {
        /// A disk of `bytes`, filled up with zeros to whole sectors.
        pub(crate) fn new(mut bytes: Vec<u8>) -> Self {
            bytes.resize(bytes.len().next_multiple_of(SECTOR_SIZE), 0);
            Self {
                bytes,
                traffic: Counter::default(),
                bad_sector: None,
            }
        }

        fn record(&self, change: impl FnOnce(&mut Traffic)) {
            change(&mut self.traffic.0.lock());
        }
    }

    impl BlockDevice for MemoryDisk {
        fn sector_count(&self) -> u64 {
            (self.bytes.len() / SECTOR_SIZE) as u64
        }

        fn is_read_only(&self) -> bool {
            false
        }

        fn read(&mut self, first: u64, bytes: &mut [u8]) -> Result<(), BlockError> {
            let count = check_range(first, bytes.len(), self.sector_count())?;
            if self
                .bad_sector
                .is_some_and(|bad| (first..first + count).contains(&bad))
            {
                return Err(BlockError::Device("bad sector"));
            }
            self.record(|traffic| {
                traffic.nr_reads += 1;
                traffic.bytes_read += bytes.len();
            });
            let start = usize::try_from(first).expect("a host disk is small") * SECTOR_SIZE;
            bytes.copy_from_slice(&self.bytes[start..start + bytes.len()]);
            Ok(())
        }

        fn write(&mut self, first: u64, bytes: &[u8]) -> Result<(), BlockError> {
            check_range(first, bytes.len(), self.sector_count())?;
            self.record(|traffic| traffic.nr_writes += 1);
            let start = usize::try_from(first).expect("a host disk is small") * SECTOR_SIZE;
            self.bytes[start..start + bytes.len()].copy_from_slice(bytes);
            Ok(())
        }

        fn flush(&mut self) -> Result<(), BlockError> {
            self.record(|traffic| traffic.nr_flushes += 1);
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::memory_disk::MemoryDisk;
    use super::*;
    use alloc::vec;

    fn numbered_disk(sectors: u8) -> MemoryDisk {
        MemoryDisk::new(
            (0..sectors)
                .flat_map(|sector| [sector; SECTOR_SIZE])
                .collect(),
        )
    }

    #[test]
    fn a_partition_counts_from_its_own_beginning() {
        let mut partition = Partition::new(numbered_disk(10), 3, 4).expect("it fits");
        let mut bytes = vec![0; 2 * SECTOR_SIZE];
        partition.read(1, &mut bytes).expect("inside");
        assert_eq!((bytes[0], bytes[SECTOR_SIZE]), (4, 5));
        assert_eq!(partition.sector_count(), 4);
    }

    #[test]
    fn a_partition_never_reaches_its_neighbour() {
        let mut partition = Partition::new(numbered_disk(10), 3, 4).expect("it fits");
        let mut bytes = vec![0; 2 * SECTOR_SIZE];
        let beyond = BlockError::OutOfRange {
            first: 3,
            count: 2,
            capacity: 4,
        };
        assert_eq!(partition.read(3, &mut bytes), Err(beyond));
        assert_eq!(partition.write(3, &bytes), Err(beyond));
        let wrapping = BlockError::OutOfRange {
            first: u64::MAX,
            count: 2,
            capacity: 4,
        };
        assert_eq!(partition.read(u64::MAX, &mut bytes), Err(wrapping));
    }

    #[test]
    fn a_partition_beyond_the_device_is_refused() {
        for (first, count) in [(8, 3), (u64::MAX, 2), (11, 0)] {
            let made = Partition::new(numbered_disk(10), first, count).map(|_| ());
            assert_eq!(
                made,
                Err(BlockError::OutOfRange {
                    first,
                    count,
                    capacity: 10
                })
            );
        }
    }

    #[test]
    fn half_a_sector_is_refused() {
        assert_eq!(
            check_range(0, 100, 10),
            Err(BlockError::PartialSector { len_bytes: 100 })
        );
    }

    #[test]
    fn a_read_only_device_is_erofs_and_a_broken_one_eio() {
        assert_eq!(Errno::from(BlockError::ReadOnly), Errno::EROFS);
        assert_eq!(Errno::from(BlockError::Device("it timed out")), Errno::EIO);
    }
}
