//! From the first 64-bit instruction to the kernel's main: final page tables, descriptor tables,
//! traps, frames, heap, clock.
//!
//! Two fronts end here with a `BootInfo`: PVH (`pvh.rs`, in this image) and the UEFI stub (`boot/`
//! in the tree).

mod memory_map;
mod pvh;

use crate::frame::buddy::FrameEntry;
use crate::memory::{direct_map, to_usize};
use crate::paging::{KernelMapping, KernelTableBuilder};
use crate::{acpi_tables, apic, cpu, fpu, frame, serial, trap, user};
use alloc::vec::Vec;
use core::arch::global_asm;
use kpio_abi::boot::{BOOT_INFO_MAGIC, BOOT_INFO_VERSION, BootInfo, MemoryRange};
use kpio_abi::memory::{
    DIRECT_MAP_BASE, FRAME_METADATA_BASE, KERNEL_IMAGE_BASE, KERNEL_PHYS_BASE, KERNEL_VMAP_BASE,
    KERNEL_VMAP_SIZE, PAGE_SIZE,
};
use memory_map::MemoryMap;
use x86_64::VirtAddr;

/// More entries than any firmware map seen so far needs; the rest is ignored and said.
const MAX_RANGES: usize = 256;

const BOOT_STACK_BYTES: usize = 64 * 1024;

/// The guard page is left out of the final page tables.
#[repr(C, align(4096))]
struct BootStack {
    guard: [u8; PAGE_SIZE],
    stack: [u8; BOOT_STACK_BYTES],
}

// In .data so that neither front has to clear it under its own feet.
#[unsafe(link_section = ".data.kpio_boot_stack")]
static BOOT_STACK: BootStack = BootStack {
    guard: [0; PAGE_SIZE],
    stack: [0; BOOT_STACK_BYTES],
};

/// First address above the boot stack, as a word the entries can load.
static KERNEL_STACK_TOP: BootStackTop =
    // SAFETY: one past the end of the array.
    BootStackTop(unsafe {
        (&raw const BOOT_STACK.stack)
            .cast::<u8>()
            .add(BOOT_STACK_BYTES)
    });

#[repr(transparent)]
struct BootStackTop(*const u8);

// SAFETY: an address that never changes.
unsafe impl Sync for BootStackTop {}

global_asm!(
    ".pushsection .text.kernel_entry64, \"ax\"",
    ".global kernel_entry64",
    "kernel_entry64:",
    "cli",
    "cld",
    "mov rsp, [rip + {stack_top}]",
    "xor ebp, ebp",
    "call {main}",
    "ud2",
    ".popsection",
    stack_top = sym KERNEL_STACK_TOP,
    main = sym boot_main,
);

unsafe extern "C" {
    static __kernel_start: u8;
    static __kernel_end: u8;
    static __text_start: u8;
    static __text_end: u8;
    static __rodata_start: u8;
    static __rodata_end: u8;
    static __data_start: u8;
    static __bss_end: u8;
}

unsafe extern "Rust" {
    /// The kernel proper, in the binary.
    safe fn kpio_kernel_main(boot: Boot) -> !;
}

/// What the kernel learns from its start.
#[derive(Debug)]
pub struct Boot {
    /// Command line as given: percent-encoded tokens separated by spaces.
    pub command_line: Vec<u8>,
    /// `kpio_abi::boot::FRONT_*`.
    pub front: u32,
    /// What the CPU has of the hardenings.
    pub hardening: cpu::Hardening,
    /// Things worth a line in the log.
    pub remarks: Vec<&'static str>,
}

/// Whether `address` lies in the page below the boot stack, which is the idle task's.
pub(crate) fn is_boot_stack_guard(address: u64) -> bool {
    let start = (&raw const BOOT_STACK.guard).addr() as u64;
    (start..start + PAGE_SIZE as u64).contains(&address)
}

