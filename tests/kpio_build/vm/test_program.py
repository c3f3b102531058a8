import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from kernel_py.abi import boot
from kpio_build.base.errors import (
    GuestHangError,
    InitError,
    KernelPanicError,
    QemuError,
    TripleFaultError,
)
from kpio_build.vm.program import run_program
from tests.kpio_build.vm.conftest import MakeGuest
from tests.kpio_build.vm.payloads import (
    ECHO_UNTIL_EOF,
    HANG,
    TRIPLE_FAULT,
    events,
    exit_with,
    say,
    send_events,
)

WITHIN_S = 30.0
EVERY_BYTE = bytes(range(256))


READY = ("boot.ready", {"free_frames": 1, "total_frames": 2})


def booted(*steps: str, status: int = 0, signal: int = 0) -> str:
    """Return what a kernel sends at its start, the steps, and what it sends of its program's end.

    Events are numbered, so both ends are made here.
    """
    fields = {"pid": boot.INIT_PID, "path": "/run/x", "status": status, "signal": signal}
    lines = events(READY, ("process.exited", fields), ("power.off", {"status": status}))
    ready, _, ends = lines.partition(b"\n")
    return "".join((send_events(ready + b"\n"), *steps, send_events(ends)))


SUCCESS = exit_with(boot.EXIT_SUCCESS)
FAILURE = exit_with(boot.EXIT_INIT_FAILED)
STARTED = send_events(events(READY))


@contextmanager
def captured() -> Iterator[tuple[int, list[bytes]]]:
    """Give a pipe that is read all the time; what came is in the list after the block."""
    ready, end = os.pipe()
    received: list[bytes] = []

    def read() -> None:
        while data := os.read(ready, 65536):
            received.append(data)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield end, received
    finally:
        os.close(end)
        reader.join()
        os.close(ready)


@contextmanager
def typed(data: bytes) -> Iterator[int]:
    """Give a file with `data`, at its start."""
    descriptor = os.memfd_create("stdin")
    try:
        os.write(descriptor, data)
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield descriptor
    finally:
        os.close(descriptor)


def test_output_is_passed_through_byte_for_byte(guest: MakeGuest) -> None:
    with captured() as (stdout, received):
        config = guest(booted(say(EVERY_BYTE, times=100)), SUCCESS)
        status = run_program(config, stdin=None, stdout=stdout, within_s=WITHIN_S)
    assert (status, b"".join(received)) == (0, EVERY_BYTE * 100)


@pytest.mark.parametrize("status", [1, 42, 255])
def test_the_status_is_the_program_s(guest: MakeGuest, status: int) -> None:
    config = guest(booted(status=status), FAILURE)
    with captured() as (stdout, _):
        assert run_program(config, stdin=None, stdout=stdout, within_s=WITHIN_S) == status


def test_a_signal_is_128_and_its_number(guest: MakeGuest) -> None:
    config = guest(booted(status=1, signal=11), FAILURE)
    with captured() as (stdout, _):
        assert run_program(config, stdin=None, stdout=stdout, within_s=WITHIN_S) == 139


def test_input_arrives_with_its_end(guest: MakeGuest) -> None:
    text = b"line one\nline two without end"
    with captured() as (stdout, received), typed(text) as stdin:
        config = guest(booted(ECHO_UNTIL_EOF), SUCCESS)
        assert run_program(config, stdin=stdin, stdout=stdout, within_s=WITHIN_S) == 0
    assert b"".join(received) == text


def test_no_input_is_an_end_at_once(guest: MakeGuest) -> None:
    with captured() as (stdout, received):
        config = guest(booted(ECHO_UNTIL_EOF), SUCCESS)
        assert run_program(config, stdin=None, stdout=stdout, within_s=WITHIN_S) == 0
    assert received == []


def test_a_guest_that_does_not_read_its_input_ends_all_the_same(guest: MakeGuest) -> None:
    """More than the sockets hold: who feeds the guest must not wait for it for ever."""
    with captured() as (stdout, _), typed(bytes(4 << 20)) as stdin:
        config = guest(booted(), SUCCESS)
        assert run_program(config, stdin=stdin, stdout=stdout, within_s=WITHIN_S) == 0


def test_a_closed_stdout_ends_the_guest(guest: MakeGuest) -> None:
    ready, stdout = os.pipe()
    os.close(ready)
    try:
        with pytest.raises(BrokenPipeError):
            run_program(
                guest(STARTED, say(b"x"), HANG), stdin=None, stdout=stdout, within_s=WITHIN_S
            )
    finally:
        os.close(stdout)


def test_a_stdout_nobody_reads_does_not_outlast_the_deadline(guest: MakeGuest) -> None:
    ready, stdout = os.pipe()
    try:
        with pytest.raises(GuestHangError):
            run_program(
                guest(STARTED, say(b"x" * 1024, times=500), HANG),
                stdin=None,
                stdout=stdout,
                within_s=1,
            )
    finally:
        os.close(stdout)
        os.close(ready)


@pytest.mark.parametrize("step", ["", STARTED])
def test_a_guest_that_hangs_ends_at_its_deadline(guest: MakeGuest, step: str) -> None:
    with captured() as (stdout, _), pytest.raises(GuestHangError):
        run_program(guest(step, HANG), stdin=None, stdout=stdout, within_s=0.5)


@pytest.mark.parametrize(
    ("steps", "kind"),
    [
        ((TRIPLE_FAULT,), TripleFaultError),
        ((exit_with(boot.EXIT_PANIC),), KernelPanicError),
        ((exit_with(boot.EXIT_NO_INIT),), InitError),
        ((SUCCESS,), QemuError),
        ((STARTED, SUCCESS), QemuError),
        ((STARTED, TRIPLE_FAULT), TripleFaultError),
    ],
)
def test_what_is_not_the_program_s_end_is_an_error(
    guest: MakeGuest, steps: tuple[str, ...], kind: type[Exception]
) -> None:
    with captured() as (stdout, _), pytest.raises(kind):
        run_program(guest(*steps), stdin=None, stdout=stdout, within_s=WITHIN_S)
