"""Reference model of futexes: who sleeps on which word, who wakes, in which order, and the errors.

Three processes of three threads each have the same places for words. Two hold words of each
process's own; four show two words of an object that all share, each of them at two addresses. A
word is known by process and address, or, if it is shared and the call does not say PRIVATE, by
object and offset. Sleepers of a word wake in the order in which they came to it.

The kernel replays the same scripts in the guest, with real threads (`tests/guest/replay`), and both
must give one trace. A step that sleeps is settled when the kernel counts one sleeper more
(`SystemInfo.futex_waiters`); one that wakes, when each of those that are no longer counted has said
what its call gave.

What Linux leaves open is left open: what a word of one's own is to a call that does not say PRIVATE
(here the same word), and waking on an address where nothing is. `is_certain` says which steps do
not ask for that.

Source: Linux futex(2).
"""

import struct
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, NamedTuple

from kernel_py.model.capabilities import RefusedError

NR_PROCESSES: Final = 3
NR_THREADS: Final = 3
"""Threads of each process."""
NR_ACTORS: Final = NR_PROCESSES * NR_THREADS

NR_OWN: Final = 2
NR_SHARED: Final = 2
NR_WORDS: Final = NR_OWN + 2 * NR_SHARED
"""Places of words: own ones first, then the shared ones, then those at other addresses."""

INT_MAX: Final = (1 << 31) - 1
ANY: Final = (1 << 32) - 1
"""The mask that fits every other."""


class Place(IntEnum):
    """Places where no word can be, behind those of words."""

    UNALIGNED = NR_WORDS
    NOTHING = NR_WORDS + 1
    KERNEL = NR_WORDS + 2


class Timeout(IntEnum):
    """How long a step sleeps at most."""

    NONE = 0
    PASSED = 1
    SOON = 2
    FAR = 3
    BAD_NANOSECONDS = 4
    NEGATIVE = 5
    BAD_ADDRESS = 6


class Operation(IntEnum):
    """What a step does; `tests/guest/replay/futexes.rs` does the same with the calls."""

    SET = 0
    WAIT = 1
    WAIT_BITSET = 2
    WAKE = 3
    WAKE_BITSET = 4
    REQUEUE = 5
    CMP_REQUEUE = 6
    INTERRUPT = 7
    KILL = 8


class Step(NamedTuple):
    """One step, of the thread `actor`; INTERRUPT and KILL are done by process 1's first thread.

    `other` is the place REQUEUE moves to, the thread that INTERRUPT sends a signal to, or the
    process that KILL ends. `value` is a word's value or how many to wake, `limit` how many to move,
    `third` a mask, or the value CMP_REQUEUE compares with. `is_realtime` is WAIT_BITSET's clock.
    """

    operation: int
    actor: int = 0
    place: int = 0
    other: int = 0
    is_private: bool = False
    is_realtime: bool = False
    timeout: int = Timeout.NONE
    value: int = 0
    limit: int = 0
    third: int = 0

    def pack(self) -> bytes:
        """Return the record that the guest reads."""
        return struct.pack("<BBBBBBBxIII", *self)


ANSWER: Final = struct.Struct(">QQQ")
"""The result or negative error; who went on, with what; how many sleep afterwards."""
ASLEEP: Final = 1 << 32
"""The result of a step that sleeps."""
WOKEN: Final = 1
"""What who went on is multiplied by: a bit for each that was woken."""
INTERRUPTED: Final = 1 << NR_ACTORS
"""The same, for each that was interrupted."""

Word = tuple[str, int, int]


@dataclass
class _Sleeper:
    actor: int
    mask: int


