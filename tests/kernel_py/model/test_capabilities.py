"""The kernel's capabilities and the model replay one script and must give one trace."""

from collections.abc import Callable, Iterable, Iterator
from itertools import combinations, product
from pathlib import Path
from random import Random
from typing import Final

import pytest

from kernel_py.abi.rights import RIGHTS
from kernel_py.model.capabilities import (
    ALL_RIGHTS,
    ANSWER,
    BASIC,
    STEP,
    Machine,
    Operation,
    Step,
)
from kpio_build.base.process import run

MAX_TREE: Final = 6
RANDOM_STEPS: Final = 1_000_000
SEEDS: Final = (1, 2, 3, 4)
STEPS_BETWEEN_LOOKS: Final = 500

Replay = Callable[[Iterable[Step]], bytes]


@pytest.fixture
def replay(capability_trace: Path, tmp_path: Path) -> Replay:
    """Return what gives the kernel's trace of a script."""

    def replay(steps: Iterable[Step]) -> bytes:
        script, trace = tmp_path / "script", tmp_path / "trace"
        script.write_bytes(b"".join(STEP.pack(*step) for step in steps))
        run([capability_trace, script, trace], within_s=120)
        return trace.read_bytes()

    return replay


def trees(size: int) -> Iterator[tuple[int, ...]]:
    """Yield every tree of `size` capabilities: for each but the root, whose child it is."""
    yield from product(*(range(child) for child in range(1, size)))


# Rights that each derivation takes away one of, so that a capability's rights tell its path.
_LOSABLE: Final = [r.value for r in RIGHTS if r.value & ALL_RIGHTS and not r.value & BASIC]


def _kept(child: int) -> int:
    return ALL_RIGHTS & ~_LOSABLE[(child - 1) % len(_LOSABLE)]


def _ancestors(tree: tuple[int, ...], one: int) -> Iterator[int]:
    """Yield who `one` stems from, from its parent to the root, by the tree as it was made."""
    while one:
        one = tree[one - 1]
        yield one


def _cuts(size: int) -> Iterator[tuple[set[int], int]]:
    """Yield every way to close up to two of `size` handles and revoke another."""
    for count in range(3):
        for closed in combinations(range(size), count):
            for revoked in set(range(size)) - set(closed):
                yield set(closed), revoked


def test_every_small_tree_is_cut_as_its_shape_says(replay: Replay) -> None:
    """All trees up to MAX_TREE, with up to two handles closed and any other one revoked.

    What must be left is computed here from the tree's shape alone, and is compared with both.
    """
    script: list[Step] = []
    expected: dict[int, int] = {}
    nr_cases = 0
    for size in range(1, MAX_TREE + 1):
        for tree, (closed, revoked) in product(trees(size), _cuts(size)):
            nr_cases += 1
            script += [Step(Operation.RESET), Step(Operation.OPEN)]
            for child, parent in enumerate(tree, start=1):
                kept = _kept(child)
                script.append(Step(Operation.DUPLICATE_FROM, number=parent, rights=kept))
            script += [Step(Operation.CLOSE, number=one) for one in closed]
            left = set(range(size)) - closed
            below = {one for one in left if revoked in _ancestors(tree, one)}
            expected[len(script)] = len(below)
            script.append(Step(Operation.REVOKE, number=revoked))
            for one in left:
                rights = ALL_RIGHTS
                for above in (one, *_ancestors(tree, one)):
                    rights &= _kept(above) if above else ALL_RIGHTS
                expected[len(script)] = rights << 24 | (one in below)
                script.append(Step(Operation.INFO, number=one))
    assert nr_cases > 13_000
    machine = Machine()
    answers = ANSWER.iter_unpack(replay(script))
    for at, (step, answer) in enumerate(zip(script, answers, strict=True)):
        assert machine.play(step) == answer, f"step {at}: {step}"
        if step.operation == Operation.REVOKE:
            assert not list(machine.violations()), f"step {at}: {step}"
        if at in expected:
            seen = answer[0]
            if step.operation == Operation.INFO:
                seen &= 0xFFF << 24 | 1
            assert seen == expected[at], f"step {at}: {step}"


_WEIGHTS: Final = {
    Operation.OPEN: 8,
    Operation.DUPLICATE_FROM: 26,
    Operation.DUPLICATE_AT: 6,
    Operation.CLOSE: 22,
    Operation.REVOKE: 4,
    Operation.USE: 8,
    Operation.INFO: 14,
    Operation.GIVE: 10,
    Operation.FORK: 0.5,
    Operation.INHERIT: 0.5,
    Operation.EXEC: 1,
    Operation.RESET: 0.001,
}


def _random_steps(seed: int, count: int) -> list[Step]:
    numbers = Random(seed)
    bits = [right.value for right in RIGHTS if right.value & ALL_RIGHTS]
    masks = [ALL_RIGHTS] * 12 + [ALL_RIGHTS & ~bit for bit in bits] + bits + [0]
    tables = range(4)
    return list(
        map(
            Step,
            numbers.choices([int(o) for o in _WEIGHTS], list(_WEIGHTS.values()), k=count),
            numbers.choices(tables, k=count),
            numbers.choices([*range(28), -1, 1023, 1024], k=count),
            numbers.choices([*range(28), -1, 1022, 1023, 1024], k=count),
            numbers.choices(masks, k=count),
            numbers.choices([0] * 12 + [1, 2], k=count),
            numbers.choices((False, False, True), k=count),
        )
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_random_steps_give_one_trace(replay: Replay, seed: int) -> None:
    """A million steps, over all seeds, on four tables."""
    script = _random_steps(seed, RANDOM_STEPS // len(SEEDS))
    machine = Machine()
    succeeded = dict.fromkeys(_WEIGHTS, 0)
    for at, (step, answer) in enumerate(
        zip(script, ANSWER.iter_unpack(replay(script)), strict=True)
    ):
        said = machine.play(step)
        assert said == answer, f"seed {seed}, step {at}: {step}"
        succeeded[Operation(step.operation)] += said[0] > 0
        if at % STEPS_BETWEEN_LOOKS == 0:
            assert not list(machine.violations()), f"seed {seed}, step {at}: {step}"
    never = [o.name for o, count in succeeded.items() if not count and o is not Operation.RESET]
    assert set(never) <= {"CLOSE"}, f"seed {seed}: these never did anything"
