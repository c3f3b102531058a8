"""Scripts of calls that the kernel and a model play; both must give one trace."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

from kernel_py.abi.errors import ERRORS
from kernel_py.model.channels import ANSWER
from kpio_build.steps.image import ImageFile
from kpio_build.vm.command_line import CommandLine
from kpio_build.vm.machine import Machine
from tests.boot.workshop import Workshop
from tests.guest.expectations import PASSED

PLAYED_WITHIN_S: Final = 300.0
_SCRIPT: Final = "/test/script"
_ERROR: Final = {error.number: error.name for error in ERRORS}


class PackedStep(Protocol):
    """A step of any model."""

    def pack(self) -> bytes: ...


@dataclass(frozen=True)
class Replay:
    """Plays scripts in the guest; a script lies in `directory` and on the image."""

    workshop: Workshop
    directory: Path

    def play(self, subject: str, script: Sequence[PackedStep]) -> list[bytes]:
        """Return what the kernel answers to each step."""
        path = self.directory / "script"
        path.write_bytes(b"".join(step.pack() for step in script))
        line = CommandLine(init="/test/replay", arguments=(subject, _SCRIPT), is_quiet=True)
        disk = self.workshop.image_with((ImageFile(_SCRIPT, path),))
        with Machine(replace(self.workshop.config(line), disk=disk)) as machine:
            machine.start()
            exited = machine.events.wait("process.exited", pid=1, within_s=PLAYED_WITHIN_S)
            assert (exited.number("status"), exited.number("signal")) == (PASSED, 0)
            events = machine.events.all
        told = [event["text"] for event in events if event.name == "process.reported"]
        trace = bytes.fromhex("".join(told))
        answers = [trace[at : at + ANSWER.size] for at in range(0, len(trace), ANSWER.size)]
        assert len(answers) == len(script)
        return answers


def nr_handles(answer: bytes) -> int:
    """Return how many handles there were in the system after a step."""
    number: int = ANSWER.unpack(answer)[2]
    return number


def outcome(answer: bytes) -> str:
    """Return the name of the error, or "done"."""
    result = ANSWER.unpack(answer)[0]
    return _ERROR.get((1 << 64) - result, "done")


def shown(answer: bytes) -> tuple[str, str, int]:
    """Return an answer as a person reads it: result, what else was told, number of handles."""
    result, told, handles = ANSWER.unpack(answer)
    return _ERROR.get((1 << 64) - result, f"{result:#x}"), f"{told:#x}", handles
