"""What holds of the model of processes, whatever is done."""

from collections import Counter

import pytest

from kernel_py.abi.boot import INIT_PID
from kernel_py.model.processes import (
    ANSWER,
    P_PID,
    SIGCHLD,
    SIGCONT,
    SIGSTOP,
    WCONTINUED,
    WNOHANG,
    WSTOPPED,
    Operation,
    ProcessMachine,
    Step,
)
from tests.kernel_py.model.process_scripts import Script


@pytest.mark.parametrize("seed", range(5))
def test_families_stay_whole(seed: int) -> None:
    script = Script(seed)
    machine = script.machine
    for _ in range(60):
        script.write(20)
        processes = machine.processes
        sessions: dict[int, set[int]] = {}
        for process in processes.values():
            sessions.setdefault(process.group, set()).add(process.session)
            assert process.parent in processes or process.name == INIT_PID
            assert (process.state == "ENDED") == (process.end is not None)
        assert all(len(those) == 1 for those in sessions.values()), "a group in two sessions"
        gone = Counter(machine.told_ends) + Counter(machine.forgotten_untold)
        assert set(gone.values()) <= {1}, "told twice"
        made = set(range(INIT_PID, machine.nr_made + 1))
        assert set(gone) == made - set(processes), "gone and not told"


def test_news_is_told_once() -> None:
    machine = ProcessMachine()
    machine.do(Step(Operation.FORK))
    for signal, options in ((SIGSTOP, WSTOPPED), (SIGCONT, WCONTINUED)):
        machine.do(Step(Operation.KILL, first=2, second=signal))
        ask = Step(Operation.WAITID, first=2, second=P_PID, third=options | WNOHANG)
        answers = [ANSWER.unpack(machine.do(ask).answer or b"")[2] for _ in range(2)]
        assert answers == [2, 0]


def test_sigchld_ends_nobody() -> None:
    machine = ProcessMachine()
    machine.do(Step(Operation.FORK))
    effects = machine.do(Step(Operation.KILL, first=2, second=SIGCHLD))
    assert not effects.witnesses
    assert machine.processes[2].is_running
