"""The workspace's crates: where each one is, and which sources a build of it can read.

Reads the manifests itself: asking cargo takes longer than most warm builds, and downloads.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kpio_build.base.errors import KpioError
from kpio_build.base.paths import PRUNED_NAMES, source_files

MANIFEST: Final = "Cargo.toml"
LOCK: Final = "Cargo.lock"
_DEPENDENCY_TABLES: Final = ("dependencies", "build-dependencies")
_WORKSPACE_FILES: Final = (MANIFEST, LOCK, "rust-toolchain.toml")

Table = Mapping[str, object]


@dataclass(frozen=True)
class Crate:
    """One package of the workspace."""

    name: str
    directory: Path
    path_dependencies: tuple[Path, ...]
    has_programs: bool
    has_std: bool
    """It is built with std: `std = true` in [package.metadata.kpio]."""


@dataclass(frozen=True)
class Workspace:
    """The packages of one Cargo workspace, by name."""

    root: Path
    crates: Mapping[str, Crate]

    @classmethod
    def read(cls, root: Path) -> "Workspace":
        """Read `root`/Cargo.toml and the manifests of its members."""
        top = _read_manifest(root / MANIFEST)
        workspace = _table(top, "workspace")
        shared = _table(workspace, "dependencies")
        members = [
            directory
            for pattern in _strings(workspace, "members")
            for directory in _matching(root, pattern)
        ]
        crates = [_read_crate(root, directory, shared) for directory in members]
        return cls(root=root, crates={crate.name: crate for crate in crates})

    def crate(self, name: str) -> Crate:
        """Return a package; raise KpioError when it is not a member."""
        if name not in self.crates:
            raise KpioError(
                f"there is no package {name} in the workspace of {self.root / MANIFEST}",
                hint="add its directory to [workspace] members",
            )
        return self.crates[name]

    def below(self, directory: Path) -> list[Crate]:
        """Return the packages whose directory lies below `directory`, by name."""
        found = [
            crate for crate in self.crates.values() if crate.directory.is_relative_to(directory)
        ]
        return sorted(found, key=lambda crate: crate.name)

    def sources(self, names: tuple[str, ...]) -> tuple[Path, ...]:
        """Return every file a build of these packages can read: theirs and of all they depend on.

        Files of the whole workspace (manifest, lock) are among them.
        """
        directories: dict[Path, None] = {}
        pending = [self.crate(name).directory for name in names]
        by_directory = {crate.directory: crate for crate in self.crates.values()}
        while pending:
            directory = pending.pop()
            if directory in directories:
                continue
            directories[directory] = None
            if directory in by_directory:
                pending += by_directory[directory].path_dependencies
        files = {file for directory in directories for file in source_files(directory)}
        files |= {self.root / name for name in _WORKSPACE_FILES if (self.root / name).exists()}
        return tuple(sorted(files))


def _read_crate(root: Path, directory: Path, shared: Table) -> Crate:
    manifest = _read_manifest(directory / MANIFEST)
    name = _table(manifest, "package").get("name")
    if not isinstance(name, str):
        raise KpioError(f"{directory / MANIFEST} has no package name", hint="add [package] name")
    paths: list[Path] = []
    for dependency, wanted in _dependencies(manifest):
        is_shared = isinstance(wanted, Mapping) and wanted.get("workspace") is True
        base, found = (root, shared.get(dependency)) if is_shared else (directory, wanted)
        if isinstance(found, Mapping) and isinstance(found.get("path"), str):
            paths.append((base / str(found["path"])).resolve())
    is_program = (directory / "src/main.rs").exists() or (directory / "src/bin").is_dir()
    return Crate(
        name=name,
        directory=directory.resolve(),
        path_dependencies=tuple(paths),
        has_programs=is_program or "bin" in manifest,
        has_std=_table(_table(_table(manifest, "package"), "metadata"), "kpio").get("std") is True,
    )


def _dependencies(manifest: Table) -> Iterator[tuple[str, object]]:
    tables = [manifest]
    tables += [table for table in _table(manifest, "target").values() if isinstance(table, Mapping)]
    for table in tables:
        for kind in _DEPENDENCY_TABLES:
            yield from _table(table, kind).items()


def _matching(root: Path, pattern: str) -> list[Path]:
    """Return the directories a member pattern names, as cargo does: those with a manifest."""
    found = sorted(root.glob(pattern)) if "*" in pattern else [root / pattern]
    return [path for path in found if path.name not in PRUNED_NAMES and (path / MANIFEST).exists()]


def _read_manifest(path: Path) -> Table:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise KpioError(f"cannot read {path}: {error.strerror}", hint="see `git status`") from error
    except tomllib.TOMLDecodeError as error:
        raise KpioError(f"{path} is not TOML: {error}", hint="mend it at that line") from error


def _table(table: Table, name: str) -> Table:
    found = table.get(name, {})
    return found if isinstance(found, Mapping) else {}


def _strings(table: Table, name: str) -> list[str]:
    found = table.get(name, [])
    return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []
