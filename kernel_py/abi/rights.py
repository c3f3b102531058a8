"""Rights: what the holder of a handle, or a process, may do.

A file descriptor is a handle: an object and the rights to it. Duplicating or passing a handle can
only take rights away.

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
    """One right: a single bit, unique among the rights of handles and processes together."""

    name: str
    bit: int
    holder: Holder
    doc: str
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
)
