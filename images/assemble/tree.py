"""The files of one partition: every source found, every parent there, in one order."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from images.assemble.errors import ManifestError
from images.assemble.manifest import (
    DirectorySpec,
    FileSpec,
    LinkSpec,
    PartitionSpec,
    SourceRef,
    Spec,
    TreeSpec,
    check_path,
)

DIRECTORY_MODE: Final = 0o755


@dataclass(frozen=True)
class File:
    """A regular file and where its bytes are: a file of the host, or the bytes themselves."""

    path: str
    content: Path | bytes
    mode: int
    len_bytes: int

    def read(self) -> bytes:
        """Return the content."""
        return self.content if isinstance(self.content, bytes) else self.content.read_bytes()


@dataclass(frozen=True)
class Directory:
    """A directory."""

    path: str
    mode: int


@dataclass(frozen=True)
class Link:
    """A symbolic link."""

    path: str
    target: str


Entry = File | Directory | Link


@dataclass(frozen=True)
class Tree:
    """Everything in a file system but its root directory, sorted so that parents come first."""

    entries: tuple[Entry, ...]

    @property
    def files(self) -> tuple[File, ...]:
        """The regular files."""
        return tuple(entry for entry in self.entries if isinstance(entry, File))

    @property
    def directories(self) -> tuple[Directory, ...]:
        """The directories, parents first."""
        return tuple(entry for entry in self.entries if isinstance(entry, Directory))

    @property
    def links(self) -> tuple[Link, ...]:
        """The symbolic links."""
        return tuple(entry for entry in self.entries if isinstance(entry, Link))

    @property
    def len_bytes(self) -> int:
        """Bytes in all regular files."""
        return sum(file.len_bytes for file in self.files)

    def allocated_bytes(self, unit_bytes: int) -> int:
        """Bytes the content takes in units of `unit_bytes`, one for each directory and link."""
        units = sum(-(-file.len_bytes // unit_bytes) for file in self.files)
        return (units + len(self.directories) + len(self.links) + 1) * unit_bytes

    def digest(self) -> str:
        """Return the sha256, in hex, of every path, mode and content."""
        whole = hashlib.sha256()
        for entry in self.entries:
            match entry:
                case File():
                    content = hashlib.sha256(entry.read()).hexdigest()
                    whole.update(f"file {entry.path} {entry.mode:o} {content}\n".encode())
                case Directory():
                    whole.update(f"directory {entry.path} {entry.mode:o}\n".encode())
                case Link():
                    whole.update(f"link {entry.path} {entry.target}\n".encode())
        return whole.hexdigest()


def resolve(part: PartitionSpec, artifacts: Mapping[str, Path], where: str) -> Tree:
    """Find everything `part` names.

    `artifacts` has the output directory of each build step. Parents that no line of the manifest
    mentions are directories of mode 755.
    Raises ManifestError for a source that is not there, and for a path given twice.
    """
    found: dict[str, Entry] = {}
    for spec in part.contents:
        for entry in _entries(spec, artifacts, f"{where}: partition '{part.name}', {spec.path}"):
            if entry.path in found:
                raise ManifestError(
                    f"{where}: partition '{part.name}' has {entry.path} twice",
                    hint="take one of the two out of the manifest (or of the one it extends)",
                )
            found[entry.path] = entry
    for path in list(found):
        for parent in PurePosixPath(path).parents:
            name = parent.as_posix()
            if name == "/":
                continue
            if not isinstance(found.setdefault(name, Directory(name, DIRECTORY_MODE)), Directory):
                raise ManifestError(
                    f"{where}: partition '{part.name}': {path} lies below {name}, a file",
                    hint=f"move {path}, or make {name} a directory",
                )
    return Tree(tuple(sorted(found.values(), key=lambda entry: entry.path.split("/"))))


def source_paths(parts: Iterable[PartitionSpec], artifacts: Mapping[str, Path]) -> list[Path]:
    """Return every file of the host that goes into the partitions, for a content id."""
    return sorted(
        {
            file.content
            for part in parts
            for file in resolve(part, artifacts, "the image").files
            if isinstance(file.content, Path)
        }
    )


def _entries(spec: Spec, artifacts: Mapping[str, Path], where: str) -> list[Entry]:
    match spec:
        case DirectorySpec():
            return [Directory(spec.path, spec.mode)]
        case LinkSpec():
            return [Link(spec.path, spec.target)]
        case FileSpec(content=str() as text):
            data = text.encode()
            return [File(spec.path, data, spec.mode, len(data))]
        case FileSpec(content=Path() as path):
            return [_file(spec.path, path, spec.mode, where, str(path))]
        case FileSpec(content=SourceRef() as source):
            path = _locate(source, artifacts, where)
            return [_file(spec.path, path, spec.mode, where, str(source))]
        case TreeSpec():
            return _walk(spec, _locate(spec.source, artifacts, where), where)
        case _:
            raise AssertionError(spec)


def _walk(spec: TreeSpec, top: Path, where: str) -> list[Entry]:
    if not top.is_dir():
        raise ManifestError(
            f"{where}: {spec.source} is not a directory", hint=f"looked for it at {top}"
        )
    paths = sorted(path for path in top.rglob("*") if path.is_file())
    if not paths:
        raise ManifestError(f"{where}: {spec.source} has no file in it", hint=f"it is at {top}")
    return [
        _file(
            check_path(f"{spec.path.rstrip('/')}/{path.relative_to(top).as_posix()}", where),
            path,
            spec.mode,
            where,
            str(spec.source),
        )
        for path in paths
    ]


def _locate(source: SourceRef, artifacts: Mapping[str, Path], where: str) -> Path:
    if source.artifact not in artifacts:
        raise ManifestError(
            f"{where}: no build step '{source.artifact}' was run for this image",
            hint=f"steps at hand: {', '.join(sorted(artifacts)) or 'none'}",
        )
    return artifacts[source.artifact] / source.path


def _file(path: str, source: Path, mode: int, where: str, name: str) -> File:
    if not source.is_file():
        raise ManifestError(
            f"{where}: {name} is not a file", hint=f"looked for it at {source}; was it built?"
        )
    return File(path, source, mode, source.stat().st_size)
