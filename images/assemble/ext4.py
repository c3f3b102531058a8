"""ext4 file systems through `mke2fs -d`: no mount, no root, the same bytes whoever makes them.

mke2fs copies owners and times of the files it is given, so they are set afterwards by debugfs:
owner 0:0, the mode of the manifest, one fixed time. e2fsck then judges the result.
"""

import os
import shutil
import stat
from pathlib import Path
from typing import Final

from images.assemble.errors import FormatError, LayoutError
from images.assemble.identity import EPOCH_S, Identity, tool_environment
from images.assemble.layout import MIB, Extent
from images.assemble.tree import Directory, Entry, File, Link, Tree
from kpio_build.base import process
from kpio_build.base.errors import is_no_space, no_space_error

BLOCK_BYTES: Final = 4096
"""Equal to the page size, so that a page of a file is one block."""
_INODE_BYTES: Final = 256
_JOURNAL_MIB: Final = 4
_SPARE_INODES: Final = 1024
_BYTES_AN_INODE: Final = 16384
"""In a partition that programs write to: what mke2fs has by default."""
_FULL: Final = "Could not allocate"
_WITHIN_S: Final = 300.0

# mke2fs of Debian 12, written down because every distribution has other defaults.
_FEATURES: Final = (
    *("has_journal", "ext_attr", "resize_inode", "dir_index", "filetype", "extent", "64bit"),
    *("flex_bg", "sparse_super", "large_file", "huge_file", "dir_nlink", "extra_isize"),
    "metadata_csum",
)
_CONFIG: Final = f"""\
[defaults]
    base_features = {",".join(_FEATURES)}
    default_mntopts = acl,user_xattr
    enable_periodic_fsck = 0
[fs_types]
    ext4 = {{
        inode_size = {_INODE_BYTES}
    }}
    small = {{
        inode_size = {_INODE_BYTES}
    }}
    floppy = {{
        inode_size = {_INODE_BYTES}
    }}
"""


