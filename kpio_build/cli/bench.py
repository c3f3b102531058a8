"""`kpio bench`: KPIO beside Linux, operation by operation."""

import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from ci.speed import page
from ci.speed.comparison import Compared, Comparison, measure
from ci.speed.guests import Guest, kpio_guest, linux_guest
from ci.speed.plot import plot
from ci.speed.profile import profile
from ci.speed.rows import ROWS, rows_named
from kpio_build.base.errors import UsageError
from kpio_build.base.paths import write_atomically
from kpio_build.base.process import run
from kpio_build.cli.group import ExampleCommand
from kpio_build.cli.machine import kernel_file
from kpio_build.cli.output import json_option, show_json, show_table, verdict
from kpio_build.cli.settings import Settings, pass_settings
from kpio_build.steps.bench import INITRD, BenchStep
from kpio_build.steps.engine import Engine
from kpio_build.steps.image import ImageStep, disk
from kpio_build.steps.kernel import KERNEL_ELF, KernelStep
from kpio_build.steps.ksyms import kernel_functions
from kpio_build.steps.linux import KERNEL, LinuxStep, linux_version
from kpio_build.steps.packages import Purpose
from kpio_build.steps.profiler import PLUGIN, ProfilerStep

MANIFEST: Final = "bench"
_DOCS: Final = Path("docs")
_PAGE_NAME: Final = "benchmarks.md"
_REPORTS: Final = "speed"
_NAMES: Final = [row.name for row in ROWS]
_FUNCTIONS_SHOWN: Final = 30
_MUSL: Final = Path("/usr/lib/x86_64-linux-musl/libc.so")
_COLUMNS: Final = ("row", "KPIO", "Linux", "KPIO / Linux", "≤ 1.2", "KPIO wall", "Linux wall")


@click.command(
    "bench",
    cls=ExampleCommand,
    examples=(
        ("kpio bench --vs linux", "every row: instructions and wall time of both, and the ratio"),
        ("kpio bench --vs linux null-call read", "two rows"),
        ("kpio bench --vs linux --json", "the same for programs"),
        ("kpio bench --vs linux --docs", "write docs/benchmarks.md and its plot"),
        ("kpio bench --profile read", "where the instructions of a row go, by kernel function"),
    ),
)
@click.option("--vs", "other", type=click.Choice(["linux"]), help="What to compare with.")
@click.option(
    "--profile",
    "profiled",
    type=click.Choice(_NAMES),
    metavar="ROW",
    help="Compare nothing; show where KPIO's instructions of this row go.",
)
@click.option("--docs", "writes_docs", is_flag=True, help="Write docs/benchmarks.md; all rows.")
@json_option()
@click.argument("rows", nargs=-1, metavar="[ROW…]", type=click.Choice(_NAMES))
@pass_settings
def command(
    settings: Settings,
    other: str | None,
    profiled: str | None,
    writes_docs: bool,
    as_json: bool,
    rows: tuple[str, ...],
) -> None:
    """Run the microbenchmarks on KPIO and on Linux, under the same QEMU, and compare.

    Linux is Debian's cloud kernel; it is downloaded once and not installed. A row that KPIO cannot
    run yet says what is missing. The plot is out/speed/benchmarks.svg.
    """
    if profiled is not None and not (other or writes_docs or rows):
        _profile(settings, profiled, as_json=as_json)
        return
    if profiled is not None or other is None:
        raise UsageError(
            "nothing to compare with, or something else to do besides a profile",
            hint="`kpio bench --vs linux` compares, `kpio bench --profile ROW` takes one row apart",
        )
    if writes_docs and rows:
        raise UsageError("--docs is for all rows", hint="leave the names of rows out")
    wanted = rows_named(rows)
    engine = settings.engine(Purpose.BENCH)
    systems = guests(engine)
    started_s = time.monotonic()
    reporter = settings.reporter
    reporter.step_started("bench", "running both systems")
    try:
        comparison = measure(*systems, wanted, reporter.step_progress)
    except BaseException:
        reporter.step_failed("bench", time.monotonic() - started_s)
        raise
    reporter.step_finished("bench", time.monotonic() - started_s, is_cached=False)
    versions = _versions(engine)
    drawn = plot(comparison)
    write_atomically(settings.tree.out / _REPORTS / page.PLOT_NAME, drawn)
    if writes_docs:
        docs = settings.tree.root / _DOCS
        write_atomically(docs / page.PLOT_NAME, drawn)
        write_atomically(docs / _PAGE_NAME, page.page(comparison, versions))
    if as_json:
        show_json(page.as_json(comparison, versions))
    else:
        _show(comparison)


