"""What is told to the user while work goes on.

This goes to standard error; results go to standard output.
"""

import sys
from dataclasses import dataclass, field
from typing import Protocol, TextIO


class Reporter(Protocol):
    """Somebody who is told about progress: PlainReporter, or the CLI's display for terminals."""

    @property
    def is_terminal(self) -> bool:
        """Whether a person watches, so that tools may use colour."""

    def note(self, message: str) -> None:
        """Say something everybody should read."""

    def warn(self, message: str) -> None:
        """Say that something is not as it should be, though work goes on."""

    def detail(self, message: str) -> None:
        """Say something for those who asked for `--verbose`."""

    def step_started(self, step: str, why: str) -> None:
        """Begin a step; `why` is what it makes."""

    def step_progress(self, line: str) -> None:
        """Show the newest line of what the running step does."""

    def step_finished(self, step: str, elapsed_s: float, *, is_cached: bool) -> None:
        """End a step that has its output, made just now or found."""

    def step_failed(self, step: str, elapsed_s: float) -> None:
        """End a step that has failed; its error follows."""


@dataclass
class PlainReporter:
    """Plain lines, for logs and pipes."""

    stream: TextIO = field(default_factory=lambda: sys.stderr)
    is_verbose: bool = False

    @property
    def is_terminal(self) -> bool:
        """Never: plain lines are for whoever reads a log."""
        return False

    def note(self, message: str) -> None:
        """Print the message."""
        self._print(message)

    def warn(self, message: str) -> None:
        """Print the message as a warning."""
        self._print(f"warning: {message}")

    def detail(self, message: str) -> None:
        """Print the message if details are wanted."""
        if self.is_verbose:
            self._print(message)

    def step_started(self, step: str, why: str) -> None:
        """Print that the step begins."""
        self._print(f"{step}: {why} ...")

    def step_progress(self, line: str) -> None:
        """Print what the step does, if details are wanted."""
        if self.is_verbose:
            self._print(f"  {line}")

    def step_finished(self, step: str, elapsed_s: float, *, is_cached: bool) -> None:
        """Print that the step has its output."""
        if not is_cached:
            self._print(f"{step}: done in {elapsed_s:.1f} s")
        elif self.is_verbose:
            self._print(f"{step}: up to date")

    def step_failed(self, step: str, elapsed_s: float) -> None:
        """Print that the step has failed."""
        self._print(f"{step}: failed after {elapsed_s:.1f} s")

    def _print(self, line: str) -> None:
        self.stream.write(f"{line}\n")
        self.stream.flush()


class SilentReporter:
    """Tells nobody anything: for tests, and for commands whose output is data."""

    @property
    def is_terminal(self) -> bool:
        """Nobody watches."""
        return False

    def note(self, message: str) -> None:
        """Drop the message."""

    def warn(self, message: str) -> None:
        """Drop the message."""

    def detail(self, message: str) -> None:
        """Drop the message."""

    def step_started(self, step: str, why: str) -> None:
        """Drop the event."""

    def step_progress(self, line: str) -> None:
        """Drop the event."""

    def step_finished(self, step: str, elapsed_s: float, *, is_cached: bool) -> None:
        """Drop the event."""

    def step_failed(self, step: str, elapsed_s: float) -> None:
        """Drop the event."""
