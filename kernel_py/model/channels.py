"""Reference model of channels: what CHANNEL_CREATE, _SEND and _RECEIVE do with bytes and handles.

It builds on the model of capabilities: a message holds capabilities as a table of handles does. An
object goes with its last holder; when an end of a channel goes, so does what its messages hold. The
kernel replays the same scripts in the guest, by its real calls (`tests/guest/replay`), and both
must give one trace.

One process, whose handles 0 to 2 are the console's. Every channel is O_NONBLOCK: no step waits.
What a budget of memory would refuse is not modelled.

Sources: Fuchsia "Channel"; Linux unix(7), SCM_RIGHTS.
"""

import struct
from collections import deque
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, NamedTuple

from kernel_py.abi.flags import GROUPS
from kernel_py.abi.rights import RIGHTS
from kernel_py.abi.syscalls.channels import (
    CHANNEL_MESSAGE_BYTES,
    CHANNEL_QUEUE_BYTES,
    CHANNEL_QUEUE_MESSAGES,
    HANDLES_IN_FLIGHT,
)
from kernel_py.model.capabilities import (
    ALL_RIGHTS,
    BASIC,
    DUPLICATE,
    MAX_HANDLES,
    REVOKE,
    TRANSFER,
    Capability,
    Machine,
    RefusedError,
)

_BIT: Final = {right.name: right.value for right in RIGHTS}
READ: Final = _BIT["READ"]
WRITE: Final = _BIT["WRITE"]
MADE_WITH: Final = READ | WRITE | _BIT["INSPECT"] | BASIC
"""The rights of a new end, and of a new event counter."""

MAX_VISITED: Final = 1024
"""What a search among the handles of messages looks at, besides what it begins with."""

NO_DESCRIPTOR: Final = (1 << 32) - 1
CONSOLE_HANDLES: Final = 3


class Operation(IntEnum):
    """What a step does; `tests/guest/replay/channels.rs` does the same with the kernel's calls."""

    CREATE = 0
    OPEN = 1
    CLOSE = 2
    SEND = 3
    RECEIVE = 4
    DUPLICATE = 5
    REVOKE = 6
    READY = 7
    INFO = 8


class Sent(NamedTuple):
    """A handle that a step sends."""

    number: int = 0
    is_copy: bool = False
    rights: int = ALL_RIGHTS


class Step(NamedTuple):
    """One step.

    `length` is a message's, or the room for one; `nr_handles` is how many of `first` and `second`
    are sent, or how many handles there is room for. DUPLICATE keeps the rights of `first`.
    """

    operation: int
    number: int = 0
    length: int = 0
    nr_handles: int = 0
    first: Sent = Sent()
    second: Sent = Sent()

    def pack(self) -> bytes:
        """Return the record that the guest reads."""
        head = struct.pack("<BBhI", self.operation, self.nr_handles, self.number, self.length)
        sent = (struct.pack("<hBxI", *sent) for sent in (self.first, self.second))
        return head + b"".join(sent)


ANSWER: Final = struct.Struct(">QQQ")
"""The result or negative error; what else is told; how many handles there are."""


@dataclass
class _Message:
    step: int
    length: int
    handles: list[Capability] = field(default_factory=list)
    has_channels: bool = False


@dataclass
class _End:
    """One end of a channel: what waits at it, and which object the other end is."""

    other: int
    messages: deque[_Message] = field(default_factory=deque)

    def has_room_for(self, length: int) -> bool:
        taken = sum(message.length for message in self.messages)
        return len(self.messages) < CHANNEL_QUEUE_MESSAGES and taken + length <= CHANNEL_QUEUE_BYTES


