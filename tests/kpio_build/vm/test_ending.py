import pytest

from kernel_py.abi import boot
from kpio_build.vm.ending import (
    DiskFull,
    Ending,
    Facts,
    Killed,
    NoInit,
    OtherPowerOff,
    Panicked,
    PoweredOff,
    QemuFailed,
    SelftestFailed,
    TripleFault,
    classify,
    hang_error,
    integer_registers,
)
from kpio_build.vm.events import Event, EventParser
from tests.kpio_build.vm.payloads import events

REGISTERS = "RAX=0 RBX=0\nRIP=ffffffff80201234 RFL=2\nCR2=0000000000000fff CR3=0\n"


def status(name: str) -> int:
    return next(code.qemu_status for code in boot.EXIT_CODES if code.name == name)


def sent(*named: tuple[str, dict[str, object]]) -> tuple[Event, ...]:
    return tuple(EventParser().feed(events(*named)))


@pytest.mark.parametrize(
    ("facts", "ending", "exit_status"),
    [
        (Facts(status("EXIT_SUCCESS")), PoweredOff(0), None),
        (
            Facts(status("EXIT_INIT_FAILED"), events=sent(("power.off", {"status": 3}))),
            PoweredOff(3),
            1,
        ),
        (Facts(status("EXIT_INIT_FAILED")), PoweredOff(1), 1),
        (
            Facts(
                status("EXIT_PANIC"),
                events=sent(("kernel.panic", {"message": "no frames"})),
                console=b"before\nkernel PANIC: no frames\n  at a.rs:1\n",
            ),
            Panicked("no frames", "kernel PANIC: no frames\n  at a.rs:1"),
            9,
        ),
        (
            Facts(
                status("EXIT_NO_INIT"),
                events=sent(("exec.refused", {"path": "/x", "reason": "no such file"})),
            ),
            NoInit("/x: no such file"),
            12,
        ),
        (
            Facts(
                status("EXIT_SELFTEST_FAILED"),
                events=sent(("selftest.failed", {"name": "smep", "reason": "ran"})),
            ),
            SelftestFailed("smep: ran"),
            1,
        ),
        (
            Facts(0, shutdown_reason="guest-reset", registers=REGISTERS),
            TripleFault("at ip 0xffffffff80201234, cr2 0xfff", REGISTERS),
            8,
        ),
        (
            Facts(0, shutdown_reason="guest-shutdown", console=b"\x1b[2Jsorry\r\n"),
            OtherPowerOff("it has sent no event at all", "sorry"),
            10,
        ),
        (Facts(0, is_disk_full=True, stop_reason="io-error"), DiskFull(), 4),
        (
            Facts(0, stop_reason="internal-error", qemu_output="KVM internal error"),
            QemuFailed("stopped the guest: internal-error", "KVM internal error"),
            6,
        ),
        (Facts(-9, is_killed=True), Killed(), 130),
        (Facts(-9), QemuFailed("was ended by SIGKILL", ""), 6),
        (Facts(1, qemu_output="no"), QemuFailed("ended with status 1", "no"), 6),
        (Facts(0), QemuFailed("ended with status 0", ""), 6),
    ],
)
def test_every_ending_is_told_from_the_others(
    facts: Facts, ending: Ending, exit_status: int | None
) -> None:
    assert classify(facts) == ending
    error = ending.error()
    assert (error.exit_status if error else None) == exit_status
    if error is not None:
        assert error.hint


@pytest.mark.parametrize("qemu_status", [0, 1, 2, 134, -6, -11])
def test_nothing_but_the_kernel_s_status_is_a_success(qemu_status: int) -> None:
    everything = sent(
        ("boot.started", {"front": "pvh", "version": "1"}), ("power.off", {"status": 0})
    )
    ending = classify(Facts(qemu_status, events=everything))
    assert ending.error() is not None


@pytest.mark.parametrize(
    ("output", "exit_status"),
    [
        ("-gdb tcp:…: Failed to bind socket: Address already in use", 5),
        ("qemu: could not write: No space left on device", 4),
        ("qemu: something else", 6),
    ],
)
def test_what_qemu_prints_decides_the_status(output: str, exit_status: int) -> None:
    error = classify(Facts(1, qemu_output=output)).error()
    assert error is not None
    assert (error.exit_status, error.details) == (exit_status, output)


def test_a_hang_says_where_the_processor_is_and_how_far_the_guest_came() -> None:
    error = hang_error(
        "its end did not come", registers=REGISTERS, events=sent(("process.output", {"pid": 2}))
    )
    assert error.message == (
        "the guest hangs: its end did not come; at ip 0xffffffff80201234, cr2 0xfff"
    )
    assert error.hint == "its last event was: process.output t_ns=0 pid=2"
    assert error.exit_status == 7
    assert "QEMU is stuck" in hang_error("x", registers="", events=(), is_deaf=True).message


def test_registers_are_shown_without_the_vector_unit_s() -> None:
    assert integer_registers("\r\nRIP=1\r\nCR2=0\r\nFCW=037f\r\nXMM0=0") == "RIP=1\nCR2=0"
