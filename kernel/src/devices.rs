//! The devices the kernel uses: the disk with the root, the screen for the console.

use crate::console::paint::{Rect, Surface, SurfaceError};
use crate::console::{Display, Screen};
use crate::fs::block::{BlockDevice, BlockError};
use crate::fs::gpt::DATA_PARTITION_TYPE;
use crate::fs::{self, PartitionedDisk};
use crate::{log, system, terminal};
use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use kpio_abi::boot::DATA_PATH;
use kpio_abi::events::{DATA_MOUNTED, DISPLAY_READY, EventKind, ROOT_MOUNTED};
use kpio_abi::types::Timespec;
use kpio_drivers::blk::{Blk, BlkError};
use kpio_drivers::gpu::{Gpu, GpuError, Scanout, protocol};
use kpio_drivers::pci::{self, PciError, VirtioFunction};
use kpio_drivers::requests::TimedChannel;
use kpio_hal::pci::config_access;
use kpio_hal::time::{now_ns, realtime_ns};
use kpio_hal::virtio::VirtioHal;
use virtio_drivers::transport::DeviceType;
use virtio_drivers::transport::pci::PciTransport;

/// Memory for blocks of each file system that were read.
const CACHE_BYTES: usize = 16 << 20;
const NS_PER_S: u64 = 1_000_000_000;

type Channel = TimedChannel<PciTransport>;

/// Why there is no root file system.
#[derive(Debug)]
pub struct NoRoot(String);

impl fmt::Display for NoRoot {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

fn open(device: VirtioFunction) -> Result<PciTransport, PciError> {
    pci::open::<VirtioHal, _>(config_access(), device)
}

/// Show the console on the first GPU. Without one, or when it fails, the console is COM1 alone.
pub fn find_screen() {
    let devices = pci::find_virtio(&config_access());
    let Some(&gpu) = devices.iter().find(|device| device.kind == DeviceType::GPU) else {
        log::info(format_args!("no virtio-gpu: the console has no screen"));
        return;
    };
    match open_screen(gpu) {
        Ok(screen) => terminal::attach_screen(Box::new(screen)),
        Err(reason) => log::warn(format_args!("virtio-gpu is not used: {reason}")),
    }
}

fn open_screen(device: VirtioFunction) -> Result<ConsoleScreen, String> {
    let transport = open(device).map_err(|error| error.to_string())?;
    let gpu = Gpu::new(transport, now_ns).map_err(|error| error.to_string())?;
    let scanout = Scanout::new(gpu).map_err(|error| error.to_string())?;
    let (width, height) = scanout.size_px();
    let screen = Screen::new(GpuDisplay(scanout)).map_err(|error| error.to_string())?;
    system::emit(DISPLAY_READY, &[&width, &height]);
    Ok(ConsoleScreen(screen))
}

/// Find the disk that holds a root and mount it; mount the data partition at its place. If several
/// disks have one, the last is taken: a disk of data of its own comes after the one to boot from.
///
/// # Errors
/// [`NoRoot`] with what was tried.
pub fn mount_disks() -> Result<(), NoRoot> {
    let devices = pci::find_virtio(&config_access());
    let disks = devices
        .iter()
        .filter(|device| device.kind == DeviceType::Block);
    let mut reasons = Vec::new();
    let mut root = None;
    let mut data = None;
    for (number, &device) in disks.enumerate() {
        let name = format!("virtio-blk{number}");
        let disk = match open_disk(device) {
            Ok(disk) => disk,
            Err(reason) => {
                reasons.push(format!("{name}: {reason}"));
                continue;
            }
        };
        if root.is_none() {
            match fs::mount_root(&disk, CACHE_BYTES) {
                Ok((node, label)) => {
                    tell_mounted("/", &name, &label, ROOT_MOUNTED);
                    root = Some(node);
                }
                Err(error) => reasons.push(format!("{name}: {error}")),
            }
        }
        if disk.has(DATA_PARTITION_TYPE) {
            data = Some((disk, name));
        }
    }
    let Some(root) = root else {
        return Err(NoRoot(if reasons.is_empty() {
            "there is no virtio-blk disk".to_string()
        } else {
            reasons.join("; ")
        }));
    };
    if let Some((disk, name)) = data {
        match fs::mount_data(&root, &disk, CACHE_BYTES, wall_clock) {
            Ok((mount, label)) => {
                tell_mounted(DATA_PATH, &name, &label, DATA_MOUNTED);
                system::set_data(mount);
            }
            Err(error) => log::warn(format_args!("{DATA_PATH} is not mounted: {name}: {error}")),
        }
    }
    system::set_root(root);
    Ok(())
}

fn tell_mounted(path: &str, disk: &str, label: &str, event: EventKind) {
    let place = format!("{disk} partition {label}");
    log::info(format_args!("{path}: ext4 on {place}"));
    system::emit(event, &[&place, &"ext4"]);
}

fn open_disk(device: VirtioFunction) -> Result<PartitionedDisk, String> {
    let transport = open(device).map_err(|error| error.to_string())?;
    let blk = Blk::new(transport, now_ns).map_err(|error| error.to_string())?;
    PartitionedDisk::new(Box::new(VirtioDisk(blk))).map_err(|error| error.to_string())
}

/// The time for files.
fn wall_clock() -> Timespec {
    let ns = realtime_ns();
    Timespec {
        tv_sec: (ns / NS_PER_S).cast_signed(),
        tv_nsec: (ns % NS_PER_S).cast_signed(),
    }
}

/// A virtio disk as file systems see it.
struct VirtioDisk(Blk<Channel>);

impl From<BlkError> for BlockError {
    fn from(error: BlkError) -> Self {
        match error {
            BlkError::ReadOnly => Self::ReadOnly,
            other => Self::Device(other.reason()),
        }
    }
}

impl BlockDevice for VirtioDisk {
    fn sector_count(&self) -> u64 {
        self.0.sector_count()
    }

