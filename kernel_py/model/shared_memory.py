"""Reference model of shared memory objects: names, lengths, pages, and who sees which byte.

An object has pages from their first touch on, up to its length, and goes with the last of its name,
its handles and its mappings. A private mapping shows the object's bytes until it writes to a page,
which is then its own. The kernel replays the same scripts in the guest, by its real calls
(`tests/guest/replay`), and both must give one trace.

What POSIX leaves open is left open: what an older mapping shows of pages that were cut off, also
when the object becomes longer again. `is_certain` says which steps do not ask for that.

Sources: POSIX "shm_open", "mmap", "ftruncate"; Linux shm_open(3), mmap(2).
"""

import struct
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, NamedTuple

from kernel_py.abi.flags import GROUPS
from kernel_py.abi.memory import PAGE_SIZE
from kernel_py.abi.rights import RIGHTS
from kernel_py.model.capabilities import BASIC, DUPLICATE, Capability, Machine, RefusedError

_BIT: Final = {right.name: right.value for right in RIGHTS}
READ: Final = _BIT["READ"]
WRITE: Final = _BIT["WRITE"]
MAP: Final = _BIT["MAP"]
INSPECT: Final = _BIT["INSPECT"]

_FLAGS: Final = {flag.name: flag.value for group in GROUPS for flag in group.flags}
O_RDWR: Final = _FLAGS["O_RDWR"]
O_CREAT: Final = _FLAGS["O_CREAT"]
O_EXCL: Final = _FLAGS["O_EXCL"]
O_TRUNC: Final = _FLAGS["O_TRUNC"]

NR_PLACES: Final = 8
MAPPED_PAGES: Final = 4
CONSOLE_HANDLES: Final = 3


class Operation(IntEnum):
    """What a step does; `tests/guest/replay/shared_memory.rs` does the same with the calls."""

    CREATE = 0
    OPEN = 1
    UNLINK = 2
    CLOSE = 3
    RESIZE = 4
    MAP = 5
    UNMAP = 6
    PEEK = 7
    POKE = 8
    DUPLICATE = 9
    STAT = 10


class Step(NamedTuple):
    """One step.

    `which` is a name or a place for a mapping. `argument` is flags, rights, a length, an offset in
    a mapping, or the page a mapping begins with; `other` is a byte, or how to map: bit 0 for
    writing, bit 1 for private.
    """

    operation: int
    which: int = 0
    number: int = 0
    argument: int = 0
    other: int = 0

    def pack(self) -> bytes:
        """Return the record that the guest reads."""
        return struct.pack("<BBhII", *self)


ANSWER: Final = struct.Struct(">QQQ")
"""The result or negative error; what else is told; how many handles there are."""


@dataclass(eq=False)
class _Object:
    length: int = 0
    pages: dict[int, bytearray] = field(default_factory=dict)

    def page(self, index: int) -> bytearray | None:
        """Return a page, made at its first touch; None beyond the length."""
        if index * PAGE_SIZE >= self.length:
            return None
        return self.pages.setdefault(index, bytearray(PAGE_SIZE))

    def resize(self, length: int) -> None:
        if length < self.length:
            for index in [index for index in self.pages if index * PAGE_SIZE >= length]:
                del self.pages[index]
            last, kept = divmod(length, PAGE_SIZE)
            if kept and last in self.pages:
                self.pages[last][kept:] = bytes(PAGE_SIZE - kept)
        self.length = length


@dataclass
class _Mapping:
    shown: _Object
    first: int
    is_writable: bool
    is_private: bool
    own: dict[int, bytearray] = field(default_factory=dict)
    cut_off: set[int] = field(default_factory=set)
    """Pages of the mapping that the object has lost since it was mapped."""