def nr_inodes(tree: Tree, *, grows_to_bytes: int = 0) -> int:
    """Return how many inodes a file system for `tree` gets: what it needs, and some to grow.

    `grows_to_bytes` is the size of a partition that programs fill with files of their own.
    """
    return len(tree.entries) + max(_SPARE_INODES, grows_to_bytes // _BYTES_AN_INODE)


def min_bytes(tree: Tree) -> int:
    """Return a size that holds `tree`: its blocks, inodes, journal, a hundredth for the rest."""
    needed = tree.allocated_bytes(BLOCK_BYTES) + nr_inodes(tree) * _INODE_BYTES
    # mke2fs refuses a journal that takes half of the file system or more.
    return needed + needed // 100 + 2 * (_JOURNAL_MIB + 1) * MIB


def make(
    image: Path,
    extent: Extent,
    tree: Tree,
    identity: Identity,
    *,
    neighbour: str,
    is_written: bool = False,
) -> None:
    """Create `image`, an ext4 file system as long as `extent`, with the files of `tree`.

    `is_written`: programs will make files in it. `neighbour` says what lies behind the partition,
    for the error when it is too small. Files for the time being are made beside `image`.
    Raises LayoutError when the files do not fit, FormatError when a tool fails or e2fsck objects.
    """
    stage = image.with_name(f"{image.name}.files")
    config = image.with_name(f"{image.name}.conf")
    environment = tool_environment(os.environ.get("PATH", os.defpath))
    environment["MKE2FS_CONFIG"] = str(config)
    try:
        config.write_text(_CONFIG, encoding="ascii")
        _stage(stage, tree)
        inodes = nr_inodes(tree, grows_to_bytes=extent.len_bytes if is_written else 0)
        _mke2fs(image, stage, extent, tree, identity, neighbour, inodes, environment)
        _set_owners(image, extent, tree, environment)
        _check(image, extent, environment)
    except OSError as error:
        if is_no_space(error):
            raise no_space_error(f"the files of partition {extent}, below {stage}") from error
        raise
    finally:
        shutil.rmtree(stage, ignore_errors=True)
        config.unlink(missing_ok=True)


def _stage(stage: Path, tree: Tree) -> None:
    stage.mkdir()
    for entry in tree.entries:
        path = stage / entry.path.lstrip("/")
        match entry:
            case Directory():
                path.mkdir()
            case Link():
                path.symlink_to(entry.target)
            case File():
                path.write_bytes(entry.read())


def _mke2fs(
    image: Path,
    stage: Path,
    extent: Extent,
    tree: Tree,
    identity: Identity,
    neighbour: str,
    inodes: int,
    environment: dict[str, str],
) -> None:
    extended = (
        f"hash_seed={identity.uuid(f'hash seed of {extent.name}')},root_owner=0:0,nodiscard,"
        "lazy_itable_init=1,lazy_journal_init=1"
    )
    try:
        process.run(
            [
                *("mke2fs", "-q", "-F", "-t", "ext4", "-b", str(BLOCK_BYTES)),
                *("-I", str(_INODE_BYTES), "-N", str(inodes), "-m", "0"),
                *("-J", f"size={_JOURNAL_MIB}", "-L", extent.name[:16], "-E", extended),
                *("-U", str(identity.uuid(f"file system {extent.name}")), "-d", stage),
                *(image, f"{extent.len_bytes // 1024}k"),
            ],
            env=environment,
            within_s=_WITHIN_S,
        )
    except process.ProcessError as error:
        if _FULL in error.details or min_bytes(tree) > extent.len_bytes:
            raise LayoutError(
                f"partition {extent} has {extent.len_bytes} bytes, its {len(tree.files)} files "
                f"need about {min_bytes(tree)}; {neighbour}",
                hint=f"give '{extent.name}' size_mib = {-(-min_bytes(tree) // MIB)}",
                details=error.details,
            ) from error
        raise FormatError(
            f"mke2fs could not make partition {extent}",
            hint="the map of the image has the sizes",
            details=error.details,
        ) from error


def _set_owners(image: Path, extent: Extent, tree: Tree, environment: dict[str, str]) -> None:
    commands = image.with_name(f"{image.name}.debugfs")
    lines = [line for entry in tree.entries for line in _commands(entry)]
    commands.write_text("".join(f"{line}\n" for line in lines), encoding="ascii")
    try:
        completed = process.run(
            ["debugfs", "-w", "-f", commands, image],
            env=environment,
            within_s=_WITHIN_S,
            check=False,
        )
    finally:
        commands.unlink()
    # debugfs ends with 0 whatever happened; after its banner, each line is a complaint.
    complaints = completed.stderr.splitlines()[1:]
    if complaints or completed.status != 0:
        raise FormatError(
            f"debugfs could not set owners and times in partition {extent}",
            hint="compare its version with `./kpio doctor`",
            details="\n".join(complaints),
        )


def _commands(entry: Entry) -> list[str]:
    match entry:
        case File():
            mode = stat.S_IFREG | entry.mode
        case Directory():
            mode = stat.S_IFDIR | entry.mode
        case Link():
            mode = stat.S_IFLNK | 0o777
    fields = {"mode": f"0{mode:o}", "uid": "0", "gid": "0"}
    fields |= dict.fromkeys(("atime", "ctime", "mtime"), f"@{EPOCH_S}")
    return [f'set_inode_field "{entry.path}" {name} {value}' for name, value in fields.items()]


def _check(image: Path, extent: Extent, environment: dict[str, str]) -> None:
    completed = process.run(
        ["e2fsck", "-f", "-n", image], env=environment, within_s=_WITHIN_S, check=False
    )
    if completed.status != 0:
        raise FormatError(
            f"e2fsck finds partition {extent} damaged, directly after it was made",
            hint="another version of e2fsprogs may help: see `./kpio doctor`",
            details=completed.output,
        )