def _profile(settings: Settings, name: str, *, as_json: bool) -> None:
    """Show a row's functions; all of them as JSON."""
    engine = settings.engine(Purpose.BENCH)
    (row,) = rows_named((name,))
    kernel = engine.realise(KernelStep()) / KERNEL_ELF
    plugin = engine.realise(ProfilerStep()) / PLUGIN
    counts = settings.tree.out / _REPORTS / f"{name}.counts"
    counts.parent.mkdir(exist_ok=True)
    found = profile(
        kpio(engine),
        row,
        plugin=plugin,
        symbols=kernel_functions(kernel),
        counts=counts,
        cxxfilt=engine.site.toolchain.program("c++filt").path,
    )
    if as_json:
        costs = {cost.function: cost.instructions for cost in found.costs}
        show_json({"row": name, "instructions": found.instructions, "functions": costs})
        return
    rows = [
        [
            f"{cost.instructions:,.1f}",
            f"{cost.instructions / found.instructions:.1%}",
            cost.function,
        ]
        for cost in found.costs[:_FUNCTIONS_SHOWN]
    ]
    show_table("", ("instructions", "share", "function"), rows)
    click.echo(f"{row.title}: {found.instructions:,.0f} instructions; {row.operation}.")


def kpio(engine: Engine) -> Guest:
    """Return KPIO, after building it and its image."""
    qemu = str(engine.site.toolchain.program("qemu").path)
    kernel = kernel_file(engine, KernelStep())
    return kpio_guest(qemu, kernel, disk(engine.realise(ImageStep(MANIFEST))))


def guests(engine: Engine) -> tuple[Guest, Guest]:
    """Return KPIO and Linux, after building or fetching what they need."""
    qemu = str(engine.site.toolchain.program("qemu").path)
    programs = engine.realise(BenchStep())
    return kpio(engine), linux_guest(qemu, engine.realise(LinuxStep()) / KERNEL, programs / INITRD)


def _versions(engine: Engine) -> Mapping[str, str]:
    toolchain = engine.site.toolchain
    # musl's dynamic linker tells its version when it is given nothing to run, and fails.
    musl = re.search(r"Version (\S+)", run([_MUSL], check=False).output)
    return {
        "KPIO's kernel (content id)": engine.content_id(KernelStep()),
        "Linux": linux_version(engine.output(LinuxStep())),
        "QEMU": toolchain.program("qemu").version,
        "compiler of both": toolchain.program("clang").identity,
        "Linux's C library": f"musl {musl[1] if musl else 'unknown'}",
    }


def _show(comparison: Comparison) -> None:
    show_table("", _COLUMNS, [_cells(row) for row in comparison.rows])
    click.echo()
    click.echo("KPIO and Linux: instructions of the guest an operation.")
    click.echo(page.summary(comparison))
    click.echo(f"Between two boots the rows differ by {comparison.spread:.3%} at most.")


def _cells(row: Compared) -> list[str]:
    kpio, linux, ratio, met, *wall = page.cells(row)
    shown = met if row.is_met is None else verdict(row.is_met, met, met)
    return [row.row.title, kpio, linux, ratio, shown, *wall]
