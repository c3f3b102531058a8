"""What has come out of a guest so far, shared between the thread that reads and those that wait."""

import threading
from collections.abc import Callable
from typing import TypeVar

from kpio_build.base.errors import EarlyPowerOffError, KpioError
from kpio_build.base.wait import FOREVER_S, Deadline
from kpio_build.vm.ending import Ending
from kpio_build.vm.events import Event

Found = TypeVar("Found")


class Record:
    """Console bytes, events and the ending of one guest. All methods are for any thread.

    `keep_console_bytes`: how much of the console's past is kept; None keeps all of it. What was
    not read by then is gone.
    """

    def __init__(self, *, keep_console_bytes: int | None = None) -> None:
        self._changed = threading.Condition()
        self._keep_console_bytes = keep_console_bytes
        self._console = bytearray()
        self._console_start = 0
        self._events: list[Event] = []
        self._failure: KpioError | None = None
        self._ending: Ending | None = None

    @property
    def events(self) -> tuple[Event, ...]:
        """Every event up to now."""
        with self._changed:
            return tuple(self._events)

    @property
    def console(self) -> bytes:
        """Everything kept of what was written to the console."""
        with self._changed:
            return bytes(self._console)

    @property
    def ending(self) -> Ending | None:
        """How the guest ended; None while it runs."""
        with self._changed:
            return self._ending

    def add_console(self, data: bytes) -> None:
        """Append what the guest wrote to the console."""
        with self._changed:
            self._console += data
            if self._keep_console_bytes is not None:
                surplus = max(0, len(self._console) - self._keep_console_bytes)
                del self._console[:surplus]
                self._console_start += surplus
            self._changed.notify_all()

    def add_event(self, event: Event) -> None:
        """Append an event."""
        with self._changed:
            self._events.append(event)
            self._changed.notify_all()

    def fail(self, error: KpioError) -> None:
        """Note that nothing that comes from here on can be trusted. The first failure stays."""
        with self._changed:
            self._failure = self._failure or error
            self._changed.notify_all()

    def end(self, ending: Ending) -> None:
        """Note how the guest ended. Called once, after its last byte and event."""
        with self._changed:
            self._ending = ending
            self._changed.notify_all()

    def read_console(self, position: int, len_bytes: int) -> tuple[bytes, int]:
        """Return up to `len_bytes` bytes from `position` on, as far as kept, and where they end."""
        with self._changed:
            offset = max(0, position - self._console_start)
            data = bytes(self._console[offset : offset + len_bytes])
            return data, self._console_start + offset + len(data)

    def wait_console(self, position: int, within_s: float) -> bool:
        """Wait for console bytes behind `position`. False: the guest ended, none will come.

        Raises DeadlineError after `within_s` seconds, or the failure of the record.
        """

        def more() -> bool | None:
            if self._console_start + len(self._console) > position:
                return True
            return None if self._ending is None else False

        return self._wait(more, Deadline.after(within_s, "more output on the console"))

    def wait_event(self, matches: Callable[[Event], bool], deadline: Deadline) -> Event:
        """Return the first event that `matches`, as soon as it has come.

        Raises DeadlineError when it did not come in time; the ending's error, or EarlyPowerOffError
        after a success, when the guest ended before.
        """
        next_index = 0

        def found() -> Event | Ending | None:
            nonlocal next_index
            for event in self._events[next_index:]:
                next_index += 1
                if matches(event):
                    return event
            return self._ending

        result = self._wait(found, deadline)
        if isinstance(result, Event):
            return result
        assert isinstance(result, Ending)
        raise result.error() or EarlyPowerOffError(
            f"the guest powered off before this: {deadline.what}",
            hint="the events it sent: " + (", ".join(map(str, self.events[-5:])) or "none"),
        )

    def wait_ending(self, deadline: Deadline) -> Ending:
        """Return how the guest ended, as soon as it has. Raises DeadlineError."""
        return self._wait(lambda: self._ending, deadline)

    def _wait(self, look: Callable[[], Found | None], deadline: Deadline) -> Found:
        """Wait until `look`, called with the lock held, returns something; return that."""
        with self._changed:
            while True:
                if self._failure is not None:
                    raise self._failure
                result = look()
                if result is not None:
                    return result
                deadline.check()
                remaining_s = deadline.remaining_s()
                self._changed.wait(None if remaining_s == FOREVER_S else remaining_s)
