"""`kpio run`: boot KPIO with somebody's program as the only one."""

import dataclasses
import sys
from pathlib import Path
from typing import Final

import click

from images.assemble.manifest import plain_name
from kpio_build.base.errors import UsageError
from kpio_build.cli.accelerator import ACCELERATOR_CHOICES
from kpio_build.cli.data_disk import data_disk, data_option
from kpio_build.cli.group import ExampleCommand
from kpio_build.cli.machine import direct_machine
from kpio_build.cli.settings import Settings, pass_settings
from kpio_build.steps.image import ImageFile, ImageStep
from kpio_build.steps.packages import Purpose
from kpio_build.vm.program import RUN_DIRECTORY, command_line, run_program

_MANIFEST: Final = "run"
_ELF_MAGIC: Final = b"\x7fELF"


@click.command(
    "run",
    cls=ExampleCommand,
    context_settings={"allow_interspersed_args": False, "ignore_unknown_options": False},
    examples=(
        ("kpio run ./hello", "boot KPIO with ./hello as its program"),
        ("kpio run ./hello --fast a b", "with arguments; options after FILE are the program's"),
        ("echo text | kpio run ./cat", "standard input is the program's"),
        ("kpio run --data d.img ./hello", "what it writes below /data stays in d.img"),
        ("kpio run --timeout 60 ./hello", "give up after a minute, with status 247"),
    ),
)
@click.option(
    "--timeout",
    "timeout_s",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="End the guest after so long; without it, never.",
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
@data_option
@click.option("--trace", is_flag=True, help="Have the kernel print every system call.")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@pass_settings
def command(
    settings: Settings,
    timeout_s: float | None,
    accelerator: str,
    memory_mib: int | None,
    data: Path | None,
    trace: bool,
    file: Path,
    arguments: tuple[str, ...],
) -> int:
    """Boot KPIO with the ELF program FILE; pass console and exit status through.

    The status is the program's own, 128 and the number if a signal ended it. Errors of kpio itself
    are 240 and more: 240 plus the status the other commands have for them.
    """
    source = _require_elf(file)
    guest_path = str(RUN_DIRECTORY / plain_name(source.name))
    engine = settings.engine(Purpose.BOOT)
    image = ImageStep(_MANIFEST, files=(ImageFile(guest_path, source),))
    config = direct_machine(settings, engine, image, accelerator=accelerator)
    line = command_line(guest_path, arguments, is_traced=trace)
    config = dataclasses.replace(config, command_line=str(line))
    if memory_mib is not None:
        config = dataclasses.replace(config, memory_mib=memory_mib)
    if data is not None:
        config = dataclasses.replace(config, data=data_disk(engine, data))
    sys.stdout.flush()
    return run_program(
        config,
        stdin=None if sys.stdin is None else sys.stdin.fileno(),
        stdout=sys.stdout.fileno(),
        within_s=float("inf") if timeout_s is None else timeout_s,
    )


def _require_elf(file: Path) -> Path:
    """Return the absolute path of a file that begins like an ELF file; the loader looks closer."""
    hint = "give the path of an ELF program"
    try:
        # Not opened before: the end of a pipe would wait for its other end.
        if file.exists() and not (file.is_file() or file.is_dir()):
            raise UsageError(f"{file} is no regular file", hint=hint)
        with file.open("rb") as opened:
            start = opened.read(len(_ELF_MAGIC))
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}", hint=hint) from error
    if start != _ELF_MAGIC:
        raise UsageError(
            f"{file} is not an ELF file: it begins with {start!r}",
            hint="build it for KPIO: `kpio build sdk` makes the configuration for cargo",
        )
    return file.absolute()
