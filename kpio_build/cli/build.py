"""`kpio build`: make one thing, or all that booting needs."""

from collections.abc import Callable, Mapping
from typing import Final

import click

from kpio_build.base.errors import UsageError
from kpio_build.cli.group import ExampleCommand
from kpio_build.cli.output import json_option, show_json, show_table, verdict
from kpio_build.cli.settings import Settings, pass_settings
from kpio_build.steps.apps import AppsStep, GuestTestsStep
from kpio_build.steps.bench import BenchStep
from kpio_build.steps.bootstub import BootstubStep
from kpio_build.steps.engine import Engine, PlannedStep
from kpio_build.steps.image import ImageStep
from kpio_build.steps.kernel import KernelStep
from kpio_build.steps.linux import LinuxStep
from kpio_build.steps.packages import Purpose
from kpio_build.steps.sdk import SdkStep
from kpio_build.steps.std import StdStep
from kpio_build.steps.step import Step
from kpio_build.steps.sysroot import SysrootStep
from kpio_build.steps.target import TargetStep

ALL: Final = "all"

_WHAT: Final[Mapping[str, Callable[[tuple[str, ...]], tuple[Step, ...]]]] = {
    ALL: lambda features: (KernelStep(features), ImageStep(kernel=KernelStep(features))),
    "target": lambda _: (TargetStep(),),
    "kernel": lambda features: (KernelStep(features),),
    "sysroot": lambda _: (SysrootStep(),),
    "std": lambda _: (StdStep(),),
    "sdk": lambda _: (SdkStep(),),
    "apps": lambda _: (AppsStep(),),
    "guest-tests": lambda _: (GuestTestsStep(),),
    "bootstub": lambda _: (BootstubStep(),),
    "bench": lambda _: (BenchStep(),),
    "linux": lambda _: (LinuxStep(),),
}


@click.command(
    "build",
    cls=ExampleCommand,
    examples=(
        ("kpio build", "the kernel, the programs and the disk image"),
        ("kpio build kernel --feature selftest", "the kernel with a feature of its Cargo.toml"),
        ("kpio build --plan", "what would be made, and what is there already"),
        ("kpio build sdk --json", "where the C library and cargo's configuration are"),
    ),
)
@click.argument("what", nargs=-1, type=click.Choice(list(_WHAT)))
@click.option(
    "--feature",
    "features",
    multiple=True,
    metavar="NAME",
    help="A cargo feature of the kernel; may be given again.",
)
@click.option("--plan", "only_plan", is_flag=True, help="Make nothing; show the steps.")
@json_option("Print the steps with their ids and outputs as JSON.")
@pass_settings
def command(
    settings: Settings,
    what: tuple[str, ...],
    features: tuple[str, ...],
    only_plan: bool,
    as_json: bool,
) -> None:
    """Build WHAT, or everything that booting needs.

    Each step's output is in out/STEP/ID; what has not changed is not made again.
    """
    wanted = what or (ALL,)
    if features and not set(wanted) & {ALL, "kernel"}:
        raise UsageError("--feature is for the kernel", hint="`kpio build kernel --feature NAME`")
    engine = settings.engine(Purpose.BUILD)
    steps = [step for name in wanted for step in _WHAT[name](tuple(sorted(features)))]
    planned = _plan(engine, steps)
    if not only_plan:
        for step in steps:
            engine.realise(step)
    if as_json:
        show_json([_as_json(item, is_made=not only_plan) for item in planned])
    elif only_plan:
        rows = [
            [item.step.name, item.content_id, verdict(item.is_cached, "there", "to be made")]
            for item in planned
        ]
        show_table("", ["step", "id", "output"], rows)
    else:
        for step in steps:
            click.echo(engine.output(step))


def _plan(engine: Engine, steps: list[Step]) -> list[PlannedStep]:
    """Return all steps to be made, each once, in the order they are made."""
    planned = {item.step: item for step in steps for item in engine.plan(step)}
    return list(planned.values())


def _as_json(item: PlannedStep, *, is_made: bool) -> dict[str, object]:
    return {
        "step": item.step.name,
        "id": item.content_id,
        "output": str(item.output),
        "is_there": is_made or item.is_cached,
        "was_cached": item.is_cached,
    }
