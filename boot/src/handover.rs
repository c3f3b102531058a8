//! The end of the firmware, and the jump into the kernel. The stub's unsafe is here, but for the
//! slice over allocated memory in `firmware.rs`.

use crate::firmware;
use core::arch::asm;
use core::arch::x86_64::_rdtsc;
use kpio_abi::boot::{BootInfo, MemoryRange};
use kpio_boot::map;
use uefi::boot;
use uefi::mem::memory_map::MemoryMap;
use x86_64::instructions::interrupts;
use x86_64::registers::control::{Cr4, Cr4Flags};

/// Everything the kernel is entered with, in memory that outlives the firmware.
pub struct Handover {
    /// Virtual address of its first instruction, which the tables map.
    pub entry: u64,
    /// Physical address of the root page table.
    pub root: u64,
    /// Physical address of `info`.
    pub info_phys: u64,
    /// What the kernel is told; complete but for the number of ranges.
    pub info: &'static mut BootInfo,
    /// Room for the memory map, at `info.memory_map`.
    pub ranges: &'static mut [MemoryRange],
}

impl Handover {
    /// Take the machine from the firmware and enter the kernel.
    pub fn enter(self) -> ! {
        // SAFETY: nothing of the firmware's is used from here on: every protocol was closed when
        // `firmware::read` returned, and what follows neither allocates nor prints.
        let firmware_map = unsafe { boot::exit_boot_services(None) };
        let base = self.info.kernel_phys_base;
        let image = base..(base + self.info.kernel_phys_len).next_multiple_of(4096);
        let ranges = firmware_map.entries().map(firmware::range);
        let count = map::convert(ranges, &image, self.ranges);
        self.info.memory_map_count = u32::try_from(count).unwrap_or(u32::MAX);

        interrupts::disable();
        // SAFETY: `root` are the tables of `kpio_boot::tables`: they map all memory where it is, so
        // this code, its stack and `info` stay where they are, and `entry` in the image. The kernel
        // never returns, and takes the physical address of a complete BootInfo in rdi.
        unsafe {
            asm!(
                "mov cr3, {root}",
                "jmp {entry}",
                root = in(reg) self.root,
                entry = in(reg) self.entry,
                in("rdi") self.info_phys,
                options(noreturn),
            )
        }
    }
}

/// The processor's time-stamp counter.
pub fn time_stamp() -> u64 {
    // SAFETY: every x86-64 processor has the instruction, and firmware runs where it is allowed.
    unsafe { _rdtsc() }
}

/// Whether the firmware's page tables have five levels; the number cannot be changed while paging
/// is on.
pub fn has_five_level_paging() -> bool {
    Cr4::read().contains(Cr4Flags::L5_PAGING)
}
