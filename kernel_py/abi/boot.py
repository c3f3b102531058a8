"""Boot: what a front hands to the kernel, the command line, the ports, the exit codes.

Both fronts (PVH and UEFI) fill the same `BootInfo`; physical addresses in it are below the direct
map's end. The machine's ports are those of the QEMU devices the builder adds.

Source: QEMU `hw/misc/debugexit.c` (the status QEMU ends with), `hw/char/debugcon.c`; UAPI group
"Discoverable Partitions Specification"; RFC 3986 "Percent-Encoding".
"""

from dataclasses import dataclass, field
from typing import Final

from kernel_py.abi.constant import Constant
from kernel_py.abi.place import Place, definition_place
from kernel_py.abi.types import Struct, StructField


@dataclass(frozen=True)
class BootText:
    """A text of the boot contract: a path, a key's default, a GUID in lower case."""

    name: str
    value: str
    doc: str
    place: Place = field(default_factory=definition_place, compare=False)


@dataclass(frozen=True)
class CommandLineKey:
    """A word of the kernel's command line; `value_name` is empty for one without a value."""

    name: str
    value_name: str
    doc: str
    place: Place = field(default_factory=definition_place, compare=False)


@dataclass(frozen=True)
class ExitCode:
    """What the kernel writes to EXIT_PORT to end QEMU, and what it then means.

    Success is a status nothing else produces: QEMU's own statuses are 0 and 1.
    """

    name: str
    value: int
    doc: str
    place: Place = field(default_factory=definition_place, compare=False)

    @property
    def qemu_status(self) -> int:
        """The exit status of QEMU, 0 to 255: `isa-debug-exit` ends with `(value << 1) | 1`."""
        return ((self.value << 1) | 1) & 0xFF


BOOT_INFO_MAGIC: Final = 0x4B50_494F_424F_4F54
BOOT_INFO_VERSION: Final = 1
FRONT_PVH: Final = 1
FRONT_UEFI: Final = 2
MEMORY_USABLE: Final = 1
MEMORY_RESERVED: Final = 2
MEMORY_ACPI_RECLAIMABLE: Final = 3
MEMORY_ACPI_NVS: Final = 4
MEMORY_BOOT_DATA: Final = 5
MEMORY_KERNEL_IMAGE: Final = 6
COM1_PORT: Final = 0x3F8
EVENT_PORT: Final = 0xE9
EXIT_PORT: Final = 0x501
EXIT_SUCCESS: Final = 0x2A
EXIT_INIT_FAILED: Final = 0x2B
EXIT_PANIC: Final = 0x2C
EXIT_NO_INIT: Final = 0x2D
EXIT_SELFTEST_FAILED: Final = 0x2E
CONSOLE_EOF: Final = 0x04
INIT_PID: Final = 1
INIT_DEFAULT: Final = "/bin/init"
COMMAND_LINE_SEPARATOR: Final = "--"
ROOT_PARTITION_TYPE: Final = "4f68bce3-e8cd-4db1-96e7-fbcaf984b709"
DATA_PARTITION_TYPE: Final = "4d21b016-b534-45c2-a9fb-5c16e091fd2d"
DATA_PATH: Final = "/data"
ESP_PARTITION_TYPE: Final = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
ESP_STUB_PATH: Final = "EFI/BOOT/BOOTX64.EFI"
ESP_KERNEL_PATH: Final = "kpio/kernel.elf"
ESP_COMMAND_LINE_PATH: Final = "kpio/cmdline.txt"

CONSTANTS: Final = (
    Constant("BOOT_INFO_MAGIC", BOOT_INFO_MAGIC, "u64", "First word of a BootInfo.", is_hex=True),
    Constant("BOOT_INFO_VERSION", BOOT_INFO_VERSION, "u32", "Version of the layout."),
    Constant("FRONT_PVH", FRONT_PVH, "u32", "Entered through the PVH note."),
    Constant("FRONT_UEFI", FRONT_UEFI, "u32", "Entered through the UEFI stub."),
    Constant("MEMORY_USABLE", MEMORY_USABLE, "u32", "Free memory."),
    Constant("MEMORY_RESERVED", MEMORY_RESERVED, "u32", "Never to be touched."),
    Constant(
        "MEMORY_ACPI_RECLAIMABLE",
        MEMORY_ACPI_RECLAIMABLE,
        "u32",
        "ACPI tables: free once they are read.",
    ),
    Constant("MEMORY_ACPI_NVS", MEMORY_ACPI_NVS, "u32", "The firmware's, for ever."),
    Constant(
        "MEMORY_BOOT_DATA",
        MEMORY_BOOT_DATA,
        "u32",
        "What the front made for the kernel: free once BootInfo is read.",
    ),
    Constant("MEMORY_KERNEL_IMAGE", MEMORY_KERNEL_IMAGE, "u32", "The kernel itself."),
    Constant(
        "COM1_PORT",
        COM1_PORT,
        "u16",
        "I/O port of COM1, the console.",
        is_hex=True,
    ),
    Constant(
        "EVENT_PORT",
        EVENT_PORT,
        "u16",
        "I/O port of the events: each byte written is a byte of an event line. Not 0x402, where "
        "SeaBIOS and OVMF write their own log.",
        is_hex=True,
    ),
    Constant(
        "EXIT_PORT",
        EXIT_PORT,
        "u16",
        "I/O port that ends QEMU: a 16-bit write of an exit code.",
        is_hex=True,
    ),
    Constant(
        "CONSOLE_EOF",
        CONSOLE_EOF,
        "u8",
        "The byte that ends a reading of the console with 0 bytes.",
        is_hex=True,
    ),
    Constant("INIT_PID", INIT_PID, "i32", "Number of the first process."),
)

