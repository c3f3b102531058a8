"""The guest's console: what it prints, waited for through pexpect, and what is typed to it.

pexpect misses markers when its search window is smaller than one read, and is quadratic without a
window, so both are set here.
"""

from collections.abc import Callable
from typing import Final

import pexpect
from pexpect.spawnbase import SpawnBase

from kpio_build.base.errors import DeadlineError, EarlyPowerOffError
from kpio_build.vm.record import Record

MAX_READ_BYTES: Final = 65536
MAX_MARKER_BYTES: Final = 4096
SEARCH_WINDOW_BYTES: Final = MAX_READ_BYTES + MAX_MARKER_BYTES


class Console:
    """The console of one guest.

    `send` puts bytes on the wire; `on_hang` makes the error of a marker that did not come.
    """

    def __init__(
        self,
        record: Record,
        *,
        send: Callable[[bytes], None],
        on_hang: Callable[[str], DeadlineError],
    ) -> None:
        self._record = record
        self._send = send
        self._on_hang = on_hang
        self._pexpect = _Spawn(record)

    @property
    def transcript(self) -> bytes:
        """Everything the guest has printed."""
        return self._record.console

    def send(self, data: bytes) -> None:
        """Type `data` to the guest. Nothing is added, nothing is echoed by this side."""
        self._send(data)

    def expect(self, marker: bytes, *, within_s: float) -> bytes:
        """Wait until the guest has printed `marker`; return what it printed before.

        Each call looks behind the marker of the call before. Raises GuestHangError after
        `within_s` seconds, and the ending's error when the guest ends without printing it.
        """
        if len(marker) > MAX_MARKER_BYTES:
            raise ValueError(f"a marker of {len(marker)} bytes, above {MAX_MARKER_BYTES}")
        return self._expect([marker], exact=True, within_s=within_s)

    def expect_match(self, pattern: bytes, *, within_s: float) -> bytes:
        """Wait for a regular expression that matches up to MAX_MARKER_BYTES bytes; return those.

        Otherwise as `expect`.
        """
        self._expect([pattern], exact=False, within_s=within_s)
        after = self._pexpect.after
        assert isinstance(after, bytes)
        return after

    def _expect(self, patterns: list[bytes], *, exact: bool, within_s: float) -> bytes:
        what = f"{patterns[0]!r} on the console"
        method = self._pexpect.expect_exact if exact else self._pexpect.expect
        try:
            method(patterns, timeout=within_s, searchwindowsize=SEARCH_WINDOW_BYTES)
        except pexpect.TIMEOUT:
            raise self._on_hang(f"{what} did not come within {within_s:g} s") from None
        except pexpect.EOF:
            ending = self._record.ending
            error = ending.error() if ending else None
            raise error or EarlyPowerOffError(
                f"the guest powered off before it printed {what}",
                hint=f"the last it printed was {self.transcript[-100:]!r}",
            ) from None
        before = self._pexpect.before
        assert isinstance(before, bytes)
        return before


class _Spawn(SpawnBase):  # type: ignore[misc]  # pexpect has no types
    """pexpect over a Record: the machine's thread reads the wire whether or not anybody waits."""

    def __init__(self, record: Record) -> None:
        super().__init__(maxread=MAX_READ_BYTES, searchwindowsize=SEARCH_WINDOW_BYTES)
        self.delayafterread = None
        self._record = record
        self._position = 0

    def read_nonblocking(self, size: int = 1, timeout: float | None = None) -> bytes:
        """Return up to `size` bytes as soon as there are some. Raises pexpect's TIMEOUT and EOF."""
        within_s = float("inf") if timeout is None else max(0.0, timeout)
        try:
            is_more = self._record.wait_console(self._position, within_s)
        except DeadlineError:
            raise pexpect.TIMEOUT("no output in time") from None
        if not is_more:
            self.flag_eof = True
            raise pexpect.EOF("the guest has ended")
        data, self._position = self._record.read_console(self._position, size)
        self._log(data, "read")
        return data
