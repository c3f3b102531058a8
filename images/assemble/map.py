"""The map of an image: what lies where, written whether or not the image came to be."""

from collections.abc import Mapping

from images.assemble.identity import Identity
from images.assemble.layout import (
    FIRST_MIB,
    GPT_BACKUP_SECTORS,
    GPT_SECTORS,
    MIB,
    SECTOR_BYTES,
    Layout,
)
from images.assemble.manifest import Manifest
from images.assemble.tree import Directory, Entry, File, Link, Tree


def render(
    manifest: Manifest,
    trees: Mapping[str, Tree],
    layout: Layout | None,
    identity: Identity | None,
    *,
    failure: str = "",
) -> str:
    """Return the map as text; what is not known yet, because something failed before, is left out.

    No path of the host is in it: two images of the same content have the same map.
    """
    lines = [
        f"image {manifest.name}: {f'FAILED: {failure}' if failure else 'complete'}",
        "",
        "first byte   bytes        what",
    ]
    if layout is None:
        lines.append("(no partition has a place yet)")
    else:
        lines += _regions(layout)
    for part in manifest.partitions:
        tree = trees.get(part.name)
        head = f"partition {part.name}: {part.type.name.lower()}, {part.format.value}"
        if identity is not None:
            head += f", uuid {identity.uuid(f'partition {part.name}')}"
        lines += ["", head]
        if tree is None:
            lines.append("  (its files have not been found)")
            continue
        lines.append(f"  {len(tree.files)} files, {tree.len_bytes} bytes")
        lines += [_line(entry) for entry in tree.entries]
    return "\n".join(lines) + "\n"


def _regions(layout: Layout) -> list[str]:
    table_bytes = GPT_SECTORS * SECTOR_BYTES
    backup_bytes = layout.len_bytes - GPT_BACKUP_SECTORS * SECTOR_BYTES
    regions = [(0, table_bytes, "protective MBR, GPT")]
    regions += [
        (extent.start_bytes, extent.len_bytes, f"partition {extent.name}")
        for extent in layout.extents
    ]
    regions.append((backup_bytes, layout.len_bytes - backup_bytes, "GPT, second copy"))
    lines: list[str] = []
    next_bytes = 0
    for start_bytes, len_bytes, what in sorted(regions):
        if start_bytes > next_bytes and next_bytes >= FIRST_MIB * MIB:
            lines.append(f"{next_bytes:<12} {start_bytes - next_bytes:<12} (free)")
        lines.append(f"{start_bytes:<12} {len_bytes:<12} {what}")
        next_bytes = max(next_bytes, start_bytes + len_bytes)
    return lines


def _line(entry: Entry) -> str:
    match entry:
        case File():
            return f"  {entry.mode:04o} {entry.len_bytes:>10} {entry.path}"
        case Directory():
            return f"  {entry.mode:04o}  directory {entry.path}"
        case Link():
            return f"  0777       link {entry.path} -> {entry.target}"
