import dataclasses
import os
import signal
import socket
from pathlib import Path

import pytest

from kernel_py.abi import boot
from kpio_build.base.errors import (
    EarlyPowerOffError,
    GuestHangError,
    InitError,
    KernelPanicError,
    KpioError,
    NoSpaceError,
    PortInUseError,
    QemuError,
    ToolMissingError,
    TripleFaultError,
)
from kpio_build.base.wait import Deadline, wait_readable
from kpio_build.vm.config import MachineConfig
from kpio_build.vm.ending import Ending, PoweredOff
from kpio_build.vm.events import Event, EventStreamError
from kpio_build.vm.machine import Machine
from tests.kpio_build.vm.conftest import MakeGuest
from tests.kpio_build.vm.payloads import (
    ACPI_POWER_OFF,
    ECHO_UNTIL_EOF,
    HANG,
    IDE_WRITE,
    TRIPLE_FAULT,
    event_line,
    events,
    exit_with,
    say,
    send_events,
)

WITHIN_S = 30.0
SUCCEED = exit_with(boot.EXIT_SUCCESS)
OUTPUT_OF_1 = ("process.output", {"pid": 1})


def run(config: MachineConfig) -> Ending:
    with Machine(config) as machine:
        machine.start()
        return machine.wait_end(within_s=WITHIN_S)


def error_of(config: MachineConfig) -> KpioError:
    error = run(config).error()
    assert error is not None
    return error


def test_the_exit_code_of_success_is_a_power_off(guest: MakeGuest) -> None:
    assert run(guest(SUCCEED)) == PoweredOff(0)


def test_nothing_runs_before_start(guest: MakeGuest) -> None:
    with Machine(guest(SUCCEED)) as machine:
        status = machine.qmp.execute("query-status", within_s=WITHIN_S)
        assert isinstance(status, dict)
        assert status["status"] == "prelaunch"
        assert machine.record.ending is None


def test_events_are_waited_for_in_any_order_and_each_is_returned_once(guest: MakeGuest) -> None:
    lines = events(
        OUTPUT_OF_1,
        ("process.exited", {"pid": 1, "path": "/bin/a b", "status": 3, "signal": 0}),
        ("process.output", {"pid": 2}),
    )
    seen: list[Event] = []
    with Machine(guest(send_events(lines), SUCCEED), on_event=seen.append) as machine:
        machine.start()
        exited = machine.events.wait("process.exited", path="/bin/a b", within_s=WITHIN_S)
        assert (exited.number("status"), exited.seq) == (3, 1)
        assert machine.events.wait("process.output", within_s=WITHIN_S).pid == 1
        assert machine.events.wait("process.output", within_s=WITHIN_S).pid == 2
        with pytest.raises(EarlyPowerOffError, match=r"process\.output"):
            machine.events.wait("process.output", within_s=WITHIN_S)
        assert seen == list(machine.events.all)


def test_a_damaged_event_fails_every_wait(guest: MakeGuest) -> None:
    line = event_line(0, *OUTPUT_OF_1)[:-4] + b"999\n"
    with Machine(guest(send_events(line), HANG)) as machine:
        machine.start()
        with pytest.raises(EventStreamError, match="bad checksum"):
            machine.events.wait("process.output", within_s=WITHIN_S)
        with pytest.raises(EventStreamError, match="bad checksum"):
            machine.wait_end(within_s=WITHIN_S)


def test_a_lost_event_fails_every_wait(guest: MakeGuest) -> None:
    line = event_line(1, "process.output", {"t_ns": 1, "pid": 1})
    with Machine(guest(send_events(line), HANG)) as machine:
        machine.start()
        with pytest.raises(EventStreamError, match="expected number 0"):
            machine.console.expect(b"anything", within_s=WITHIN_S)


def test_markers_are_found_wherever_reads_are_cut(guest: MakeGuest) -> None:
    filler = b"0123456789abcde\n" * 64
    with Machine(guest(say(b"first "), say(filler, times=300), say(b"last\n"), SUCCEED)) as machine:
        machine.start()
        assert machine.console.expect(b"first", within_s=WITHIN_S) == b""
        assert machine.console.expect(b"last", within_s=WITHIN_S) == b" " + filler * 300
        assert machine.wait_end(within_s=WITHIN_S) == PoweredOff(0)
        assert machine.console.transcript == b"first " + filler * 300 + b"last\n"


