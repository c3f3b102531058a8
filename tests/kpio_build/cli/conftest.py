import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from kpio_build.cli.main import main


@dataclass(frozen=True)
class Outcome:
    """What a command line did."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The standard output as JSON."""
        return json.loads(self.out)


Kpio = Callable[[Sequence[str]], Outcome]


@pytest.fixture
def kpio(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Kpio:
    """Return what runs a command line in this process."""
    # main sets handlers and a hook for a process of its own; here they are pytest's.
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr("sys.excepthook", None)

    def run(arguments: Sequence[str]) -> Outcome:
        status = main(arguments)
        captured = capfd.readouterr()
        return Outcome(status, captured.out, captured.err)

    return run
