"""Where each partition lies on the disk. Pure arithmetic; errors give both numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from images.assemble.errors import LayoutError

SECTOR_BYTES: Final = 512
MIB: Final = 1 << 20
GPT_SECTORS: Final = 34
"""Protective MBR, header and 128 entries; the copy at the end of the disk takes one less.

Source: UEFI specification, "GUID Partition Table (GPT) Disk Layout".
"""
GPT_BACKUP_SECTORS: Final = GPT_SECTORS - 1
FIRST_MIB: Final = 1
"""Partitions start on whole MiB, the first one behind the partition table's own MiB."""


@dataclass(frozen=True)
class Request:
    """A partition that wants a place. `start_mib` None: anywhere after the one before it."""

    name: str
    len_bytes: int
    start_mib: int | None = None


@dataclass(frozen=True)
class Extent:
    """A partition's place, in bytes from the start of the disk."""

    name: str
    start_bytes: int
    len_bytes: int

    @property
    def end_bytes(self) -> int:
        """The first byte behind it."""
        return self.start_bytes + self.len_bytes

    @property
    def first_sector(self) -> int:
        """Its first sector."""
        return self.start_bytes // SECTOR_BYTES

    @property
    def nr_sectors(self) -> int:
        """How many sectors it has."""
        return self.len_bytes // SECTOR_BYTES

    @property
    def last_sector(self) -> int:
        """Its last sector."""
        return self.first_sector + self.nr_sectors - 1

    def __str__(self) -> str:
        """Return the name with its sectors, as messages show it."""
        return f"'{self.name}' (sectors {self.first_sector} to {self.last_sector})"


@dataclass(frozen=True)
class Layout:
    """A disk and the partitions on it, in the manifest's order."""

    len_bytes: int
    extents: tuple[Extent, ...]

    def neighbour(self, extent: Extent) -> str:
        """Say what lies behind `extent`."""
        following = [other for other in self.extents if other.start_bytes >= extent.end_bytes]
        if following:
            return f"behind it lies {min(following, key=lambda other: other.start_bytes)}"
        return f"behind it the disk ends, at {self.len_bytes // MIB} MiB"


def place(requests: Sequence[Request], *, disk_mib: int | None) -> Layout:
    """Give every request its place, in order.

    Raises LayoutError for a partition without size, one that begins inside its neighbour or inside
    the partition table, or one that ends behind the disk.
    """
    extents: list[Extent] = []
    next_bytes = FIRST_MIB * MIB
    for request in requests:
        start_bytes = next_bytes if request.start_mib is None else request.start_mib * MIB
        extent = Extent(request.name, start_bytes, _whole_mib(request.len_bytes))
        if extent.len_bytes == 0:
            raise LayoutError(
                f"partition '{extent.name}' has no size", hint="give it a size_mib above 0"
            )
        _require_room_before(extent, extents)
        extents.append(extent)
        next_bytes = extent.end_bytes
    needed_bytes = max((extent.end_bytes for extent in extents), default=FIRST_MIB * MIB) + MIB
    disk_bytes = needed_bytes if disk_mib is None else disk_mib * MIB
    for extent in extents:
        room_end_bytes = disk_bytes - GPT_BACKUP_SECTORS * SECTOR_BYTES
        if extent.end_bytes > room_end_bytes:
            raise LayoutError(
                f"partition {extent} ends at byte {extent.end_bytes}, but the disk of "
                f"{disk_bytes // MIB} MiB has room for partitions up to byte {room_end_bytes}",
                hint=f"make the disk {needed_bytes // MIB} MiB, or the partition smaller",
            )
    return Layout(disk_bytes, tuple(extents))


def _require_room_before(extent: Extent, placed: Sequence[Extent]) -> None:
    if extent.start_bytes < FIRST_MIB * MIB:
        raise LayoutError(
            f"partition {extent} starts at byte {extent.start_bytes}, inside the partition table, "
            f"which has the first {FIRST_MIB * MIB} bytes",
            hint=f"let it start at {FIRST_MIB} MiB",
        )
    for other in placed:
        if extent.start_bytes < other.end_bytes and other.start_bytes < extent.end_bytes:
            raise LayoutError(
                f"partition {extent} starts at byte {extent.start_bytes}, inside {other}, "
                f"which ends at byte {other.end_bytes}",
                hint=f"let '{extent.name}' start at {-(-other.end_bytes // MIB)} MiB, or shrink "
                f"'{other.name}' by {-(-(other.end_bytes - extent.start_bytes) // MIB)} MiB",
            )


def _whole_mib(len_bytes: int) -> int:
    return -(-len_bytes // MIB) * MIB
