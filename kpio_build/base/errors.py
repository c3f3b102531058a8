"""Errors a user sees, each class with the exit status of the command that ends with it.

An error says what happened and where (`message`), and what to do next (`hint`). `details` holds
what a tool printed; it is shown above the two lines.

Exit statuses: 0 ok · 1 KpioError · 2 usage · 3 tool missing · 4 no disk space · 5 port in use ·
6 QEMU failed · 7 the guest hangs · 8 triple fault · 9 kernel panic · 10 early power-off · 11 a
milestone failed · 12 init could not start · 130 interrupted. `kpio run` passes the program's own
status through and reports its own errors as RUN_STATUS_BASE + the number above.
"""

import errno
from typing import ClassVar, Final

EXIT_OK: Final = 0
RUN_STATUS_BASE: Final = 240
"""`kpio run` adds this to the status of an error of its own, so it differs from the program's."""

_RUN_STATUS_OTHER: Final = RUN_STATUS_BASE + 1
_EXIT_STATUS_LIMIT: Final = 256
_NO_SPACE_ERRNOS: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_NO_SPACE_WORDS: Final = ("No space left on device", "Disk quota exceeded", "os error 28)")


class KpioError(Exception):
    """Something could not be done. Two lines for the user, never a traceback."""

    exit_status: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "", details: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = details
        if details:
            self.add_note(details)  # for tests: pytest prints notes, users see `lines`

    def lines(self) -> list[str]:
        """Return what the user sees: the details as they are, `error: …`, `hint: …`."""
        shown = self.details.rstrip("\n").splitlines()
        shown.append(f"error: {self.message}")
        if self.hint:
            shown.append(f"hint: {self.hint}")
        return shown


class UsageError(KpioError):
    """The command line asks for something that does not exist."""

    exit_status = 2


class ToolMissingError(KpioError):
    """A program this work needs is not installed, or not in the version needed."""

    exit_status = 3


class NoSpaceError(KpioError):
    """The disk is full."""

    exit_status = 4


class PortInUseError(KpioError):
    """A port or socket this work was told to use belongs to somebody else."""

    exit_status = 5


class QemuError(KpioError):
    """QEMU itself failed: it did not start, or ended without the guest's doing."""

    exit_status = 6


class DeadlineError(KpioError):
    """Something did not happen in its time."""


class GuestHangError(DeadlineError):
    """The guest did not reach the next event within its deadline."""

    exit_status = 7


class TripleFaultError(KpioError):
    """The guest's processor gave up: a fault inside the handling of a fault."""

    exit_status = 8


class KernelPanicError(KpioError):
    """The kernel stopped itself; `details` has its message and backtrace."""

    exit_status = 9


class EarlyPowerOffError(KpioError):
    """The guest powered off before it did what it was started for."""

    exit_status = 10


class GateError(KpioError):
    """A milestone's measurement is not what the milestone claims."""

    exit_status = 11


class InitError(KpioError):
    """The kernel could not start init."""

    exit_status = 12


class InterruptedByUser(KpioError):
    """Ctrl-C, SIGTERM or SIGHUP."""

    exit_status = 130


def run_status(error: KpioError) -> int:
    """Return the exit status of `kpio run` for an error that is not the program's own."""
    status = RUN_STATUS_BASE + error.exit_status
    if isinstance(error, InterruptedByUser):
        return error.exit_status
    return status if status < _EXIT_STATUS_LIMIT else _RUN_STATUS_OTHER


def is_no_space(error: OSError) -> bool:
    """Tell whether the operating system refused a write because the disk or quota is full."""
    return error.errno in _NO_SPACE_ERRNOS


def says_no_space(output: str) -> bool:
    """Tell whether what a tool printed names a full disk as the cause of its failure."""
    return any(words in output for words in _NO_SPACE_WORDS)


def no_space_error(where: str, *, details: str = "") -> NoSpaceError:
    """Return the one error for a full disk, whoever met it."""
    return NoSpaceError(
        f"no disk space left: {where}",
        hint="free some space, for example with `./kpio clean`, and run the same command again",
        details=details,
    )
