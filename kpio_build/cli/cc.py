"""`kpio cc`: clang for KPIO, from anybody's directory and build system."""

import os
import sys

import click

from kpio_build.cli.settings import Settings
from kpio_build.steps.driver import compiler_command
from kpio_build.steps.packages import Purpose
from kpio_build.steps.sysroot import SysrootStep

COMPILER_SETTINGS = {
    "ignore_unknown_options": True,
    "allow_interspersed_args": False,
    # All options are the compiler's, -h too.
    "help_option_names": [],
}


@click.command("cc", context_settings=COMPILER_SETTINGS)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def command(settings: Settings, arguments: tuple[str, ...]) -> None:
    """Compile and link C for KPIO: all arguments are clang's.

    Use it wherever a C compiler is asked for: CC="/path/to/kpio cc" ./configure
    --host=x86_64-linux-musl. Programs are static. The exit status is clang's.
    """
    engine = settings.engine(Purpose.BUILD)
    sysroot = engine.realise(SysrootStep())
    line = compiler_command(engine.site, sysroot, arguments)
    sys.stdout.flush()
    os.execve(line[0], line, dict(settings.variables))
