"""What machine a guest gets, and QEMU's command line for it. Pure."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from kernel_py.abi import boot
from kpio_build.base.errors import UsageError

QEMU: Final = "qemu-system-x86_64"
DEFAULT_MEMORY_MIB: Final = 512
COMMAND_LINE_MAX_BYTES: Final = 4095
"""QEMU writes a longer one over its own start information, and the kernel is handed rubbish.

Source: QEMU pc-bios/optionrom/pvh_main.c, `CMDLINE_BUFSIZE`, less the zero at the end.
"""
_CONSOLE: Final = "console"
_EVENTS: Final = "events"
_CONTROL: Final = "control"
_DISK: Final = "disk"
_DATA: Final = "data"
_FIRST_MOMENT: Final = "2026-01-01T00:00:00"
"""Where the calendar of a machine with counted time begins."""


class Accelerator(Enum):
    """What runs the guest's instructions."""

    TCG = "tcg"
    KVM = "kvm"


@dataclass(frozen=True)
class Firmware:
    """UEFI firmware: its code, and the template of its variables. Neither file is written to."""

    code: Path
    variables: Path


@dataclass(frozen=True)
class MachineConfig:
    """A PC of the q35 kind with a virtio disk and a virtio display.

    With `kernel`, QEMU enters that ELF file through its PVH note; with `firmware`, the disk boots
    by itself. The guest sees `disk` writable, but what it writes is thrown away with the machine;
    what it writes to `data` stays.
    `gdb_port`: QEMU's debugger stub listens there, on this host only.
    `devices` are further QEMU arguments, for tests of devices KPIO does not need to boot.
    `initrd`: the first root of a Linux kernel. `icount_shift`: every instruction takes 2^shift ns
    of the guest's time, and nothing else does; what is random to it is the same each time.
    """

    disk: Path | None = None
    data: Path | None = None
    kernel: Path | None = None
    initrd: Path | None = None
    command_line: str = ""
    firmware: Firmware | None = None
    memory_mib: int = DEFAULT_MEMORY_MIB
    nr_cpus: int = 1
    accelerator: Accelerator = Accelerator.TCG
    cpu: str = "max"
    icount_shift: int | None = None
    gdb_port: int | None = None
    devices: tuple[str, ...] = ()
    qemu: str = QEMU

    def __post_init__(self) -> None:
        """Raise UsageError for a command line that the kernel would not get whole."""
        len_bytes = len(self.command_line)
        if len_bytes > COMMAND_LINE_MAX_BYTES:
            raise UsageError(
                f"the kernel's command line would have {len_bytes} bytes, the program's arguments "
                f"among them; {COMMAND_LINE_MAX_BYTES} are the most that QEMU passes on",
                hint="give fewer or shorter arguments, or standard input",
            )


@dataclass(frozen=True)
class WireFds:
    """QEMU's ends of the three sockets, as file descriptors it inherits."""

    console: int
    events: int
    control: int

    def all(self) -> tuple[int, int, int]:
        """Return the three."""
        return (self.console, self.events, self.control)


def argv(config: MachineConfig, wires: WireFds) -> list[str]:
    """Return QEMU's command line.

    The guest is there but does not run (`-S`) until QMP says `cont`, when all wires are connected.
    A guest that resets or switches off leaves QEMU paused, so that its processor can be looked at.
    Source: QEMU manual, "Invocation".
    """
    words = [
        config.qemu,
        *("-machine", "q35", "-accel", config.accelerator.value, "-cpu", config.cpu),
        *("-smp", str(config.nr_cpus), "-m", f"{config.memory_mib}M"),
        *("-nodefaults", "-no-user-config", "-S"),
        *("-action", "reboot=shutdown,shutdown=pause"),
        *("-display", "none", "-vga", "none", "-device", "virtio-gpu-pci"),
    ]
    words += _socket(_CONTROL, wires.control)
    words += ["-mon", f"chardev={_CONTROL},mode=control"]
    words += _socket(_CONSOLE, wires.console)
    words += ["-serial", f"chardev:{_CONSOLE}"]
    words += _socket(_EVENTS, wires.events)
    words += ["-device", f"isa-debugcon,iobase={boot.EVENT_PORT:#x},chardev={_EVENTS}"]
    words += ["-device", f"isa-debug-exit,iobase={boot.EXIT_PORT:#x},iosize=2"]
    if config.disk is not None:
        boots = ",bootindex=0" if config.kernel is None else ""
        words += ["-drive", f"if=none,id={_DISK},format=raw,snapshot=on,file={_file(config.disk)}"]
        words += ["-device", f"virtio-blk-pci,drive={_DISK},disable-legacy=on{boots}"]
    if config.data is not None:
        words += ["-drive", f"if=none,id={_DATA},format=raw,file={_file(config.data)}"]
        words += ["-device", f"virtio-blk-pci,drive={_DATA},disable-legacy=on"]
    if config.firmware is not None:
        flash = "if=pflash,format=raw"
        words += ["-drive", f"{flash},unit=0,readonly=on,file={_file(config.firmware.code)}"]
        words += ["-drive", f"{flash},unit=1,snapshot=on,file={_file(config.firmware.variables)}"]
    if config.kernel is not None:
        words += ["-kernel", str(config.kernel), "-append", config.command_line]
    if config.initrd is not None:
        words += ["-initrd", str(config.initrd)]
    if config.icount_shift is not None:
        words += _counted_time(config.icount_shift)
    if config.gdb_port is not None:
        words += ["-gdb", f"tcp:127.0.0.1:{config.gdb_port}"]
    return [*words, *config.devices]


def _counted_time(shift: int) -> list[str]:
    """Make time a count of instructions: a processor that waits jumps to its next timer.

    Source: QEMU docs/devel/tcg-icount.rst; QEMU manual, `-icount`, `-rtc`, `-seed`.
    """
    clock = ["-icount", f"shift={shift},sleep=off,align=off"]
    return [*clock, "-rtc", f"base={_FIRST_MOMENT},clock=vm", "-seed", "0"]


def _socket(name: str, descriptor: int) -> list[str]:
    return ["-chardev", f"socket,id={name},fd={descriptor}"]


def _file(path: Path) -> str:
    """Write a path as the value of an option; a comma in it is doubled."""
    return str(path).replace(",", ",,")
