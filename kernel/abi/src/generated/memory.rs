// Generated from kernel_py/abi/memory.py; edit that and run `kpio abi`.

//! The memory layout: page size, the user's half, the kernel's half.

/// Size of a page and of a frame. In bytes.
pub const PAGE_SIZE: usize = 4096;

/// Lowest address a process may map. What lies below stays unmapped, so that a null pointer with a
/// small offset always faults.
pub const USER_MIN: usize = 0x0001_0000;

/// Where the text of a fixed-address program starts, and where a static-PIE is loaded.
pub const USER_TEXT_BASE: usize = 0x0040_0000;

/// Where the search for free space begins: MMAP without MAP_FIXED grows down from here.
pub const USER_MMAP_TOP: usize = 0x0000_7FFF_0000_0000;

/// Where every program finds a ClockPage, to read the clock without a call.
pub const USER_CLOCK_PAGE: usize = 0x0000_7FFF_0000_1000;

/// First address after the main thread's stack.
pub const USER_STACK_TOP: usize = 0x0000_7FFF_FFFF_F000;

/// Size of the main thread's stack. The page below it is never mapped. In bytes.
pub const USER_STACK_SIZE: usize = 0x0080_0000;

/// First address after everything a process may map. The last canonical page below the hole stays
/// unmapped, so that SYSRET never returns to a non-canonical address.
pub const USER_END: usize = 0x0000_7FFF_FFFF_F000;

/// The kernel sees the byte at physical address `p` at `DIRECT_MAP_BASE + p`.
pub const DIRECT_MAP_BASE: usize = 0xFFFF_8000_0000_0000;

/// Size of the direct map. In bytes.
pub const DIRECT_MAP_SIZE: usize = 0x4000_0000_0000;

/// The array with one entry for each frame of the direct map.
pub const FRAME_METADATA_BASE: usize = 0xFFFF_C000_0000_0000;

/// Size of the range kept for the frame metadata. In bytes.
pub const FRAME_METADATA_SIZE: usize = 0x1000_0000_0000;

/// Mappings the kernel makes page by page: stacks with their guards, device memory.
pub const KERNEL_VMAP_BASE: usize = 0xFFFF_D000_0000_0000;

/// Size of the range kept for them. In bytes.
pub const KERNEL_VMAP_SIZE: usize = 0x0100_0000_0000;

/// The kernel is linked so that the byte with physical address `p` in the ELF file has the virtual
/// address `KERNEL_IMAGE_BASE + p`.
pub const KERNEL_IMAGE_BASE: usize = 0xFFFF_FFFF_8000_0000;

/// Size of the range kept for the image: what the kernel code model can reach. In bytes.
pub const KERNEL_IMAGE_SIZE: usize = 0x8000_0000;

/// Physical address of the image's first byte in the ELF file. The PVH loader puts it there; the
/// UEFI stub may choose another multiple of 2 MiB.
pub const KERNEL_PHYS_BASE: usize = 0x0020_0000;

/// Size of the kernel stack of one thread, without its guard page. In bytes.
pub const KERNEL_STACK_SIZE: usize = 0x0001_0000;

/// Size of the section `.ksyms`, into which the build writes the kernel's symbol table. In bytes.
pub const KSYMS_SIZE: usize = 0x0007_0000;

/// Most program headers a program may have. In entries.
pub const ELF_MAX_PROGRAM_HEADERS: usize = 128;

/// Largest span of a program in memory, from its first page to its last. In bytes.
pub const ELF_MAX_IMAGE_BYTES: usize = 0x4000_0000;

/// Largest alignment a segment may ask for. In bytes.
pub const ELF_MAX_SEGMENT_ALIGN: usize = 0x4000_0000;

/// Largest alignment the thread-local template may ask for. In bytes.
pub const ELF_MAX_TLS_ALIGN: usize = 4096;

/// Most entries the dynamic section may have. In entries.
pub const ELF_MAX_DYNAMIC_ENTRIES: usize = 512;

/// Most relocations a program may carry. In entries.
pub const ELF_MAX_RELOCATIONS: usize = 0x0010_0000;

/// Most that argv, envp, auxv and their strings may take: a quarter of the stack. In bytes.
pub const START_MAX_BYTES: usize = 0x0020_0000;

/// Longest single string of argv or envp, with its final zero. In bytes.
pub const START_MAX_STRING_BYTES: usize = 0x0002_0000;