    fn is_read_only(&self) -> bool {
        self.0.is_read_only()
    }

    fn read(&mut self, first: u64, bytes: &mut [u8]) -> Result<(), BlockError> {
        fs::block::check_range(first, bytes.len(), self.sector_count())?;
        Ok(self.0.read(first, bytes)?)
    }

    fn write(&mut self, first: u64, bytes: &[u8]) -> Result<(), BlockError> {
        fs::block::check_range(first, bytes.len(), self.sector_count())?;
        Ok(self.0.write(first, bytes)?)
    }

    fn flush(&mut self) -> Result<(), BlockError> {
        Ok(self.0.flush()?)
    }
}

/// A virtio scanout as the text console sees it.
struct GpuDisplay(Scanout<Channel>);

impl Display for GpuDisplay {
    type Error = GpuError;

    fn surface(&mut self) -> Result<Surface<'_>, SurfaceError> {
        let (width, height) = self.0.size_px();
        let side = |px: u32| usize::try_from(px).unwrap_or(usize::MAX);
        Surface::new(self.0.pixels(), side(width), side(height))
    }

    fn show(&mut self, area: Rect) -> Result<(), GpuError> {
        // The painter stays within the surface, whose sides came from 32-bit numbers.
        let side = |px: usize| u32::try_from(px).unwrap_or(u32::MAX);
        self.0.show(protocol::Rect {
            x: side(area.x),
            y: side(area.y),
            width: side(area.width),
            height: side(area.height),
        })
    }
}

/// The text console as the terminal sees it.
struct ConsoleScreen(Screen<GpuDisplay>);

impl terminal::Screen for ConsoleScreen {
    fn write(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }

    fn flush(&mut self) -> Result<(), String> {
        self.0
            .refresh()
            .map(|_| ())
            .map_err(|error| format!("{error:?}"))
    }

    fn size_cells(&self) -> (usize, usize) {
        self.0.size_cells()
    }
}