TEXTS: Final = (
    BootText("INIT_DEFAULT", INIT_DEFAULT, "The first program, if the command line has no `init`."),
    BootText(
        "COMMAND_LINE_SEPARATOR",
        COMMAND_LINE_SEPARATOR,
        "What follows this word of the command line are the first program's arguments.",
    ),
    BootText(
        "ROOT_PARTITION_TYPE",
        ROOT_PARTITION_TYPE,
        "Type GUID of the partition with the root file system (Root Partition, amd64/x86_64).",
    ),
    BootText(
        "DATA_PARTITION_TYPE",
        DATA_PARTITION_TYPE,
        "Type GUID of the partition that keeps what programs write (Variable Data Partition).",
    ),
    BootText("DATA_PATH", DATA_PATH, "The directory of the root where it is mounted."),
    BootText(
        "ESP_PARTITION_TYPE",
        ESP_PARTITION_TYPE,
        "Type GUID of the partition the firmware boots from (EFI System Partition).",
    ),
    BootText("ESP_STUB_PATH", ESP_STUB_PATH, "Where the firmware finds the UEFI stub."),
    BootText("ESP_KERNEL_PATH", ESP_KERNEL_PATH, "Where the UEFI stub finds the kernel."),
    BootText(
        "ESP_COMMAND_LINE_PATH",
        ESP_COMMAND_LINE_PATH,
        "Where the UEFI stub finds the kernel's command line.",
    ),
)

INIT_ENVIRONMENT: Final = ("PATH=/bin", "HOME=/", "TERM=dumb", "KPIO=1")
"""Environment of the first program."""

EXIT_CODES: Final = (
    ExitCode("EXIT_SUCCESS", EXIT_SUCCESS, "The first program ended with 0, or asked so."),
    ExitCode(
        "EXIT_INIT_FAILED",
        EXIT_INIT_FAILED,
        "The first program ended with, or asked for, another status; it is in `power.off`.",
    ),
    ExitCode("EXIT_PANIC", EXIT_PANIC, "The kernel panicked."),
    ExitCode("EXIT_NO_INIT", EXIT_NO_INIT, "The first program could not be started."),
    ExitCode("EXIT_SELFTEST_FAILED", EXIT_SELFTEST_FAILED, "A self-test of the kernel failed."),
)

COMMAND_LINE_KEYS: Final = (
    CommandLineKey("init", "path", "The first program."),
    CommandLineKey("quiet", "", "Log lines below warning do not go to the console."),
    CommandLineKey("trace", "", "Every system call is logged."),
    CommandLineKey(
        "selftest", "name", "Run a self-test; only in a kernel built with the feature `selftest`."
    ),
)

MEMORY_RANGE: Final = Struct(
    "MemoryRange",
    "kpio_memory_range",
    24,
    8,
    "A range of physical memory. Ranges are sorted and do not overlap.",
    (
        StructField("base", "u64", "Physical address of the first byte."),
        StructField("len", "u64", "Length in bytes."),
        StructField("kind", "u32", "One of `MEMORY_*`; an unknown one means reserved."),
        StructField("reserved", "u32", "Always 0.", is_padding=True),
    ),
)

BOOT_INFO: Final = Struct(
    "BootInfo",
    "kpio_boot_info",
    80,
    8,
    "What a front hands to the kernel; its physical address is in rdi at the entry.",
    (
        StructField("magic", "u64", "BOOT_INFO_MAGIC."),
        StructField("version", "u32", "BOOT_INFO_VERSION."),
        StructField("size", "u32", "Size of this struct in bytes, as the front knows it."),
        StructField("front", "u32", "FRONT_PVH or FRONT_UEFI."),
        StructField("memory_map_count", "u32", "Number of entries of the memory map."),
        StructField("memory_map", "u64", "Physical address of an array of MemoryRange."),
        StructField("rsdp", "u64", "Physical address of ACPI's root pointer; 0: none was found."),
        StructField("command_line", "u64", "Physical address of the command line, UTF-8."),
        StructField("command_line_len", "u64", "Length of the command line in bytes."),
        StructField(
            "kernel_phys_base",
            "u64",
            "Physical address of the byte linked at KERNEL_IMAGE_BASE + KERNEL_PHYS_BASE.",
        ),
        StructField("kernel_phys_len", "u64", "Length of the loaded image in bytes."),
        StructField("entry_tsc", "u64", "Time-stamp counter when the front was entered."),
    ),
)

STRUCTS: Final = (MEMORY_RANGE, BOOT_INFO)
