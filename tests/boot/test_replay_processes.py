"""Processes: the kernel, with real ones, and the model replay one script."""

from typing import Final

import pytest

from kernel_py.model.processes import Operation
from tests.boot.replays import Replay, outcome, shown
from tests.kernel_py.model.process_scripts import Script

RANDOM_STEPS: Final = 5_000


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_steps_give_one_trace(replay: Replay, seed: int) -> None:
    script = Script(seed).write(RANDOM_STEPS)
    answers = replay.play("processes", script)
    seen = set()
    for at, (line, answer) in enumerate(zip(script, answers, strict=True)):
        assert shown(answer) == shown(line.expected), f"seed {seed}, line {at}: {line.step}"
        seen.add(f"{Operation(line.step.operation).name} {outcome(answer)}")
    done = {f"{operation.name} done" for operation in Operation}
    refused = {"KILL ESRCH", "KILL EPERM", "WAITID ECHILD", "WAITID EINVAL", "WAIT4 ECHILD"}
    refused |= {"SETPGID ESRCH", "SETPGID EPERM", "SETPGID EINVAL", "SETSID EPERM"}
    assert done | refused | {"GETPGID ESRCH", "GETSID ESRCH", "ACTION EINVAL"} <= seen
