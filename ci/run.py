"""Run gates and write down what they measured."""

from collections.abc import Callable, Sequence
from typing import Final

from ci.bench import Bench, Measurements, Variant, Watchers
from ci.gates import m1, m2, m3
from ci.report import Report, Row
from kpio_build.base.errors import KpioError, UsageError

REPORT_NAME: Final = "report.json"

Gate = Callable[[Bench, Variant, Watchers], tuple[Measurements, KpioError | None]]

GATES: Final[dict[str, Gate]] = {m1.NAME: m1.measure, m2.NAME: m2.measure, m3.NAME: m3.measure}
"""The milestones that can be checked, by name, in the checklist's order."""

TITLES: Final = {m1.NAME: m1.TITLE, m2.NAME: m2.TITLE, m3.NAME: m3.TITLE}

VARIANTS: Final = {m1.NAME: m1.VARIANTS, m2.NAME: m2.VARIANTS, m3.NAME: m3.VARIANTS}
"""The ways to boot that each is measured on."""


def run_gates(
    names: Sequence[str],
    bench: Bench,
    *,
    variants: Sequence[Variant] = tuple(Variant),
    watchers: Watchers | None = None,
) -> Report:
    """Measure every gate in `names`, on those ways to boot in `variants` that it is measured on.

    The report is also written to report.json in the bench's directory, whatever happens. A claim
    that does not hold is a row of it; ask `Report.require_passed`. When the guest did not come
    through, its own error is raised after the report is written, with its own exit status.
    Raises UsageError for a name that is no gate.
    """
    unknown = [name for name in names if name not in GATES]
    if unknown:
        raise UsageError(f"there is no gate '{unknown[0]}'", hint=f"there are: {', '.join(GATES)}")
    rows: list[Row] = []
    for name in names:
        for variant in (variant for variant in variants if variant in VARIANTS[name]):
            measurements, error = GATES[name](bench, variant, watchers or Watchers())
            rows += measurements.rows
            Report(tuple(rows)).write(bench.out / REPORT_NAME)
            if error is not None:
                raise error
    return Report(tuple(rows))
