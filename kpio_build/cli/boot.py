"""`kpio boot`: from sources to a checked guest with one command."""

from pathlib import Path

import click

from ci.bench import Variant
from ci.run import GATES
from kpio_build.base.errors import UsageError
from kpio_build.cli.accelerator import ACCELERATOR_CHOICES
from kpio_build.cli.data_disk import data_option
from kpio_build.cli.gates import Wish, check_gates
from kpio_build.cli.group import ExampleCommand
from kpio_build.cli.output import json_option
from kpio_build.cli.settings import Settings, pass_settings

_FIRMWARE = {"none": Variant.DIRECT, "uefi": Variant.UEFI}


@click.command(
    "boot",
    cls=ExampleCommand,
    examples=(
        ("kpio boot --qemu", "build, assemble, start the kernel directly, check"),
        ("kpio boot --qemu --firmware uefi", "the same disk boots by itself through OVMF"),
        ("kpio boot --qemu --trace", "every system call by name, with arguments and result"),
        ("kpio boot --qemu --no-install", "install nothing, only say what is missing"),
        ("kpio boot --qemu --json", "the milestones as JSON instead of the console"),
    ),
)
@click.option("--qemu", "in_qemu", is_flag=True, help="Boot under QEMU.")
@click.option(
    "--firmware",
    type=click.Choice(list(_FIRMWARE)),
    default="none",
    show_default=True,
    help="uefi: boot the disk by itself; none: have QEMU load the kernel.",
)
@click.option(
    "--accel",
    "accelerator",
    type=click.Choice(ACCELERATOR_CHOICES),
    default="auto",
    show_default=True,
    help="What runs the guest; auto: KVM if it proves itself, else TCG.",
)
@click.option("--memory", "memory_mib", type=click.IntRange(min=64), metavar="MIB", help="RAM.")
@click.option(
    "--gdb",
    "gdb_port",
    type=click.IntRange(1, 65535),
    metavar="PORT",
    help="Let gdb connect to the guest at this TCP port of this machine.",
)
@data_option
@click.option("--trace", "is_traced", is_flag=True, help="Have the kernel print every system call.")
@json_option("Print the milestones as JSON, and no console.")
@pass_settings
def command(
    settings: Settings,
    in_qemu: bool,
    firmware: str,
    accelerator: str,
    memory_mib: int | None,
    gdb_port: int | None,
    data: Path | None,
    is_traced: bool,
    as_json: bool,
) -> None:
    """Build everything, assemble the disk image, boot it, check the milestones there are.

    Installs the tools that are missing, after saying which and why. The exit status is 0 only if
    every milestone passed.
    """
    if not in_qemu:
        raise UsageError("where is KPIO to boot?", hint="`kpio boot --qemu` boots it under QEMU")
    if is_traced and firmware != "none":
        raise UsageError(
            "a boot through the firmware takes its command line from the disk",
            hint="leave --firmware out to see the trace",
        )
    wish = Wish(
        accelerator=accelerator,
        memory_mib=memory_mib,
        gdb_port=gdb_port,
        is_traced=is_traced,
        data=data,
    )
    check_gates(settings, list(GATES), [_FIRMWARE[firmware]], wish, as_json=as_json)
