"""Gates as the command line shows them: the guest's console while they run, a table afterwards."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import click

from ci.bench import Bench, Variant, Watchers
from ci.report import Report, Row
from ci.run import GATES, TITLES, run_gates
from kpio_build.base.errors import KpioError, UsageError
from kpio_build.cli.data_disk import data_disk
from kpio_build.cli.machine import direct_machine
from kpio_build.cli.output import show_json, show_table, verdict
from kpio_build.cli.settings import Settings
from kpio_build.steps.dump import DUMP, DumpStep
from kpio_build.steps.image import ImageStep
from kpio_build.steps.packages import Purpose, requirement
from kpio_build.vm.config import Firmware

_REPORTS: Final = "check"


@dataclass(frozen=True)
class Wish:
    """What the user asked of the machine."""

    accelerator: str = "auto"
    memory_mib: int | None = None
    gdb_port: int | None = None
    data: Path | None = None
    is_traced: bool = False


@dataclass
class _Viewer:
    """Shows the guest's console, and notes when each claim was decided."""

    is_quiet: bool
    started_s: float = field(default_factory=time.monotonic)
    rows: list[tuple[Row, float]] = field(default_factory=list)

    def watchers(self) -> Watchers:
        """Return who is told."""
        return Watchers(
            on_console=None if self.is_quiet else _show_console,
            on_row=lambda row: self.rows.append((row, time.monotonic() - self.started_s)),
        )


def check_gates(
    settings: Settings,
    names: Sequence[str],
    variants: Sequence[Variant],
    wish: Wish,
    *,
    as_json: bool,
) -> None:
    """Build what is needed, run gates, show their rows.

    Raises GateError when a claim does not hold, the guest's own error when it did not come through;
    the rows are shown in either case.
    """
    unknown = [name for name in names if name not in GATES]
    if unknown:
        raise UsageError(
            f"there is no milestone {unknown[0]} that can be checked",
            hint=f"there is: {', '.join(GATES)}",
        )
    bench = _bench(settings, wish)
    viewer = _Viewer(is_quiet=as_json)
    try:
        report = run_gates(names, bench, variants=variants, watchers=viewer.watchers())
    except KpioError:
        _show(viewer, Report(tuple(row for row, _ in viewer.rows)), as_json=as_json)
        raise
    _show(viewer, report, as_json=as_json)
    settings.reporter.detail(f"report and screenshots: {bench.out}")
    report.require_passed()


def gate_list() -> list[dict[str, str]]:
    """Return the milestones that can be checked, with their titles."""
    return [{"milestone": name, "title": TITLES[name]} for name in GATES]


def _bench(settings: Settings, wish: Wish) -> Bench:
    engine = settings.engine(Purpose.BOOT)
    machine = direct_machine(settings, engine, ImageStep(), accelerator=wish.accelerator)
    if wish.memory_mib is not None:
        machine = replace(machine, memory_mib=wish.memory_mib)
    if wish.data is not None:
        machine = replace(machine, data=data_disk(engine, wish.data))
    code, variables = (Path(name) for name in requirement("ovmf").files)
    out = settings.tree.out / _REPORTS
    out.mkdir(parents=True, exist_ok=True)
    return Bench(
        machine=replace(machine, gdb_port=wish.gdb_port),
        firmware=Firmware(code=code, variables=variables),
        out=out,
        page_dump=engine.realise(DumpStep()) / DUMP,
        is_traced=wish.is_traced,
    )


def _show_console(data: bytes) -> None:
    """Pass the guest's console on. Runs in the machine's thread."""
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _show(viewer: _Viewer, report: Report, *, as_json: bool) -> None:
    if as_json:
        rows = [_as_json(row, decided_s) for row, decided_s in viewer.rows]
        show_json({"passed": report.is_passed, "rows": rows})
        return
    click.echo()
    table = [
        [
            f"{row.gate} {row.variant}",
            row.claim.text,
            "-" if row.measured is None else f"{row.measured:.3g} {row.claim.unit}".strip(),
            f"{row.claim.rule.value} {row.claim.threshold:g} {row.claim.unit}".strip(),
            f"{decided_s:.2f} s",
            verdict(row.is_passed, "passed", "failed"),
        ]
        for row, decided_s in viewer.rows
    ]
    show_table("", ["milestone", "claim", "measured", "claimed", "after", "verdict"], table)


def _as_json(row: Row, decided_s: float) -> dict[str, object]:
    return {
        "gate": row.gate,
        "variant": row.variant,
        "claim": row.claim.text,
        "measured": row.measured,
        "rule": row.claim.rule.value,
        "threshold": row.claim.threshold,
        "unit": row.claim.unit,
        "passed": row.is_passed,
        "decided_after_s": round(decided_s, 3),
        "note": row.note,
    }