@dataclass
class FutexMachine:
    """Nine threads of three processes, and the words they sleep on."""

    values: dict[Word, int] = field(default_factory=dict)
    sleepers: dict[Word, list[_Sleeper]] = field(default_factory=dict)
    killed: set[int] = field(default_factory=set)

    @property
    def asleep(self) -> list[int]:
        """Return who sleeps, in order."""
        return sorted(sleeper.actor for those in self.sleepers.values() for sleeper in those)

    @property
    def awake(self) -> list[int]:
        """Return who can do a step."""
        asleep = set(self.asleep)
        return [
            actor
            for actor in range(NR_ACTORS)
            if actor not in asleep and process_of(actor) not in self.killed
        ]

    def is_certain(self, step: Step) -> bool:
        """Tell whether the step can be done, and has one right answer."""
        match Operation(step.operation):
            case Operation.INTERRUPT:
                return step.other in self.asleep
            case Operation.KILL:
                return step.other not in self.killed | {0}
            case _ if step.actor not in self.awake:
                return False
            case Operation.SET:
                return step.place < NR_WORDS
            case Operation.WAIT | Operation.WAIT_BITSET:
                return self._is_known(step, step.place)
            case Operation.REQUEUE | Operation.CMP_REQUEUE:
                places = (step.place, step.other)
                if Place.NOTHING in places:
                    return False
                return all(self._is_known(step, place) for place in places)
            case _:
                return step.place != Place.NOTHING and self._is_known(step, step.place)

    @staticmethod
    def _is_known(step: Step, place: int) -> bool:
        return step.is_private or place not in range(NR_OWN)

    def answer(self, step: Step) -> bytes:
        """Do a step; return the record of what it answers."""
        result, told = 0, 0
        try:
            result, told = _ACTIONS[Operation(step.operation)](self, step)
        except RefusedError as refused:
            result = -refused.number
        return ANSWER.pack(result % (1 << 64), told, len(self.asleep))

    def _check(self, place: int) -> None:
        if place == Place.UNALIGNED:
            raise RefusedError("EINVAL")
        if place == Place.KERNEL:
            raise RefusedError("EFAULT")

    def _read(self, step: Step) -> int:
        if step.place == Place.NOTHING:
            raise RefusedError("EFAULT")
        return self.values.get(_memory(step.actor, step.place), 0)

    def _take(self, word: Word, limit: int, mask: int) -> list[_Sleeper]:
        there = self.sleepers.get(word, [])
        taken = [sleeper for sleeper in there if sleeper.mask & mask][:limit]
        self.sleepers[word] = [sleeper for sleeper in there if sleeper not in taken]
        return taken

    # Steps.

    def _set(self, step: Step) -> tuple[int, int]:
        self.values[_memory(step.actor, step.place)] = step.value
        return 0, 0

    def _wait(self, step: Step) -> tuple[int, int]:
        return self._wait_bitset(step._replace(third=ANY))

    def _wait_bitset(self, step: Step) -> tuple[int, int]:
        match Timeout(step.timeout):
            case Timeout.BAD_ADDRESS:
                raise RefusedError("EFAULT")
            case Timeout.BAD_NANOSECONDS | Timeout.NEGATIVE:
                raise RefusedError("EINVAL")
        if not step.third:
            raise RefusedError("EINVAL")
        self._check(step.place)
        if self._read(step) != step.value:
            raise RefusedError("EAGAIN")
        if step.timeout in (Timeout.PASSED, Timeout.SOON):
            raise RefusedError("ETIMEDOUT")
        word = _word(step, step.place)
        self.sleepers.setdefault(word, []).append(_Sleeper(step.actor, step.third))
        return ASLEEP, 0

    def _wake(self, step: Step) -> tuple[int, int]:
        return self._wake_bitset(step._replace(third=ANY))

    def _wake_bitset(self, step: Step) -> tuple[int, int]:
        if not step.third:
            raise RefusedError("EINVAL")
        self._check(step.place)
        woken = self._take(_word(step, step.place), step.value, step.third)
        return len(woken), _bits(woken)

    def _requeue(self, step: Step) -> tuple[int, int]:
        if max(step.value, step.limit) > INT_MAX:
            raise RefusedError("EINVAL")
        self._check(step.place)
        self._check(step.other)
        is_compared = step.operation == Operation.CMP_REQUEUE
        if is_compared and self._read(step) != step.third:
            raise RefusedError("EAGAIN")
        word = _word(step, step.place)
        woken = self._take(word, step.value, ANY)
        moved = self._take(word, step.limit, ANY)
        self.sleepers.setdefault(_word(step, step.other), []).extend(moved)
        return len(woken) + (len(moved) if is_compared else 0), _bits(woken)

    def _interrupt(self, step: Step) -> tuple[int, int]:
        self._forget([step.other])
        return 0, INTERRUPTED << step.other

    def _kill(self, step: Step) -> tuple[int, int]:
        self.killed.add(step.other)
        self._forget([actor for actor in range(NR_ACTORS) if process_of(actor) == step.other])
        return 0, 0

    def _forget(self, actors: list[int]) -> None:
        for word, there in self.sleepers.items():
            self.sleepers[word] = [sleeper for sleeper in there if sleeper.actor not in actors]


def process_of(actor: int) -> int:
    """Return which process a thread is of."""
    return actor // NR_THREADS


def _bits(woken: list[_Sleeper]) -> int:
    return sum(WOKEN << sleeper.actor for sleeper in woken)


def _memory(actor: int, place: int) -> Word:
    """Return what a place is a part of: memory of a process, or of the object."""
    if place < NR_OWN:
        return ("own", process_of(actor), place)
    return ("shared", 0, (place - NR_OWN) % NR_SHARED)


def _word(step: Step, place: int) -> Word:
    """Return what sleepers on a place are known by."""
    if step.is_private:
        return ("own", process_of(step.actor), place)
    return _memory(step.actor, place)


_ACTIONS: Final = {
    Operation.SET: FutexMachine._set,
    Operation.WAIT: FutexMachine._wait,
    Operation.WAIT_BITSET: FutexMachine._wait_bitset,
    Operation.WAKE: FutexMachine._wake,
    Operation.WAKE_BITSET: FutexMachine._wake_bitset,
    Operation.REQUEUE: FutexMachine._requeue,
    Operation.CMP_REQUEUE: FutexMachine._requeue,
    Operation.INTERRUPT: FutexMachine._interrupt,
    Operation.KILL: FutexMachine._kill,
}