class ChannelMachine(Machine):
    """One process, and the channels it has."""

    def __init__(self, handles_before: int) -> None:
        """Begin with the console's handles; `handles_before` are in the system with these."""
        super().__init__()
        self._ends: dict[int, _End] = {}
        self._kinds: dict[int, int] = {}
        self._nr_objects = 0
        self._in_flight = 0
        self._gone: list[int] = []
        self._base = handles_before - CONSOLE_HANDLES
        for _ in range(CONSOLE_HANDLES):
            self._open_new(_object_kind("OBJECT_CONSOLE"), self._next_object())

    @property
    def _table(self) -> dict[int, Capability]:
        return self.tables[0]

    def answer(self, step: Step) -> bytes:
        """Do a step; return the record of what it answers."""
        self._step += 1
        result, told = 0, 0
        try:
            result, told = _ACTIONS[Operation(step.operation)](self, step)
        except _StaysError as stays:
            result, told = -stays.number, stays.told
        except RefusedError as refused:
            result = -refused.number
        self._finish_the_gone()
        return ANSWER.pack(result % (1 << 64), told, self._base + self.nr_capabilities)

    # Objects.

    def _next_object(self) -> int:
        self._nr_objects += 1
        return self._nr_objects

    def _open_new(self, kind: int, thing: int) -> int:
        self._kinds[thing] = kind
        made = self._new(MADE_WITH, 0, thing, None)
        try:
            number = self._lowest_free(self._table, 0)
        except RefusedError:
            self._drop(made)
            raise
        return self._put(0, number, made, flag=False)

    def _let_go(self, thing: int) -> None:
        super()._let_go(thing)
        if thing not in self.holders:
            self._gone.append(thing)

    def _finish_the_gone(self) -> None:
        """Let the messages of ends that are gone go, and what only these held."""
        while self._gone:
            end = self._ends.pop(self._gone.pop(), None)
            for message in end.messages if end is not None else ():
                self._in_flight -= len(message.handles)
                for one in message.handles:
                    self._drop(one)

    def _held(self, number: int, needed: int = 0) -> Capability:
        found = self._table.get(number)
        if found is None or found.is_revoked or needed & ~found.rights:
            raise RefusedError("EBADF")
        return found

    def _end_of(self, number: int, needed: int) -> _End:
        end = self._ends.get(self._held(number, needed).object)
        if end is None:
            raise RefusedError("EINVAL")
        return end

    # Steps.

    def _create(self, _step: Step) -> tuple[int, int]:
        first, second = self._next_object(), self._next_object()
        self._ends[first], self._ends[second] = _End(second), _End(first)
        kind = _object_kind("OBJECT_CHANNEL")
        number = None
        try:
            number = self._open_new(kind, first)
            return 0, number << 32 | self._open_new(kind, second)
        except RefusedError:
            if number is not None:
                self._drop(self._table.pop(number))
            for thing in (first, second):
                self._ends.pop(thing, None)
            raise

    def _open_counter(self, _step: Step) -> tuple[int, int]:
        return self._open_new(_object_kind("OBJECT_EVENT_COUNTER"), self._next_object()), 0

    def _close_number(self, step: Step) -> tuple[int, int]:
        found = self._table.pop(step.number, None)
        if found is None:
            raise RefusedError("EBADF")
        self._drop(found)
        return 0, 0

    def _send(self, step: Step) -> tuple[int, int]:
        end = self._end_of(step.number, WRITE)
        if step.length > CHANNEL_MESSAGE_BYTES:
            raise RefusedError("EMSGSIZE")
        transfers = (step.first, step.second)[: step.nr_handles]
        moved = [sent.number for sent in transfers if not sent.is_copy]
        if len(set(moved)) != len(moved):
            raise RefusedError("EINVAL")
        other = self._ends.get(end.other)
        if other is None:
            raise RefusedError("EPIPE")
        if not other.has_room_for(step.length):
            raise RefusedError("EAGAIN")
        message = _Message(self._step, step.length)
        if transfers:
            self._take_along(transfers, message, end.other)
        other.messages.append(message)
        return 0, 0

    def _take_along(self, transfers: tuple[Sent, ...], message: _Message, to: int) -> None:
        """Move or copy handles into a message that is to go to the end `to`; all or none."""
        if self._in_flight + len(transfers) > HANDLES_IN_FLIGHT:
            raise RefusedError("ETOOMANYREFS")
        sources = [
            self._held(sent.number, TRANSFER | (DUPLICATE if sent.is_copy else 0))
            for sent in transfers
        ]
        things = [source.object for source in sources]
        message.has_channels = any(thing in self._ends for thing in things)
        if message.has_channels and self._reaches(things, to):
            raise RefusedError("ELOOP")
        derived = [
            self._derive(source, sent.rights, 0)
            if sent.is_copy or source.rights & ~sent.rights
            else None
            for sent, source in zip(transfers, sources, strict=True)
        ]
        for sent, new in zip(transfers, derived, strict=True):
            old = None if sent.is_copy else self._table.pop(sent.number)
            if new is not None:
                message.handles.append(new)
                if old is not None:
                    self._drop(old)
            elif old is not None:
                message.handles.append(old)
        self._in_flight += len(message.handles)

    def _reaches(self, things: list[int], wanted: int) -> bool:
        """Tell whether an end is among objects or what waits at ends among them, however deep."""
        work = list(things)
        looked_at: set[int] = set()
        for thing in work:
            if thing == wanted:
                return True
            if thing in self._ends and thing not in looked_at:
                looked_at.add(thing)
                for message in self._ends[thing].messages:
                    if message.has_channels:
                        work += [one.object for one in message.handles if not one.is_revoked]
            if len(work) > len(things) + MAX_VISITED:
                raise RefusedError("ETOOMANYREFS")
        return False

    def _receive(self, step: Step) -> tuple[int, int]:
        end = self._end_of(step.number, READ)
        if not end.messages:
            raise RefusedError("EAGAIN" if end.other in self._ends else "EPIPE")
        message = end.messages[0]
        if message.length > step.length or len(message.handles) > step.nr_handles:
            raise _StaysError("EMSGSIZE", message)
        if len(self._table) + len(message.handles) > MAX_HANDLES:
            raise _StaysError("EMFILE", message)
        end.messages.popleft()
        self._in_flight -= len(message.handles)
        numbers = [NO_DESCRIPTOR, NO_DESCRIPTOR]
        for place, one in enumerate(message.handles):
            number = self._lowest_free(self._table, 0)
            numbers[place] = self._put(0, number, one, flag=True)
        # The first four bytes, and all others are like the first.
        mark = message.step if message.length >= 4 else 0
        told = numbers[0] << 32 | numbers[1]
        return mark << 32 | len(message.handles) << 24 | message.length, told

    def _duplicate(self, step: Step) -> tuple[int, int]:
        source = self._held(step.number, DUPLICATE)
        number = self._lowest_free(self._table, 0)
        made = self._derive(source, step.first.rights, 0)
        return self._put(0, number, made, flag=False), 0

    def _revoke_below(self, step: Step) -> tuple[int, int]:
        source = self._held(step.number, REVOKE)
        taken = list(source.descendants())
        for one in taken:
            one.is_revoked = True
            one.parent = None
            one.children = set()
            self._let_go(one.object)
        source.children = set()
        return len(taken), 0

    def _ready(self, step: Step) -> tuple[int, int]:
        if step.number < 0:
            return 0, 0
        found = self._table.get(step.number)
        if found is None or found.is_revoked:
            return _POLL["POLLNVAL"], 0
        end = self._ends.get(found.object)
        if end is None:
            return _POLL["POLLOUT"], 0
        other = self._ends.get(end.other)
        bits = _POLL["POLLIN"] if end.messages else 0
        if other is None:
            return bits | _POLL["POLLHUP"], 0
        return bits | (_POLL["POLLOUT"] if other.has_room_for(CHANNEL_MESSAGE_BYTES) else 0), 0

    def _tell(self, step: Step) -> tuple[int, int]:
        found = self._held(step.number)
        nr_descendants = sum(1 for _ in found.descendants())
        return 0, found.rights << 32 | nr_descendants << 8 | self._kinds[found.object]


class _StaysError(RefusedError):
    """A message that stays the first: how large it is, which is told with the error."""

    def __init__(self, name: str, message: _Message) -> None:
        super().__init__(name)
        self.told = message.length << 32 | len(message.handles)


_FLAGS: Final = {flag.name: flag.value for group in GROUPS for flag in group.flags}
_POLL: Final = {name: _FLAGS[name] for name in ("POLLIN", "POLLOUT", "POLLHUP", "POLLNVAL")}


def _object_kind(name: str) -> int:
    return _FLAGS[name]


_ACTIONS: Final = {
    Operation.CREATE: ChannelMachine._create,
    Operation.OPEN: ChannelMachine._open_counter,
    Operation.CLOSE: ChannelMachine._close_number,
    Operation.SEND: ChannelMachine._send,
    Operation.RECEIVE: ChannelMachine._receive,
    Operation.DUPLICATE: ChannelMachine._duplicate,
    Operation.REVOKE: ChannelMachine._revoke_below,
    Operation.READY: ChannelMachine._ready,
    Operation.INFO: ChannelMachine._tell,
}
