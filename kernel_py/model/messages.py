"""What a reader of the browser's channel says to a string of bytes."""

import struct
from dataclasses import dataclass
from typing import Final

from kernel_py.abi.layout import lay_out
from kernel_py.abi.messages import (
    CHANNEL_VERSION,
    HEADER,
    KINDS,
    MESSAGE_MAX_BYTES,
    PARTS,
    STRUCTS,
    MessageKind,
    Way,
)

_KINDS: Final = {kind.number: kind for kind in KINDS}
_PART_BYTES: Final = {part.name: part.size for part in PARTS}
_CODES: Final = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q"}


class Refused(ValueError):
    """A message that is not taken: its text is the name of the reason."""


@dataclass
class Reader:
    """One end of a way: `sequence` is the number the next message must have."""

    way: Way
    sequence: int = 0

    def read(self, message: bytes) -> tuple[MessageKind, dict[str, int]]:
        """Return a message's kind and its fields of one scalar.

        Raises Refused with the first reason that holds; `abi/messages.py` has their order.
        """
        if len(message) > MESSAGE_MAX_BYTES:
            raise Refused("Oversized")
        if len(message) < HEADER.size:
            raise Refused("Truncated")
        version, number, sequence = struct.unpack_from("<HHI", message)
        if version != CHANNEL_VERSION:
            raise Refused("UnknownVersion")
        if sequence != self.sequence:
            raise Refused("OutOfOrder")
        kind = _KINDS.get(number)
        if kind is None or kind.way is not self.way:
            raise Refused("UnknownKind")
        if len(message) != kind.struct.size:
            raise Refused("WrongLength")
        fields = _scalars(kind, message)
        _require_good(kind, fields)
        self.sequence = (self.sequence + 1) % (1 << 32)
        return kind, fields


def _scalars(kind: MessageKind, message: bytes) -> dict[str, int]:
    return {
        placed.field.name: struct.unpack_from("<" + code, message, placed.offset)[0]
        for placed in lay_out(kind.struct, STRUCTS).fields
        if placed.field.count == 1 and (code := _CODES.get(placed.field.type_name))
    }


def _require_good(kind: MessageKind, fields: dict[str, int]) -> None:
    limits = dict(kind.limits) | {f.name: 1 for f in kind.struct.fields if f.is_padding}
    if any(fields[name] >= limit for name, limit in limits.items()):
        raise Refused("BadField")
    if kind.span and fields["offset"] + fields["len"] > _PART_BYTES[kind.span]:
        raise Refused("BadField")
