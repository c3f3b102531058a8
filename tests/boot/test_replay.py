"""Channels: the kernel, by its real calls, and the model replay one script."""

from itertools import repeat
from random import Random
from typing import Final

import pytest

from kernel_py.abi.rights import RIGHTS
from kernel_py.model.capabilities import ALL_RIGHTS
from kernel_py.model.channels import ANSWER, ChannelMachine, Operation, Sent, Step
from tests.boot.replays import Replay, nr_handles, outcome, shown

RANDOM_STEPS: Final = 15_000


def compare(replay: Replay, script: list[Step]) -> list[str]:
    """Fail at the first answer that is not the model's; return what became of each step.

    The script's first step changes nothing: it tells how many handles there were.
    """
    answers = replay.play("channels", script)
    model = ChannelMachine(nr_handles(answers[0]))
    outcomes = []
    for at, (step, answer) in enumerate(zip(script, answers, strict=True)):
        assert shown(answer) == shown(model.answer(step)), f"step {at}: {step}"
        outcomes.append(f"{Operation(step.operation).name} {outcome(answer)}")
    return outcomes


NOTHING: Final = Step(Operation.READY, number=-1)

_WEIGHTS: Final = {
    Operation.CREATE: 5,
    Operation.OPEN: 4,
    Operation.CLOSE: 17,
    Operation.SEND: 36,
    Operation.RECEIVE: 22,
    Operation.DUPLICATE: 5,
    Operation.REVOKE: 3,
    Operation.READY: 6,
    Operation.INFO: 4,
}
_LENGTHS: Final = (*range(12), 100, 4096, *[30_000] * 2, *[65_536] * 3, 65_537)
_NUMBERS: Final = (*range(3, 20), *range(3, 12), -1, 1023, 1024)
_ROOMS: Final = (*[65_536] * 6, 4096, 8, 3, 0)


def _random_steps(seed: int) -> list[Step]:
    numbers = Random(seed)
    bits = [right.value for right in RIGHTS if right.value & ALL_RIGHTS]
    masks = [ALL_RIGHTS] * 10 + [ALL_RIGHTS & ~bit for bit in bits]

    def sent() -> Sent:
        return Sent(numbers.choice(_NUMBERS), numbers.random() < 0.5, numbers.choice(masks))

    def step(operation: int) -> Step:
        is_send = operation == Operation.SEND
        return Step(
            operation,
            numbers.choice(_NUMBERS),
            numbers.choice(_LENGTHS if is_send else _ROOMS),
            numbers.choice((0, 1, 1, 2) if is_send else (2, 2, 2, 1, 0)),
            sent(),
            sent(),
        )

    operations = numbers.choices(
        [int(o) for o in _WEIGHTS], list(_WEIGHTS.values()), k=RANDOM_STEPS
    )
    return [NOTHING, *map(step, operations)]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_steps_give_one_trace(replay: Replay, seed: int) -> None:
    script = _random_steps(seed)
    seen = set(compare(replay, script))
    done = {f"{operation.name} done" for operation in Operation}
    both = ("EBADF", "EINVAL", "EMSGSIZE", "EPIPE", "EAGAIN")
    refused = {f"{call} {name}" for call in ("SEND", "RECEIVE") for name in both} | {"SEND ELOOP"}
    # A queue is seldom full here; test_limits_give_one_trace fills some.
    assert (done | refused) - {"SEND EAGAIN"} <= seen


def test_limits_give_one_trace(replay: Replay) -> None:
    """Handles in messages, messages in a queue, bytes in a queue, handles in a table."""
    copy = Sent(3, is_copy=True)
    script = [NOTHING, Step(Operation.OPEN)]
    # Descriptors: a counter 3, and channels 4-5, 6-7, 8-9.
    script += repeat(Step(Operation.CREATE), 3)
    for end in (4, 6, 8):
        script += repeat(Step(Operation.SEND, end, 0, 2, copy, copy), 257)
    script += [Step(Operation.CLOSE, 5), Step(Operation.SEND, 8, 0, 2, copy, copy)]
    script += repeat(Step(Operation.SEND, 7, 65_536), 5)
    script += [Step(Operation.RECEIVE, 6, 65_536), Step(Operation.SEND, 7, 65_537)]
    script += repeat(Step(Operation.SEND, 7, 65_535), 2)
    script += [Step(Operation.SEND, 7, 1), Step(Operation.SEND, 7, 1)]
    script += repeat(Step(Operation.CREATE), 510)
    script += repeat(Step(Operation.RECEIVE, 7, 0, 2), 3)
    script += [Step(Operation.CLOSE, 20), Step(Operation.RECEIVE, 7, 0, 2)]
    script += [Step(Operation.CLOSE, 21), Step(Operation.RECEIVE, 7, 0, 2)]
    script += [Step(Operation.DUPLICATE, 3), Step(Operation.OPEN), Step(Operation.CREATE)]
    seen = set(compare(replay, script))
    assert {"SEND ETOOMANYREFS", "SEND EAGAIN", "RECEIVE EMFILE", "CREATE EMFILE"} <= seen


@pytest.mark.parametrize(("depth", "refusal"), [(300, "SEND ELOOP"), (600, "SEND ETOOMANYREFS")])
def test_a_deep_search_gives_one_trace(replay: Replay, depth: int, refusal: str) -> None:
    """Each end waits in a message at the one before it, beside a counter: 2 handles a step down."""
    script = [NOTHING, Step(Operation.OPEN)]
    model = ChannelMachine(0)
    for step in script:
        model.answer(step)

    def create() -> tuple[int, int]:
        script.append(Step(Operation.CREATE))
        _, ends, _ = ANSWER.unpack(model.answer(script[-1]))
        return ends >> 32, ends & 0xFFFF_FFFF

    def send(through: int, end: int) -> None:
        counter = Sent(3, is_copy=True)
        script.append(Step(Operation.SEND, through, 0, 2, Sent(end), counter))
        model.answer(script[-1])

    deepest, held = create()
    for _ in range(depth):
        through, end = create()
        send(through, held)
        held = end
    # It would come to be held by itself.
    send(deepest, held)
    script += [Step(Operation.INFO, held), Step(Operation.CLOSE, held), Step(Operation.INFO, 3)]
    seen = compare(replay, script)
    assert seen[-4] == refusal
