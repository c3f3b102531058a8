"""KPIO beside Linux: runs of both, ratios, and whether they are what they should be."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from ci.speed.guests import ICOUNT_SHIFT, Guest, run_guest
from ci.speed.lines import Measured, Reading, Run
from ci.speed.rows import Row
from kpio_build.base.errors import KpioError

MEAN_AT_MOST: Final = 0.8
ROW_AT_MOST: Final = 1.2
CALIBRATION_TOLERANCE: Final = 0.01

OnStage = Callable[[str], None]


@dataclass(frozen=True)
class Readings:
    """All runs of one system: two with counted time, one with the host's."""

    counted: tuple[Run, Run]
    timed: Run

    def instructions(self, row: str) -> float | None:
        """Return the instructions of one operation; None if the system cannot do it yet."""
        return _each(self.counted[0].rows[row], lambda found: found.ticks_each / 2**ICOUNT_SHIFT)

    def wall_ns(self, row: str) -> float | None:
        """Return the wall time of one operation, emulated."""
        return _each(self.timed.rows[row], lambda found: found.ns_each)

    def spread(self, row: str) -> float | None:
        """Return how far the two counted runs are apart, as a part of the first."""
        first, second = (run.rows[row] for run in self.counted)
        if not isinstance(first, Measured) or not isinstance(second, Measured):
            return None
        return abs(second.ticks - first.ticks) / first.ticks


@dataclass(frozen=True)
class Compared:
    """One row of both systems. `missing` is what KPIO does not have yet, if that is why."""

    row: Row
    kpio: float | None
    linux: float | None
    kpio_ns: float | None
    linux_ns: float | None
    spread: float | None
    missing: str

    @property
    def ratio(self) -> float | None:
        """KPIO's instructions as a multiple of Linux's; below 1 KPIO takes fewer."""
        if self.kpio is None or self.linux is None:
            return None
        return self.kpio / self.linux

    @property
    def wall_ratio(self) -> float | None:
        """KPIO's wall time as a multiple of Linux's."""
        if self.kpio_ns is None or self.linux_ns is None:
            return None
        return self.kpio_ns / self.linux_ns

    @property
    def is_met(self) -> bool | None:
        """Whether the row is within its bound; None if it was not measured."""
        return None if self.ratio is None else self.ratio <= ROW_AT_MOST


@dataclass(frozen=True)
class Comparison:
    """Every row, in order, and what the two clocks showed for the loop of known length."""

    rows: tuple[Compared, ...]
    calibration: tuple[float, float]
    """Instructions counted for each that was executed: KPIO's, Linux's."""

    @property
    def mean(self) -> float | None:
        """The geometric mean of the ratios there are; None if there is none."""
        ratios = [row.ratio for row in self.rows if row.ratio is not None]
        return math.exp(math.fsum(map(math.log, ratios)) / len(ratios)) if ratios else None

    @property
    def is_mean_met(self) -> bool:
        """Whether the mean is within its bound."""
        return self.mean is not None and self.mean <= MEAN_AT_MOST

    @property
    def nr_measured(self) -> int:
        """How many rows have a ratio."""
        return sum(row.ratio is not None for row in self.rows)

    @property
    def spread(self) -> float:
        """The widest spread of any row."""
        return max((row.spread for row in self.rows if row.spread is not None), default=0.0)


def measure(kpio: Guest, linux: Guest, rows: Sequence[Row], on_stage: OnStage) -> Comparison:
    """Run both systems, twice with counted time and once with the host's, and compare.

    Raises KpioError when the clocks do not show the instructions of a known loop, or Linux lacks a
    row that KPIO has.
    """
    names = [row.name for row in rows]

    def run(guest: Guest, what: str, *, is_counted: bool) -> Run:
        on_stage(f"{guest.name}, {what}")
        return run_guest(guest, names, is_counted=is_counted)

    counted: dict[str, list[Run]] = {kpio.name: [], linux.name: []}
    for what in ("instructions", "instructions again"):
        for guest in (kpio, linux):
            counted[guest.name].append(run(guest, what, is_counted=True))
        check_calibration(counted[kpio.name][-1], counted[linux.name][-1])
    timed = {guest.name: run(guest, "wall time", is_counted=False) for guest in (kpio, linux)}
    readings = {
        name: Readings((first, second), timed[name]) for name, (first, second) in counted.items()
    }
    return compare(readings[kpio.name], readings[linux.name], rows)


def compare(kpio: Readings, linux: Readings, rows: Sequence[Row]) -> Comparison:
    """Return the rows of both side by side."""
    calibration = (counted_each(kpio.counted[0]), counted_each(linux.counted[0]))
    return Comparison(tuple(_compared(kpio, linux, row) for row in rows), calibration)


def check_calibration(kpio: Run, linux: Run) -> None:
    """Raise KpioError unless both systems count the instructions of the known loop, in both clocks.

    A hundredth is allowed: the timer's interrupts fall into the loop, and are instructions too.
    """
    shown = {
        "KPIO's counter": counted_each(kpio),
        "KPIO's clock": kpio.calibration.ns_each / 2**ICOUNT_SHIFT,
        "Linux's counter": counted_each(linux),
        "Linux's clock": linux.calibration.ns_each / 2**ICOUNT_SHIFT,
    }
    wrong = {name: each for name, each in shown.items() if abs(each - 1) > CALIBRATION_TOLERANCE}
    if wrong or abs(shown["KPIO's counter"] - shown["Linux's counter"]) > CALIBRATION_TOLERANCE:
        told = ", ".join(f"{name} {each:.4f}" for name, each in shown.items())
        raise KpioError(
            f"for each instruction of a known loop the guests' clocks show: {told}",
            hint="more than 1 % apart, so nothing was compared: QEMU's -icount does not drive both",
        )


def counted_each(run: Run) -> float:
    """Return the instructions that were counted for each one of the known loop."""
    return run.calibration.ticks_each / 2**ICOUNT_SHIFT


def _compared(kpio: Readings, linux: Readings, row: Row) -> Compared:
    on_kpio, on_linux = kpio.counted[0].rows[row.name], linux.counted[0].rows[row.name]
    if isinstance(on_kpio, Measured) and not isinstance(on_linux, Measured):
        raise KpioError(
            f"Linux has no row {row.name}: it lacks {on_linux.what}",
            hint="userspace/bench/rows/ has the row's source; it must run on Linux first",
        )
    spreads = [spread for spread in (kpio.spread(row.name), linux.spread(row.name)) if spread]
    return Compared(
        row=row,
        kpio=kpio.instructions(row.name),
        linux=linux.instructions(row.name),
        kpio_ns=kpio.wall_ns(row.name),
        linux_ns=linux.wall_ns(row.name),
        spread=max(spreads, default=0.0) if isinstance(on_linux, Measured) else None,
        missing="" if isinstance(on_kpio, Measured) else on_kpio.what,
    )


def _each(reading: Reading, what: Callable[[Measured], float]) -> float | None:
    return what(reading) if isinstance(reading, Measured) else None
