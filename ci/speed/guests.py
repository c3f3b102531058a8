"""The two guests, and one run of the benchmark program in one of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ci.speed.lines import Run, parse
from kpio_build.base.errors import KpioError
from kpio_build.vm.command_line import CommandLine
from kpio_build.vm.config import MachineConfig
from kpio_build.vm.ending import PoweredOff
from kpio_build.vm.machine import Machine

PROGRAM: Final = "/bench/bench"
ICOUNT_SHIFT: Final = 0
"""An instruction is 2^0 ns of the guest's time, so its counter counts instructions."""

CPU: Final = "max,-erms"
"""Under -icount a repeated string instruction counts once for each element. Without ERMS both
kernels and both libraries move 8 bytes at a time, as they do not on a real processor's fast path;
with it Linux would move single bytes, and look eight times as slow as it is."""

LINUX_WORDS: Final = (
    *("console=ttyS0", "quiet", "loglevel=0", "panic=-1"),
    # KPIO has no mitigations of this kind, and Linux is the bar: it must not be slowed by its own.
    "mitigations=off",
    # Addresses that differ from run to run would be the only thing that does.
    *("nokaslr", "norandmaps"),
)
RUN_WITHIN_S: Final = 300.0


@dataclass(frozen=True)
class Guest:
    """A system to measure: its name, and the machine that runs the program given its rows."""

    name: str
    config: MachineConfig
    words: tuple[str, ...] = ()
    """Linux's command line; KPIO's is made by CommandLine."""

    def machine(self, rows: Sequence[str], *, is_counted: bool) -> MachineConfig:
        """Return the machine for these rows, with counted time or the host's."""
        if self.words:
            # Linux hands words it does not know to init as well; no row has the name of one.
            line = " ".join((*self.words, "--", *rows))
        else:
            line = str(CommandLine(init=PROGRAM, arguments=tuple(rows), is_quiet=True))
        shift = ICOUNT_SHIFT if is_counted else None
        return replace(self.config, command_line=line, cpu=CPU, icount_shift=shift)


def kpio_guest(qemu: str, kernel: Path, disk: Path) -> Guest:
    """Return KPIO, with the image `bench` as its disk."""
    return Guest("KPIO", MachineConfig(qemu=qemu, kernel=kernel, disk=disk))


def linux_guest(qemu: str, kernel: Path, initrd: Path) -> Guest:
    """Return Linux, with the benchmark as its init; its files are in memory."""
    return Guest("Linux", MachineConfig(qemu=qemu, kernel=kernel, initrd=initrd), LINUX_WORDS)


def run_guest(
    guest: Guest, rows: Sequence[str], *, is_counted: bool, within_s: float = RUN_WITHIN_S
) -> Run:
    """Boot a guest, let the program run these rows, and return what it measured.

    Raises the guest's own error, GuestHangError after `within_s` s, LinesError.
    """
    return run_machine(guest.name, guest.machine(rows, is_counted=is_counted), rows, within_s)


def run_machine(name: str, config: MachineConfig, rows: Sequence[str], within_s: float) -> Run:
    """Boot a machine made by `Guest.machine`, and return what the program in it measured."""
    with Machine(config) as machine:
        machine.start()
        ending = machine.wait_end(within_s=within_s)
        console = machine.record.console
    if ending != PoweredOff(0):
        error = ending.error()
        raise KpioError(
            f"{name} did not come through the benchmarks"
            + (f": {error.message}" if error is not None else ""),
            hint="what it wrote is above",
            details=console.decode("utf-8", "replace"),
        )
    return parse(console, rows)
