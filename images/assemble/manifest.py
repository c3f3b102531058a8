"""The manifest of an image: which partitions, with which files.

Read from TOML and checked here; trusted everywhere else.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Any, Final

from images.assemble.errors import ManifestError
from kernel_py.abi import boot

_EXAMPLE = "see images/manifests/default.toml"
_PATH_SYNTAX: Final = frozenset("\"'\\*?[]<>|:")
"""What debugfs and mtools would take for syntax in a file's name."""


class PartitionType(Enum):
    """What a partition is for; the value is its GPT type.

    Source: UAPI group, "Discoverable Partitions Specification".
    """

    ESP = boot.ESP_PARTITION_TYPE
    ROOT = boot.ROOT_PARTITION_TYPE
    DATA = boot.DATA_PARTITION_TYPE


class Format(Enum):
    """The file system in a partition."""

    FAT32 = "fat32"
    EXT4 = "ext4"


@dataclass(frozen=True)
class SourceRef:
    """`step:path`, a file or directory in what a build step has made."""

    artifact: str
    path: str

    def __str__(self) -> str:
        """Return it as a manifest writes it."""
        return f"{self.artifact}:{self.path}"


@dataclass(frozen=True)
class FileSpec:
    """A regular file. Its content: a build product, a file of the host, or a text."""

    path: str
    content: SourceRef | Path | str
    mode: int = 0o644


@dataclass(frozen=True)
class DirectorySpec:
    """A directory that exists even if nothing is in it, or that has a mode of its own."""

    path: str
    mode: int = 0o755


@dataclass(frozen=True)
class LinkSpec:
    """A symbolic link."""

    path: str
    target: str


@dataclass(frozen=True)
class TreeSpec:
    """Every regular file below a directory of build products, at `path`, each with `mode`."""

    path: str
    source: SourceRef
    mode: int = 0o755


Spec = FileSpec | DirectorySpec | LinkSpec | TreeSpec


@dataclass(frozen=True)
class PartitionSpec:
    """One partition.

    `size_mib` None: as large as its files need, and `free_mib` more. `start_mib` None: directly
    after the one before it.
    """

    name: str
    type: PartitionType
    format: Format
    size_mib: int | None
    free_mib: int = 0
    start_mib: int | None = None
    contents: tuple[Spec, ...] = ()


@dataclass(frozen=True)
class Manifest:
    """An image. `size_mib` None: as large as its partitions. `origin`: the file, for messages."""

    name: str
    origin: Path
    size_mib: int | None
    partitions: tuple[PartitionSpec, ...] = field(default=())

    def with_files(self, partition: str, files: tuple[FileSpec, ...]) -> "Manifest":
        """Return the same manifest with more files in one of its partitions.

        Raises ManifestError if there is no partition of that name, or for an impossible path.
        """
        names = [part.name for part in self.partitions]
        if partition not in names:
            raise ManifestError(
                f"{self.origin}: no partition is called '{partition}'",
                hint=f"it has: {', '.join(names)}",
            )
        for file in files:
            check_path(file.path, f"{self.origin}: partition '{partition}'")
        return replace(
            self,
            partitions=tuple(
                replace(part, contents=part.contents + files) if part.name == partition else part
                for part in self.partitions
            ),
        )


def load_manifest(path: Path) -> Manifest:
    """Read the manifest in `path`.

    `image.extends` names a manifest beside it whose partitions come first. A partition of the same
    name takes its settings from there, unless it gives them again, and has the files of both.
    Raises ManifestError with the file, the place in it and the remedy.
    """
    return _manifest(path, seen=())


def check_path(path: str, where: str) -> str:
    """Return `path` if a file of an image can have it; raise ManifestError otherwise.

    It must be absolute and normal, of printable ASCII without what the tools take for syntax.
    """
    parts = path.split("/")
    if parts[0] or any(part in {"", ".", ".."} for part in parts[1:]):
        raise ManifestError(
            f"{where}: path '{path}' is not an absolute, normal path", hint="for example /bin/init"
        )
    strange = sorted({char for char in path if not _is_plain(char)})
    if strange:
        raise ManifestError(
            f"{where}: path '{path}' has {', '.join(repr(char) for char in strange)}",
            hint="use printable ASCII without quotes, backslashes, colons and wildcards",
        )
    return path


def plain_name(name: str) -> str:
    """Return `name` as a file of an image can have it: `_` for each character it cannot have."""
    return "".join(char if _is_plain(char) else "_" for char in name)


def _is_plain(char: str) -> bool:
    return " " <= char <= "~" and char not in _PATH_SYNTAX


_IMAGE_KEYS: Final = {"name", "size_mib", "extends"}
_SPEC_KEYS: Final = {
    "file": {"path", "source", "text", "mode"},
    "directory": {"path", "mode"},
    "link": {"path", "target"},
    "tree": {"path", "source", "mode"},
}
_PARTITION_KEYS: Final = {
    *("name", "type", "format", "size_mib", "free_mib", "start_mib"),
    *_SPEC_KEYS,
}


