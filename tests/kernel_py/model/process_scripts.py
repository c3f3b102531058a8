"""Random scripts of processes whose outcome is settled after every step."""

from dataclasses import dataclass, field
from random import Random
from struct import pack
from typing import Final, NamedTuple

from kernel_py.abi.boot import INIT_PID
from kernel_py.model.processes import (
    IGNORE,
    P_ALL,
    P_PGID,
    P_PID,
    SA_NOCLDWAIT,
    SIGCHLD,
    SIGCONT,
    SIGKILL,
    SIGSTOP,
    SIGTERM,
    SIGUSR1,
    WCONTINUED,
    WEXITED,
    WNOHANG,
    WNOWAIT,
    WSTOPPED,
    WUNTRACED,
    Operation,
    ProcessMachine,
    Step,
)

NR_PLACES: Final = 8
"""Processes beside process 1 that run or stand still at once."""
_NOBODY: Final = 20_000
_UNANSWERED: Final = bytes(24)
_WEIGHTS: Final = {
    Operation.FORK: 14,
    Operation.EXIT: 3,
    Operation.KILL: 22,
    Operation.WAITID: 14,
    Operation.WAIT4: 10,
    Operation.SETPGID: 10,
    Operation.GETPGID: 4,
    Operation.SETSID: 2,
    Operation.GETSID: 4,
    Operation.GETPPID: 4,
    Operation.ACTION: 5,
    Operation.MASK: 7,
    Operation.PENDING: 4,
}
_WAITS: Final = {Operation.WAITID, Operation.WAIT4}
_SIGNALS: Final = (0, SIGCONT, SIGCONT, SIGSTOP, SIGSTOP, SIGKILL, SIGTERM, SIGUSR1, SIGCHLD)


class Line(NamedTuple):
    """A step, where its process is, where a child of it would be, and what must be answered."""

    step: Step
    place: int
    child: int
    is_silent: bool
    expected: bytes

    def pack(self) -> bytes:
        """Return the record that the guest reads."""
        operation, _, first, second, third = self.step
        head = (operation, self.place, self.child, self.is_silent)
        return pack("<BBBBhhI", *head, first, second, third)


@dataclass
class Script:
    """Writes a script, and plays it on the model meanwhile."""

    seed: int
    machine: ProcessMachine = field(default_factory=ProcessMachine)
    lines: list[Line] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin the random numbers."""
        self._numbers = Random(self.seed)
        self._places = {INIT_PID: 0}

    def write(self, nr_steps: int) -> list[Line]:
        """Return this many random steps, and those that tell of their effects."""
        operations, weights = list(_WEIGHTS), list(_WEIGHTS.values())
        for operation in self._numbers.choices(operations, weights, k=nr_steps):
            step = self._random(operation)
            if step is not None:
                self.add(step)
        return self.lines

    def add(self, step: Step) -> None:
        """Take a step in, if its outcome is settled."""
        tried = self.machine.tried(step)
        if not tried.is_settled:
            return
        if step.operation in _WAITS and tried.answer == _UNANSWERED:
            # Nothing is told: the call would wait.
            step = step._replace(third=step.third | WNOHANG)
        self._do(step)
        for witness in tried.witnesses:
            self._do(witness)

    def _do(self, step: Step) -> None:
        answer = self.machine.do(step).answer
        place, child = self._places[step.actor], 0
        living = {p.name for p in self.machine.processes.values() if p.state != "ENDED"}
        self._places = {name: at for name, at in self._places.items() if name in living}
        if step.operation == Operation.FORK:
            child = self._free_places()[0]
            self._places[self.machine.nr_made] = child
        self.lines.append(Line(step, place, child, answer is None, answer or _UNANSWERED))

    def _free_places(self) -> list[int]:
        taken = self._places.values()
        return [place for place in range(1, NR_PLACES + 1) if place not in taken]

    def _random(self, operation: Operation) -> Step | None:
        numbers, processes = self._numbers, self.machine.processes
        actor = numbers.choice([p.name for p in processes.values() if p.is_running])
        some = numbers.choice([*processes, *processes, self.machine.nr_made, 0])
        if numbers.random() < 0.04:
            some = _NOBODY
        group = numbers.choice([p.group for p in processes.values()])
        first = second = third = 0
        match operation:
            case Operation.FORK:
                if not self._free_places():
                    return None
            case Operation.EXIT:
                third = numbers.randrange(256)
            case Operation.KILL:
                # Group 1 has no number below 0 of its own: -1 stands for all.
                first = -group if group != INIT_PID and numbers.random() < 0.25 else some
                second = numbers.choice(_SIGNALS)
            case Operation.WAITID:
                second = numbers.choice((P_ALL, P_PID, P_PID, P_PGID))
                first = {P_ALL: 0, P_PID: some, P_PGID: numbers.choice((0, group))}[second]
                kinds = (WEXITED, WSTOPPED, WCONTINUED, WNOWAIT)
                third = sum(kind for kind in kinds if numbers.random() < 0.5)
            case Operation.WAIT4:
                first = numbers.choice((-1, -1, some, -group))
                third = sum(kind for kind in (WUNTRACED, WCONTINUED) if numbers.random() < 0.5)
            case Operation.SETPGID:
                first = numbers.choice((0, some, some, actor, -1))
                second = numbers.choice((0, group, group, first, -1))
            case Operation.GETPGID | Operation.GETSID:
                first = some
            case Operation.ACTION:
                second = numbers.choice((SIGUSR1, SIGTERM, SIGCHLD, SIGKILL, SIGSTOP))
                third = numbers.choice((0, 0, IGNORE))
                if second == SIGCHLD:
                    third = numbers.choice((0, 0, IGNORE, SA_NOCLDWAIT))
            case Operation.MASK:
                second = numbers.choice((SIGUSR1, SIGTERM, SIGSTOP))
                third = numbers.randrange(2)
        is_init = actor == INIT_PID
        if is_init and operation in (Operation.EXIT, Operation.ACTION, Operation.MASK):
            # Process 1 has to stay, and to hear of all who come to it.
            return None
        return Step(operation, actor, first, second, third)
