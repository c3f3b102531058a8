"""Futexes: the kernel, with threads of several processes, and the model replay one script."""

from typing import Final

import pytest

from kernel_py.model.futexes import ANSWER as FUTEX_ANSWER
from kernel_py.model.futexes import ASLEEP, INTERRUPTED, FutexMachine, Operation
from tests.boot.replays import Replay, outcome, shown
from tests.kernel_py.model.futex_scripts import write

RANDOM_STEPS: Final = 8_000
KILL_AT: Final = (5_000, 6_500)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_steps_give_one_trace(replay: Replay, seed: int) -> None:
    script = write(seed, RANDOM_STEPS, KILL_AT)
    answers = replay.play("futexes", script)
    model = FutexMachine()
    seen = set()
    for at, (step, answer) in enumerate(zip(script, answers, strict=True)):
        assert shown(answer) == shown(model.answer(step)), f"seed {seed}, step {at}: {step}"
        name = Operation(step.operation).name
        result, told, _ = FUTEX_ANSWER.unpack(answer)
        kinds = {"sleeps": result == ASLEEP, "wakes": bool(told % INTERRUPTED)}
        seen |= {f"{name} {kind}" for kind, is_so in kinds.items() if is_so}
        seen.add(f"{name} {outcome(answer)}")
    done = {f"{operation.name} done" for operation in Operation}
    waits = {"EAGAIN", "EFAULT", "EINVAL", "ETIMEDOUT", "sleeps"}
    wakes = {"EFAULT", "EINVAL", "wakes"}
    expected = {f"{call} {what}" for call in ("WAIT", "WAIT_BITSET") for what in waits}
    calls = ("WAKE_BITSET", "REQUEUE", "CMP_REQUEUE")
    expected |= {f"{call} {what}" for call in calls for what in wakes}
    assert done | expected | {"WAKE wakes", "CMP_REQUEUE EAGAIN"} <= seen
