r"""A virtual machine: started stopped, connected, run, waited for, and never left behind.

    with Machine(config) as machine:
        machine.start()
        machine.events.wait("process.exited", path="/bin/hello", within_s=30)
        machine.console.send(b"\n")
        ending = machine.wait_end(within_s=10)

Waits fail with the guest's real ending when it ends early, and with where its processor is when a
deadline passes; after that the machine is good for nothing more. QEMU is ended and reaped when the
block is left, and by the operating system when this process is killed.
"""

import asyncio
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Final, TypeVar

from kpio_build.base.errors import DeadlineError, GuestHangError, KpioError, QemuError
from kpio_build.base.wait import Deadline
from kpio_build.vm.config import MachineConfig
from kpio_build.vm.ending import Ending, hang_error, integer_registers
from kpio_build.vm.events import Event
from kpio_build.vm.qmp import Qmp
from kpio_build.vm.record import Record
from kpio_build.vm.serial import Console
from kpio_build.vm.watch import OnConsole, OnEvent, Watch

Result = TypeVar("Result")

_CONTROL_WITHIN_S: Final = 30.0
_LOOK_WITHIN_S: Final = 5.0


class Events:
    """The guest's events, for those who wait."""

    def __init__(self, machine: "Machine") -> None:
        self._machine = machine
        self._seen: set[int] = set()

    @property
    def all(self) -> tuple[Event, ...]:
        """Every event up to now."""
        return self._machine.record.events

    def wait(self, name: str, /, *, within_s: float, **fields: object) -> Event:
        """Return the first event of this name and these values that no call has returned yet.

        Events that came before the call count, whatever was waited for in between.
        Raises GuestHangError after `within_s` s, the ending's error when the guest ends first.
        """
        values = "".join(f" {key}={value}" for key, value in fields.items())
        deadline = Deadline.after(within_s, f"the event {name}{values}")

        def is_new_match(event: Event) -> bool:
            return event.seq not in self._seen and event.matches(name, fields)

        with self._machine.hanging():
            event = self._machine.record.wait_event(is_new_match, deadline)
        self._seen.add(event.seq)
        return event


class Machine:
    """One guest. See the module for how it is used.

    `on_console` and `on_event` are called with everything that comes, in the machine's own thread
    and before anybody waiting for it goes on. `keep_console_bytes`: see Record.
    """

    def __init__(
        self,
        config: MachineConfig,
        *,
        on_console: OnConsole | None = None,
        on_event: OnEvent | None = None,
        keep_console_bytes: int | None = None,
    ) -> None:
        self.config = config
        self.record = Record(keep_console_bytes=keep_console_bytes)
        self._on_console = on_console
        self._on_event = on_event

    def __enter__(self) -> "Machine":
        """Start QEMU with the guest stopped and everything connected."""
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(self._on_loop_error)
        # QEMU is started by this thread and dies with it; a daemon, so it ends with the process.
        self._thread = threading.Thread(target=self._loop.run_forever, name="machine", daemon=True)
        self._thread.start()
        try:
            self._watch = self._call(self._open())
        except BaseException:
            self._stop_loop()
            raise
        self.qmp = Qmp(self._watch.client, self._loop)
        self.events = Events(self)
        self.console = Console(self.record, send=self._send, on_hang=self._hang)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End QEMU, whatever state it is in."""
        try:
            self._call(self._watch.close())
        finally:
            self._stop_loop()

    @property
    def qemu_pid(self) -> int:
        """The process that is QEMU, for debuggers and tests."""
        return self._watch.pid

    def start(self) -> None:
        """Let the guest run."""
        self.qmp.execute("cont", within_s=_CONTROL_WITHIN_S)

    def wait_end(self, *, within_s: float) -> Ending:
        """Return how the guest ended, once it has. Raises GuestHangError after `within_s` s."""
        with self.hanging():
            return self.record.wait_ending(Deadline.after(within_s, "its end"))

    def kill(self) -> None:
        """End QEMU now; its ending is there when this returns. Nothing happens if it has ended."""
        self._call(self._watch.kill())

    def hanging(self) -> "_HangTranslation":
        """Return a context that turns a passed deadline into where the guest hangs."""
        return _HangTranslation(self)

    def _hang(self, what: str) -> GuestHangError:
        """Look where the processor is, and make that an error for every wait from now on."""
        registers = ""
        is_deaf = False
        try:
            self.qmp.execute("stop", within_s=_LOOK_WITHIN_S)
            shown = self.qmp.monitor("info registers", within_s=_LOOK_WITHIN_S)
            registers = integer_registers(shown)
        except (DeadlineError, QemuError):
            is_deaf = True
        error = hang_error(what, registers=registers, events=self.record.events, is_deaf=is_deaf)
        self.record.fail(error)
        return error

    async def _open(self) -> Watch:
        watch = Watch(
            self.config, self.record, on_console=self._on_console, on_event=self._on_event
        )
        try:
            await watch.open()
        except BaseException:
            await watch.close()
            raise
        return watch

    def _send(self, data: bytes) -> None:
        self._call(self._watch.send(data))

    def _call(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _on_loop_error(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Hand an exception nobody caught in the loop to whoever waits for the machine."""
        cause = context.get("exception")
        error = KpioError(f"watching the machine failed: {cause or context['message']}")
        error.__cause__ = cause
        self.record.fail(error)

    def _stop_loop(self) -> None:
        self._call(_finish_tasks())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _finish_tasks() -> None:
    """Cancel what still runs in the loop, as a start that Ctrl-C cut short, and wait for it."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class _HangTranslation:
    """See Machine.hanging."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Replace a DeadlineError."""
        if isinstance(error, DeadlineError) and not isinstance(error, GuestHangError):
            raise self._machine._hang(error.message) from None
