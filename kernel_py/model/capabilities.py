"""Reference model of capabilities: what `kernel/src/capability` and the handle table must do.

The kernel keeps the order of descent as brackets in a list, because that makes deriving and closing
cheap. Here it is what it means: each capability has a parent and a set of children. Both replay
one script; every step answers with its result and the counts of capabilities and objects, and the
answers must be the same, byte for byte.

That a family is full is not modelled: four tables of 1024 handles stay below its limit.

Sources: seL4 Reference Manual "Capability Derivation Tree"; Fuchsia "Rights"; POSIX "dup".
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, NamedTuple

from kernel_py.abi.errors import ERRORS
from kernel_py.abi.rights import RIGHTS, Holder

MAX_HANDLES: Final = 1024
NR_TABLES: Final = 4

_BIT: Final = {right.name: right.value for right in RIGHTS}
DUPLICATE: Final = _BIT["DUPLICATE"]
TRANSFER: Final = _BIT["TRANSFER"]
REVOKE: Final = _BIT["REVOKE"]
BASIC: Final = sum(right.value for right in RIGHTS if right.is_basic)
ALL_RIGHTS: Final = sum(right.value for right in RIGHTS if right.holder is Holder.HANDLE)

_ERRNO: Final = {error.name: error.number for error in ERRORS}


class Operation(IntEnum):
    """What a step does; `capability_trace/src/main.rs` does the same with the kernel's code."""

    OPEN = 0
    DUPLICATE_FROM = 1
    DUPLICATE_AT = 2
    CLOSE = 3
    REVOKE = 4
    USE = 5
    INFO = 6
    GIVE = 7
    FORK = 8
    INHERIT = 9
    EXEC = 10
    RESET = 11


class Step(NamedTuple):
    """One step.

    `other` is a chosen number, a minimum, or another table; `flag` is close-on-exec, and for GIVE
    whether the handle itself goes rather than a copy.
    """

    operation: int
    table: int = 0
    number: int = 0
    other: int = 0
    rights: int = ALL_RIGHTS
    badge: int = 0
    flag: bool = False


STEP: Final = struct.Struct("<BBhhHBB")
ANSWER: Final = struct.Struct("<qII")


