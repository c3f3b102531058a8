from typing import Final

from tests.boot.workshop import TEST_DIRECTORY, Workshop
from tests.guest.elf.nasty import CASES, REFUSED, STARTED, IsRefused

PASSED: Final = 42  # tests/guest/harness/lib.rs


def test_the_fifty_nastiest_files_hurt_nobody_else(workshop: Workshop) -> None:
    outcome = workshop.run_test("elfrun", within_s=300)
    assert (outcome.status, outcome.signal) == (PASSED, 0), outcome.console
    assert f"{len(CASES)} passed, 0 failed" in outcome.console

    reasons = {
        event["path"]: event["reason"].partition(":")[0]
        for event in outcome.events
        if event.name == "exec.refused"
    }
    assert reasons == {
        f"{TEST_DIRECTORY}/elf/{case.name}": case.expected.error
        for case in REFUSED
        if isinstance(case.expected, IsRefused)
    }
    started = [event["path"] for event in outcome.events if event.name == "process.started"]
    assert started[1:] == [f"{TEST_DIRECTORY}/elf/{case.name}" for case in STARTED]
