"""One program of the user's in a guest of its own: what `kpio run` does."""

import os
import select
import threading
from pathlib import PurePosixPath
from typing import Final

from kernel_py.abi import boot
from kpio_build.base.errors import InitError, KpioError, QemuError
from kpio_build.base.wait import Deadline
from kpio_build.vm.command_line import CommandLine
from kpio_build.vm.config import MachineConfig
from kpio_build.vm.ending import Ending, NoInit
from kpio_build.vm.events import Event
from kpio_build.vm.machine import Machine

RUN_DIRECTORY: Final = PurePosixPath("/run")
SIGNAL_STATUS_BASE: Final = 128
"""A program that a signal ended has this plus its number as status, as in a shell."""
_KEPT_CONSOLE_BYTES: Final = 1 << 20
_PIECE_BYTES: Final = select.PIPE_BUF
"""What a descriptor that says it is writable takes without blocking. Source: POSIX, `write`."""
_STDIN_BYTES: Final = 4096


def command_line(path: str, arguments: tuple[str, ...], *, is_traced: bool = False) -> CommandLine:
    """Return the command line that makes the program at `path` in the image process 1, quietly."""
    return CommandLine(init=path, arguments=arguments, is_quiet=True, is_traced=is_traced)


def run_program(
    config: MachineConfig, *, stdin: int | None, stdout: int, within_s: float = float("inf")
) -> int:
    """Boot `config`, whose process 1 is the program, and return the program's exit status.

    What it prints goes to the descriptor `stdout`, byte for byte. What `stdin` has goes to it, and
    its end as the byte CONSOLE_EOF; None is an end at once. A status of 128 and more may be a
    signal's.
    Raises InitError for a file the kernel refuses, the guest's error for any other ending that is
    not the program's own, GuestHangError after `within_s` seconds, BrokenPipeError when nobody
    reads `stdout` any more.
    """
    with _Cancel() as cancel:
        output = _Output(stdout, cancel)
        try:
            ending, events = _run(config, output, stdin, cancel, within_s)
        except KpioError:
            if output.error is not None:
                raise output.error from None
            raise
    if isinstance(ending, NoInit):
        raise InitError(
            f"KPIO does not start this program: {ending.reason}",
            hint="`kpio build sdk` makes what builds programs for KPIO; `--memory` gives it more",
        )
    for event in events:
        if event.matches("process.exited", {"pid": boot.INIT_PID}):
            number = event.number("signal")
            return SIGNAL_STATUS_BASE + number if number else event.number("status")
    raise ending.error() or QemuError(
        "the guest powered off, but no event says how the program ended",
        hint="the kernel and this kpio are not of the same version: `./kpio build`",
    )


def _run(
    config: MachineConfig, output: "_Output", stdin: int | None, cancel: "_Cancel", within_s: float
) -> tuple[Ending, tuple[Event, ...]]:
    with Machine(
        config, on_console=output.write, keep_console_bytes=_KEPT_CONSOLE_BYTES
    ) as machine:
        deadline = Deadline.after(within_s, "the end of the program")
        machine.start()
        # What is typed before the kernel has taken the serial port over is lost.
        if not _has_booted(machine, deadline):
            return machine.wait_end(within_s=0), machine.events.all
        feeder = threading.Thread(target=_feed, args=(machine, stdin, cancel), name="stdin")
        feeder.start()
        try:
            return machine.wait_end(within_s=deadline.remaining_s()), machine.events.all
        finally:
            cancel.set()
            machine.kill()
            feeder.join()


def _has_booted(machine: Machine, deadline: Deadline) -> bool:
    """Wait until the kernel runs. False: the machine has ended before."""
    try:
        machine.events.wait("boot.ready", within_s=deadline.remaining_s())
    except KpioError:
        if machine.record.ending is None:
            raise
        return False
    return True


class _Cancel:
    """A flag that wakes whoever polls its descriptor."""

    def __enter__(self) -> "_Cancel":
        self.fd = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.fd)

    def set(self) -> None:
        """Wake everybody, now and in the future."""
        os.eventfd_write(self.fd, 1)


class _Output:
    """Writes to a descriptor that may be slow, without ever being stuck in it."""

    def __init__(self, descriptor: int, cancel: _Cancel) -> None:
        self.error: OSError | None = None
        self._descriptor = descriptor
        self._cancel = cancel
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLOUT)
        self._poll.register(cancel.fd, select.POLLIN)

    def write(self, data: bytes) -> None:
        """Write all of `data`, as the reader takes it. The guest waits meanwhile."""
        rest = memoryview(data)
        while rest:
            ready = {descriptor for descriptor, _ in self._poll.poll()}
            if self._descriptor not in ready:
                return
            try:
                written = os.write(self._descriptor, rest[:_PIECE_BYTES])
            except OSError as error:
                self.error = error
                raise
            rest = rest[written:]


def _feed(machine: Machine, stdin: int | None, cancel: _Cancel) -> None:
    """Type what `stdin` has to the guest, and its end."""
    poll = select.poll()
    poll.register(cancel.fd, select.POLLIN)
    if stdin is not None:
        poll.register(stdin, select.POLLIN)
    while stdin is not None:
        ready = {descriptor for descriptor, _ in poll.poll()}
        if cancel.fd in ready:
            return
        data = os.read(stdin, _STDIN_BYTES)
        if not data:
            break
        machine.console.send(data)
    machine.console.send(bytes([boot.CONSOLE_EOF]))
