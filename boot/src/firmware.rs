//! What the stub asks of the firmware while it is there: files, memory, tables.

use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;
use kpio_boot::map::Use;
use uefi::boot::{self, AllocateType, MemoryDescriptor, MemoryType, PAGE_SIZE};
use uefi::fs::{self, FileSystem, IoErrorContext};
use uefi::mem::memory_map::MemoryMap;
use uefi::system::with_config_table;
use uefi::table::cfg::ConfigTableEntry;
use uefi::{CString16, Status};

const PAGE_BYTES: u64 = PAGE_SIZE as u64;

/// The kernel reads what it is given through a direct map of this much before it has its own.
const HIGHEST: u64 = (4 << 30) - 1;

/// What the firmware would not do.
#[derive(Debug)]
pub enum FirmwareError {
    /// The partition the stub came from cannot be read.
    NoVolume(Status),
    /// There is no such file.
    NoFile,
    /// A file cannot be read.
    Unreadable(Status),
    /// There is not enough memory below 4 GiB.
    NoMemory {
        /// What was asked for.
        len: u64,
    },
    /// It does not tell its memory map.
    NoMap(Status),
}

impl fmt::Display for FirmwareError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoVolume(status) => write!(out, "the boot partition cannot be read ({status})"),
            Self::NoFile => write!(out, "there is no such file on the boot partition"),
            Self::Unreadable(status) => write!(out, "the file cannot be read ({status})"),
            Self::NoMemory { len } => write!(out, "there is no room for {len} bytes below 4 GiB"),
            Self::NoMap(status) => write!(out, "the firmware does not tell it ({status})"),
        }
    }
}

/// Read a whole file from the partition the stub was loaded from; `path` has forward slashes.
pub fn read(path: &str) -> Result<Vec<u8>, FirmwareError> {
    let volume = boot::get_image_file_system(boot::image_handle())
        .map_err(|error| FirmwareError::NoVolume(error.status()))?;
    let name =
        CString16::try_from(path.replace('/', "\\").as_str()).map_err(|_| FirmwareError::NoFile)?;
    FileSystem::new(volume)
        .read(&*name)
        .map_err(|error| match error {
            fs::Error::Io(io) if io.context == IoErrorContext::OpenError => FirmwareError::NoFile,
            fs::Error::Io(io) => FirmwareError::Unreadable(io.uefi_error.status()),
            _ => FirmwareError::NoFile,
        })
}

/// Memory the kernel gets from us: whole pages, zeroed, ours until the kernel frees them.
pub struct Pages {
    /// Physical address of the first byte.
    pub phys: u64,
    /// The bytes; the firmware maps memory where it is.
    pub bytes: &'static mut [u8],
}

/// Allocate pages for `len` bytes, at a multiple of `align`; what is over in the last page counts.
pub fn pages(len: u64, align: u64) -> Result<Pages, FirmwareError> {
    let error = FirmwareError::NoMemory { len };
    let len = len.next_multiple_of(PAGE_BYTES);
    let spare = align.saturating_sub(PAGE_BYTES);
    let count = usize::try_from((len + spare) / PAGE_BYTES);
    let (Ok(count), Ok(len)) = (count, usize::try_from(len)) else {
        return Err(error);
    };
    let kind = AllocateType::MaxAddress(HIGHEST);
    let Ok(start) = boot::allocate_pages(kind, MemoryType::LOADER_DATA, count) else {
        return Err(error);
    };
    let address = start.as_ptr().addr() as u64;
    let phys = address.next_multiple_of(align.max(PAGE_BYTES));
    let skipped = usize::try_from(phys - address).unwrap_or(0);
    // SAFETY: `skipped` is at most `spare`, so this is inside the allocation of `count` pages.
    let first = unsafe { start.add(skipped) };
    // SAFETY: `len` bytes from `first` on are inside the allocation, which is never freed and which
    // nothing else refers to; any byte is a `u8`, and the firmware has the memory mapped.
    let bytes = unsafe { core::slice::from_raw_parts_mut(first.as_ptr(), len) };
    bytes.fill(0);
    Ok(Pages { phys, bytes })
}

/// How many ranges the memory map has now.
pub fn nr_ranges() -> Result<usize, FirmwareError> {
    let map = boot::memory_map(MemoryType::LOADER_DATA);
    Ok(map
        .map_err(|error| FirmwareError::NoMap(error.status()))?
        .len())
}

/// The end of the highest memory there is; devices do not count.
pub fn ram_end() -> Result<u64, FirmwareError> {
    let map = boot::memory_map(MemoryType::LOADER_DATA);
    let map = map.map_err(|error| FirmwareError::NoMap(error.status()))?;
    let is_ram = |entry: &&MemoryDescriptor| {
        !matches!(
            entry.ty,
            MemoryType::RESERVED | MemoryType::MMIO | MemoryType::MMIO_PORT_SPACE
        )
    };
    Ok(map
        .entries()
        .filter(is_ram)
        .map(|entry| range(entry).0.end)
        .max()
        .unwrap_or(0))
}

/// A range of the firmware's map, for the kernel's.
///
/// Boot services are over when the kernel reads it, so their memory is free; the kernel calls no
/// runtime service, but their memory stays theirs, as real firmware uses it at its own interrupts.
pub fn range(entry: &MemoryDescriptor) -> (Range<u64>, Use) {
    let bytes = entry.phys_start..entry.phys_start + entry.page_count * PAGE_BYTES;
    let purpose = match entry.ty {
        MemoryType::CONVENTIONAL
        | MemoryType::BOOT_SERVICES_CODE
        | MemoryType::BOOT_SERVICES_DATA => Use::Free,
        MemoryType::LOADER_CODE | MemoryType::LOADER_DATA => Use::Loader,
        MemoryType::ACPI_RECLAIM => Use::AcpiTables,
        MemoryType::ACPI_NON_VOLATILE => Use::AcpiNvs,
        _ => Use::Other,
    };
    (bytes, purpose)
}

/// Physical address of ACPI's root pointer, the newer kind if there are two; 0 if there is none.
pub fn rsdp() -> u64 {
    with_config_table(|tables| {
        let of = |guid| tables.iter().find(|table| table.guid == guid);
        of(ConfigTableEntry::ACPI2_GUID)
            .or_else(|| of(ConfigTableEntry::ACPI_GUID))
            .map_or(0, |table| table.address.addr() as u64)
    })
}
