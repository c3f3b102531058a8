"""Archives of the kind the Linux kernel unpacks as its first root: cpio, format "newc".

Source: Linux, Documentation/driver-api/early-userspace/buffer-format.rst.
"""

import stat
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_MAGIC: Final = b"070701"
_TRAILER: Final = "TRAILER!!!"
_ALIGN: Final = 4


@dataclass(frozen=True)
class Entry:
    """One file, directory or device. `path` is relative; `mode` has the type and permissions.

    `device` is (major, minor), for a device.
    """

    path: str
    mode: int
    content: bytes = b""
    device: tuple[int, int] = (0, 0)


def file(path: str, content: bytes, permissions: int = 0o755) -> Entry:
    """Return an ordinary file."""
    return Entry(path, stat.S_IFREG | permissions, content)


def directory(path: str) -> Entry:
    """Return a directory."""
    return Entry(path, stat.S_IFDIR | 0o755)


def character_device(path: str, major: int, minor: int) -> Entry:
    """Return a character device."""
    return Entry(path, stat.S_IFCHR | 0o600, device=(major, minor))


def archive(entries: Iterable[Entry]) -> bytes:
    """Return the archive's bytes: owned by root, dated 1970; a directory before what is in it."""
    numbered = enumerate([*entries, Entry(_TRAILER, 0)], start=1)
    return b"".join(_member(number, entry) for number, entry in numbered)


def _member(number: int, entry: Entry) -> bytes:
    name = entry.path.encode("utf-8") + b"\0"
    user = group = time_s = file_major = file_minor = check = 0
    nr_links = 1
    fields = (
        *(number, entry.mode, user, group, nr_links, time_s, len(entry.content)),
        *(file_major, file_minor, *entry.device, len(name), check),
    )
    header = _MAGIC + b"".join(b"%08X" % field for field in fields)
    return _padded(header + name) + _padded(entry.content)


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % _ALIGN)
