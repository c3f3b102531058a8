"""Rights: what the holder of a handle, or a process, may do.

A file descriptor is a handle: an object and the rights to it. Duplicating or passing a handle can
only take rights away. A handle to something new has the basic rights, and those that the call which
makes it says.

Source: Fuchsia "Rights" (the idea that a call's definition names the rights it needs).
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from kernel_py.abi.place import Place, definition_place


class Holder(Enum):
    """What carries a right."""

    HANDLE = "handle"
    PROCESS = "process"


@dataclass(frozen=True)
class Right:
    """One right: a single bit, unique among the rights of handles and processes together.

    `is_basic`: every handle to something new has it.
    """

    name: str
    bit: int
    holder: Holder
    doc: str
    is_basic: bool = False
    place: Place = field(default_factory=definition_place, compare=False)

    @property
    def value(self) -> int:
        """The bit as a mask."""
        return 1 << self.bit


RIGHTS: Final = (
    Right("READ", 0, Holder.HANDLE, "Take bytes out of the object."),
    Right("WRITE", 1, Holder.HANDLE, "Put bytes into the object."),
    Right("SEEK", 2, Holder.HANDLE, "Read and move the position of the handle."),
    Right("INSPECT", 3, Holder.HANDLE, "Learn the object's attributes."),
    Right("POWER", 4, Holder.PROCESS, "End the machine. Only process 1 has it."),
    Right(
        "DUPLICATE", 5, Holder.HANDLE, "Make another handle of the process from it.", is_basic=True
    ),
    Right(
        "TRANSFER",
        6,
        Holder.HANDLE,
        "Give it to another process, through a channel or to a child. A child does not get a "
        "handle without this right, as if it were closed on exec.",
        is_basic=True,
    ),
    Right(
        "REVOKE", 7, Holder.HANDLE, "Take back every handle that was made from it.", is_basic=True
    ),
    Right("MAP", 8, Holder.HANDLE, "Map the object into memory."),
    Right("CHANGE", 9, Holder.HANDLE, "Change the object's attributes: permissions, owner, times."),
    Right(
        "SIGNAL",
        10,
        Holder.PROCESS,
        "Send signals to processes of other sessions, and set their nice values. Only process 1 "
        "has it.",
    ),
    Right(
        "SERVE", 11, Holder.HANDLE, "Say who answers requests of a browser in the kernel's name."
    ),
)
