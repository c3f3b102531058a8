"""A side of a ring is killed at many moments, each of them a new one for each seed."""

from signal import SIGKILL

import pytest

from kpio_build.vm.command_line import CommandLine
from kpio_build.vm.ending import PoweredOff
from tests.boot.workshop import Workshop

KILLS = 40
SMALL = 1 << 16


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whoever_survives_a_kill_comes_to_an_end(workshop: Workshop, seed: int) -> None:
    line = CommandLine(init="/bin/exchange", arguments=(str(seed), str(SMALL), str(KILLS)))
    with workshop.running(line, image="default") as machine:
        assert machine.wait_end(within_s=240) == PoweredOff(0)
        events = machine.events.all
    told = [event["text"] for event in events if event.name == "process.reported"]
    survivors = [text for text in told if text.startswith("exchange.survivor ")]
    killed = [event for event in events if event.fields.get("signal") == str(int(SIGKILL))]
    assert len(survivors) == 4 * KILLS
    assert len(killed) == 4 * KILLS + 4, "and those before the counting begins"
    assert all(" end=" in text and " end=Closed " not in text for text in survivors)