def test_a_pattern_returns_what_it_matched(guest: MakeGuest) -> None:
    with Machine(guest(say(b"took 17 ms\n"), SUCCEED)) as machine:
        machine.start()
        assert machine.console.expect_match(rb"\d+ ms", within_s=WITHIN_S) == b"17 ms"
        with pytest.raises(ValueError, match="marker"):
            machine.console.expect(b"x" * 5000, within_s=WITHIN_S)


def test_a_guest_that_ends_before_its_marker_is_an_early_power_off(guest: MakeGuest) -> None:
    with Machine(guest(say(b"bye\n"), SUCCEED)) as machine:
        machine.start()
        with pytest.raises(EarlyPowerOffError, match="Hello") as raised:
            machine.console.expect(b"Hello", within_s=WITHIN_S)
        assert "bye" in raised.value.hint


def test_what_is_typed_reaches_the_guest(guest: MakeGuest) -> None:
    with Machine(guest(ECHO_UNTIL_EOF, SUCCEED)) as machine:
        machine.start()
        machine.console.send(b"to and fro\n")
        machine.console.expect(b"and fro\n", within_s=WITHIN_S)
        machine.console.send(bytes([boot.CONSOLE_EOF]))
        assert machine.wait_end(within_s=WITHIN_S) == PoweredOff(0)


def test_a_hang_says_where_and_is_final(guest: MakeGuest) -> None:
    config = guest(send_events(events(OUTPUT_OF_1)), HANG)
    with Machine(config) as machine:
        machine.start()
        machine.events.wait("process.output", within_s=WITHIN_S)
        with pytest.raises(GuestHangError) as raised:
            machine.wait_end(within_s=0.2)
        error = raised.value
        assert error.exit_status == 7
        assert "did not happen within 0.2 s; at ip 0x20" in error.message
        assert "EIP=" in error.details
        assert error.hint == "its last event was: process.output t_ns=0 pid=1"
        with pytest.raises(GuestHangError):
            machine.events.wait("power.off", within_s=WITHIN_S)


def test_a_marker_that_does_not_come_is_a_hang(guest: MakeGuest) -> None:
    with Machine(guest(HANG)) as machine:
        machine.start()
        with pytest.raises(
            GuestHangError, match=r"'Hello' on the console did not come within 0\.2 s"
        ):
            machine.console.expect(b"Hello", within_s=0.2)


def test_a_triple_fault_is_told_from_a_power_off(guest: MakeGuest) -> None:
    error = error_of(guest(TRIPLE_FAULT))
    assert isinstance(error, TripleFaultError)
    assert error.exit_status == 8
    assert "at ip 0x20" in error.message
    assert "IDT=     00000000 00000000" in error.details


def test_a_power_off_behind_the_kernel_s_back_is_no_success(guest: MakeGuest) -> None:
    error = error_of(guest(say(b"good night\n"), ACPI_POWER_OFF))
    assert isinstance(error, EarlyPowerOffError)
    assert (error.exit_status, error.details) == (10, "good night")


def test_a_kernel_panic_shows_message_and_backtrace(guest: MakeGuest) -> None:
    panic = ("kernel.panic", {"message": "out of frames"})
    config = guest(
        say(b"booting\nkernel panic: out of frames\n  at frame.rs:1\n  0x1 alloc\n"),
        send_events(events(OUTPUT_OF_1, panic)),
        exit_with(boot.EXIT_PANIC),
    )
    with Machine(config) as machine:
        machine.start()
        with pytest.raises(KernelPanicError, match="out of frames") as raised:
            machine.events.wait("power.off", within_s=WITHIN_S)
    assert raised.value.exit_status == 9
    assert raised.value.details == "kernel panic: out of frames\n  at frame.rs:1\n  0x1 alloc"


def test_a_kernel_without_init_says_why(guest: MakeGuest) -> None:
    refused = ("exec.refused", {"path": "/bin/init", "reason": "no such file"})
    config = guest(send_events(events(refused)), exit_with(boot.EXIT_NO_INIT))
    error = error_of(config)
    assert isinstance(error, InitError)
    assert (error.exit_status, "/bin/init: no such file" in error.message) == (12, True)


def test_init_s_own_status_comes_from_the_event(guest: MakeGuest) -> None:
    lines = events(("power.off", {"status": 42}))
    assert run(guest(send_events(lines), exit_with(boot.EXIT_INIT_FAILED))) == PoweredOff(42)


