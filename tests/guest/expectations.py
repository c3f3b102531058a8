"""What the guest's test programs must do, as seen from outside: by status or signal, never by text.

Signals are those a Linux program would get (`signal_of_exception` in kernel/src/process/status.rs).
"""

from dataclasses import dataclass, replace
from signal import SIGFPE, SIGILL, SIGSEGV, SIGTRAP, Signals
from typing import Final, Self

PASSED: Final = 42
"""The status of a test program that has passed; `PASSED` in tests/guest/harness/lib.rs."""


@dataclass(frozen=True)
class Fault:
    """A case of `faults`, and how the process must end: by one of the signals, or with PASSED."""

    case: str
    signals: frozenset[Signals] = frozenset()

    def matches(self, *, status: int, signal: int) -> bool:
        """Tell whether this is how a process has ended."""
        if not self.signals:
            return (status, signal) == (PASSED, 0)
        return signal in self.signals


@dataclass(frozen=True)
class GuestProgram:
    """A test program that decides by itself. `within_s` is generous: hosts are busy.

    `memory_mib`: what the machine has, if that matters.
    `nightly`: its arguments under `kpio test --nightly`, which takes up to ten times as long.
    """

    name: str
    arguments: tuple[str, ...] = ()
    within_s: float = 120.0
    nightly: tuple[str, ...] | None = None
    memory_mib: int | None = None

    def __str__(self) -> str:
        """Return the name a test has."""
        return "-".join((self.name, *self.arguments))

    def at_night(self) -> Self:
        """Return the form of it that `kpio test --nightly` runs."""
        if self.nightly is None:
            return self
        return replace(self, arguments=self.nightly, within_s=10 * self.within_s)


def _killed(cases: str, *signals: Signals) -> tuple[Fault, ...]:
    return tuple(Fault(case, frozenset(signals)) for case in cases.split())


FAULTS: Final = (
    # Memory that is not the program's, or not for that use.
    *_killed("read-null write-null jump-null", SIGSEGV),
    *_killed("read-direct-map write-direct-map", SIGSEGV),
    *_killed("read-kernel-text write-kernel-text jump-kernel-text", SIGSEGV),
    *_killed("read-last-byte read-above-user", SIGSEGV),
    *_killed("read-non-canonical write-non-canonical jump-non-canonical", SIGSEGV),
    # A push to such an address is a stack fault (SIGBUS) by the manuals; QEMU has it a #GP.
    *_killed("push-non-canonical", SIGSEGV, Signals.SIGBUS),
    *_killed("push-kernel", SIGSEGV),
    *_killed("write-own-text write-own-constant write-relocated-constant", SIGSEGV),
    *_killed("execute-stack execute-heap execute-data execute-mapping", SIGSEGV),
    *_killed("write-code-mapping read-protected-mapping read-unmapped", SIGSEGV),
    *_killed("overflow-stack overflow-thread-stack fault-in-thread", SIGSEGV),
    *_killed("syscall-at-last-byte", SIGSEGV),
    # What the processor refuses in ring 3.
    *_killed("divide-by-zero divide-overflow x87-exception", SIGFPE),
    *_killed("invalid-opcode invalid-lock", SIGILL),
    *_killed("instruction-too-long", SIGSEGV),
    *_killed("breakpoint single-step single-step-into-syscall", SIGTRAP),
    *_killed("interrupt-0x80 interrupt-page-fault interrupt-double-fault", SIGSEGV),
    *_killed("interrupt-timer", SIGSEGV),
    *_killed("cli sti hlt in out", SIGSEGV),
    *_killed("read-cr0 write-cr0 read-cr3 write-cr3 write-cr4 write-dr7", SIGSEGV),
    *_killed("rdmsr wrmsr invlpg wbinvd clts swapgs xsetbv lgdt lidt ltr", SIGSEGV),
    *_killed("sgdt sidt smsw str", SIGSEGV),
    # AMD's processors do not know SYSENTER in 64-bit mode.
    *_killed("sysenter", SIGSEGV, SIGILL),
    *_killed("sysret iret-to-kernel far-return-to-kernel far-jump-to-kernel", SIGSEGV),
    *_killed("load-kernel-data-segment load-kernel-stack-segment", SIGSEGV),
    *_killed("load-segment-beyond-table", SIGSEGV),
    *_killed("compatibility-mode-syscall", SIGSEGV, SIGILL),
    # What the machine must simply survive.
    Fault("survives-alignment-flag"),
    Fault("survives-null-segments"),
    Fault("survives-direction-flag"),
    Fault("survives-nested-task-flag"),
    Fault("survives-access-check-flag"),
    Fault("survives-syscall-without-stack"),
    Fault("survives-own-gs-base"),
    Fault("survives-resume-flag"),
)

PROGRAMS: Final = (
    GuestProgram("args"),
    # A million calls with arguments that make no sense, from 500 seeds; ten million at night.
    GuestProgram("badargs", ("1", "500", "2000"), within_s=900, nightly=("501", "5000", "2000")),
    GuestProgram("browser_channel"),
    # Regions that are written at random while the kernel serves them: 200 seeds.
    GuestProgram(
        "browser_channel", ("1", "200", "400"), within_s=300, nightly=("201", "2000", "400")
    ),
    GuestProgram("capabilities"),
    GuestProgram("channels"),
    GuestProgram("clocks"),
    GuestProgram("content"),
    GuestProgram("epoll"),
    GuestProgram("files"),
    GuestProgram("fork"),
    GuestProgram("fpu"),
    GuestProgram("leak", ("1000",), within_s=300),
    GuestProgram("leak", ("50", "/test/faults", "write-own-text"), within_s=60),
    GuestProgram("locks"),
    GuestProgram("mappings", within_s=240),
    GuestProgram("memory", within_s=240),
    GuestProgram("paths"),
    GuestProgram("pipes"),
    GuestProgram("pointers"),
    GuestProgram("posix_threads"),
    GuestProgram("processes"),
    GuestProgram("shares"),
    GuestProgram("rings"),
    GuestProgram("shm"),
    # Less memory than the disk of data has room.
    GuestProgram("shortage", within_s=300, memory_mib=48),
    GuestProgram("signals"),
    GuestProgram("std_program"),
    GuestProgram("threads"),
    GuestProgram("timers"),
    GuestProgram("tls"),
    GuestProgram("tls_static"),
    GuestProgram("waiting"),
)
