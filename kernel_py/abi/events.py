"""Events: numbered, checksummed lines on a port of their own, from which verdicts are made.

A line is `KPIO1 <seq> <crc32> <name> <key>=<value> …` and a line feed. `seq` counts from 0 in
decimal. `crc32` is eight lower-case hex digits over `<seq> <name> <key>=<value> …`, single spaces
between, no line feed. Values are percent-encoded UTF-8 (RFC 3986 unreserved characters stay).

Source: the CRC of zlib ("CRC-32/ISO-HDLC").
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from kernel_py.abi.place import Place, definition_place

EVENT_PREFIX: Final = "KPIO1"
"""First word of every line; the digit is the version of the line's form."""


class ValueKind(Enum):
    """How a value is written."""

    DECIMAL = "decimal"
    HEX = "hex"
    TEXT = "text"


@dataclass(frozen=True)
class EventField:
    """One key of an event; a HEX value is written with `0x` and without leading zeros."""

    name: str
    kind: ValueKind
    doc: str
    place: Place = field(default_factory=definition_place, compare=False)


@dataclass(frozen=True)
class Event:
    """A name with the fields it always has, in this order, after `t_ns`."""

    name: str
    doc: str
    fields: tuple[EventField, ...]
    place: Place = field(default_factory=definition_place, compare=False)

    @property
    def constant(self) -> str:
        """The name of the Rust constant: `BOOT_READY` for `boot.ready`."""
        return self.name.replace(".", "_").upper()


TIME_FIELD: Final = EventField(
    "t_ns", ValueKind.DECIMAL, "Nanoseconds since the kernel was entered. First in every event."
)

EVENTS: Final = (
    Event(
        "boot.started",
        "The kernel can write events.",
        (
            EventField("front", ValueKind.TEXT, "`pvh` or `uefi`."),
            EventField("version", ValueKind.TEXT, "Version of the kernel."),
        ),
    ),
    Event(
        "boot.ready",
        "Memory, traps and the scheduler work; devices come next.",
        (
            EventField("free_frames", ValueKind.DECIMAL, "Frames nobody uses."),
            EventField("total_frames", ValueKind.DECIMAL, "Frames the kernel manages."),
        ),
    ),
    Event(
        "root.mounted",
        "The root file system is there.",
        (
            EventField("device", ValueKind.TEXT, "Where it is: `virtio-blk0 partition 2`."),
            EventField("kind", ValueKind.TEXT, "The file system: `ext4`."),
        ),
    ),
    Event(
        "data.mounted",
        "The file system that keeps what programs write is there.",
        (
            EventField("device", ValueKind.TEXT, "Where it is: `virtio-blk0 partition 3`."),
            EventField("kind", ValueKind.TEXT, "The file system: `ext4`."),
        ),
    ),
    Event(
        "display.ready",
        "Scanout 0 shows the console.",
        (
            EventField("width_px", ValueKind.DECIMAL, "Width in pixels."),
            EventField("height_px", ValueKind.DECIMAL, "Height in pixels."),
        ),
    ),
    Event(
        "process.started",
        "A process is about to run its first instruction.",
        (
            EventField("pid", ValueKind.DECIMAL, "Its number."),
            EventField("ppid", ValueKind.DECIMAL, "Its parent's number; 0: the kernel."),
            EventField("path", ValueKind.TEXT, "Where its program was loaded from."),
        ),
    ),
    Event(
        "process.output",
        "A process wrote its first bytes to the console.",
        (EventField("pid", ValueKind.DECIMAL, "Its number."),),
    ),
    Event(
        "process.reported",
        "A process had something to tell: REPORT.",
        (
            EventField("pid", ValueKind.DECIMAL, "Its number."),
            EventField("text", ValueKind.TEXT, "What it told."),
        ),
    ),
    Event(
        "process.exited",
        "A process has ended.",
        (
            EventField("pid", ValueKind.DECIMAL, "Its number."),
            EventField("path", ValueKind.TEXT, "Where its program was loaded from."),
            EventField("status", ValueKind.DECIMAL, "Its exit status, 0 to 255."),
            EventField("signal", ValueKind.DECIMAL, "What ended it; 0: it ended by itself."),
        ),
    ),
    Event(
        "process.fault",
        "A process caused an exception that ends it.",
        (
            EventField("pid", ValueKind.DECIMAL, "Its number."),
            EventField("vector", ValueKind.DECIMAL, "The exception: 14 is a page fault."),
            EventField("error", ValueKind.HEX, "The error code the processor pushed, or 0."),
            EventField("address", ValueKind.HEX, "CR2 for a page fault, otherwise 0."),
            EventField("ip", ValueKind.HEX, "Address of the instruction."),
        ),
    ),
    Event(
        "exec.refused",
        "A program was not loaded; who asked for it gets ENOEXEC.",
        (
            EventField("path", ValueKind.TEXT, "The file."),
            EventField("reason", ValueKind.TEXT, "Which field is wrong, and how."),
        ),
    ),
    Event(
        "kernel.panic",
        "The kernel gives up. The backtrace is on the console.",
        (EventField("message", ValueKind.TEXT, "The message, with file and line."),),
    ),
    Event(
        "selftest.passed",
        "A self-test of the kernel passed.",
        (EventField("name", ValueKind.TEXT, "The test."),),
    ),
    Event(
        "selftest.failed",
        "A self-test of the kernel failed.",
        (
            EventField("name", ValueKind.TEXT, "The test."),
            EventField("reason", ValueKind.TEXT, "What was seen, and what was expected."),
        ),
    ),
    Event(
        "power.off",
        "The machine ends, orderly. Always the last event.",
        (
            EventField(
                "status",
                ValueKind.DECIMAL,
                "Exit status of process 1, or what it gave to POWER_OFF.",
            ),
        ),
    ),
)
