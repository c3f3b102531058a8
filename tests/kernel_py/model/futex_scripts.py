"""Random scripts of futexes in which every step has one right answer."""

from random import Random
from typing import Final

from kernel_py.model.futexes import (
    ANY,
    INT_MAX,
    FutexMachine,
    Operation,
    Place,
    Step,
    Timeout,
)

_WEIGHTS: Final = {
    Operation.SET: 4,
    Operation.WAIT: 22,
    Operation.WAIT_BITSET: 22,
    Operation.WAKE: 7,
    Operation.WAKE_BITSET: 9,
    Operation.REQUEUE: 8,
    Operation.CMP_REQUEUE: 10,
    Operation.INTERRUPT: 5,
}
# A few words, so that many sleep on one; each shared one has two places.
_PLACES: Final = (0, 1, *[2, 3, 4, 5] * 4, *Place)
_MASKS: Final = (ANY, 1, 2, 3, 4, 6, 1 << 31, 0)
_COUNTS: Final = (0, 1, 1, 1, 2, 2, 3, INT_MAX)
_TIMEOUTS: Final = (*[Timeout.NONE] * 16, *[Timeout.FAR] * 4, *Timeout)


def random_step(numbers: Random, machine: FutexMachine, operation: Operation) -> Step:
    """Return a step, which may be one that cannot be done."""
    is_compare = operation == Operation.CMP_REQUEUE
    is_moving = is_compare or operation == Operation.REQUEUE
    is_waiting = operation in (Operation.WAIT, Operation.WAIT_BITSET)
    value = numbers.choice((0, 0, 0, 1) if is_waiting or operation == Operation.SET else _COUNTS)
    limit = numbers.choice(_COUNTS)
    if is_moving and numbers.random() < 0.05:
        value, limit = numbers.choice(((ANY, 1), (1, INT_MAX + 1)))
    others = machine.asleep if operation == Operation.INTERRUPT else _PLACES
    return Step(
        operation,
        numbers.choice(machine.awake or [0]),
        numbers.choice(_PLACES),
        numbers.choice(others or [0]),
        numbers.random() < 0.25,
        numbers.random() < 0.5,
        numbers.choice(_TIMEOUTS) if is_waiting else 0,
        value,
        limit if is_moving else 0,
        numbers.choice((0, 0, 0, 1) if is_compare else _MASKS),
    )


def write(seed: int, nr_steps: int, kill_at: tuple[int, ...] = ()) -> list[Step]:
    """Return random steps that can be done.

    The second process and those after it are killed on the way, one at each step of `kill_at`.
    """
    numbers = Random(seed)
    machine = FutexMachine()
    script: list[Step] = []
    kills = {step: process for process, step in enumerate(kill_at, start=1)}
    operations = numbers.choices(list(_WEIGHTS), list(_WEIGHTS.values()), k=nr_steps)
    for at, operation in enumerate(operations):
        step = random_step(numbers, machine, operation)
        if at in kills:
            step = Step(Operation.KILL, other=kills[at])
        if machine.is_certain(step):
            machine.answer(step)
            script.append(step)
        if not machine.awake:
            # Somebody has to go on.
            script.append(Step(Operation.INTERRUPT, other=numbers.choice(machine.asleep)))
            machine.answer(script[-1])
    return script
