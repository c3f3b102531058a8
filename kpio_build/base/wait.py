"""Deadlines: every wait is for something that happens, and ends at a stated moment."""

import select
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from kpio_build.base.errors import DeadlineError

Clock = Callable[[], float]
"""Seconds that only grow, from any start."""

FOREVER_S: Final = float("inf")


@dataclass(frozen=True)
class Deadline:
    """A moment after which waiting is an error."""

    what: str
    within_s: float
    end_s: float
    clock: Clock = time.monotonic

    @classmethod
    def after(cls, within_s: float, what: str, *, clock: Clock = time.monotonic) -> "Deadline":
        """Return the deadline `within_s` seconds from now; `what` names what is waited for."""
        return cls(what=what, within_s=within_s, end_s=clock() + within_s, clock=clock)

    def remaining_s(self) -> float:
        """Return the seconds left, never below zero."""
        return max(0.0, self.end_s - self.clock())

    @property
    def is_over(self) -> bool:
        """Tell whether the moment has passed."""
        return self.clock() >= self.end_s

    def check(self) -> None:
        """Raise DeadlineError once the moment has passed."""
        if self.is_over:
            raise self.error()

    def error(self) -> DeadlineError:
        """Return the error that says what did not happen in how many seconds."""
        return DeadlineError(f"{self.what} did not happen within {self.within_s:g} s")


def wait_readable(descriptors: Iterable[int], deadline: Deadline) -> list[int]:
    """Return the descriptors with something to read (or at their end), as soon as there is one.

    Raises DeadlineError when the deadline passes first.
    """
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    while True:
        remaining = deadline.remaining_s()
        ready = poll.poll(None if remaining == FOREVER_S else remaining * 1000)
        if ready:
            return [descriptor for descriptor, _ in ready]
        deadline.check()
