//! The order of things, and how they fail.

use crate::firmware;
use crate::handover::{self, Handover};
use alloc::string::{String, ToString};
use core::fmt::Display;
use kpio_abi::boot::{
    BOOT_INFO_MAGIC, BOOT_INFO_VERSION, BootInfo, ESP_COMMAND_LINE_PATH, ESP_KERNEL_PATH,
    FRONT_UEFI, MemoryRange,
};
use kpio_boot::image::{BASE_ALIGN, Image};
use kpio_boot::tables::{self, TABLE_BYTES, Table};
use uefi::runtime::ResetType;
use uefi::{Status, entry, println, runtime};
use zerocopy::{FromBytes, IntoBytes};

/// Room for ranges the map gets between its last look and the end of the firmware, and for the
/// pieces around the kernel.
const SPARE_RANGES: usize = 64;

#[entry]
fn main() -> Status {
    let entry_tsc = handover::time_stamp();
    match prepare(entry_tsc) {
        Ok(handover) => handover.enter(),
        Err(reason) => give_up(&reason),
    }
}

/// Print one line and switch the machine off. Returning to the firmware would have it try other
/// things, and hide the line.
fn give_up(reason: &dyn Display) -> ! {
    println!("KPIO cannot be started: {reason}");
    runtime::reset(ResetType::SHUTDOWN, Status::LOAD_ERROR, None)
}

fn prepare(entry_tsc: u64) -> Result<Handover, String> {
    if handover::has_five_level_paging() {
        return Err("the firmware uses 5-level paging, the kernel's tables have 4 levels".into());
    }
    let kernel = firmware::read(ESP_KERNEL_PATH).map_err(|e| told(ESP_KERNEL_PATH, &e))?;
    let text = firmware::read(ESP_COMMAND_LINE_PATH);
    let text = text.map_err(|e| told(ESP_COMMAND_LINE_PATH, &e))?;
    let line = text.trim_ascii();
    let image = Image::parse(&kernel).map_err(|e| told(ESP_KERNEL_PATH, &e))?;

    let memory = firmware::pages(image.len(), BASE_ALIGN).map_err(|e| told("the kernel", &e))?;
    image.load(memory.bytes);
    let kernel_phys = memory.phys;

    let ram_end = firmware::ram_end().map_err(|e| told("the memory map", &e))?;
    let nr_tables = tables::count(ram_end);
    let table_pages = firmware::pages((nr_tables * TABLE_BYTES) as u64, 1)
        .map_err(|e| told("the page tables", &e))?;
    let root = table_pages.phys;
    let table_slice = <[Table]>::mut_from_bytes(table_pages.bytes)
        .map_err(|_| "the page tables: not made of whole pages")?;
    tables::build(table_slice, root, ram_end, kernel_phys, image.len());

    let nr_ranges = firmware::nr_ranges().map_err(|e| told("the memory map", &e))? + SPARE_RANGES;
    let ranges_len = nr_ranges * size_of::<MemoryRange>();
    let info_len = size_of::<BootInfo>();
    let pages = firmware::pages((ranges_len + info_len + line.len()) as u64, 1)
        .map_err(|e| told("the boot information", &e))?;
    let (range_bytes, rest) = pages.bytes.split_at_mut(ranges_len);
    let (info_bytes, rest) = rest.split_at_mut(info_len);
    rest[..line.len()].copy_from_slice(line);
    let info_phys = pages.phys + ranges_len as u64;
    let info = BootInfo {
        magic: BOOT_INFO_MAGIC,
        version: BOOT_INFO_VERSION,
        size: u32::try_from(info_len).unwrap_or(0),
        front: FRONT_UEFI,
        memory_map_count: 0, // known when the firmware has been left
        memory_map: pages.phys,
        rsdp: firmware::rsdp(),
        command_line: info_phys + info_len as u64,
        command_line_len: line.len() as u64,
        kernel_phys_base: kernel_phys,
        kernel_phys_len: image.len(),
        entry_tsc,
    };
    info_bytes.copy_from_slice(info.as_bytes());
    Ok(Handover {
        entry: image.entry(),
        root,
        info_phys,
        info: BootInfo::mut_from_bytes(info_bytes)
            .map_err(|_| "the boot information: misaligned")?,
        ranges: <[MemoryRange]>::mut_from_bytes(range_bytes)
            .map_err(|_| "the memory map: misaligned")?,
    })
}

fn told(what: &str, error: &dyn Display) -> String {
    [what, ": ", &error.to_string()].concat()
}
