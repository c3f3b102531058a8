"""Reference model of processes: parents, groups, sessions, signals, and what WAIT tells.

Every change of state goes through the contract's table (`kernel_py/abi/states.py`). The kernel
replays the same scripts in the guest, with real processes (`tests/guest/replay`), and both must
give one trace. Processes are named by their order: process 1 is 1, the first fork makes 2.

A signal takes effect when its target runs next. A step is replayed only if somebody can tell that
it took effect: `Effects.witnesses` are the parents that ask with WAITID before the next step.

Of several children that have something to tell, the one of the lowest number is told of first.
POSIX leaves that open; programs may not rely on it.

Sources: POSIX "_exit", "fork", "kill", "setpgid", "setsid", "wait", "waitid", "Signal Concepts";
`docs/decisions/0002-who-may-signal-whom.md`.
"""

import struct
from copy import deepcopy
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, NamedTuple

from kernel_py.abi.boot import INIT_PID
from kernel_py.abi.flags import GROUPS
from kernel_py.abi.states import STATES, TRANSITIONS
from kernel_py.model.capabilities import RefusedError

_FLAGS: Final = {flag.name: flag.value for group in GROUPS for flag in group.flags}
SIGKILL: Final = _FLAGS["SIGKILL"]
SIGUSR1: Final = _FLAGS["SIGUSR1"]
SIGTERM: Final = _FLAGS["SIGTERM"]
SIGCHLD: Final = _FLAGS["SIGCHLD"]
SIGCONT: Final = _FLAGS["SIGCONT"]
SIGSTOP: Final = _FLAGS["SIGSTOP"]
SA_NOCLDWAIT: Final = _FLAGS["SA_NOCLDWAIT"]
WNOHANG: Final = _FLAGS["WNOHANG"]
WUNTRACED: Final = _FLAGS["WUNTRACED"]
WSTOPPED: Final = _FLAGS["WSTOPPED"]
WEXITED: Final = _FLAGS["WEXITED"]
WCONTINUED: Final = _FLAGS["WCONTINUED"]
WNOWAIT: Final = _FLAGS["WNOWAIT"]
P_ALL: Final = _FLAGS["P_ALL"]
P_PID: Final = _FLAGS["P_PID"]
P_PGID: Final = _FLAGS["P_PGID"]
_CLD: Final = {name: _FLAGS[f"CLD_{name}"] for name in ("EXITED", "KILLED", "STOPPED", "CONTINUED")}

DEFAULT: Final = 0
IGNORE: Final = 1
_TABLE: Final = {(row.state, row.event): row.after for row in TRANSITIONS}

ANSWER: Final = struct.Struct(">QQQ")
"""The result or negative error; what else is told; which process the answer is about."""


class Operation(IntEnum):
    """What a step does; `tests/guest/replay/processes.rs` does the same with the calls."""

    FORK = 0
    EXIT = 1
    KILL = 2
    WAITID = 3
    WAIT4 = 4
    SETPGID = 5
    GETPGID = 6
    SETSID = 7
    GETSID = 8
    GETPPID = 9
    ACTION = 10
    MASK = 11
    PENDING = 12


class Step(NamedTuple):
    """One step, of the process `actor`.

    `first` is a process, below 0 a group; `second` a signal, WAITID's kind of number, or a process;
    `third` options, a status, an action with its flags, or whether to block.
    """

    operation: int
    actor: int = INIT_PID
    first: int = 0
    second: int = 0
    third: int = 0


@dataclass(eq=False)
class Process:
    """A process that was not forgotten."""

    name: int
    parent: int
    group: int
    session: int
    state: str = STATES[0].name
    news: tuple[str, int] | None = None
    end: tuple[str, int] | None = None
    actions: dict[int, int] = field(default_factory=dict)
    blocked: set[int] = field(default_factory=set)
    pending: set[int] = field(default_factory=set)

    def advance(self, event: str) -> None:
        """Take an event. Raises KeyError where the table has none."""
        self.state = _TABLE[self.state, event]

    @property
    def is_running(self) -> bool:
        """Whether it can do a step."""
        return self.state == "RUNNING"

    def ignores(self, signal: int) -> bool:
        """Return whether nothing is done about a signal; by default that is so of SIGCHLD."""
        return signal == SIGCHLD or bool(self.actions.get(signal, DEFAULT) & IGNORE)

    @property
    def wants_no_children(self) -> bool:
        """Whether its children are forgotten when they end."""
        action = self.actions.get(SIGCHLD, DEFAULT)
        return bool(action & (IGNORE | SA_NOCLDWAIT))


class Effects(NamedTuple):
    """What became of a step: its answer, if there is one, and who can tell of its effects."""

    answer: bytes | None
    witnesses: tuple[Step, ...]
    is_settled: bool


