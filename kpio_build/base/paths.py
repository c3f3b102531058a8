"""Where things are in the work tree, and how they come to be there whole or not at all."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PRUNED_NAMES: Final = frozenset(
    {
        ".git",
        ".hypothesis",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        "__pycache__",
        "out",
        "target",
    }
)
"""Directories that hold products or caches, never sources."""

_PARTIAL_MARK: Final = ".partial-"


@dataclass(frozen=True)
class Tree:
    """The work tree: sources below `root`, products below `out`."""

    root: Path
    out: Path

    @classmethod
    def at(cls, root: Path) -> "Tree":
        """Return the tree whose sources are at `root`, with its products in `root`/out."""
        return cls(root=root, out=root / "out")

    @classmethod
    def here(cls) -> "Tree":
        """Return the tree this very file belongs to, whatever the current directory is."""
        return cls.at(Path(__file__).resolve().parents[2])

    def step_dir(self, step: str, content_id: str) -> Path:
        """Return the output directory of one step with one content id."""
        return self.out / step / content_id

    def cargo_target(self, purpose: str) -> Path:
        """Return cargo's own target directory for one purpose; kept between builds for speed."""
        return self.out / "cargo" / purpose


def source_files(directory: Path) -> list[Path]:
    """Return every file below `directory`, sorted, without products and caches.

    Independent of git: a file not yet added is a source too. Symbolic links to files count as the
    file they lead to; links to directories are not followed.
    """
    found: list[Path] = []
    for where, directories, names in os.walk(directory):
        directories[:] = sorted(name for name in directories if name not in PRUNED_NAMES)
        found += [Path(where, name) for name in sorted(names)]
    return [path for path in found if path.is_file()]


@contextlib.contextmanager
def atomic_directory(final: Path) -> Iterator[Path]:
    """Give an empty directory beside `final` that becomes `final` when the block ends well.

    After an exception, Ctrl-C included, nothing of it is left. When somebody else has made `final`
    in the meantime, theirs stays and ours goes: both were made from the same inputs.
    """
    final.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f"{final.name}{_PARTIAL_MARK}", dir=final.parent))
    try:
        partial.chmod(0o755)
        yield partial
        with contextlib.suppress(FileExistsError, NotADirectoryError):
            _rename_unless_present(partial, final)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _rename_unless_present(partial: Path, final: Path) -> None:
    try:
        partial.rename(final)
    except OSError:
        if not final.is_dir():
            raise


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file so that a reader sees the old bytes or all of the new ones, never a part."""
    data = content.encode("utf-8") if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}{_PARTIAL_MARK}", dir=path.parent)
    partial = Path(name)
    try:
        with open(handle, "wb") as file:  # noqa: PTH123 - a descriptor, not a path
            file.write(data)
        partial.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def remove_partials(directory: Path) -> list[Path]:
    """Delete what a killed process left half made directly in `directory`; return what was deleted.

    Only call this while holding the lock of everything that may be made there.
    """
    left = sorted(directory.glob(f"*{_PARTIAL_MARK}*")) if directory.is_dir() else []
    for path in left:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return left


def disk_usage_bytes(path: Path) -> int:
    """Return the bytes that `path` and all below it occupy on disk, not their apparent sizes."""
    if not path.is_dir() or path.is_symlink():
        return path.lstat().st_blocks * 512 if path.exists() or path.is_symlink() else 0
    total = 0
    for where, directories, names in os.walk(path):
        for name in [*directories, *names]:
            with contextlib.suppress(FileNotFoundError):
                total += Path(where, name).lstat().st_blocks * 512
    return total
