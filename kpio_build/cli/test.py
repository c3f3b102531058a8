"""`kpio test`: every test of the project, and one line that counts them."""

import time

import click

from kpio_build.base.errors import KpioError, UsageError
from kpio_build.cli.counts import Counts
from kpio_build.cli.group import ExampleCommand
from kpio_build.cli.settings import Settings, pass_settings
from kpio_build.cli.stages import STAGES, Scope, Stage
from kpio_build.steps.packages import Purpose
from kpio_build.steps.step import Site


@click.command(
    "test",
    cls=ExampleCommand,
    examples=(
        ("kpio test", "everything; closes with `N passed, N failed, N skipped`"),
        ("kpio test --host", "what needs no QEMU"),
        ("kpio test --guest -k fault", "guest tests with `fault` in their name"),
        ("kpio test --guest --nightly", "what searches at random in the guest ten times as long"),
    ),
)
@click.option("--host", "only_host", is_flag=True, help="Only what runs on this machine itself.")
@click.option("--guest", "only_guest", is_flag=True, help="Only what runs in KPIO, under QEMU.")
@click.option(
    "-k",
    "selection",
    default="",
    metavar="EXPR",
    help="Only tests whose names match, as pytest's -k; a single word selects Rust tests too.",
)
@click.option(
    "--nightly", "is_nightly", is_flag=True, help="Let what searches at random do so for longer."
)
@pass_settings
def command(
    settings: Settings, only_host: bool, only_guest: bool, selection: str, is_nightly: bool
) -> int:
    """Run the tests: Python, Rust on the host, and the guest's.

    The exit status is 1 if a test failed, or if a runner ended without saying how its tests went.
    """
    if only_host and only_guest:
        raise UsageError("--host and --guest exclude each other", hint="give neither for all")
    site = settings.site(Purpose.TEST)
    scope = Scope(selection, is_nightly)
    total = Counts()
    rows: list[tuple[Stage, Counts, float]] = []
    for stage in STAGES:
        if (stage.is_guest and only_host) or (not stage.is_guest and only_guest):
            continue
        click.secho(f"== {stage.name}: {stage.what}", bold=True)
        started_s = time.monotonic()
        counts = _guarded(site, stage, scope)
        rows.append((stage, counts, time.monotonic() - started_s))
        total += counts
    click.secho("== result", bold=True)
    for stage, counts, elapsed_s in rows:
        click.echo(f"{stage.name:<8} {elapsed_s:7.1f} s  {counts.total} tests")
    if total.total == 0:
        click.echo(f"no test matches -k {selection!r}", err=True)
    click.echo(str(total))
    return 1 if total.failed or not total.total else 0


def _guarded(site: Site, stage: Stage, scope: Scope) -> Counts:
    """Run a stage; an error of the runner itself is shown, and counts as one failure."""
    try:
        return stage.run(site, scope)
    except KpioError as error:
        for line in error.lines():
            click.echo(line, err=True)
        return Counts(failed=1)