fn kernel_len_bytes() -> u64 {
    ((&raw const __kernel_end).addr() - (&raw const __kernel_start).addr()) as u64
}

/// Frames for page tables and frame entries before the allocator works: from one range, upward.
struct Bump {
    next: u64,
    end: u64,
}

impl Bump {
    fn take(&mut self) -> u64 {
        let phys = self.next;
        assert!(phys < self.end, "no memory for the kernel's page tables");
        self.next += PAGE_SIZE as u64;
        // SAFETY: usable RAM below 4 GiB, which the boot tables map, and nobody uses it yet.
        unsafe { core::ptr::write_bytes(direct_map(phys), 0, PAGE_SIZE) };
        phys
    }
}

fn read_boot_info(info_phys: u64) -> (BootInfo, MemoryMap) {
    // SAFETY: both fronts give the address of a `BootInfo` in memory that their tables map.
    let info = unsafe { direct_map(info_phys).cast::<BootInfo>().read_unaligned() };
    assert!(
        info.magic == BOOT_INFO_MAGIC && info.version == BOOT_INFO_VERSION,
        "boot info has magic {:#x} version {}, not {BOOT_INFO_MAGIC:#x} version {BOOT_INFO_VERSION}",
        info.magic,
        info.version
    );
    let count = usize::try_from(info.memory_map_count)
        .expect("64 bits")
        .min(MAX_RANGES);
    let mut map = MemoryMap::new();
    for i in 0..count {
        let at = info.memory_map + (i * size_of::<MemoryRange>()) as u64;
        // SAFETY: the front gives `memory_map_count` ranges at `memory_map`.
        map.add(unsafe { direct_map(at).cast::<MemoryRange>().read_unaligned() });
    }
    map.finish(info.kernel_phys_base, info.kernel_phys_len);
    (info, map)
}

/// Both fronts end here, with paging on and the boot tables' direct map of 4 GiB.
extern "sysv64" fn boot_main(info_phys: u64) -> ! {
    serial::COM1.lock().init();
    let (info, map) = read_boot_info(info_phys);
    cpu::init_descriptor_tables();
    trap::init();
    let has_nx = cpu::enable_nx();

    let (bump_start, bump_end) = map.largest_usable_below(4 << 30);
    let mut bump = Bump {
        next: bump_start,
        end: bump_end,
    };
    let entries_bytes = build_kernel_tables(&info, &map, &mut bump);
    let hardening = cpu::enable_hardening(has_nx);

    let entries_pointer = core::ptr::with_exposed_provenance(FRAME_METADATA_BASE);
    // SAFETY: mapped above, zeroed (which is a valid table of used frames), and for this use alone.
    let entries = unsafe {
        core::slice::from_raw_parts::<FrameEntry>(
            entries_pointer,
            entries_bytes / size_of::<FrameEntry>(),
        )
    };
    frame::init(entries);
    for (start, end) in map.usable_except(bump_start, bump.next) {
        free_bytes(start, end);
    }
    let command_line = copy_command_line(&info);
    for (start, end) in map.boot_data() {
        free_bytes(start, end);
    }

    let mut remarks = Vec::new();
    if !(hardening.smep && hardening.smap && hardening.umip && hardening.nx) {
        remarks.push("this CPU lacks one of SMEP, SMAP, UMIP, NX");
    }
    if map.has_overflowed() {
        remarks.push("the firmware's memory map has more ranges than the kernel reads");
    }
    fpu::init();
    cpu::init_syscall(VirtAddr::new(
        (user::syscall_entry as *const ()).addr() as u64
    ));
    apic::init(info.entry_tsc);
    match acpi_tables::init(info.rsdp) {
        Ok(facts) => apic::route_serial(facts.io_apic, facts.serial_line),
        Err(reason) => remarks.push(reason),
    }
    kpio_kernel_main(Boot {
        command_line,
        front: info.front,
        hardening,
        remarks,
    })
}

