"""The entry point: the group of commands, and what becomes of an error."""

import os
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import Final

import click

from kpio_build.base.errors import (
    EXIT_OK,
    InterruptedByUser,
    KpioError,
    UsageError,
    is_no_space,
    no_space_error,
    run_status,
)
from kpio_build.cli.group import LazyGroup
from kpio_build.cli.settings import Settings, common_options

PROGRAM: Final = "kpio"
RUN_COMMAND: Final = "run"
EXIT_BROKEN_PIPE: Final = 141
"""As a shell reports a program that SIGPIPE has ended."""

_LABEL_COLOURS: Final = {"error": "red", "hint": "cyan"}

MODULES: Final = {
    "boot": ("boot", "Build everything, boot it under QEMU, check the milestones."),
    "run": ("run", "Boot KPIO with an ELF file as its program."),
    "cc": ("cc", "Compile and link C for KPIO, called as any C compiler is."),
    "c++": ("cxx", "Compile C++ for KPIO: not there yet."),
    "check": ("check", "Check milestones."),
    "bench": ("bench", "Compare KPIO with Linux, operation by operation."),
    "test": ("test", "Run every test of the project."),
    "doctor": ("doctor", "Say which tools are there, and what mends the others."),
    "build": ("build", "Build one thing, or everything that booting needs."),
    "image": ("image", "Make a disk image, and show what is where in it."),
    "target": ("target", "Render the target specifications."),
    "abi": ("abi", "Check the kernel's contract and write what is generated from it."),
    "clean": ("clean", "Remove what kpio has made."),
    "completion": ("completion", "Print the completion script of a shell."),
}


@click.group(
    name=PROGRAM,
    cls=LazyGroup,
    modules=MODULES,
    examples=(
        ("kpio boot --qemu", "build everything, boot it, check the milestones"),
        ("kpio run ./hello a b", "boot KPIO with this ELF file as its program"),
        ("kpio test", "run every test"),
        ("kpio doctor", "say which tools are there, and what mends the others"),
        ("kpio COMMAND --help", "options and examples of one command"),
    ),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@common_options
def cli() -> None:
    """Build KPIO, boot it under QEMU, and check that it does what it claims."""


def main(arguments: Sequence[str]) -> int:
    """Run a command line and return the exit status. No error leaves as a traceback."""
    settings = Settings.here()
    sys.excepthook = lambda kind, error, trace: _report_defect(settings, kind, error, trace)
    for number in (signal.SIGTERM, signal.SIGHUP):
        # Whoever starts kpio with a signal ignored (nohup) has a reason.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    is_run = next((word for word in arguments if not word.startswith("-")), "") == RUN_COMMAND
    try:
        outcome = cli.main(
            args=list(arguments), prog_name=PROGRAM, standalone_mode=False, obj=settings
        )
        sys.stdout.flush()
    except BrokenPipeError:
        _abandon_stdout()
        return EXIT_BROKEN_PIPE
    except click.ClickException as error:
        return _show(_usage_error(error), is_run=is_run)
    except (click.Abort, KeyboardInterrupt):
        return _show(InterruptedByUser("interrupted"), is_run=is_run)
    except KpioError as error:
        return _show(error, is_run=is_run)
    except OSError as error:
        if not _can_flush_stdout():
            _abandon_stdout()
        return _show(_system_error(error), is_run=is_run)
    return outcome if isinstance(outcome, int) else EXIT_OK


def _show(error: KpioError, *, is_run: bool) -> int:
    """Print an error in its two lines and return the status it stands for."""
    for line in error.lines():
        label, colon, rest = line.partition(": ")
        is_ours = bool(colon) and label in _LABEL_COLOURS
        styled = click.style(f"{label}:", fg=_LABEL_COLOURS[label], bold=True) if is_ours else ""
        click.echo(f"{styled} {rest}" if is_ours else line, err=True)
    return run_status(error) if is_run else error.exit_status


def _usage_error(error: click.ClickException) -> KpioError:
    """Return click's complaint in our two lines; click already says what was probably meant."""
    context = getattr(error, "ctx", None)
    path = context.command_path if isinstance(context, click.Context) else PROGRAM
    return UsageError(error.format_message().rstrip("."), hint=f"`{path} --help` has examples")


def _system_error(error: OSError) -> KpioError:
    if is_no_space(error):
        return no_space_error(str(error.filename or "writing a file"))
    place = f": {error.filename}" if error.filename else ""
    return KpioError(
        f"{error.strerror or type(error).__name__}{place}",
        hint="`kpio --verbose …` shows more; `kpio doctor` looks at this machine",
    )


def _report_defect(
    settings: Settings, kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Say that kpio itself is wrong; the traceback is for those who ask for it."""
    if settings.is_verbose:
        traceback.print_exception(kind, error, trace)
    root = str(settings.tree.root)
    frames = [frame for frame in traceback.extract_tb(trace) if frame.filename.startswith(root)]
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "start-up"
    defect = KpioError(
        f"a defect in kpio itself, at {place}: {kind.__name__}: {error}",
        hint="run it again with --verbose and report what it prints",
    )
    _show(defect, is_run=False)


def _interrupt(number: int, _: FrameType | None) -> None:
    """End as by Ctrl-C: every `finally` runs, so nothing half made and no QEMU stays."""
    raise KeyboardInterrupt(signal.Signals(number).name)


def _can_flush_stdout() -> bool:
    try:
        sys.stdout.flush()
    except OSError:
        return False
    return True


def _abandon_stdout() -> None:
    """Let Python's own flush at exit go nowhere: nobody takes our output any more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
