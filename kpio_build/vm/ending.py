"""How a guest's run ended, decided from what is known for certain.

What is known: the status QEMU ended with, what it said about it on QMP, the guest's events, and
what QEMU printed. A success is a status that nothing but the kernel's orderly power-off produces.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from kernel_py.abi import boot
from kpio_build.base.errors import (
    EarlyPowerOffError,
    GuestHangError,
    InitError,
    InterruptedByUser,
    KernelPanicError,
    KpioError,
    PortInUseError,
    QemuError,
    TripleFaultError,
    no_space_error,
    says_no_space,
)
from kpio_build.base.process import signal_name
from kpio_build.vm.events import Event

_SHOWN_LINES: Final = 60
_STATUS_OF: Final = {code.name: code.qemu_status for code in boot.EXIT_CODES}
_LAST_LINES: Final = 10
_PANIC_MARK: Final = b"panic"
_CONTROL_SEQUENCE: Final = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]")
_INSTRUCTION_POINTER: Final = re.compile(r"\b[RE]IP=([0-9a-fA-F]+)")
_FAULT_ADDRESS: Final = re.compile(r"\bCR2=([0-9a-fA-F]+)")


@dataclass(frozen=True)
class Facts:
    """Everything an ending is decided from."""

    status: int
    """What QEMU ended with; negative for a signal."""
    shutdown_reason: str = ""
    """`reason` of QMP's SHUTDOWN, if the guest caused it. Source: QEMU qapi/run-state.json."""
    stop_reason: str = ""
    """The run state in which QEMU stopped the guest by itself: `io-error`, `internal-error`."""
    is_disk_full: bool = False
    """A write of the guest's found the host's disk full."""
    is_killed: bool = False
    """We ended QEMU."""
    registers: str = ""
    """The processor when it was over, as the monitor's `info registers` shows it."""
    events: tuple[Event, ...] = ()
    console: bytes = b""
    qemu_output: str = ""


@dataclass(frozen=True)
class Ending(ABC):
    """How it ended."""

    @abstractmethod
    def error(self) -> KpioError | None:
        """Return the error this ending is for whoever wanted the guest to succeed; None: none."""


@dataclass(frozen=True)
class PoweredOff(Ending):
    """The kernel powered off in order; `status` is what process 1 ended with or asked for."""

    status: int

    def error(self) -> KpioError | None:
        """Return an error unless the status is 0."""
        if self.status == 0:
            return None
        return KpioError(
            f"the guest's init ended with status {self.status}",
            hint="its output above says which program failed",
        )


@dataclass(frozen=True)
class Panicked(Ending):
    """The kernel panicked."""

    message: str
    console: str

    def error(self) -> KpioError:
        """Return the panic with what the kernel printed about it."""
        return KernelPanicError(
            f"the kernel panicked: {self.message}",
            hint="the backtrace above begins where it happened",
            details=self.console,
        )


@dataclass(frozen=True)
class NoInit(Ending):
    """The kernel found no first program, or could not start it."""

    reason: str

    def error(self) -> KpioError:
        """Return why."""
        return InitError(
            f"the kernel could not start its first program: {self.reason}",
            hint="see `init=` on the command line, and whether the image holds that file",
        )


@dataclass(frozen=True)
class SelftestFailed(Ending):
    """A self-test of the kernel failed."""

    reason: str

    def error(self) -> KpioError:
        """Return what failed."""
        return KpioError(
            f"the kernel's self-test failed: {self.reason}",
            hint="`./kpio boot` without `selftest=` runs the kernel as it is",
        )


@dataclass(frozen=True)
class TripleFault(Ending):
    """The processor reset: a fault while handling a fault. Nothing in KPIO resets on purpose."""

    where: str
    registers: str

    def error(self) -> KpioError:
        """Return where it was."""
        return TripleFaultError(
            f"the guest's processor gave up (triple fault) {self.where}",
            hint="the registers above are those at that moment; CR2 is the address of a page fault",
            details=self.registers,
        )


@dataclass(frozen=True)
class OtherPowerOff(Ending):
    """The machine was switched off, though not in the kernel's way."""

    last: str
    console: str

    def error(self) -> KpioError:
        """Return what it had done by then."""
        return EarlyPowerOffError(
            "the guest switched the machine off without saying how it went",
            hint=self.last,
            details=self.console,
        )


@dataclass(frozen=True)
class Killed(Ending):
    """We ended it."""

    def error(self) -> KpioError:
        """Return that it was stopped."""
        return InterruptedByUser("the guest was stopped", hint="run the same command again")


@dataclass(frozen=True)
class DiskFull(Ending):
    """The host's disk had no room for what the guest wrote."""

    def error(self) -> KpioError:
        """Return the one error for a full disk."""
        return no_space_error("the guest's writes go to a temporary file of QEMU (TMPDIR)")


