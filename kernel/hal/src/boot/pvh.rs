//! The PVH front: from 32-bit protected mode to long mode, and `hvm_start_info` to `BootInfo`.
//!
//! Source: Xen "x86/HVM direct boot ABI". QEMU finds the entry through the ELF note.

use super::{KERNEL_STACK_TOP, MAX_RANGES, boot_main};
use crate::memory::direct_map;
use core::arch::global_asm;
use kpio_abi::boot::{BOOT_INFO_MAGIC, BOOT_INFO_VERSION, BootInfo, FRONT_PVH, MemoryRange};
use kpio_abi::boot::{MEMORY_ACPI_NVS, MEMORY_ACPI_RECLAIMABLE, MEMORY_RESERVED, MEMORY_USABLE};
use kpio_abi::memory::{KERNEL_IMAGE_BASE, KERNEL_PHYS_BASE};

global_asm!(
    ".pushsection .note.Xen, \"a\", @note",
    ".balign 4",
    ".long 4, 8, 18", // name size, descriptor size, XEN_ELFNOTE_PHYS32_ENTRY
    ".asciz \"Xen\"",
    ".quad kpio_pvh_entry - {base}",
    ".popsection",
    ".pushsection .boot, \"ax\"",
    ".code32",
    ".global kpio_pvh_entry",
    "kpio_pvh_entry:",
    "cli",
    "cld",
    "rdtsc",
    "mov dword ptr [kpio_pvh_facts - {base}], eax",
    "mov dword ptr [kpio_pvh_facts - {base} + 4], edx",
    "mov dword ptr [kpio_pvh_facts - {base} + 8], ebx",
    // The top table: identity, direct map, kernel image.
    "mov eax, offset kpio_boot_pdpt_low - {base} + 3",
    "mov dword ptr [kpio_boot_pml4 - {base}], eax",
    "mov dword ptr [kpio_boot_pml4 - {base} + 256*8], eax",
    "mov eax, offset kpio_boot_pdpt_high - {base} + 3",
    "mov dword ptr [kpio_boot_pml4 - {base} + 511*8], eax",
    // The first GiB once more where the image is linked.
    "mov eax, offset kpio_boot_pd - {base} + 3",
    "mov dword ptr [kpio_boot_pdpt_high - {base} + 510*8], eax",
    "mov dword ptr [kpio_boot_pdpt_low - {base}], eax",
    "add eax, 4096",
    "mov dword ptr [kpio_boot_pdpt_low - {base} + 8], eax",
    "add eax, 4096",
    "mov dword ptr [kpio_boot_pdpt_low - {base} + 16], eax",
    "add eax, 4096",
    "mov dword ptr [kpio_boot_pdpt_low - {base} + 24], eax",
    // 2048 pages of 2 MiB: 4 GiB.
    "mov edi, offset kpio_boot_pd - {base}",
    "mov eax, 0x83",
    "mov ecx, 2048",
    "2:",
    "mov dword ptr [edi], eax",
    "add eax, 0x200000",
    "add edi, 8",
    "dec ecx",
    "jnz 2b",
    "mov eax, cr4",
    "or eax, 0x20", // PAE
    "mov cr4, eax",
    "mov eax, offset kpio_boot_pml4 - {base}",
    "mov cr3, eax",
    "mov ecx, 0xC0000080", // EFER
    "rdmsr",
    "or eax, 0x100", // long mode enable
    "wrmsr",
    "mov eax, cr0",
    "or eax, 0x80000001", // paging, protection
    "mov cr0, eax",
    "lgdt [kpio_boot_gdt_pointer - {base}]",
    "push 8",
    "mov eax, offset kpio_pvh_long_mode - {base}",
    "push eax",
    "retf",
    ".code64",
    "kpio_pvh_long_mode:",
    "movabs rax, offset kpio_pvh_entry64",
    "jmp rax",
    ".balign 8",
    "kpio_boot_gdt:",
    ".quad 0, 0x00AF9A000000FFFF, 0x00CF92000000FFFF",
    "kpio_boot_gdt_pointer:",
    ".word 23",
    ".quad kpio_boot_gdt - {base}",
    ".popsection",
    ".pushsection .text.kpio_pvh_entry64, \"ax\"",
    "kpio_pvh_entry64:",
    "mov ax, 16",
    "mov ss, ax",
    "mov rsp, [rip + {stack_top}]",
    "xor ebp, ebp",
    "mov rdi, [rip + kpio_pvh_facts]",
    "mov esi, [rip + kpio_pvh_facts + 8]",
    "call {pvh_main}",
    "ud2",
    ".popsection",
    // In .data: the front runs before anything else, and .bss pages of it must not be cleared later.
    ".pushsection .data.kpio_boot, \"aw\"",
    ".balign 4096",
    "kpio_boot_pml4: .zero 4096",
    "kpio_boot_pdpt_low: .zero 4096",
    "kpio_boot_pdpt_high: .zero 4096",
    "kpio_boot_pd: .zero 16384",
    "kpio_pvh_facts: .zero 16",
    ".popsection",
    base = const KERNEL_IMAGE_BASE,
    stack_top = sym KERNEL_STACK_TOP,
    pvh_main = sym pvh_main,
);