class RefusedError(Exception):
    """The step is refused with a named error."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.number = _ERRNO[name]


@dataclass(eq=False)
class Capability:
    """An object with rights, and its place in the order of descent."""

    id: int
    badge: int
    rights: int
    object: int
    parent: "Capability | None" = None
    children: "set[Capability]" = field(default_factory=set)
    is_revoked: bool = False
    is_close_on_exec: bool = False

    def descendants(self) -> "Iterator[Capability]":
        """Yield all that were derived from it, directly or through others."""
        for child in self.children:
            yield child
            yield from child.descendants()


class Machine:
    """Four tables of handles, and all capabilities in them."""

    def __init__(self) -> None:
        self.tables: list[dict[int, Capability]] = [{} for _ in range(NR_TABLES)]
        self.nr_capabilities = 0
        self.holders: dict[int, int] = {}
        self._last_id = 0
        self._step = -1

    def play(self, step: Step) -> tuple[int, int, int]:
        """Do a step; return its result or negative error, and the counts afterwards."""
        self._step += 1
        try:
            result = _ACTIONS[step.operation](self, step)
        except RefusedError as refused:
            result = -refused.number
        return result, self.nr_capabilities, len(self.holders)

    def violations(self) -> Iterator[str]:
        """Yield what must never be: rights beyond the parent's, life below a revoked one."""
        for table in self.tables:
            for one in table.values():
                parent = one.parent
                if one.is_revoked:
                    if parent or one.children:
                        yield f"{one.id} is revoked and has relatives"
                elif parent is not None:
                    if one.rights & ~parent.rights:
                        yield f"{one.id} has rights that {parent.id} has not"
                    if parent.is_revoked or one not in parent.children:
                        yield f"{one.id} is no child of its parent {parent.id}"
                    if parent.badge not in (0, one.badge):
                        yield f"{one.id} has another badge than {parent.id}"

    # One capability.

    def _new(self, rights: int, badge: int, thing: int, parent: Capability | None) -> Capability:
        self._last_id += 1
        self.nr_capabilities += 1
        self.holders[thing] = self.holders.get(thing, 0) + 1
        made = Capability(self._last_id, badge, rights, thing, parent)
        if parent is not None:
            parent.children.add(made)
        return made

    def _derive(self, source: Capability, kept: int, badge: int) -> Capability:
        if source.is_revoked:
            raise RefusedError("EBADF")
        if badge and source.badge and badge != source.badge:
            raise RefusedError("EPERM")
        return self._new(source.rights & kept, source.badge or badge, source.object, source)

    def _let_go(self, thing: int) -> None:
        self.holders[thing] -= 1
        if not self.holders[thing]:
            del self.holders[thing]

    def _drop(self, one: Capability) -> None:
        self.nr_capabilities -= 1
        if one.is_revoked:
            return
        self._let_go(one.object)
        for child in one.children:
            child.parent = one.parent
        if one.parent is not None:
            one.parent.children.remove(one)
            one.parent.children |= one.children

    # Tables.

    def _find(self, step: Step, needed: int = 0) -> Capability:
        found = self.tables[step.table].get(step.number)
        if found is None or found.is_revoked or needed & ~found.rights:
            raise RefusedError("EBADF")
        return found

    @staticmethod
    def _lowest_free(table: dict[int, Capability], minimum: int) -> int:
        while minimum in table:
            minimum += 1
        if minimum >= MAX_HANDLES:
            raise RefusedError("EMFILE")
        return minimum

    def _put(self, table: int, number: int, one: Capability, *, flag: bool) -> int:
        before = self.tables[table].get(number)
        one.is_close_on_exec = flag
        self.tables[table][number] = one
        if before is not None:
            self._drop(before)
        return number

    # Steps.

    def _open(self, step: Step) -> int:
        made = self._new(step.rights | BASIC, 0, self._step, None)
        try:
            number = self._lowest_free(self.tables[step.table], 0)
        except RefusedError:
            self._drop(made)
            raise
        return self._put(step.table, number, made, flag=step.flag)

    def _duplicate_from(self, step: Step) -> int:
        source = self._find(step, DUPLICATE)
        if not 0 <= step.other < MAX_HANDLES:
            raise RefusedError("EINVAL")
        number = self._lowest_free(self.tables[step.table], step.other)
        made = self._derive(source, step.rights, step.badge)
        return self._put(step.table, number, made, flag=step.flag)

    def _duplicate_at(self, step: Step) -> int:
        source = self._find(step, DUPLICATE)
        if not 0 <= step.other < MAX_HANDLES:
            raise RefusedError("EBADF")
        made = self._derive(source, step.rights, step.badge)
        return self._put(step.table, step.other, made, flag=step.flag)

    def _close(self, step: Step) -> int:
        found = self.tables[step.table].pop(step.number, None)
        if found is None:
            raise RefusedError("EBADF")
        self._drop(found)
        return 0

    def _revoke(self, step: Step) -> int:
        source = self._find(step, REVOKE)
        taken = list(source.descendants())
        for one in taken:
            one.is_revoked = True
            one.parent = None
            one.children = set()
            self._let_go(one.object)
        source.children = set()
        return len(taken)

    def _use(self, step: Step) -> int:
        return self._find(step, step.rights).object

    def _info(self, step: Step) -> int:
        found = self.tables[step.table].get(step.number)
        if found is None:
            raise RefusedError("EBADF")
        nr_descendants = sum(1 for _ in found.descendants())
        facts = (found.id & 0xFF_FFFF) << 36 | found.rights << 24 | found.badge << 16
        return facts | nr_descendants << 1 | found.is_revoked

    def _give(self, step: Step) -> int:
        source = self._find(step, TRANSFER)
        if not step.flag:
            given = self._derive(source, step.rights, step.badge)
        elif source.rights & ~step.rights:
            given = self._derive(source, step.rights, 0)
            self._close(step)
        else:
            given = self.tables[step.table].pop(step.number)
        try:
            number = self._lowest_free(self.tables[step.other % NR_TABLES], 0)
        except RefusedError:
            self._drop(given)
            raise
        return self._put(step.other % NR_TABLES, number, given, flag=False)

    def _give_all(self, step: Step, *, with_close_on_exec: bool) -> int:
        child = {}
        for number, one in sorted(self.tables[step.table].items()):
            is_wanted = with_close_on_exec or not one.is_close_on_exec
            if is_wanted and not one.is_revoked and one.rights & TRANSFER:
                child[number] = self._derive(one, one.rights, 0)
                child[number].is_close_on_exec = one.is_close_on_exec
        place = step.other % NR_TABLES
        before, self.tables[place] = self.tables[place], child
        for one in before.values():
            self._drop(one)
        return len(child)

    def _fork(self, step: Step) -> int:
        return self._give_all(step, with_close_on_exec=True)

    def _inherit(self, step: Step) -> int:
        return self._give_all(step, with_close_on_exec=False)

    def _exec(self, step: Step) -> int:
        table = self.tables[step.table]
        closed = [number for number, one in table.items() if one.is_close_on_exec]
        for number in closed:
            self._drop(table.pop(number))
        return len(closed)

    def _reset(self, _step: Step) -> int:
        for table in self.tables:
            for one in table.values():
                self._drop(one)
            table.clear()
        return 0


_ACTIONS: Final = (
    Machine._open,
    Machine._duplicate_from,
    Machine._duplicate_at,
    Machine._close,
    Machine._revoke,
    Machine._use,
    Machine._info,
    Machine._give,
    Machine._fork,
    Machine._inherit,
    Machine._exec,
    Machine._reset,
)
