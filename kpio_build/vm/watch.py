"""The part of a machine that lives in its loop's thread: QEMU's process and all of its wires.

Everything QEMU sends is read at once, whether or not anybody waits for it: a guest must not stand
still because nobody looks at its console, and an ending must be known when it happens.
"""

import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import Callable

from qemu.qmp import EventListener, QMPClient, QMPError

from kpio_build.base import process
from kpio_build.base.errors import KpioError
from kpio_build.vm.config import MachineConfig, WireFds, argv
from kpio_build.vm.ending import Facts, classify, integer_registers
from kpio_build.vm.events import Event, EventParser, EventStreamError
from kpio_build.vm.record import Record

OnConsole = Callable[[bytes], None]
OnEvent = Callable[[Event], None]

_READ_BYTES = 1 << 16
_CONNECT_WITHIN_S = 30.0
_REGISTERS_WITHIN_S = 5.0
_QEMU_STOPPED = frozenset({"io-error", "internal-error"})
_QMP_ERRORS = (QMPError, OSError, EOFError, TimeoutError)

# qemu.qmp reports every disconnection as an error to whoever has not set logging up.
_SILENT = logging.getLogger("kpio.qmp")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False


class Watch:
    """One QEMU, watched. Every method runs in the loop's thread."""

    def __init__(
        self,
        config: MachineConfig,
        record: Record,
        *,
        on_console: OnConsole | None,
        on_event: OnEvent | None,
    ) -> None:
        self.client = QMPClient("kpio")
        self.client.logger = _SILENT
        self._config = config
        self._record = record
        self._on_console = on_console
        self._on_event = on_event
        self._parser = EventParser()
        self._loop = asyncio.get_running_loop()
        self._stack = contextlib.ExitStack()
        self._ended = asyncio.Event()
        self._is_killed = False
        self._shutdown_reason = ""
        self._stop_reason = ""
        self._is_disk_full = False
        self._registers = ""
        self._is_started = False
        self._reports: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """QEMU's process."""
        return self._process.pid

    async def open(self) -> None:
        """Start QEMU with the guest stopped, and connect its three wires.

        Raises the ending's error when QEMU does not come up, ToolMissingError without QEMU.
        """
        self._console, console = self._pair()
        self._events, events = self._pair()
        control_end, control = self._pair()
        self._output_fd = os.memfd_create("qemu-output")
        self._stack.callback(os.close, self._output_fd)
        fds = WireFds(console.fileno(), events.fileno(), control.fileno())
        self._process = self._stack.enter_context(
            process.background(
                argv(self._config, fds),
                stdout=self._output_fd,
                stderr=self._output_fd,
                pass_fds=fds.all(),
            )
        )
        for end in (console, events, control):
            end.close()  # QEMU's alone now: ours see the end when QEMU ends
        self._pid_fd = os.pidfd_open(self._process.pid)
        self._stack.callback(os.close, self._pid_fd)
        self._loop.add_reader(self._pid_fd, self._on_exit)
        self._is_started = True
        self._loop.add_reader(self._console, self._on_console_ready)
        self._loop.add_reader(self._events, self._on_events_ready)
        await self._connect(control_end)
        self._reports = asyncio.create_task(self._follow(self.client.events))

    async def send(self, data: bytes) -> None:
        """Write to the guest's console. What a guest that has ended does not read is lost."""
        with contextlib.suppress(OSError):
            await self._loop.sock_sendall(self._console, data)

    async def kill(self) -> None:
        """End QEMU if it runs. Nothing in it is worth an orderly end: its disk is a throw-away."""
        if not self._ended.is_set():
            self._is_killed = True
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)
        await self._ended.wait()

    async def close(self) -> None:
        """Kill QEMU if it runs, reap it, give everything back. Safe after a failed `open`."""
        if self._is_started:
            await self.kill()
        if self._reports is not None:
            self._reports.cancel()
            with contextlib.suppress(*_QMP_ERRORS):
                await self.client.disconnect()
        self._stack.close()

    def _pair(self) -> tuple[socket.socket, socket.socket]:
        """Return a connected pair: no name in the file system, nothing to collide or clean up."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        self._stack.callback(ours.close)
        self._stack.callback(theirs.close)
        return ours, theirs

    async def _connect(self, control: socket.socket) -> None:
        try:
            async with asyncio.timeout(_CONNECT_WITHIN_S):
                await self.client.connect(control)
        except _QMP_ERRORS:
            # QEMU did not come up. If it has ended it says why, otherwise it is of no use.
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGTERM)
            await self._ended.wait()
            ending = self._record.ending
            error = ending.error() if ending else None
            raise error or KpioError(
                "QEMU ended before the guest was started", hint="`./kpio doctor` checks QEMU"
            ) from None

    async def _follow(self, reports: EventListener) -> None:
        """Act on QEMU's own events until it ends.

        Source: QEMU qapi/run-state.json, qapi/block-core.json.
        """
        with contextlib.suppress(*_QMP_ERRORS):
            async for report in reports:
                data = report.get("data", {})
                assert isinstance(data, dict)
                match report["event"]:
                    case "SHUTDOWN" if data["guest"]:
                        self._shutdown_reason = str(data["reason"])
                        await self._look_and_quit()
                    case "BLOCK_IO_ERROR" if data.get("nospace"):
                        self._is_disk_full = True
                    case "STOP":
                        await self._on_stop()

    async def _on_stop(self) -> None:
        status = await self.client.execute("query-status")
        assert isinstance(status, dict)
        if status["status"] in _QEMU_STOPPED:
            self._stop_reason = str(status["status"])
            await self._look_and_quit()

    async def _look_and_quit(self) -> None:
        """Note where the processor is, then let QEMU end, with the guest's status if it has one."""
        async with asyncio.timeout(_REGISTERS_WITHIN_S):
            answer = await self.client.execute(
                "human-monitor-command", {"command-line": "info registers"}
            )
        self._registers = integer_registers(str(answer))
        await self.client.execute("quit")

    def _on_console_ready(self) -> None:
        self._read(self._console, self._take_console)

    def _on_events_ready(self) -> None:
        self._read(self._events, self._take_events)

    def _read(self, wire: socket.socket, take: Callable[[bytes], None]) -> bool:
        """Take one reading. False: there is nothing more now, or ever."""
        try:
            data = wire.recv(_READ_BYTES)
        except BlockingIOError:
            return False
        except ConnectionResetError:
            data = b""
        if not data:
            self._loop.remove_reader(wire)
            return False
        take(data)
        return True

    def _take_console(self, data: bytes) -> None:
        self._record.add_console(data)
        if self._on_console is not None:
            self._on_console(data)

    def _take_events(self, data: bytes) -> None:
        try:
            for event in self._parser.feed(data):
                self._record.add_event(event)
                if self._on_event is not None:
                    self._on_event(event)
        except EventStreamError as error:
            self._record.fail(error)

    def _on_exit(self) -> None:
        """QEMU has ended: read what is left, then decide how it ended."""
        self._loop.remove_reader(self._pid_fd)
        try:
            while self._read(self._console, self._take_console):
                pass
            while self._read(self._events, self._take_events):
                pass
        finally:
            # Even if a callback failed just now: who waits for the end must get it.
            self._end()

    def _end(self) -> None:
        for wire in (self._console, self._events):
            self._loop.remove_reader(wire)
        output = os.pread(self._output_fd, os.fstat(self._output_fd).st_size, 0)
        self._record.end(
            classify(
                Facts(
                    status=self._process.wait(),
                    shutdown_reason=self._shutdown_reason,
                    stop_reason=self._stop_reason,
                    is_disk_full=self._is_disk_full,
                    is_killed=self._is_killed,
                    registers=self._registers,
                    events=self._record.events,
                    console=self._record.console,
                    qemu_output=output.decode("utf-8", "replace").strip(),
                )
            )
        )
        self._ended.set()
