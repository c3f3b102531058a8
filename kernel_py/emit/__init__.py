"""Generators: the contract as Rust, C, documentation and lock file.

`all_files()` is pure: it returns text by repository-relative path; `kpio abi` writes it with
`write_files`.
"""

from pathlib import Path
from typing import Final

from kernel_py.abi.contract import CONTRACT, Contract
from kernel_py.emit import c, docs, lock, rust, table

OWNED_FOLDERS: Final = (rust.CRATE_DIR, c.INCLUDE_DIR)
"""Folders that hold generated files only: what is there beyond `all_files()` is left over."""


def all_files(contract: Contract = CONTRACT) -> dict[str, str]:
    """Return every generated file: path relative to the repository -> its whole text."""
    made = {
        **rust.files(contract),
        **table.files(contract),
        **c.files(contract),
        **docs.files(contract),
        **lock.files(contract),
    }
    return dict(sorted(made.items()))


def drift(root: Path, files: dict[str, str]) -> list[str]:
    """Return the paths below `root` that differ from `files`, are missing, or are left over."""
    changed = [path for path, text in files.items() if _read(root / path) != text]
    left_over = [
        path.relative_to(root).as_posix()
        for folder in OWNED_FOLDERS
        for path in (root / folder).rglob("*")
        if path.is_file() and path.relative_to(root).as_posix() not in files
    ]
    return sorted(changed + left_over)


def write_files(root: Path, files: dict[str, str]) -> list[str]:
    """Make the generated files below `root` what `files` says; return the paths that changed.

    Files that are right already are not touched, so their times stay; what is left over in a folder
    of generated files is removed. Each file is replaced in one step.
    """
    changed = drift(root, files)
    for path in changed:
        target = root / path
        if path not in files:
            target.unlink()
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.part")
        part.write_text(files[path], encoding="utf-8")
        part.replace(target)
    return changed


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