def _manifest(path: Path, *, seen: tuple[Path, ...]) -> Manifest:
    if path in seen:
        raise ManifestError(
            f"{path}: extends itself, by way of {seen[-1].name}",
            hint="break the circle of 'extends'",
        )
    data = _read(path)
    where = f"{path}: [image]"
    _only(data, {"image", "partition"}, str(path))
    image = data.get("image")
    if not isinstance(image, dict):
        raise ManifestError(f"{path}: [image] is missing", hint=_EXAMPLE)
    _only(image, _IMAGE_KEYS, where)
    base: Manifest | None = None
    if "extends" in image:
        base = _manifest(path.parent / _text(image, "extends", where), seen=(*seen, path))
    return Manifest(
        name=_text(image, "name", where),
        origin=path,
        size_mib=_number(image, "size_mib", where, base.size_mib if base else None),
        partitions=_partitions(data, path, base.partitions if base else ()),
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        siblings = sorted(entry.name for entry in path.parent.glob("*.toml"))
        raise ManifestError(
            f"{path}: there is no such manifest",
            hint=f"beside it there are: {', '.join(siblings) or 'none'}",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ManifestError(f"{path}: not TOML: {error}", hint=_EXAMPLE) from error


def _partitions(
    data: Mapping[str, Any], path: Path, base: tuple[PartitionSpec, ...]
) -> tuple[PartitionSpec, ...]:
    inherited = {part.name: part for part in base}
    own: dict[str, PartitionSpec] = {}
    for raw in _tables(data, "partition", str(path)):
        name = _text(raw, "name", f"{path}: [[partition]]")
        if name in own:
            raise ManifestError(
                f"{path}: two partitions are called '{name}'", hint="give one another name"
            )
        own[name] = _partition(raw, name, inherited.get(name), f"{path}: partition '{name}'")
    merged = tuple({**inherited, **own}.values())
    if not merged:
        raise ManifestError(f"{path}: the image has no partition", hint=_EXAMPLE)
    return merged


def _partition(
    raw: Mapping[str, Any], name: str, old: PartitionSpec | None, where: str
) -> PartitionSpec:
    _only(raw, _PARTITION_KEYS, where)
    given = dict(raw)
    if old is not None:
        given = {"type": old.type.name.lower(), "format": old.format.value, **given}
    free_mib = _number(given, "free_mib", where, old.free_mib if old else 0)
    return PartitionSpec(
        name=name,
        type=PartitionType[
            _choice(given, "type", [kind.name.lower() for kind in PartitionType], where).upper()
        ],
        format=Format(_choice(given, "format", [kind.value for kind in Format], where)),
        size_mib=_number(given, "size_mib", where, old.size_mib if old else None),
        free_mib=free_mib or 0,
        start_mib=_number(given, "start_mib", where, old.start_mib if old else None),
        contents=(old.contents if old else ()) + _contents(raw, where),
    )


def _contents(raw: Mapping[str, Any], where: str) -> tuple[Spec, ...]:
    specs: list[Spec] = []
    for kind, keys in _SPEC_KEYS.items():
        for entry in _tables(raw, kind, where):
            path = check_path(_text(entry, "path", where), where)
            here = f"{where}, {path}"
            _only(entry, keys, here)
            specs.append(_spec(kind, path, entry, here))
    return tuple(specs)


def _spec(kind: str, path: str, entry: Mapping[str, Any], where: str) -> Spec:
    match kind:
        case "file":
            return FileSpec(path, _content(entry, where), _mode(entry, where, FileSpec.mode))
        case "directory":
            return DirectorySpec(path, _mode(entry, where, DirectorySpec.mode))
        case "link":
            return LinkSpec(path, _text(entry, "target", where))
        case _:
            return TreeSpec(path, _source(entry, where), _mode(entry, where, TreeSpec.mode))


def _content(entry: Mapping[str, Any], where: str) -> SourceRef | str:
    if ("source" in entry) == ("text" in entry):
        raise ManifestError(
            f"{where}: needs one of 'source' and 'text', not both",
            hint='for example source = "apps:bin/init"',
        )
    return _source(entry, where) if "source" in entry else _text(entry, "text", where, empty=True)


def _source(entry: Mapping[str, Any], where: str) -> SourceRef:
    text = _text(entry, "source", where)
    artifact, _, path = text.partition(":")
    if not artifact or not path or path.startswith("/") or ".." in path.split("/"):
        raise ManifestError(
            f"{where}: source '{text}' is not of the form step:path-in-its-output",
            hint='for example source = "kernel:kernel.elf"',
        )
    return SourceRef(artifact, path)


def _mode(entry: Mapping[str, Any], where: str, default: int) -> int:
    mode = entry.get("mode", default)
    if type(mode) is not int or not 0 <= mode <= 0o7777:
        raise ManifestError(
            f"{where}: mode {mode!r} is not between 0 and 0o7777", hint="write mode = 0o755"
        )
    return mode


def _text(table: Mapping[str, Any], key: str, where: str, *, empty: bool = False) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not (value or empty):
        raise ManifestError(
            f"{where}: '{key}' must be a text, not {value!r}", hint=f'write {key} = "…"'
        )
    return value


def _number(table: Mapping[str, Any], key: str, where: str, default: int | None) -> int | None:
    value = table.get(key, default)
    if value is not None and (type(value) is not int or value < 0):
        raise ManifestError(
            f"{where}: '{key}' must be a whole number of MiB, not {value!r}",
            hint=f"write {key} = 64",
        )
    return value


def _choice(table: Mapping[str, Any], key: str, choices: list[str], where: str) -> str:
    value = table.get(key)
    if value not in choices:
        raise ManifestError(
            f"{where}: '{key}' is {value!r}", hint=f"it is one of {', '.join(choices)}"
        )
    return str(value)


def _tables(data: Mapping[str, Any], key: str, where: str) -> list[Mapping[str, Any]]:
    value = data.get(key, [])
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise ManifestError(f"{where}: '{key}' must be written as [[{key}]]", hint=_EXAMPLE)
    return value


def _only(table: Mapping[str, Any], allowed: set[str], where: str) -> None:
    unknown = sorted(set(table) - allowed)
    if unknown:
        raise ManifestError(
            f"{where}: unknown key '{unknown[0]}'", hint=f"known are {', '.join(sorted(allowed))}"
        )
