"""The kernel's promises, tried out by programs in the guest."""

import hashlib

import pytest

from kernel_py.abi import boot
from kpio_build.steps.apps import AppsStep
from kpio_build.vm.events import Event
from tests.boot.workshop import Outcome, Workshop
from tests.guest.expectations import FAULTS, PASSED, PROGRAMS, Fault, GuestProgram

FAULTS_A_BOOT = 20
"""So that the command line stays short."""

BATCHES = [FAULTS[first : first + FAULTS_A_BOOT] for first in range(0, len(FAULTS), FAULTS_A_BOOT)]


def exits_of_children(outcome: Outcome) -> list[Event]:
    """Return how the processes ended that process 1 has started, in the order of their starts."""
    exits = {event.pid: event for event in outcome.events if event.name == "process.exited"}
    started = (event for event in outcome.events if event.name == "process.started")
    return [exits[event.pid] for event in started if event.number("ppid") == boot.INIT_PID]


@pytest.mark.parametrize("program", PROGRAMS, ids=str)
def test_every_case_of_the_program_passes(
    workshop: Workshop, program: GuestProgram, request: pytest.FixtureRequest
) -> None:
    if request.config.getoption("--nightly", default=False):
        program = program.at_night()
    outcome = workshop.run_test(
        program.name,
        *program.arguments,
        within_s=program.within_s,
        memory_mib=program.memory_mib,
    )
    assert (outcome.status, outcome.signal) == (PASSED, 0), outcome.console


@pytest.mark.parametrize("batch", BATCHES, ids=lambda batch: f"{batch[0].case}...")
def test_faults_end_the_process_and_nothing_else(
    workshop: Workshop, batch: tuple[Fault, ...]
) -> None:
    outcome = workshop.run_test("faults", "--each", *(fault.case for fault in batch))
    ends = {
        fault.case: (event.number("status"), event.number("signal"))
        for fault, event in zip(batch, exits_of_children(outcome), strict=True)
    }
    wrong = {
        fault.case: ends[fault.case]
        for fault in batch
        if not fault.matches(status=ends[fault.case][0], signal=ends[fault.case][1])
    }
    assert not wrong, f"(status, signal) of {wrong}\n{outcome.console}"
    assert (outcome.status, outcome.signal) == (PASSED, 0)


def test_every_fault_has_an_expectation(workshop: Workshop) -> None:
    outcome = workshop.run_test("faults", "--list")
    assert outcome.status == PASSED
    assert sorted(outcome.console.split()) == sorted(fault.case for fault in FAULTS)


def test_standard_input_arrives_line_by_line(workshop: Workshop) -> None:
    lines = [b"first", b"", "Grüße".encode(), b"x" * 3000]
    outcome = workshop.run_test("stdin", stdin=b"\n".join(lines) + b"\n")
    assert (outcome.status, outcome.signal) == (PASSED, 0), outcome.console
    said = [line for line in outcome.console.splitlines() if ": " in line]
    assert said[1:-1] == [f"stdin: {len(line)} bytes: {line.decode()}" for line in lines]
    assert said[-1] == f"stdin: the end after {len(lines)} lines"


def test_input_without_a_newline_is_not_lost(workshop: Workshop) -> None:
    outcome = workshop.run_test("stdin", stdin=b"tail")
    assert "stdin: 4 bytes: tail" in outcome.console
    assert outcome.status == PASSED


def test_a_crate_of_others_computes_what_the_host_computes(workshop: Workshop) -> None:
    programs = workshop.engine.realise(AppsStep()) / "bin"
    outcome = workshop.run_test("/bin/sha256sum", "/bin/sha256sum")
    digest = hashlib.sha256((programs / "sha256sum").read_bytes()).hexdigest()
    assert outcome.console.split() == [digest, "/bin/sha256sum"]
    assert outcome.status == 0


def test_c_program_runs_from_argv_to_atexit(workshop: Workshop) -> None:
    path = "/bin/hello-c"
    outcome = workshop.run_test(path, "0x2a", "zebra", "apple")
    assert outcome.status == 0, outcome.console
    lines = outcome.console.splitlines()
    assert lines[:6] == ["Hello from C", "arguments: 4", path, "0x2a", "apple", "zebra"]
    assert "first argument as a number: 42" in lines
    assert lines[-1] == "hello-c: the handler of atexit runs"
