"""FAT32 file systems through mtools: no mount, no root."""

import os
import tempfile
from pathlib import Path

from images.assemble.errors import FormatError, LayoutError, ManifestError
from images.assemble.identity import Identity, tool_environment
from images.assemble.layout import SECTOR_BYTES, Extent
from images.assemble.tree import File, Tree
from kpio_build.base import process

MIN_CLUSTERS = 65525
"""With fewer, readers take the file system for FAT16.

Source: Microsoft, "FAT32 File System Specification", "FAT Type Determination".
"""
_CLUSTER_BYTES = SECTOR_BYTES
_RESERVED_SECTORS = 32
_FAT_ENTRY_BYTES = 4
_WITHIN_S = 120.0


def overhead_bytes(len_bytes: int) -> int:
    """Return what the format itself takes of a partition of `len_bytes`: boot sectors, two FATs."""
    fat_bytes = (len_bytes // _CLUSTER_BYTES + 2) * _FAT_ENTRY_BYTES
    return _RESERVED_SECTORS * SECTOR_BYTES + 2 * -(-fat_bytes // SECTOR_BYTES) * SECTOR_BYTES


def min_bytes(tree: Tree) -> int:
    """Return a size that holds `tree` and that is FAT32 by its number of clusters."""
    clusters = max(tree.allocated_bytes(_CLUSTER_BYTES) // _CLUSTER_BYTES, MIN_CLUSTERS) + 64
    data_bytes = clusters * _CLUSTER_BYTES
    return data_bytes + overhead_bytes(data_bytes + overhead_bytes(data_bytes))


def make(image: Path, extent: Extent, tree: Tree, identity: Identity, *, label: str) -> None:
    """Create `image`, a FAT32 file system as long as `extent`, with the files of `tree`.

    Raises ManifestError for what FAT cannot hold, LayoutError when it is too small for its files or
    for FAT32, FormatError when a tool fails.
    """
    _require_fat(extent, tree)
    with image.open("xb") as file:
        file.truncate(extent.len_bytes)
    _mtools(
        "mformat",
        *("-i", image, "-F", "-T", extent.nr_sectors, "-c", _CLUSTER_BYTES // SECTOR_BYTES),
        *("-H", extent.first_sector, "-h", 64, "-s", 32),
        *("-v", label.upper()[:11], "-N", identity.serial(f"fat {extent.name}"), "::"),
        what=f"format partition {extent}",
    )
    if tree.directories:
        _mtools(
            "mmd",
            *("-i", image),
            *(f"::{directory.path}" for directory in tree.directories),
            what=f"make the directories of partition {extent}",
        )
    for entry in tree.files:
        _copy(image, entry, extent)


def _copy(image: Path, entry: File, extent: Extent) -> None:
    what = f"copy {entry.path} into partition {extent}"
    if isinstance(entry.content, Path):
        _mtools("mcopy", "-i", image, entry.content, f"::{entry.path}", what=what)
        return
    with tempfile.NamedTemporaryFile(dir=image.parent) as file:
        file.write(entry.content)
        file.flush()
        _mtools("mcopy", "-i", image, file.name, f"::{entry.path}", what=what)


def _require_fat(extent: Extent, tree: Tree) -> None:
    if tree.links:
        raise ManifestError(
            f"partition '{extent.name}': {tree.links[0].path} is a link, FAT has none",
            hint="put a copy of the file there",
        )
    clusters = (extent.len_bytes - overhead_bytes(extent.len_bytes)) // _CLUSTER_BYTES
    if clusters < MIN_CLUSTERS:
        raise LayoutError(
            f"partition {extent} has {clusters} clusters, FAT32 needs {MIN_CLUSTERS}",
            hint=f"make it {-(-min_bytes(tree) // (1 << 20))} MiB",
        )
    if tree.allocated_bytes(_CLUSTER_BYTES) > clusters * _CLUSTER_BYTES:
        raise LayoutError(
            f"partition {extent} has room for {clusters * _CLUSTER_BYTES} bytes, its files take "
            f"{tree.allocated_bytes(_CLUSTER_BYTES)}",
            hint=f"make it {-(-min_bytes(tree) // (1 << 20))} MiB",
        )


def _mtools(program: str, *words: str | int | Path, what: str) -> None:
    try:
        process.run(
            [program, *(word if isinstance(word, Path) else str(word) for word in words)],
            env=tool_environment(os.environ.get("PATH", os.defpath)),
            within_s=_WITHIN_S,
        )
    except process.ProcessError as error:
        raise FormatError(
            f"{program} could not {what}",
            hint="the map of the image has the sizes",
            details=error.details,
        ) from error