fn free_bytes(start: u64, end: u64) {
    let page = PAGE_SIZE as u64;
    // Frame 0 stays out: address 0 is nobody's.
    let (first, end) = (to_usize(start.div_ceil(page)).max(1), to_usize(end / page));
    if first < end {
        frame::free_range(first, end);
    }
}

/// Copy the command line to the heap, before its memory is given away.
fn copy_command_line(info: &BootInfo) -> Vec<u8> {
    let len = to_usize(info.command_line_len);
    let mut line = alloc::vec![0; len];
    for (i, byte) in line.iter_mut().enumerate() {
        // SAFETY: the front gives this many bytes, in RAM that the direct map covers: below 1 MiB or
        // boot data.
        *byte = unsafe { direct_map(info.command_line + i as u64).read() };
    }
    line
}

/// Build and load the kernel's half; the number of bytes mapped for frame entries.
fn build_kernel_tables(info: &BootInfo, map: &MemoryMap, bump: &mut Bump) -> usize {
    let page = PAGE_SIZE as u64;
    let entries_bytes = {
        let frames = map.end_of_ram().div_ceil(page);
        (frames * size_of::<FrameEntry>() as u64).next_multiple_of(page)
    };
    let mut take = || bump.take();
    let mut tables = KernelTableBuilder::new(&mut take);

    // The image, each part with its own rights.
    let image_base = (KERNEL_IMAGE_BASE + KERNEL_PHYS_BASE) as u64;
    let guard = &raw const BOOT_STACK.guard;
    let guard_len = if cfg!(feature = "without-guard-pages") {
        0
    } else {
        PAGE_SIZE
    };
    let parts = [
        (
            (&raw const __text_start).addr(),
            (&raw const __text_end).addr(),
            false,
            true,
        ),
        (
            (&raw const __rodata_start).addr(),
            (&raw const __rodata_end).addr(),
            false,
            false,
        ),
        ((&raw const __data_start).addr(), guard.addr(), true, false),
        (
            guard.addr() + guard_len,
            (&raw const __bss_end).addr(),
            true,
            false,
        ),
    ];
    for (start, end, is_writable, is_executable) in parts {
        let virt = start as u64;
        tables.map(
            KernelMapping {
                virt,
                phys: virt - image_base + info.kernel_phys_base,
                len_bytes: end as u64 - virt,
                is_writable,
                is_executable,
            },
            false,
        );
    }

    // All RAM; what is read-only in the image is read-only here too.
    let read_only_end =
        (&raw const __rodata_end).addr() as u64 - image_base + info.kernel_phys_base;
    for (start, end) in map.ram() {
        let cuts = [
            start,
            info.kernel_phys_base.clamp(start, end),
            read_only_end.clamp(start, end),
            end,
        ];
        for (i, part) in cuts.windows(2).enumerate() {
            tables.map(
                KernelMapping {
                    virt: DIRECT_MAP_BASE as u64 + part[0],
                    phys: part[0],
                    len_bytes: part[1] - part[0],
                    is_writable: i != 1,
                    is_executable: false,
                },
                true,
            );
        }
    }
    tables.reserve(KERNEL_VMAP_BASE as u64, KERNEL_VMAP_SIZE as u64);
    let tables = map_frame_entries(tables, entries_bytes);
    // SAFETY: code, stack and data are parts of the image, mapped at their addresses.
    unsafe { tables.activate() };
    to_usize(entries_bytes)
}

fn map_frame_entries<'a>(
    mut tables: KernelTableBuilder<'a>,
    entries_bytes: u64,
) -> KernelTableBuilder<'a> {
    let mut at = 0;
    while at < entries_bytes {
        let phys = tables.take_frame();
        tables.map(
            KernelMapping {
                virt: FRAME_METADATA_BASE as u64 + at,
                phys,
                len_bytes: PAGE_SIZE as u64,
                is_writable: true,
                is_executable: false,
            },
            false,
        );
        at += PAGE_SIZE as u64;
    }
    tables
}
