"""What holds of the model of futexes, whatever is done."""

import pytest

from kernel_py.model.futexes import (
    ANSWER,
    ASLEEP,
    INT_MAX,
    INTERRUPTED,
    NR_OWN,
    NR_SHARED,
    NR_THREADS,
    FutexMachine,
    Operation,
    Step,
)
from tests.kernel_py.model.futex_scripts import write

SHARED = NR_OWN
ALIAS = NR_OWN + NR_SHARED
SECOND_PROCESS = NR_THREADS


def answers(machine: FutexMachine, *steps: Step) -> list[tuple[int, ...]]:
    """Do steps that can be done; return what they answer."""
    assert all(machine.is_certain(step) for step in steps[:1])
    return [ANSWER.unpack(machine.answer(step)) for step in steps]


@pytest.mark.parametrize("seed", range(5))
def test_who_sleeps_is_counted_once_and_who_wakes_slept(seed: int) -> None:
    machine = FutexMachine()
    for step in write(seed, 2_000, (1_200, 1_600)):
        asleep = set(machine.asleep)
        result, told, nr_waiting = ANSWER.unpack(machine.answer(step))
        went_on = {at for at in asleep if told & (1 | INTERRUPTED) << at}
        fell_asleep = {step.actor} if result == ASLEEP else set()
        gone = {at for at in asleep if at // NR_THREADS in machine.killed}
        assert set(machine.asleep) == asleep - went_on - gone | fell_asleep
        assert len(machine.asleep) == len(set(machine.asleep)) == nr_waiting
        assert not went_on or not fell_asleep


def test_sleepers_wake_in_the_order_in_which_they_came() -> None:
    machine = FutexMachine()
    for actor in (2, 0, SECOND_PROCESS):
        answers(machine, Step(Operation.WAIT, actor, SHARED))
    wake = Step(Operation.WAKE, 1, ALIAS, value=1)
    assert answers(machine, wake, wake, wake, wake) == [
        (1, 1 << 2, 2),
        (1, 1 << 0, 1),
        (1, 1 << SECOND_PROCESS, 0),
        (0, 0, 0),
    ]


def test_who_is_moved_comes_behind_those_that_are_there() -> None:
    machine = FutexMachine()
    answers(machine, Step(Operation.WAIT, 0, SHARED))
    answers(machine, Step(Operation.WAIT, 1, SHARED + 1))
    move = Step(Operation.CMP_REQUEUE, 2, SHARED, SHARED + 1, limit=INT_MAX)
    wake = Step(Operation.WAKE, 2, SHARED + 1, value=1)
    assert answers(machine, move, wake) == [(1, 0, 2), (1, 1 << 1, 1)]


def test_private_words_are_of_one_process() -> None:
    machine = FutexMachine()
    answers(machine, Step(Operation.WAIT, 0, SHARED, is_private=True))
    others = [
        Step(Operation.WAKE, SECOND_PROCESS, SHARED, is_private=True, value=1),
        Step(Operation.WAKE, 1, ALIAS, is_private=True, value=1),
        Step(Operation.WAKE, 1, SHARED, value=1),
    ]
    assert answers(machine, *others) == [(0, 0, 1)] * 3
    own = Step(Operation.WAKE, 1, SHARED, is_private=True, value=1)
    assert answers(machine, own) == [(1, 1, 0)]
