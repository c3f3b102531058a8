"""The guest's events: lines that are numbered and checksummed, read strictly.

A line that is damaged, missing or of unknown form is an error that says so: verdicts are made from
events, and an event that was lost must not look like one that never happened.
"""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_to_bytes

from kernel_py.abi.events import EVENT_PREFIX, EVENTS, TIME_FIELD, ValueKind
from kernel_py.abi.events import Event as EventDeclaration
from kpio_build.base.errors import KpioError

MAX_LINE_BYTES: Final = 1 << 16
"""A line without an end after so many bytes is no event; all declared fields fit many times."""
_SHOWN_BYTES: Final = 200
_DECLARED: Final = {event.name: event for event in EVENTS}
_HINT: Final = (
    "the guest wrote to the events port past the kernel's event writer, or QEMU lost a byte"
)


class EventStreamError(KpioError):
    """What came from the events port is not an unbroken sequence of events."""


@dataclass(frozen=True)
class Event:
    """One event; `fields` are the decoded values, as text."""

    seq: int
    name: str
    fields: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, key: str) -> str:
        """Return a field's text. Raises KeyError for a field its name does not declare."""
        return self.fields[key]

    def number(self, key: str) -> int:
        """Return a field that is a number, decimal or hexadecimal."""
        return int(self.fields[key], 0)

    @property
    def pid(self) -> int:
        """The process it is about. Raises KeyError for an event about none."""
        return self.number("pid")

    @property
    def t_s(self) -> float:
        """Seconds since the kernel was entered."""
        return self.number(TIME_FIELD.name) / 1e9

    def matches(self, name: str, fields: Mapping[str, object]) -> bool:
        """Tell whether it has this name and these values; values are compared as text."""
        return self.name == name and all(
            self.fields.get(key) == str(value) for key, value in fields.items()
        )

    def __str__(self) -> str:
        """Return the event as a person reads it."""
        values = (f"{key}={value}" for key, value in self.fields.items())
        return " ".join((self.name, *values))


class EventParser:
    """Turns the bytes of the events port into events, in whatever pieces they come."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._next_seq = 0

    def feed(self, data: bytes) -> Iterator[Event]:
        """Take more bytes and yield the events they complete.

        Raises EventStreamError at the first line that is not the next event.
        """
        self._rest += data
        while (end := self._rest.find(b"\n")) >= 0:
            line = bytes(self._rest[:end])
            del self._rest[: end + 1]
            event = self._parse(line)
            self._next_seq += 1
            yield event
        if len(self._rest) > MAX_LINE_BYTES:
            raise self._error(bytes(self._rest), f"has no end after {MAX_LINE_BYTES} bytes")

    def finish(self) -> None:
        """Say that nothing more comes. Raises EventStreamError if a line was left unfinished."""
        if self._rest:
            raise self._error(bytes(self._rest), "was cut off")

    def _parse(self, line: bytes) -> Event:
        prefix, _, rest = line.partition(b" ")
        number, _, rest = rest.partition(b" ")
        checksum, _, text = rest.partition(b" ")
        if prefix != EVENT_PREFIX.encode() or not text:
            raise self._error(line, f"is not of the form {EVENT_PREFIX} <seq> <crc32> <name> …")
        computed = f"{zlib.crc32(number + b' ' + text):08x}"
        if checksum.decode("ascii", "replace") != computed:
            raise self._error(line, f"has a bad checksum: its bytes give {computed}")
        # From here on the bytes are what the guest's event writer meant to send.
        if number != str(self._next_seq).encode():
            raise self._error(line, f"is out of sequence: expected number {self._next_seq}")
        words = text.split(b" ")
        name = words[0].decode("ascii", "replace")
        if name not in _DECLARED:
            raise self._error(line, f"has the name '{name}', which no event has")
        return Event(self._next_seq, name, self._fields(line, _DECLARED[name], words[1:]))

    def _fields(
        self, line: bytes, declared: EventDeclaration, words: list[bytes]
    ) -> dict[str, str]:
        kinds = {entry.name: entry.kind for entry in (TIME_FIELD, *declared.fields)}
        pairs = [word.partition(b"=") for word in words]
        names = [key.decode("ascii", "replace") for key, _, _ in pairs]
        if names != list(kinds):
            raise self._error(
                line, f"has the fields {', '.join(names) or 'none'}; expected {', '.join(kinds)}"
            )
        values: dict[str, str] = {}
        for name, (_, _, raw) in zip(names, pairs, strict=True):
            value = unquote_to_bytes(raw).decode("utf-8", "replace")
            if not _is_of_kind(value, kinds[name]):
                raise self._error(line, f"has {name}={value}, which is not {kinds[name].value}")
            values[name] = value
        return values

    def _error(self, line: bytes, what: str) -> EventStreamError:
        shown = line[:_SHOWN_BYTES].decode("utf-8", "backslashreplace")
        return EventStreamError(f"event line {self._next_seq} {what}: {shown!r}", hint=_HINT)


def _is_of_kind(value: str, kind: ValueKind) -> bool:
    match kind:
        case ValueKind.DECIMAL:
            return value.isascii() and value.isdigit()
        case ValueKind.HEX:
            return value.startswith("0x") and _is_hex(value[2:])
        case ValueKind.TEXT:
            return True


def _is_hex(text: str) -> bool:
    return bool(text) and all(char in "0123456789abcdef" for char in text)