/// `hvm_start_info`, version 1.
#[derive(Clone, Copy, zerocopy::FromBytes, zerocopy::KnownLayout, zerocopy::Immutable)]
#[repr(C)]
struct StartInfo {
    magic: u32,
    version: u32,
    flags: u32,
    nr_modules: u32,
    modules: u64,
    command_line: u64,
    rsdp: u64,
    memory_map: u64,
    memory_map_count: u32,
    reserved: u32,
}

/// `hvm_memmap_table_entry`.
#[derive(Clone, Copy, zerocopy::FromBytes, zerocopy::KnownLayout, zerocopy::Immutable)]
#[repr(C)]
struct MapEntry {
    base: u64,
    len: u64,
    kind: u32,
    reserved: u32,
}

const START_MAGIC: u32 = 0x336E_C578;

/// Copy a structure out of low memory, which the boot tables map.
fn read_low<T: zerocopy::FromBytes>(phys: u64) -> T {
    assert!(
        phys < 4 << 30,
        "boot structure at {phys:#x}, above what the boot tables map"
    );
    // SAFETY: the boot tables map the first 4 GiB at the direct map; any bytes are a valid `T`.
    unsafe { direct_map(phys).cast::<T>().read_unaligned() }
}

struct Translated {
    info: BootInfo,
    ranges: [MemoryRange; MAX_RANGES],
}

extern "sysv64" fn pvh_main(entry_tsc: u64, start_info: u64) -> ! {
    let start: StartInfo = read_low(start_info & 0xFFFF_FFFF);
    assert!(
        start.magic == START_MAGIC,
        "PVH start info has magic {:#x}",
        start.magic
    );
    assert!(
        start.version >= 1,
        "PVH start info version 0 carries no memory map"
    );
    let mut ranges = [MemoryRange::default(); MAX_RANGES];
    let count = usize::try_from(start.memory_map_count).map_or(MAX_RANGES, |n| n.min(MAX_RANGES));
    for (i, range) in ranges.iter_mut().enumerate().take(count) {
        let at = start.memory_map + (i * size_of::<MapEntry>()) as u64;
        let entry: MapEntry = read_low(at);
        // E820 types. ACPI specification "System Address Map Interfaces".
        let kind = match entry.kind {
            1 => MEMORY_USABLE,
            3 => MEMORY_ACPI_RECLAIMABLE,
            4 => MEMORY_ACPI_NVS,
            _ => MEMORY_RESERVED,
        };
        *range = MemoryRange {
            base: entry.base,
            len: entry.len,
            kind,
            ..MemoryRange::default()
        };
    }
    let mut command_line_len = 0;
    while start.command_line != 0 && read_low::<u8>(start.command_line + command_line_len) != 0 {
        command_line_len += 1;
    }
    let mut translated = Translated {
        info: BootInfo::default(),
        ranges,
    };
    // Both lie on the boot stack, part of the image, which PVH loads where it is linked.
    let to_phys = |address: usize| address as u64 - KERNEL_IMAGE_BASE as u64;
    translated.info = BootInfo {
        magic: BOOT_INFO_MAGIC,
        version: BOOT_INFO_VERSION,
        size: u32::try_from(size_of::<BootInfo>()).expect("small"),
        front: FRONT_PVH,
        memory_map_count: u32::try_from(count).expect("bounded above"),
        memory_map: to_phys((&raw const translated.ranges).addr()),
        rsdp: start.rsdp,
        command_line: start.command_line,
        command_line_len,
        kernel_phys_base: KERNEL_PHYS_BASE as u64,
        kernel_phys_len: super::kernel_len_bytes(),
        entry_tsc,
    };
    boot_main(to_phys((&raw const translated.info).addr()))
}