@dataclass(frozen=True)
class QemuFailed(Ending):
    """QEMU ended for reasons of its own."""

    how: str
    output: str

    def error(self) -> KpioError:
        """Return what QEMU said; a full disk or a port in use are errors of their own."""
        if says_no_space(self.output):
            return no_space_error("QEMU could not write", details=self.output)
        if "Address already in use" in self.output:
            return PortInUseError(
                "QEMU was to listen on a port that another program has",
                hint="choose another port, or end that program",
                details=self.output,
            )
        return QemuError(
            f"QEMU {self.how}",
            hint="what it printed is above; `./kpio doctor` checks the QEMU at hand"
            if self.output
            else "it printed nothing; `./kpio doctor` checks the QEMU at hand",
            details=self.output,
        )


def classify(facts: Facts) -> Ending:
    """Decide how a run ended. QEMU has ended, and everything it sent has been read."""
    by_status = _classify_status(facts)
    if by_status is not None:
        return by_status
    if facts.is_disk_full:
        return DiskFull()
    if facts.stop_reason:
        return QemuFailed(f"stopped the guest: {facts.stop_reason}", facts.qemu_output)
    if facts.shutdown_reason == "guest-reset":
        return TripleFault(processor_place(facts.registers), facts.registers)
    if facts.shutdown_reason == "guest-shutdown":
        return OtherPowerOff(last_event(facts.events), _last_lines(facts.console))
    if facts.is_killed:
        return Killed()
    how = f"was ended by {signal_name(-facts.status)}" if facts.status < 0 else ""
    return QemuFailed(how or f"ended with status {facts.status}", facts.qemu_output)


def _classify_status(facts: Facts) -> Ending | None:
    """Return what a status of the kernel's own says, None for any other status."""
    ending: Ending | None = None
    if facts.status == _STATUS_OF["EXIT_SUCCESS"]:
        ending = PoweredOff(0)
    elif facts.status == _STATUS_OF["EXIT_INIT_FAILED"]:
        # The port takes one byte of meaning; the status itself is in the event.
        off = _last(facts.events, "power.off")
        ending = PoweredOff(off.number("status") if off else 1)
    elif facts.status == _STATUS_OF["EXIT_PANIC"]:
        panic = _last(facts.events, "kernel.panic")
        text = _panic_text(facts.console)
        # A kernel that panics while it holds the events' lock can only write to the console.
        ending = Panicked(panic["message"] if panic else text.partition("\n")[0], text)
    elif facts.status == _STATUS_OF["EXIT_NO_INIT"]:
        refused = _last(facts.events, "exec.refused")
        ending = NoInit(f"{refused['path']}: {refused['reason']}" if refused else "no reason given")
    elif facts.status == _STATUS_OF["EXIT_SELFTEST_FAILED"]:
        failed = _last(facts.events, "selftest.failed")
        ending = SelftestFailed(f"{failed['name']}: {failed['reason']}" if failed else "unnamed")
    return ending


def hang_error(
    what: str, *, registers: str, events: Sequence[Event], is_deaf: bool = False
) -> GuestHangError:
    """Return the error of a guest that did not do `what` in time.

    `is_deaf`: QEMU did not answer either, so there are no registers.
    """
    return GuestHangError(
        f"the guest hangs: {what}; " + ("QEMU is stuck" if is_deaf else processor_place(registers)),
        hint=last_event(events),
        details=registers,
    )


def integer_registers(registers: str) -> str:
    """Return what `info registers` shows without the floating point and vector registers."""
    kept, _, _ = registers.replace("\r", "").partition("\nFCW=")
    return kept.strip()


def processor_place(registers: str) -> str:
    """Say where the processor is: `at ip 0xffffffff80201000`."""
    place = _INSTRUCTION_POINTER.search(registers)
    address = _FAULT_ADDRESS.search(registers)
    if place is None:
        return "at an unknown place"
    text = f"at ip {int(place[1], 16):#x}"
    if address is not None and int(address[1], 16):
        text += f", cr2 {int(address[1], 16):#x}"
    return text


def last_event(events: Sequence[Event]) -> str:
    """Say how far the guest came, for a hint."""
    return f"its last event was: {events[-1]}" if events else "it has sent no event at all"


def _last(events: Sequence[Event], name: str) -> Event | None:
    return next((event for event in reversed(events) if event.name == name), None)


def _panic_text(console: bytes) -> str:
    """Return the console from the panic on; its end if no line says panic."""
    lines = console.splitlines()
    marked = [index for index, line in enumerate(lines) if _PANIC_MARK in line.lower()]
    if not marked:
        return _last_lines(console)
    shown = lines[marked[0] : marked[0] + _SHOWN_LINES]
    return "\n".join(line.decode("utf-8", "replace") for line in shown)


def _last_lines(console: bytes) -> str:
    """Return the end of the console without what moves the cursor, as firmware likes to."""
    text = _CONTROL_SEQUENCE.sub(b"", console).decode("utf-8", "replace")
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    return "\n".join(lines[-_LAST_LINES:])
