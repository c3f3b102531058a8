"""Shared memory objects: the kernel, by its real calls, and the model replay one script."""

from random import Random
from typing import Final

import pytest

from kernel_py.abi.memory import PAGE_SIZE
from kernel_py.abi.rights import RIGHTS
from kernel_py.model.capabilities import ALL_RIGHTS
from kernel_py.model.shared_memory import (
    MAPPED_PAGES,
    NR_PLACES,
    O_CREAT,
    O_EXCL,
    O_RDWR,
    O_TRUNC,
    Operation,
    SharedMemoryMachine,
    Step,
)
from tests.boot.replays import Replay, nr_handles, outcome, shown

RANDOM_STEPS: Final = 15_000
NOTHING: Final = Step(Operation.CLOSE, number=-1)

_WEIGHTS: Final = {
    Operation.CREATE: 3,
    Operation.OPEN: 12,
    Operation.UNLINK: 4,
    Operation.CLOSE: 14,
    Operation.RESIZE: 10,
    Operation.MAP: 14,
    Operation.UNMAP: 5,
    Operation.PEEK: 30,
    Operation.POKE: 20,
    Operation.DUPLICATE: 4,
    Operation.STAT: 10,
}
_NAMES: Final = 4
_NUMBERS: Final = (*range(3, 14), *range(3, 8), -1, 1023)
_OPENINGS: Final = (
    *(0, O_RDWR, O_RDWR | O_CREAT, O_RDWR | O_CREAT, O_CREAT, O_RDWR | O_CREAT | O_EXCL),
    *(O_RDWR | O_TRUNC, O_TRUNC, 1),
)
_LENGTHS: Final = (0, 1, PAGE_SIZE - 1, *[2 * PAGE_SIZE] * 2, 3 * PAGE_SIZE + 7, 6 * PAGE_SIZE)
_OFFSETS: Final = (0, 1, 6, PAGE_SIZE - 2, PAGE_SIZE - 1)


def _random_step(numbers: Random, operation: Operation, masks: list[int]) -> Step:
    which, argument, other = numbers.randrange(NR_PLACES), 0, 0
    match operation:
        case Operation.OPEN:
            which, argument = numbers.randrange(_NAMES), numbers.choice(_OPENINGS)
        case Operation.UNLINK:
            which = numbers.randrange(_NAMES)
        case Operation.RESIZE:
            argument = numbers.choice(_LENGTHS)
        case Operation.MAP:
            argument, other = numbers.randrange(3), numbers.randrange(4)
        case Operation.PEEK | Operation.POKE:
            page = numbers.choice((0, 0, *range(MAPPED_PAGES)))
            argument = page * PAGE_SIZE + numbers.choice(_OFFSETS)
            other = numbers.randrange(1, 256)
        case Operation.DUPLICATE:
            argument = numbers.choice(masks)
    return Step(operation, which, numbers.choice(_NUMBERS), argument, other)


def _random_steps(seed: int) -> list[Step]:
    """Return steps that have one right answer each."""
    numbers = Random(seed)
    bits = [right.value for right in RIGHTS if right.value & ALL_RIGHTS]
    masks = [ALL_RIGHTS & ~bit for bit in bits]
    model = SharedMemoryMachine(0)
    script = [NOTHING]
    operations = numbers.choices(list(_WEIGHTS), list(_WEIGHTS.values()), k=RANDOM_STEPS)
    for operation in operations:
        step = _random_step(numbers, operation, masks)
        if model.is_certain(step):
            model.answer(step)
            script.append(step)
    return script


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_steps_give_one_trace(replay: Replay, seed: int) -> None:
    script = _random_steps(seed)
    answers = replay.play("shared-memory", script)
    model = SharedMemoryMachine(nr_handles(answers[0]))
    seen = set()
    for at, (step, answer) in enumerate(zip(script, answers, strict=True)):
        assert shown(answer) == shown(model.answer(step)), f"step {at}: {step}"
        seen.add(f"{Operation(step.operation).name} {outcome(answer)}")
    done = {f"{operation.name} done" for operation in Operation}
    refused = {f"OPEN {name}" for name in ("EINVAL", "EEXIST", "ENOENT")} | {"UNLINK ENOENT"}
    refused |= {"RESIZE EINVAL", "RESIZE EBADF", "MAP EACCES", "MAP EBADF", "STAT EBADF"}
    assert done | refused | {"PEEK EFAULT", "POKE EFAULT"} <= seen
