"""`kpio cc`: clang for KPIO, from anybody's directory and build system."""

import os
import sys

import click

from kpio_build.cli.group import ExampleCommand
from kpio_build.cli.settings import Settings
from kpio_build.steps.driver import compiler_command
from kpio_build.steps.packages import Purpose
from kpio_build.steps.sysroot import SysrootStep

COMPILER_SETTINGS = {
    "ignore_unknown_options": True,
    "allow_interspersed_args": False,
    # All options but this one are the compiler's, -h too; its own help is `-help`.
    "help_option_names": ["--help"],
}


@click.command(
    "cc",
    cls=ExampleCommand,
    context_settings=COMPILER_SETTINGS,
    examples=(
        ("kpio cc -O2 -o hello hello.c", "a static program for KPIO"),
        ('CC="/path/to/kpio cc" ./configure --host=x86_64-linux-musl', "a package's own build"),
    ),
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def command(settings: Settings, arguments: tuple[str, ...]) -> None:
    """Compile and link C for KPIO: all arguments are clang's.

    Use it wherever a C compiler is asked for. Programs are static. The exit status is
    clang's.
    """
    engine = settings.engine(Purpose.BUILD)
    sysroot = engine.realise(SysrootStep())
    line = compiler_command(engine.site, sysroot, arguments)
    sys.stdout.flush()
    os.execve(line[0], line, dict(settings.variables))
