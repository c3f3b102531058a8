"""A whole disk from a manifest: the one function the rest of KPIO calls."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from images.assemble import ext4, fat, gpt, map
from images.assemble.identity import Identity
from images.assemble.layout import MIB, Layout, Request, place
from images.assemble.manifest import Format, Manifest, PartitionSpec, PartitionType
from images.assemble.tree import Tree, resolve
from kpio_build.base.errors import KpioError, is_no_space, no_space_error
from kpio_build.base.paths import write_atomically

DISK_NAME: Final = "disk.img"
MAP_NAME: Final = "map.txt"
FAILED_MAP_NAME: Final = "failed-map.txt"
_COPY_BYTES: Final = 1 << 20


@dataclass(frozen=True)
class Image:
    """A finished image."""

    disk: Path
    map: Path


def assemble(manifest: Manifest, *, artifacts: Mapping[str, Path], out: Path) -> Image:
    """Make `out`/disk.img and `out`/map.txt from a manifest and the outputs of the build steps.

    `out` is an empty directory; only in it is anything written. After an error, the map of what was
    decided up to there is at failed-map.txt in the directory that holds `out`.

    The same manifest and the same files give the same bytes, wherever and by whomever.
    Raises ManifestError, LayoutError, FormatError, NoSpaceError, ToolMissingError.
    """
    work = _Work(manifest, artifacts, out)
    try:
        work.run()
    except OSError as error:
        failure = (
            no_space_error(f"image '{manifest.name}', below {out}") if is_no_space(error) else None
        )
        if failure is None:
            raise
        work.write_failed_map(failure)
        raise failure from error
    except KpioError as error:
        work.write_failed_map(error)
        raise
    return Image(out / DISK_NAME, out / MAP_NAME)


class _Work:
    """An image on its way; what is known of it grows from step to step."""

    def __init__(self, manifest: Manifest, artifacts: Mapping[str, Path], out: Path) -> None:
        self._manifest = manifest
        self._artifacts = artifacts
        self._out = out
        self._trees: dict[str, Tree] = {}
        self._layout: Layout | None = None
        self._identity: Identity | None = None

    def run(self) -> None:
        manifest = self._manifest
        for part in manifest.partitions:
            self._trees[part.name] = resolve(part, self._artifacts, str(manifest.origin))
        self._layout = layout = place(
            [
                Request(part.name, _len_bytes(part, self._trees[part.name]), part.start_mib)
                for part in manifest.partitions
            ],
            disk_mib=manifest.size_mib,
        )
        self._identity = identity = _identity(manifest, self._trees, layout)
        _require_space(self._out, self._trees, layout)
        disk = self._out / DISK_NAME
        with disk.open("xb") as file:
            file.truncate(layout.len_bytes)
        gpt.write(disk, layout, manifest.partitions, identity)
        for part, extent in zip(manifest.partitions, layout.extents, strict=True):
            tree = self._trees[part.name]
            image = self._out / f"{part.name}.part"
            if part.format is Format.FAT32:
                fat.make(image, extent, tree, identity, label=f"KPIO-{part.name}")
            else:
                ext4.make(
                    image,
                    extent,
                    tree,
                    identity,
                    neighbour=layout.neighbour(extent),
                    is_written=part.type is PartitionType.DATA,
                )
            _splice(image, disk, extent.start_bytes)
            image.unlink()
        self._write_map(self._out / MAP_NAME, "")

    def write_failed_map(self, error: KpioError) -> None:
        """Write what is known; the error at hand matters more than one in writing the map."""
        path = self._out.parent / FAILED_MAP_NAME
        try:
            self._write_map(path, error.message)
        except OSError as map_error:
            error.details += f"\n(its map could not be written to {path}: {map_error.strerror})"
            return
        error.details += f"\n(the map of the image up to this point: {path})"

    def _write_map(self, path: Path, failure: str) -> None:
        text = map.render(
            self._manifest, self._trees, self._layout, self._identity, failure=failure
        )
        write_atomically(path, text)


def _len_bytes(part: PartitionSpec, tree: Tree) -> int:
    if part.size_mib is not None:
        return part.size_mib * MIB
    needed = fat.min_bytes(tree) if part.format is Format.FAT32 else ext4.min_bytes(tree)
    return needed + part.free_mib * MIB


def _identity(manifest: Manifest, trees: Mapping[str, Tree], layout: Layout) -> Identity:
    whole = hashlib.sha256(f"{manifest.name} {layout.len_bytes}\n".encode())
    for part, extent in zip(manifest.partitions, layout.extents, strict=True):
        whole.update(
            f"{part.name} {part.type.value} {part.format.value} "
            f"{extent.start_bytes} {extent.len_bytes} {trees[part.name].digest()}\n".encode()
        )
    return Identity(whole.hexdigest())


def _require_space(out: Path, trees: Mapping[str, Tree], layout: Layout) -> None:
    """Refuse to begin what cannot end: staged files, a partition and the disk exist together."""
    needed_bytes = 3 * sum(tree.len_bytes for tree in trees.values()) + 16 * MIB
    status = os.statvfs(out)
    free_bytes = status.f_bavail * status.f_frsize
    if needed_bytes > free_bytes:
        raise no_space_error(
            f"an image of {layout.len_bytes // MIB} MiB needs {needed_bytes // MIB} MiB while it "
            f"is made, {out} has {free_bytes // MIB} MiB"
        )


def _splice(image: Path, disk: Path, start_bytes: int) -> None:
    """Copy `image` into `disk` at `start_bytes`, where nothing is yet; zeros stay holes."""
    with image.open("rb") as source, disk.open("r+b") as target:
        offset = 0
        while chunk := source.read(_COPY_BYTES):
            if chunk.count(0) != len(chunk):
                target.seek(start_bytes + offset)
                target.write(chunk)
            offset += len(chunk)
