"""The memory layout: page size, the user's half, the kernel's half.

The kernel, its linker script, the loader, the user target and the tests all read these values.
Addresses are canonical x86-64 virtual addresses of 48 bits unless the entry says physical.

Source: Intel SDM vol. 1 "Canonical Addressing"; the checklist's "Userspace memory".
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from kernel_py.abi.place import Place, definition_place

KIB: Final = 1 << 10
MIB: Final = 1 << 20
GIB: Final = 1 << 30
TIB: Final = 1 << 40


class Half(Enum):
    """Who may map something in a region."""

    USER = "user"
    KERNEL = "kernel"
    PHYSICAL = "physical"


@dataclass(frozen=True)
class MemoryConstant:
    """One number of the layout: `usize` in Rust, an unsigned 64-bit integer in C."""

    name: str
    value: int
    unit: str
    doc: str
    place: Place = field(default_factory=definition_place, compare=False)


@dataclass(frozen=True)
class MemoryRegion:
    """A range of addresses with one purpose: `base` is its first byte, `size` is in bytes.

    Regions of one half never overlap; `check` proves it.
    """

    name: str
    half: Half
    base: int
    size: int
    doc: str
    place: Place = field(default_factory=definition_place, compare=False)

    @property
    def end(self) -> int:
        """The first address after the region."""
        return self.base + self.size


PAGE_SIZE: Final = 4 * KIB

USER_MIN: Final = 0x1_0000
USER_TEXT_BASE: Final = 0x0000_0000_0040_0000
USER_MMAP_TOP: Final = 0x0000_7FFF_0000_0000
USER_CLOCK_PAGE: Final = USER_MMAP_TOP + PAGE_SIZE
USER_STACK_TOP: Final = 0x0000_7FFF_FFFF_F000
USER_STACK_SIZE: Final = 8 * MIB
USER_END: Final = USER_STACK_TOP

DIRECT_MAP_BASE: Final = 0xFFFF_8000_0000_0000
DIRECT_MAP_SIZE: Final = 64 * TIB
FRAME_METADATA_BASE: Final = DIRECT_MAP_BASE + DIRECT_MAP_SIZE
FRAME_METADATA_SIZE: Final = 16 * TIB
KERNEL_VMAP_BASE: Final = FRAME_METADATA_BASE + FRAME_METADATA_SIZE
KERNEL_VMAP_SIZE: Final = 1 * TIB
KERNEL_IMAGE_BASE: Final = 0xFFFF_FFFF_8000_0000
KERNEL_IMAGE_SIZE: Final = 2 * GIB
KERNEL_PHYS_BASE: Final = 2 * MIB
KERNEL_STACK_SIZE: Final = 64 * KIB
KSYMS_SIZE: Final = 448 * KIB

# ELF loader limits.
ELF_MAX_PROGRAM_HEADERS: Final = 128
ELF_MAX_IMAGE_BYTES: Final = 1 * GIB
ELF_MAX_SEGMENT_ALIGN: Final = 1 * GIB
ELF_MAX_TLS_ALIGN: Final = PAGE_SIZE
ELF_MAX_DYNAMIC_ENTRIES: Final = 512
ELF_MAX_RELOCATIONS: Final = 1 << 20
START_MAX_BYTES: Final = USER_STACK_SIZE // 4
START_MAX_STRING_BYTES: Final = 128 * KIB

CONSTANTS: Final = (
    MemoryConstant("PAGE_SIZE", PAGE_SIZE, "bytes", "Size of a page and of a frame."),
    MemoryConstant(
        "USER_MIN",
        USER_MIN,
        "address",
        "Lowest address a process may map. What lies below stays unmapped, so that a null "
        "pointer with a small offset always faults.",
    ),
    MemoryConstant(
        "USER_TEXT_BASE",
        USER_TEXT_BASE,
        "address",
        "Where the text of a fixed-address program starts, and where a static-PIE is loaded.",
    ),
    MemoryConstant(
        "USER_MMAP_TOP",
        USER_MMAP_TOP,
        "address",
        "Where the search for free space begins: MMAP without MAP_FIXED grows down from here.",
    ),
    MemoryConstant(
        "USER_CLOCK_PAGE",
        USER_CLOCK_PAGE,
        "address",
        "Where every program finds a ClockPage, to read the clock without a call.",
    ),
    MemoryConstant(
        "USER_STACK_TOP",
        USER_STACK_TOP,
        "address",
        "First address after the main thread's stack.",
    ),
    MemoryConstant(
        "USER_STACK_SIZE",
        USER_STACK_SIZE,
        "bytes",
        "Size of the main thread's stack. The page below it is never mapped.",
    ),
    MemoryConstant(
        "USER_END",
        USER_END,
        "address",
        "First address after everything a process may map. The last canonical page below the "
        "hole stays unmapped, so that SYSRET never returns to a non-canonical address.",
    ),
    MemoryConstant(
        "DIRECT_MAP_BASE",
        DIRECT_MAP_BASE,
        "address",
        "The kernel sees the byte at physical address `p` at `DIRECT_MAP_BASE + p`.",
    ),
    MemoryConstant("DIRECT_MAP_SIZE", DIRECT_MAP_SIZE, "bytes", "Size of the direct map."),
    MemoryConstant(
        "FRAME_METADATA_BASE",
        FRAME_METADATA_BASE,
        "address",
        "The array with one entry for each frame of the direct map.",
    ),
    MemoryConstant(
        "FRAME_METADATA_SIZE",
        FRAME_METADATA_SIZE,
        "bytes",
        "Size of the range kept for the frame metadata.",
    ),
    MemoryConstant(
        "KERNEL_VMAP_BASE",
        KERNEL_VMAP_BASE,
        "address",
        "Mappings the kernel makes page by page: stacks with their guards, device memory.",
    ),
    MemoryConstant(
        "KERNEL_VMAP_SIZE", KERNEL_VMAP_SIZE, "bytes", "Size of the range kept for them."
    ),
    MemoryConstant(
        "KERNEL_IMAGE_BASE",
        KERNEL_IMAGE_BASE,
        "address",
        "The kernel is linked so that the byte with physical address `p` in the ELF file has "
        "the virtual address `KERNEL_IMAGE_BASE + p`.",
    ),
    MemoryConstant(
        "KERNEL_IMAGE_SIZE",
        KERNEL_IMAGE_SIZE,
        "bytes",
        "Size of the range kept for the image: what the kernel code model can reach.",
    ),
    MemoryConstant(
        "KERNEL_PHYS_BASE",
        KERNEL_PHYS_BASE,
        "physical address",
        "Physical address of the image's first byte in the ELF file. The PVH loader puts it "
        "there; the UEFI stub may choose another multiple of 2 MiB.",
    ),
    MemoryConstant(
        "KERNEL_STACK_SIZE",
        KERNEL_STACK_SIZE,
        "bytes",
        "Size of the kernel stack of one thread, without its guard page.",
    ),
    MemoryConstant(
        "KSYMS_SIZE",
        KSYMS_SIZE,
        "bytes",
        "Size of the section `.ksyms`, into which the build writes the kernel's symbol table.",
    ),
    MemoryConstant(
        "ELF_MAX_PROGRAM_HEADERS",
        ELF_MAX_PROGRAM_HEADERS,
        "entries",
        "Most program headers a program may have.",
    ),
    MemoryConstant(
        "ELF_MAX_IMAGE_BYTES",
        ELF_MAX_IMAGE_BYTES,
        "bytes",
        "Largest span of a program in memory, from its first page to its last.",
    ),
    MemoryConstant(
        "ELF_MAX_SEGMENT_ALIGN",
        ELF_MAX_SEGMENT_ALIGN,
        "bytes",
        "Largest alignment a segment may ask for.",
    ),
    MemoryConstant(
        "ELF_MAX_TLS_ALIGN",
        ELF_MAX_TLS_ALIGN,
        "bytes",
        "Largest alignment the thread-local template may ask for.",
    ),
    MemoryConstant(
        "ELF_MAX_DYNAMIC_ENTRIES",
        ELF_MAX_DYNAMIC_ENTRIES,
        "entries",
        "Most entries the dynamic section may have.",
    ),
    MemoryConstant(
        "ELF_MAX_RELOCATIONS",
        ELF_MAX_RELOCATIONS,
        "entries",
        "Most relocations a program may carry.",
    ),
    MemoryConstant(
        "START_MAX_BYTES",
        START_MAX_BYTES,
        "bytes",
        "Most that argv, envp, auxv and their strings may take: a quarter of the stack.",
    ),
    MemoryConstant(
        "START_MAX_STRING_BYTES",
        START_MAX_STRING_BYTES,
        "bytes",
        "Longest single string of argv or envp, with its final zero.",
    ),
)

REGIONS: Final = (
    MemoryRegion("null guard", Half.USER, 0, USER_MIN, "Never mapped."),
    MemoryRegion(
        "programs and mappings",
        Half.USER,
        USER_MIN,
        USER_MMAP_TOP - USER_MIN,
        "The program from USER_TEXT_BASE up, mappings from USER_MMAP_TOP down.",
    ),
    MemoryRegion(
        "clock page",
        Half.USER,
        USER_CLOCK_PAGE,
        PAGE_SIZE,
        "How to tell the time from the processor's counter; only to be read.",
    ),
    MemoryRegion(
        "stack guard",
        Half.USER,
        USER_STACK_TOP - USER_STACK_SIZE - PAGE_SIZE,
        PAGE_SIZE,
        "Never mapped: a stack that overflows faults here.",
    ),
    MemoryRegion(
        "stack",
        Half.USER,
        USER_STACK_TOP - USER_STACK_SIZE,
        USER_STACK_SIZE,
        "The main thread's stack, with argv, envp and auxv at its top.",
    ),
    MemoryRegion(
        "direct map", Half.KERNEL, DIRECT_MAP_BASE, DIRECT_MAP_SIZE, "All of physical memory."
    ),
    MemoryRegion(
        "frame metadata",
        Half.KERNEL,
        FRAME_METADATA_BASE,
        FRAME_METADATA_SIZE,
        "One entry for each frame of the direct map.",
    ),
    MemoryRegion(
        "kernel mappings",
        Half.KERNEL,
        KERNEL_VMAP_BASE,
        KERNEL_VMAP_SIZE,
        "Kernel stacks with guard pages, device memory.",
    ),
    MemoryRegion(
        "kernel image",
        Half.KERNEL,
        KERNEL_IMAGE_BASE,
        KERNEL_IMAGE_SIZE,
        "Text, read-only data and data of the kernel.",
    ),
)
