"""Reading a partition table: where the partition of a type lies. GPT only, without its backup.

Source: UEFI specification, "GUID Partition Table (GPT) Disk Layout".
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from images.assemble.layout import SECTOR_BYTES
from images.assemble.manifest import PartitionType

_HEADER: Final = struct.Struct("<8s64xQIII")
"""Signature; then where the entries begin, how many there are, how long each is, their checksum."""
_ENTRY: Final = struct.Struct("<16s16sQQ")
_SIGNATURE: Final = b"EFI PART"
_MAX_ENTRIES: Final = 1024


@dataclass(frozen=True)
class Place:
    """Where a partition lies on a disk."""

    first_byte: int
    len_bytes: int


def find(disk: Path, kind: PartitionType) -> Place | None:
    """Return where the first partition of this type is; None without one, or without a table."""
    with disk.open("rb") as file:
        file.seek(SECTOR_BYTES)
        header = file.read(_HEADER.size)
        if len(header) < _HEADER.size:
            return None
        signature, first, count, len_bytes, _ = _HEADER.unpack(header)
        if signature != _SIGNATURE or len_bytes < _ENTRY.size or count > _MAX_ENTRIES:
            return None
        file.seek(first * SECTOR_BYTES)
        entries = file.read(count * len_bytes)
    wanted = UUID(kind.value)
    for start in range(0, len(entries) - _ENTRY.size + 1, len_bytes):
        type_bytes, _, first, last = _ENTRY.unpack_from(entries, start)
        if UUID(bytes_le=type_bytes) == wanted:
            return Place(first * SECTOR_BYTES, (last + 1 - first) * SECTOR_BYTES)
    return None
