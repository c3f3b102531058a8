//! The page tables the kernel is entered with, as BootInfo's contract asks: RAM where it is, RAM
//! again at the direct map, the image at its link address.
//!
//! The kernel replaces them at once, so they are simple: 2 MiB pages, everything writable.
//! Source: Intel SDM vol. 3 "4-Level Paging".

use kpio_abi::memory::{DIRECT_MAP_BASE, KERNEL_IMAGE_BASE, KERNEL_PHYS_BASE};

/// Entries of a table.
pub const ENTRIES: usize = 512;

/// One table, of any level.
pub type Table = [u64; ENTRIES];

/// Bytes one table takes: a page.
pub const TABLE_BYTES: usize = size_of::<Table>();

const PAGE_BYTES: u64 = 2 << 20;
const DIRECTORY_BYTES: u64 = 1 << 30;
const POINTER_TABLE_BYTES: u64 = 512 << 30;
/// The contract: at least the first 4 GiB are mapped, where devices of PCs are.
const MIN_DIRECTORIES: usize = 4;

const PRESENT: u64 = 1;
const WRITABLE: u64 = 1 << 1;
const LARGE: u64 = 1 << 7;

/// How many tables map `ram_end` bytes of memory and the image.
#[must_use]
pub fn count(ram_end: u64) -> usize {
    let directories = directories(ram_end);
    1 + pointer_tables(directories) + directories + 2
}

/// Fill `tables`, the first of which is at the physical address `phys`; the root is the first.
///
/// # Panics
/// If there are fewer tables than [`count`] says, or more RAM than one half of the address space.
pub fn build(tables: &mut [Table], phys: u64, ram_end: u64, image_phys: u64, image_len: u64) {
    tables.as_flattened_mut().fill(0);
    let directories = directories(ram_end);
    let pointer_tables = pointer_tables(directories);
    let first_directory = 1 + pointer_tables;
    let link = |index: usize| (phys + (index * TABLE_BYTES) as u64) | PRESENT | WRITABLE;

    let direct_slot = slot(DIRECT_MAP_BASE as u64, POINTER_TABLE_BYTES);
    assert!(
        pointer_tables <= ENTRIES / 2,
        "more RAM than the direct map has room for"
    );
    for i in 0..pointer_tables {
        // The same tables twice: memory is at itself, and at the direct map.
        tables[0][i] = link(1 + i);
        tables[0][direct_slot + i] = link(1 + i);
    }
    for i in 0..directories {
        tables[1 + i / ENTRIES][i % ENTRIES] = link(first_directory + i);
        let directory = &mut tables[first_directory + i];
        for (page, entry) in (0u64..).zip(directory.iter_mut()) {
            *entry = (i as u64 * DIRECTORY_BYTES + page * PAGE_BYTES) | PRESENT | WRITABLE | LARGE;
        }
    }

    let image = (KERNEL_IMAGE_BASE + KERNEL_PHYS_BASE) as u64;
    let image_pointers = first_directory + directories;
    let image_directory = image_pointers + 1;
    tables[0][slot(image, POINTER_TABLE_BYTES)] = link(image_pointers);
    tables[image_pointers][slot(image, DIRECTORY_BYTES)] = link(image_directory);
    let first_page = slot(image, PAGE_BYTES);
    for page in 0..image_len.div_ceil(PAGE_BYTES) {
        let at = first_page + usize::try_from(page).unwrap_or(usize::MAX);
        tables[image_directory][at] = (image_phys + page * PAGE_BYTES) | PRESENT | WRITABLE | LARGE;
    }
}

fn directories(ram_end: u64) -> usize {
    usize::try_from(ram_end.div_ceil(DIRECTORY_BYTES))
        .unwrap_or(usize::MAX)
        .max(MIN_DIRECTORIES)
}

fn pointer_tables(directories: usize) -> usize {
    directories.div_ceil(ENTRIES)
}

/// The entry of a table whose entries each map `span` bytes, for a virtual address.
fn slot(virt: u64, span: u64) -> usize {
    usize::try_from(virt / span).unwrap_or(usize::MAX) % ENTRIES
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::{ENTRIES, LARGE, PAGE_BYTES, PRESENT, Table, build, count};
    use kpio_abi::memory::{DIRECT_MAP_BASE, KERNEL_IMAGE_BASE, KERNEL_PHYS_BASE};
    use std::vec;
    use std::vec::Vec;

    const ROOT: u64 = 0x1234_5000;
    const IMAGE: u64 = 0x1E00_0000;
    const IMAGE_LEN: u64 = 5 * PAGE_BYTES - 1;
    const GIB: u64 = 1 << 30;

    fn built(ram_end: u64) -> Vec<Table> {
        let mut tables = vec![[0xFFFF_FFFF_FFFF_FFFF; ENTRIES]; count(ram_end)];
        build(&mut tables, ROOT, ram_end, IMAGE, IMAGE_LEN);
        tables
    }

    /// Walk the tables as the processor does.
    fn translate(tables: &[Table], virt: u64) -> Option<u64> {
        let mut table = &tables[0];
        for shift in [39, 30, 21] {
            let entry = table[usize::try_from(virt >> shift).expect("64 bits") % ENTRIES];
            if entry & PRESENT == 0 {
                return None;
            }
            let target = entry & 0x000F_FFFF_FFFF_F000;
            if shift == 21 {
                assert_ne!(entry & LARGE, 0);
                return Some(target + virt % PAGE_BYTES);
            }
            table = &tables[usize::try_from((target - ROOT) / 4096).expect("64 bits")];
        }
        None
    }

    #[test]
    fn ram_is_where_it_is_and_at_the_direct_map() {
        for ram_end in [512 << 20, 6 * GIB + 1, 700 * GIB] {
            let tables = built(ram_end);
            let end = ram_end.div_ceil(GIB).max(4) * GIB;
            for phys in [0, 0xB_8000, 0x20_0000, 4 * GIB - 1, ram_end - 1, end - 1] {
                assert_eq!(translate(&tables, phys), Some(phys), "{ram_end:#x}");
                let direct = DIRECT_MAP_BASE as u64 + phys;
                assert_eq!(translate(&tables, direct), Some(phys), "{ram_end:#x}");
            }
            assert_eq!(translate(&tables, end), None, "{ram_end:#x}");
            assert_eq!(
                translate(&tables, DIRECT_MAP_BASE as u64 + end),
                None,
                "{ram_end:#x}"
            );
        }
    }

    #[test]
    fn the_image_is_at_its_link_address_and_nothing_around_it() {
        let tables = built(GIB);
        let link = (KERNEL_IMAGE_BASE + KERNEL_PHYS_BASE) as u64;
        for offset in [0, PAGE_BYTES - 1, PAGE_BYTES, IMAGE_LEN - 1] {
            assert_eq!(translate(&tables, link + offset), Some(IMAGE + offset));
        }
        assert_eq!(translate(&tables, link - 1), None);
        assert_eq!(translate(&tables, link + 5 * PAGE_BYTES), None);
    }

    #[test]
    #[should_panic(expected = "index out of bounds")]
    fn too_few_tables_are_refused() {
        build(&mut [[0; ENTRIES]; 5], ROOT, GIB, IMAGE, IMAGE_LEN);
    }
}