class SharedMemoryMachine(Machine):
    """One process, its mappings, and the names of the system."""

    def __init__(self, handles_before: int) -> None:
        """Begin with the console's handles; `handles_before` are in the system with these."""
        super().__init__()
        self._objects: dict[int, _Object] = {}
        self._names: dict[int, _Object] = {}
        self._places: dict[int, _Mapping] = {}
        self._nr_opened = 0
        self._base = handles_before - CONSOLE_HANDLES
        for _ in range(CONSOLE_HANDLES):
            self._add(_Object(), READ | WRITE)

    def answer(self, step: Step) -> bytes:
        """Do a step; return the record of what it answers."""
        result, told = 0, 0
        try:
            result, told = _ACTIONS[Operation(step.operation)](self, step)
        except RefusedError as refused:
            result = -refused.number
        return ANSWER.pack(result % (1 << 64), told, self._base + self.nr_capabilities)

    def is_certain(self, step: Step) -> bool:
        """Tell whether the step has one right answer, and a place that is free or taken as needed.

        The handles of the console are not for scripts: the replay tells its answers through one.
        """
        mapping = self._places.get(step.which)
        match Operation(step.operation):
            case Operation.MAP:
                return mapping is None
            case Operation.UNMAP:
                return mapping is not None
            case Operation.PEEK | Operation.POKE:
                page = step.argument // PAGE_SIZE
                return mapping is not None and page not in mapping.cut_off
            case _:
                return step.number not in range(CONSOLE_HANDLES)

    def _add(self, thing: _Object, rights: int) -> int:
        """Give the process a handle of an open description of its own."""
        self._nr_opened += 1
        made = self._new(rights | BASIC, 0, self._nr_opened, None)
        try:
            number = self._lowest_free(self.tables[0], 0)
        except RefusedError:
            self._drop(made)
            raise
        self._objects[self._nr_opened] = thing
        return self._put(0, number, made, flag=False)

    def _held(self, number: int, needed: int = 0) -> Capability:
        found = self.tables[0].get(number)
        if found is None or needed & ~found.rights:
            raise RefusedError("EBADF")
        return found

    def _resize(self, thing: _Object, length: int) -> None:
        pages = -(-length // PAGE_SIZE)
        if length < thing.length:
            for mapping in self._places.values():
                if mapping.shown is thing:
                    cut_off = (
                        page for page in range(MAPPED_PAGES) if mapping.first + page >= pages
                    )
                    mapping.cut_off.update(cut_off)
        thing.resize(length)

    # Steps.

    def _create(self, _step: Step) -> tuple[int, int]:
        return self._add(_Object(), READ | WRITE | INSPECT | MAP), 0

    def _open_name(self, step: Step) -> tuple[int, int]:
        flags = step.argument
        if flags & ~(O_RDWR | O_CREAT | O_EXCL | O_TRUNC):
            raise RefusedError("EINVAL")
        thing = self._names.get(step.which)
        if thing is not None and flags & O_CREAT and flags & O_EXCL:
            raise RefusedError("EEXIST")
        if thing is None and not flags & O_CREAT:
            raise RefusedError("ENOENT")
        if thing is None:
            thing = self._names[step.which] = _Object()
        is_writable = bool(flags & O_RDWR)
        if flags & O_TRUNC and is_writable:
            self._resize(thing, 0)
        return self._add(thing, READ | INSPECT | MAP | (WRITE if is_writable else 0)), 0

    def _unlink(self, step: Step) -> tuple[int, int]:
        if self._names.pop(step.which, None) is None:
            raise RefusedError("ENOENT")
        return 0, 0

    def _close_number(self, step: Step) -> tuple[int, int]:
        found = self.tables[0].pop(step.number, None)
        if found is None:
            raise RefusedError("EBADF")
        self._drop(found)
        return 0, 0

    def _set_length(self, step: Step) -> tuple[int, int]:
        rights = self._held(step.number).rights
        if not rights & WRITE:
            raise RefusedError("EINVAL" if rights & READ else "EBADF")
        self._resize(self._objects[self._held(step.number).object], step.argument)
        return 0, 0

    def _map(self, step: Step) -> tuple[int, int]:
        found = self._held(step.number)
        is_writable, is_private = bool(step.other & 1), bool(step.other & 2)
        may_write = is_private or found.rights & WRITE
        if not found.rights & READ or not found.rights & MAP or (is_writable and not may_write):
            raise RefusedError("EACCES")
        thing = self._objects[found.object]
        self._places[step.which] = _Mapping(thing, step.argument, is_writable, is_private)
        return 0, 0

    def _unmap(self, step: Step) -> tuple[int, int]:
        del self._places[step.which]
        return 0, 0

    def _peek(self, step: Step) -> tuple[int, int]:
        mapping = self._places[step.which]
        page, offset = divmod(step.argument, PAGE_SIZE)
        shown = mapping.own.get(page)
        if shown is None:
            shown = mapping.shown.page(mapping.first + page)
        if shown is None:
            raise RefusedError("EFAULT")
        return shown[offset], 0

    def _poke(self, step: Step) -> tuple[int, int]:
        mapping = self._places[step.which]
        page, offset = divmod(step.argument, PAGE_SIZE)
        if not mapping.is_writable:
            raise RefusedError("EFAULT")
        written = mapping.own.get(page)
        if written is None:
            written = mapping.shown.page(mapping.first + page)
            if written is None:
                raise RefusedError("EFAULT")
            if mapping.is_private:
                written = mapping.own[page] = bytearray(written)
        written[offset] = step.other & 0xFF
        return 0, 0

    def _duplicate(self, step: Step) -> tuple[int, int]:
        source = self._held(step.number, DUPLICATE)
        number = self._lowest_free(self.tables[0], 0)
        made = self._derive(source, step.argument, 0)
        return self._put(0, number, made, flag=False), 0

    def _stat(self, step: Step) -> tuple[int, int]:
        thing = self._objects[self._held(step.number, INSPECT).object]
        return 0, thing.length << 16 | len(thing.pages)


_ACTIONS: Final = {
    Operation.CREATE: SharedMemoryMachine._create,
    Operation.OPEN: SharedMemoryMachine._open_name,
    Operation.UNLINK: SharedMemoryMachine._unlink,
    Operation.CLOSE: SharedMemoryMachine._close_number,
    Operation.RESIZE: SharedMemoryMachine._set_length,
    Operation.MAP: SharedMemoryMachine._map,
    Operation.UNMAP: SharedMemoryMachine._unmap,
    Operation.PEEK: SharedMemoryMachine._peek,
    Operation.POKE: SharedMemoryMachine._poke,
    Operation.DUPLICATE: SharedMemoryMachine._duplicate,
    Operation.STAT: SharedMemoryMachine._stat,
}
