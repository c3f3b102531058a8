"""`kpio check`: milestones, on every way to boot."""

import click

from ci.bench import Variant
from ci.run import GATES
from kpio_build.cli.accelerator import ACCELERATOR_CHOICES
from kpio_build.cli.gates import Wish, check_gates, gate_list
from kpio_build.cli.group import ExampleCommand, completion_of
from kpio_build.cli.output import json_option, show_json, show_table
from kpio_build.cli.settings import Settings, pass_settings


@click.command(
    "check",
    cls=ExampleCommand,
    examples=(
        ("kpio check m1", "Hello Userspace: directly and through the firmware"),
        ("kpio check", "every milestone that can be checked"),
        ("kpio check --list", "which these are"),
    ),
)
@click.argument(
    "milestones", nargs=-1, metavar="[MILESTONE]...", shell_complete=completion_of(lambda: GATES)
)
@click.option(
    "--accel",
    "accelerator",
    type=click.Choice(ACCELERATOR_CHOICES),
    default="auto",
    show_default=True,
    help="What runs the guest; auto: KVM if it proves itself, else TCG.",
)
@click.option("--list", "only_list", is_flag=True, help="List the milestones; check none.")
@json_option("Print the result as JSON, and no console.")
@pass_settings
def command(
    settings: Settings,
    milestones: tuple[str, ...],
    accelerator: str,
    only_list: bool,
    as_json: bool,
) -> None:
    """Check milestones, both when QEMU starts the kernel and when the disk boots by itself.

    The report and the screenshots are in out/check.
    """
    if only_list:
        if as_json:
            show_json(gate_list())
        else:
            rows = [list(gate.values()) for gate in gate_list()]
            show_table("", ["milestone", "title"], rows)
        return
    wish = Wish(accelerator=accelerator)
    check_gates(settings, milestones or list(GATES), list(Variant), wish, as_json=as_json)
