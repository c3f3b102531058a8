import errno

import pytest

from kpio_build.base import errors
from kpio_build.base.errors import (
    InterruptedByUser,
    KpioError,
    NoSpaceError,
    is_no_space,
    no_space_error,
    run_status,
    says_no_space,
)

STATUSES = {
    "KpioError": 1,
    "UsageError": 2,
    "ToolMissingError": 3,
    "NoSpaceError": 4,
    "PortInUseError": 5,
    "QemuError": 6,
    "GuestHangError": 7,
    "TripleFaultError": 8,
    "KernelPanicError": 9,
    "EarlyPowerOffError": 10,
    "GateError": 11,
    "InitError": 12,
    "InterruptedByUser": 130,
}


@pytest.mark.parametrize(("name", "status"), STATUSES.items())
def test_each_kind_of_error_has_its_own_status(name: str, status: int) -> None:
    assert getattr(errors, name).exit_status == status


def test_no_two_kinds_share_a_status_but_the_general_one() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    own = [
        kind.exit_status
        for kind in kinds
        if issubclass(kind, KpioError) and kind.exit_status != KpioError.exit_status
    ]
    assert sorted(own) == sorted(set(own))
    assert sorted({*own, KpioError.exit_status}) == sorted(STATUSES.values())


def test_an_error_is_two_lines_below_its_details() -> None:
    error = KpioError("it broke", hint="mend it", details="first\nsecond\n")
    assert error.lines() == ["first", "second", "error: it broke", "hint: mend it"]


def test_without_hint_there_is_no_empty_line() -> None:
    assert KpioError("it broke").lines() == ["error: it broke"]


def test_run_adds_240_so_that_its_errors_differ_from_the_program() -> None:
    assert run_status(NoSpaceError("full")) == 244
    assert run_status(KpioError("x")) == 241
    assert run_status(InterruptedByUser("x")) == 130


@pytest.mark.parametrize("status", STATUSES.values())
def test_every_status_of_run_fits_in_a_byte(status: int) -> None:
    kind = type("Kind", (KpioError,), {"exit_status": status})
    assert 0 < run_status(kind("x")) < 256


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told_from_other_errors(number: int) -> None:
    assert is_no_space(OSError(number, "x"))
    assert not is_no_space(OSError(errno.EACCES, "x"))


@pytest.mark.parametrize(
    "said",
    [
        "cp: error writing 'x': No space left on device",
        "error: failed to write: No space left on device (os error 28)",
        "mke2fs: Disk quota exceeded while writing",
    ],
)
def test_a_tool_that_names_a_full_disk_is_understood(said: str) -> None:
    assert says_no_space(said)
    assert not says_no_space("error: could not compile")


def test_the_error_for_a_full_disk_says_where_and_what_to_do() -> None:
    error = no_space_error("step kernel")
    assert error.exit_status == 4
    assert "step kernel" in error.message
    assert "kpio clean" in error.hint