class ProcessMachine:
    """Process 1 and those that descend from it."""

    def __init__(self) -> None:
        """Begin with process 1 alone."""
        self.processes = {INIT_PID: Process(INIT_PID, 0, INIT_PID, INIT_PID)}
        self.nr_made = INIT_PID
        self.told_ends: list[int] = []
        self.forgotten_untold: list[int] = []
        self._stopped: list[Process] = []
        self._ended: list[Process] = []

    def tried(self, step: Step) -> Effects:
        """Return what would become of a step, and do nothing."""
        return deepcopy(self).do(step)

    def do(self, step: Step) -> Effects:
        """Do a step of a process that runs."""
        self._stopped, self._ended = [], []
        actor = self.processes[step.actor]
        parents = {name: process.parent for name, process in self.processes.items()}
        careless = {name for name, p in self.processes.items() if p.wants_no_children}
        result, told, about = 0, 0, 0
        try:
            told, about = _ACTIONS[Operation(step.operation)](self, actor, step)
        except RefusedError as refused:
            result = -refused.number
        is_answered = actor not in self._stopped and actor not in self._ended
        answer = ANSWER.pack(result % (1 << 64), told, about) if is_answered else None
        return Effects(answer, *self._witnesses(parents, careless))

    def _witnesses(
        self, parents: dict[int, int], careless: set[int]
    ) -> tuple[tuple[Step, ...], bool]:
        """Return who asks for what stopped and ended, parents first; and whether they can."""
        ended = {process.name for process in self._ended}
        steps: list[Step] = []
        is_settled = True

        def ask(process: Process, options: int) -> None:
            nonlocal is_settled
            parent = parents[process.name]
            if parent in ended:
                # Which of both ends first is open; a careless parent forgets its child or not.
                is_settled = is_settled and parent not in careless
                parent = INIT_PID
            is_settled = is_settled and self.processes[parent].is_running
            steps.append(Step(Operation.WAITID, parent, process.name, P_PID, options | WNOWAIT))

        # A parent has a lower number than its children have, unless process 1 took them over.
        for process in sorted(self._ended, key=lambda process: process.name):
            ask(process, WEXITED)
        for process in self._stopped:
            ask(process, WSTOPPED)
        return tuple(steps), is_settled

    def _fork(self, actor: Process, _: Step) -> tuple[int, int]:
        self.nr_made += 1
        self.processes[self.nr_made] = Process(
            self.nr_made,
            actor.name,
            actor.group,
            actor.session,
            actions=dict(actor.actions),
            blocked=set(actor.blocked),
        )
        return 0, self.nr_made

    def _exit(self, actor: Process, step: Step) -> tuple[int, int]:
        self._end(actor, "EXITED", step.third)
        return 0, 0

    def _end(self, process: Process, how: str, number: int) -> None:
        process.advance("END")
        process.end = (how, number)
        for child in self.processes.values():
            if child.parent == process.name:
                child.parent = INIT_PID
        process.advance("LAST_THREAD")
        process.news = None
        self._ended.append(process)
        if self.processes[process.parent].wants_no_children:
            self._forget(process)
            self.forgotten_untold.append(process.name)

    def _forget(self, process: Process) -> None:
        process.advance("REAP")
        del self.processes[process.name]

    def _members(self, group: int) -> list[Process]:
        return [process for process in self.processes.values() if process.group == group]

    def _may_signal(self, sender: Process, target: Process) -> bool:
        if sender.name == INIT_PID or sender.session == target.session:
            return True
        ancestor = target.parent
        while ancestor not in (0, sender.name):
            ancestor = self.processes[ancestor].parent
        return ancestor == sender.name

    def _kill(self, actor: Process, step: Step) -> tuple[int, int]:
        if step.first > 0:
            targets = [p for p in self.processes.values() if p.name == step.first]
        else:
            targets = self._members(-step.first if step.first else actor.group)
        if not targets:
            raise RefusedError("ESRCH")
        permitted = [target for target in targets if self._may_signal(actor, target)]
        if not permitted:
            raise RefusedError("EPERM")
        for target in permitted:
            if step.second:
                self._send(target, step.second)
        # What was sent takes effect when its target runs, after all of it was sent.
        for target in permitted:
            self._take(target)
        return 0, 0

    def _send(self, target: Process, signal: int) -> None:
        if target.name == INIT_PID or target.state == "ENDED":
            return
        if signal == SIGCONT:
            target.pending.discard(SIGSTOP)
            if target.state == "STOPPED":
                target.news = ("CONTINUED", SIGCONT)
            target.advance("CONTINUE")
            return
        if signal in target.blocked or not target.ignores(signal):
            target.pending.add(signal)

    def _take(self, target: Process) -> None:
        """Let a process that runs, or is killed, take what waits for it, lowest number first."""
        if SIGKILL in target.pending and target.state in ("RUNNING", "STOPPED"):
            self._end(target, "KILLED", SIGKILL)
        for signal in sorted(target.pending - target.blocked):
            if not target.is_running:
                return
            target.pending.discard(signal)
            if signal == SIGSTOP:
                target.advance("STOP")
                target.news = ("STOPPED", SIGSTOP)
                self._stopped.append(target)
            elif not target.ignores(signal):
                self._end(target, "KILLED", signal)

    def _tell(
        self, actor: Process, kind: int, number: int, options: int
    ) -> tuple[int, tuple[str, int]] | None:
        """Return which child has something to tell, and what."""
        children = [process for process in self.processes.values() if process.parent == actor.name]
        if kind == P_PID:
            children = [process for process in children if process.name == number]
        elif kind == P_PGID:
            group = number or actor.group
            children = [process for process in children if process.group == group]
        if not children:
            raise RefusedError("ECHILD")
        wanted = {"STOPPED": WSTOPPED, "CONTINUED": WCONTINUED}
        for child in children:
            if child.state == "ENDED":
                if child.end and options & WEXITED:
                    if not options & WNOWAIT:
                        self._forget(child)
                        self.told_ends.append(child.name)
                    return child.name, child.end
            elif child.news and options & wanted[child.news[0]]:
                news = child.news
                if not options & WNOWAIT:
                    child.news = None
                return child.name, news
        return None

    def _waitid(self, actor: Process, step: Step) -> tuple[int, int]:
        is_bad = step.second == P_PID and step.first <= 0
        if is_bad or not step.third & (WEXITED | WSTOPPED | WCONTINUED):
            raise RefusedError("EINVAL")
        told = self._tell(actor, step.second, step.first, step.third)
        if told is None:
            return 0, 0
        name, (what, number) = told
        return _CLD[what] << 32 | number, name

    def _wait4(self, actor: Process, step: Step) -> tuple[int, int]:
        kind = P_ALL if step.first == -1 else P_PID if step.first > 0 else P_PGID
        told = self._tell(actor, kind, abs(step.first), step.third | WEXITED)
        if told is None:
            return 0, 0
        name, (what, number) = told
        word = {"EXITED": number << 8, "KILLED": number, "STOPPED": number << 8 | 0x7F}
        return word.get(what, 0xFFFF), name

    def _setpgid(self, actor: Process, step: Step) -> tuple[int, int]:
        if step.first < 0 or step.second < 0:
            raise RefusedError("EINVAL")
        target = self.processes.get(step.first or actor.name)
        if target is None or (target is not actor and target.parent != actor.name):
            raise RefusedError("ESRCH")
        group = step.second or target.name
        is_there = any(member.session == actor.session for member in self._members(group))
        is_leader = target.session == target.name
        if target.session != actor.session or is_leader or (group != target.name and not is_there):
            raise RefusedError("EPERM")
        target.group = group
        return 0, 0

    def _setsid(self, actor: Process, _: Step) -> tuple[int, int]:
        if self._members(actor.name):
            raise RefusedError("EPERM")
        actor.group = actor.session = actor.name
        return 0, actor.name

    def _find(self, actor: Process, name: int) -> Process:
        if (name or actor.name) not in self.processes:
            raise RefusedError("ESRCH")
        return self.processes[name or actor.name]

    def _getpgid(self, actor: Process, step: Step) -> tuple[int, int]:
        return 0, self._find(actor, step.first).group

    def _getsid(self, actor: Process, step: Step) -> tuple[int, int]:
        return 0, self._find(actor, step.first).session

    def _getppid(self, actor: Process, _: Step) -> tuple[int, int]:
        return 0, actor.parent

    def _action(self, actor: Process, step: Step) -> tuple[int, int]:
        if step.second in (SIGKILL, SIGSTOP):
            raise RefusedError("EINVAL")
        actor.actions[step.second] = step.third
        if step.third & IGNORE:
            actor.pending.discard(step.second)
        return 0, 0

    def _mask(self, actor: Process, step: Step) -> tuple[int, int]:
        if not step.third:
            actor.blocked.discard(step.second)
        elif step.second not in (SIGKILL, SIGSTOP):
            actor.blocked.add(step.second)
        self._take(actor)
        return 0, 0

    def _pending(self, actor: Process, _: Step) -> tuple[int, int]:
        return sum(1 << (signal - 1) for signal in actor.pending), 0


_ACTIONS: Final = {
    Operation.FORK: ProcessMachine._fork,
    Operation.EXIT: ProcessMachine._exit,
    Operation.KILL: ProcessMachine._kill,
    Operation.WAITID: ProcessMachine._waitid,
    Operation.WAIT4: ProcessMachine._wait4,
    Operation.SETPGID: ProcessMachine._setpgid,
    Operation.GETPGID: ProcessMachine._getpgid,
    Operation.SETSID: ProcessMachine._setsid,
    Operation.GETSID: ProcessMachine._getsid,
    Operation.GETPPID: ProcessMachine._getppid,
    Operation.ACTION: ProcessMachine._action,
    Operation.MASK: ProcessMachine._mask,
    Operation.PENDING: ProcessMachine._pending,
}