def test_qemu_missing(guest: MakeGuest) -> None:
    config = dataclasses.replace(guest(SUCCEED), qemu="qemu-of-another-planet")
    with pytest.raises(ToolMissingError, match="qemu-of-another-planet") as raised, Machine(config):
        pass
    assert raised.value.exit_status == 3


def test_qemu_that_refuses_its_arguments_is_quoted(guest: MakeGuest) -> None:
    config = dataclasses.replace(guest(SUCCEED), devices=("-device", "time-machine"))
    with pytest.raises(QemuError, match="ended with status 1") as raised, Machine(config):
        pass
    assert raised.value.exit_status == 6
    assert "'time-machine' is not a valid device" in raised.value.details


def test_a_kernel_that_is_not_there_is_quoted(tmp_path: Path) -> None:
    with (
        pytest.raises(QemuError) as raised,
        Machine(MachineConfig(kernel=tmp_path / "no.elf")),
    ):
        pass
    assert "no.elf" in raised.value.details


def test_qemu_killed_by_somebody_is_not_the_guest_s_ending(guest: MakeGuest) -> None:
    with Machine(guest(HANG)) as machine:
        machine.start()
        os.kill(machine.qemu_pid, signal.SIGKILL)
        with pytest.raises(QemuError, match="was ended by SIGKILL"):
            machine.events.wait("boot.ready", within_s=WITHIN_S)


def test_a_port_in_use(guest: MakeGuest) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        config = dataclasses.replace(guest(SUCCEED), gdb_port=taken.getsockname()[1])
        with pytest.raises(PortInUseError) as raised, Machine(config):
            pass
    assert raised.value.exit_status == 5
    assert "Address already in use" in raised.value.details


def test_a_full_disk_of_the_host_stops_the_guest_with_an_error(guest: MakeGuest) -> None:
    """The disk is QEMU's own simulation of one on which every write finds no space."""
    disk = (
        '{"driver": "blkdebug", "node-name": "full", "image": {"driver": "null-co", "size": 65536},'
        ' "inject-error": [{"event": "none", "iotype": "write", "errno": 28}]}'
    )
    config = dataclasses.replace(
        guest(IDE_WRITE, HANG),
        devices=(
            *("-blockdev", disk, "-device", "isa-ide,id=old"),
            *("-device", "ide-hd,bus=old.0,drive=full"),
        ),
    )
    with Machine(config) as machine:
        machine.start()
        with pytest.raises(NoSpaceError) as raised:
            machine.events.wait("boot.ready", within_s=WITHIN_S)
    assert raised.value.exit_status == 4


def test_a_guest_whose_output_nobody_wants_runs_on(guest: MakeGuest) -> None:
    """More than sockets hold, on both ports."""
    exited = {"pid": 1, "path": "/x", "status": 0, "signal": 0}
    lines = events(*[OUTPUT_OF_1] * 3000, ("process.exited", exited))
    config = guest(say(b"x" * 1024, times=400), send_events(lines), SUCCEED)
    with Machine(config, keep_console_bytes=1000) as machine:
        machine.start()
        assert machine.events.wait("process.exited", within_s=WITHIN_S).seq == 3000
        assert machine.wait_end(within_s=WITHIN_S) == PoweredOff(0)
        assert machine.console.transcript == b"x" * 1000


def test_an_exception_of_a_callback_reaches_who_waits(guest: MakeGuest) -> None:
    def fail(data: bytes) -> None:
        raise RuntimeError(f"cannot show {data!r}")

    with Machine(guest(say(b"!"), HANG), on_console=fail) as machine:
        machine.start()
        with pytest.raises(KpioError, match="cannot show b'!'"):
            machine.wait_end(within_s=WITHIN_S)


def test_leaving_the_block_ends_qemu(guest: MakeGuest) -> None:
    with Machine(guest(HANG)) as machine:
        machine.start()
        pid = machine.qemu_pid
        descriptor = os.pidfd_open(pid)
    try:
        assert wait_readable([descriptor], Deadline.after(0, "its end")) == [descriptor]
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)  # reaped as well
    finally:
        os.close(descriptor)


def test_two_machines_run_side_by_side(guest: MakeGuest) -> None:
    with Machine(guest(say(b"one"), HANG)) as one, Machine(guest(say(b"two"), HANG)) as two:
        one.start()
        two.start()
        two.console.expect(b"two", within_s=WITHIN_S)
        one.console.expect(b"one", within_s=WITHIN_S)
