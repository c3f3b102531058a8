"""Where a row's instructions go: KPIO's kernel by its functions.

A plugin counts every instruction that the guest executes between the marks of the row, by its
address; nothing is sampled, and the sum is what the row shows.
"""

import bisect
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ci.speed.guests import RUN_WITHIN_S, Guest, run_machine
from ci.speed.lines import Measured, Missing
from ci.speed.rows import Row
from kernel_py.abi import memory
from kpio_build.base.errors import KpioError
from kpio_build.base.process import run
from kpio_build.steps.ksyms import Symbol

PROGRAMS: Final = "(programs)"
"""What is executed in user mode, whichever program's it is."""
OUTSIDE: Final = "(no function)"
_CRATE_HASH: Final = re.compile(r"\[[0-9a-f]{1,16}\]")


@dataclass(frozen=True)
class Cost:
    """A function of the kernel, and how many instructions of an operation are its own."""

    function: str
    instructions: float


@dataclass(frozen=True)
class Profile:
    """A row's functions, the dearest first."""

    row: Row
    operations: int
    costs: tuple[Cost, ...]

    @property
    def instructions(self) -> float:
        """Instructions of one operation."""
        return sum(cost.instructions for cost in self.costs)


def profile(
    guest: Guest, row: Row, *, plugin: Path, symbols: Sequence[Symbol], counts: Path, cxxfilt: Path
) -> Profile:
    """Run one row of KPIO's under the plugin, and return where its instructions go.

    `symbols` are the kernel's functions; `counts` is a file for what the plugin counts.
    Raises KpioError for a row that KPIO cannot run yet.
    """
    machine = guest.machine([row.name], is_counted=True)
    machine = replace(machine, devices=("-plugin", f"{plugin},out={counts}"))
    reading = run_machine(guest.name, machine, [row.name], RUN_WITHIN_S).rows[row.name]
    if isinstance(reading, Missing):
        raise KpioError(
            f"KPIO cannot run {row.name} yet: it has no {reading.what}",
            hint="only what runs can be profiled",
        )
    by_function = count_functions(read_counts(counts.read_text(encoding="ascii")), symbols)
    return _profile(row, reading, by_function, demangle(list(by_function), cxxfilt))


def read_counts(text: str) -> dict[int, int]:
    """Return {address: executions} of the plugin's file."""
    pairs = (line.split(" ") for line in text.splitlines())
    return {int(address, 16): int(count) for address, count in pairs}


def count_functions(counts: Mapping[int, int], symbols: Sequence[Symbol]) -> Counter[str]:
    """Return how many instructions each function has executed, by its mangled name."""
    ordered = sorted(symbols)
    starts = [symbol.address for symbol in ordered]
    found: Counter[str] = Counter()
    for address, count in counts.items():
        index = bisect.bisect_right(starts, address) - 1
        if address < memory.USER_END:
            found[PROGRAMS] += count
        elif index < 0:
            found[OUTSIDE] += count
        else:
            found[ordered[index].name] += count
    return found


def demangle(names: Sequence[str], cxxfilt: Path) -> dict[str, str]:
    """Return {name: readable name}, without generic arguments; names of assembly stay."""
    done = run([cxxfilt, "--format=rust"], stdin="".join(f"{name}\n" for name in names).encode())
    readable = map(without_generics, done.stdout.splitlines())
    return dict(zip(names, readable, strict=True))


def without_generics(name: str) -> str:
    """Return a demangled name of Rust's without generic arguments and the crates' hashes.

    `<a::B<C> as d::E<F>>::g::<H>` becomes `<a::B as d::E>::g`.
    """
    kept: list[str] = []
    depth = 0
    for char in _CRATE_HASH.sub("", name).replace("->", "→"):
        is_argument = char == "<" and bool(kept) and kept[-1] not in "<( &"
        if depth or is_argument:
            depth += (char == "<") - (char == ">")
        else:
            kept.append(char)
    return "".join(kept).replace("::::", "::").removesuffix("::")


def _profile(
    row: Row, reading: Measured, by_function: Counter[str], readable: Mapping[str, str]
) -> Profile:
    costs = tuple(
        Cost(readable[name], count / reading.operations)
        for name, count in by_function.most_common()
    )
    return Profile(row, reading.operations, costs)
