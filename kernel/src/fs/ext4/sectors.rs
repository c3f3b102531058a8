//! What `rsext4` needs of the machine: sectors and the time.

use super::super::block::{BlockDevice, BlockError, SECTOR_SIZE};
use super::super::file_system::WallClock;
use alloc::sync::Arc;
use kpio_abi::types::Timespec;
use rsext4::{
    BlockIo, Clock, DeviceCapabilities, DeviceGeometry, Ext4Error, Ext4Result, Ext4Timestamp,
    SectorId,
};
use spin::mutex::SpinMutex;

/// A sector's size as the crate wants it.
pub(super) const SECTOR_BYTES: u32 = 512;
const _: () = assert!(SECTOR_BYTES as usize == SECTOR_SIZE);

/// A block device as the crate sees it.
pub(super) struct Sectors<D> {
    device: Arc<SpinMutex<D>>,
    is_read_only: bool,
}

impl<D> Sectors<D> {
    pub(super) const fn new(device: Arc<SpinMutex<D>>, is_read_only: bool) -> Self {
        Self {
            device,
            is_read_only,
        }
    }
}

fn ext4_error(error: BlockError) -> Ext4Error {
    match error {
        BlockError::ReadOnly => Ext4Error::read_only(),
        BlockError::PartialSector { .. }
        | BlockError::OutOfRange { .. }
        | BlockError::Device(_) => Ext4Error::io(),
    }
}

impl<D: BlockDevice> BlockIo for Sectors<D> {
    fn write(&mut self, buffer: &[u8], sector: SectorId, _count: u32) -> Ext4Result<()> {
        if self.is_read_only {
            return Err(Ext4Error::read_only());
        }
        self.device
            .lock()
            .write(sector.raw(), buffer)
            .map_err(ext4_error)
    }

    fn read(&mut self, buffer: &mut [u8], sector: SectorId, _count: u32) -> Ext4Result<()> {
        self.device
            .lock()
            .read(sector.raw(), buffer)
            .map_err(ext4_error)
    }

    fn geometry(&self) -> DeviceGeometry {
        DeviceGeometry::new(SECTOR_BYTES, self.device.lock().sector_count())
    }

    /// Without "write through" (FUA), which the crate then makes of a flush.
    fn capabilities(&self) -> DeviceCapabilities {
        DeviceCapabilities {
            read_only: self.is_read_only,
            flush: true,
            ..DeviceCapabilities::default()
        }
    }

    fn flush(&mut self) -> Ext4Result<()> {
        self.device.lock().flush().map_err(ext4_error)
    }
}

/// The time for the crate; it can be stopped, so that content that is written late bears the time
/// of the program's write.
#[derive(Clone)]
pub(super) struct StoppableClock {
    clock: WallClock,
    stopped_at: Arc<SpinMutex<Option<Timespec>>>,
}

impl StoppableClock {
    pub(super) fn new(clock: WallClock) -> Self {
        Self {
            clock,
            stopped_at: Arc::default(),
        }
    }

    /// Stand still at a time, or go on.
    pub(super) fn stop_at(&self, time: Option<Timespec>) {
        *self.stopped_at.lock() = time;
    }

    /// The clock that goes on.
    pub(super) fn clock(&self) -> WallClock {
        self.clock
    }

    pub(super) fn time(&self) -> Timespec {
        self.stopped_at.lock().unwrap_or_else(self.clock)
    }
}

impl Clock for StoppableClock {
    fn now(&self) -> Ext4Result<Ext4Timestamp> {
        Ok(super::timestamp(self.time()))
    }
}
