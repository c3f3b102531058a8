// Generated from kernel_py/abi/boot.py; edit that and run `kpio abi`.

//! Boot: what a front hands to the kernel, the command line, the ports, the exit codes.

use core::mem::offset_of;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// First word of a BootInfo.
pub const BOOT_INFO_MAGIC: u64 = 0x4B50_494F_424F_4F54;

/// Version of the layout.
pub const BOOT_INFO_VERSION: u32 = 1;

/// Entered through the PVH note.
pub const FRONT_PVH: u32 = 1;

/// Entered through the UEFI stub.
pub const FRONT_UEFI: u32 = 2;

/// Free memory.
pub const MEMORY_USABLE: u32 = 1;

/// Never to be touched.
pub const MEMORY_RESERVED: u32 = 2;

/// ACPI tables: free once they are read.
pub const MEMORY_ACPI_RECLAIMABLE: u32 = 3;

/// The firmware's, for ever.
pub const MEMORY_ACPI_NVS: u32 = 4;

/// What the front made for the kernel: free once BootInfo is read.
pub const MEMORY_BOOT_DATA: u32 = 5;

/// The kernel itself.
pub const MEMORY_KERNEL_IMAGE: u32 = 6;

/// I/O port of COM1, the console.
pub const COM1_PORT: u16 = 0x3F8;

/// I/O port of the events: each byte written is a byte of an event line. Not 0x402, where SeaBIOS
/// and OVMF write their own log.
pub const EVENT_PORT: u16 = 0xE9;

/// I/O port that ends QEMU: a 16-bit write of an exit code.
pub const EXIT_PORT: u16 = 0x501;

/// The byte that ends a reading of the console with 0 bytes.
pub const CONSOLE_EOF: u8 = 0x4;

/// Number of the first process.
pub const INIT_PID: i32 = 1;

/// The first program ended with 0, or asked so. Written to EXIT_PORT; QEMU then ends with 85.
pub const EXIT_SUCCESS: u16 = 0x2A;

/// The first program ended with, or asked for, another status; it is in `power.off`. Written to
/// EXIT_PORT; QEMU then ends with 87.
pub const EXIT_INIT_FAILED: u16 = 0x2B;

/// The kernel panicked. Written to EXIT_PORT; QEMU then ends with 89.
pub const EXIT_PANIC: u16 = 0x2C;

/// The first program could not be started. Written to EXIT_PORT; QEMU then ends with 91.
pub const EXIT_NO_INIT: u16 = 0x2D;

/// A self-test of the kernel failed. Written to EXIT_PORT; QEMU then ends with 93.
pub const EXIT_SELFTEST_FAILED: u16 = 0x2E;

/// The first program, if the command line has no `init`.
pub const INIT_DEFAULT: &str = "/bin/init";

/// What follows this word of the command line are the first program's arguments.
pub const COMMAND_LINE_SEPARATOR: &str = "--";

/// Type GUID of the partition with the root file system (Root Partition, amd64/x86_64).
pub const ROOT_PARTITION_TYPE: &str = "4f68bce3-e8cd-4db1-96e7-fbcaf984b709";

/// Type GUID of the partition that keeps what programs write (Variable Data Partition).
pub const DATA_PARTITION_TYPE: &str = "4d21b016-b534-45c2-a9fb-5c16e091fd2d";

/// The directory of the root where it is mounted.
pub const DATA_PATH: &str = "/data";

/// Type GUID of the partition the firmware boots from (EFI System Partition).
pub const ESP_PARTITION_TYPE: &str = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b";

/// Where the firmware finds the UEFI stub.
pub const ESP_STUB_PATH: &str = "EFI/BOOT/BOOTX64.EFI";

/// Where the UEFI stub finds the kernel.
pub const ESP_KERNEL_PATH: &str = "kpio/kernel.elf";

/// Where the UEFI stub finds the kernel's command line.
pub const ESP_COMMAND_LINE_PATH: &str = "kpio/cmdline.txt";

/// Environment of the first program.
pub const INIT_ENVIRONMENT: &[&str] = &["PATH=/bin", "HOME=/", "TERM=dumb", "KPIO=1"];

/// Word of the command line: `init=path`. The first program.
pub const KEY_INIT: &str = "init";

/// Word of the command line: `quiet`. Log lines below warning do not go to the console.
pub const KEY_QUIET: &str = "quiet";

/// Word of the command line: `trace`. Every system call is logged.
pub const KEY_TRACE: &str = "trace";

/// Word of the command line: `selftest=name`. Run a self-test; only in a kernel built with the
/// feature `selftest`.
pub const KEY_SELFTEST: &str = "selftest";

/// A range of physical memory. Ranges are sorted and do not overlap.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct MemoryRange {
    /// Physical address of the first byte.
    pub base: u64,
    /// Length in bytes.
    pub len: u64,
    /// One of `MEMORY_*`; an unknown one means reserved.
    pub kind: u32,
    /// Always 0.
    pub reserved: u32,
}

const _: () = assert!(size_of::<MemoryRange>() == 24);
const _: () = assert!(align_of::<MemoryRange>() == 8);
const _: () = assert!(offset_of!(MemoryRange, base) == 0);
const _: () = assert!(offset_of!(MemoryRange, len) == 8);
const _: () = assert!(offset_of!(MemoryRange, kind) == 16);
const _: () = assert!(offset_of!(MemoryRange, reserved) == 20);

/// What a front hands to the kernel; its physical address is in rdi at the entry.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct BootInfo {
    /// BOOT_INFO_MAGIC.
    pub magic: u64,
    /// BOOT_INFO_VERSION.
    pub version: u32,
    /// Size of this struct in bytes, as the front knows it.
    pub size: u32,
    /// FRONT_PVH or FRONT_UEFI.
    pub front: u32,
    /// Number of entries of the memory map.
    pub memory_map_count: u32,
    /// Physical address of an array of MemoryRange.
    pub memory_map: u64,
    /// Physical address of ACPI's root pointer; 0: none was found.
    pub rsdp: u64,
    /// Physical address of the command line, UTF-8.
    pub command_line: u64,
    /// Length of the command line in bytes.
    pub command_line_len: u64,
    /// Physical address of the byte linked at KERNEL_IMAGE_BASE + KERNEL_PHYS_BASE.
    pub kernel_phys_base: u64,
    /// Length of the loaded image in bytes.
    pub kernel_phys_len: u64,
    /// Time-stamp counter when the front was entered.
    pub entry_tsc: u64,
}

const _: () = assert!(size_of::<BootInfo>() == 80);
const _: () = assert!(align_of::<BootInfo>() == 8);
const _: () = assert!(offset_of!(BootInfo, magic) == 0);
const _: () = assert!(offset_of!(BootInfo, version) == 8);
const _: () = assert!(offset_of!(BootInfo, size) == 12);
const _: () = assert!(offset_of!(BootInfo, front) == 16);
const _: () = assert!(offset_of!(BootInfo, memory_map_count) == 20);
const _: () = assert!(offset_of!(BootInfo, memory_map) == 24);
const _: () = assert!(offset_of!(BootInfo, rsdp) == 32);
const _: () = assert!(offset_of!(BootInfo, command_line) == 40);
const _: () = assert!(offset_of!(BootInfo, command_line_len) == 48);
const _: () = assert!(offset_of!(BootInfo, kernel_phys_base) == 56);
const _: () = assert!(offset_of!(BootInfo, kernel_phys_len) == 64);
const _: () = assert!(offset_of!(BootInfo, entry_tsc) == 72);
