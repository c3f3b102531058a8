from pathlib import Path

import pytest

from kpio_build.cli.counts import Counts, cargo_counts, pytest_counts

JUNIT = """<?xml version="1.0"?>
<testsuites><testsuite name="pytest" errors="1" failures="2" skipped="3" tests="10"/></testsuites>
"""
GREEN = '<testsuites><testsuite errors="0" failures="0" skipped="1" tests="5"/></testsuites>'

STARTS = """
   Compiling kpio v0.1.0
     Running unittests src/lib.rs (target/debug/deps/kernel-1)
     Running tests/model.rs (target/debug/deps/model-2)
   Doc-tests kernel
"""
RESULTS = """
running 3 tests
test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s

test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
"""


@pytest.fixture
def report(tmp_path: Path) -> Path:
    return tmp_path / "report.xml"


def test_counts_add_up_and_read_as_the_closing_line() -> None:
    total = Counts(1, 2, 3) + Counts(10, 20, 30)
    assert str(total) == "11 passed, 22 failed, 33 skipped"
    assert total.total == 66


def test_errors_of_pytest_are_failures(report: Path) -> None:
    report.write_text(JUNIT)
    assert pytest_counts(report, 1, may_be_empty=False) == Counts(4, 3, 3)


def test_a_green_run_has_no_failure(report: Path) -> None:
    report.write_text(GREEN)
    assert pytest_counts(report, 0, may_be_empty=False) == Counts(4, 0, 1)


@pytest.mark.parametrize("status", [1, 2, 3, 4, -9, -11, 139])
def test_a_pytest_that_ends_badly_without_a_failed_test_has_failed(
    report: Path, status: int
) -> None:
    report.write_text(GREEN)
    assert pytest_counts(report, status, may_be_empty=True).failed == 1


@pytest.mark.parametrize("text", [None, "", "<testsuites><testsu"])
def test_a_pytest_that_left_no_report_has_failed(report: Path, text: str | None) -> None:
    if text is not None:
        report.write_text(text)
    assert pytest_counts(report, -9, may_be_empty=False) == Counts(failed=1)


def test_no_test_at_all_is_a_failure_unless_they_were_selected(report: Path) -> None:
    report.write_text('<testsuites><testsuite tests="0"/></testsuites>')
    assert pytest_counts(report, 5, may_be_empty=False) == Counts(failed=1)
    assert pytest_counts(report, 5, may_be_empty=True) == Counts()


def test_results_of_all_rust_programs_are_added() -> None:
    assert cargo_counts(RESULTS, STARTS, 101) == Counts(5, 2, 1)


def test_a_rust_program_that_died_has_failed() -> None:
    results = RESULTS.replace("test result: FAILED", "memory allocation failed")
    assert cargo_counts(results, STARTS, 101) == Counts(4, 1, 1)


def test_colours_do_not_hide_a_result() -> None:
    coloured = RESULTS.replace("ok", "\x1b[32mok\x1b(B\x1b[m".replace("\x1b(B", ""))
    starts = STARTS.replace("Running", "\x1b[1mRunning\x1b[0m")
    assert cargo_counts(coloured, starts, 101) == Counts(5, 2, 1)


def test_what_does_not_compile_has_failed() -> None:
    assert cargo_counts("", "error[E0425]: cannot find value", 101) == Counts(failed=1)


def test_a_green_cargo_has_no_failure() -> None:
    start = "     Running unittests src/lib.rs (target/debug/deps/kernel-1)\n"
    result = "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n"
    assert cargo_counts(result, start, 0) == Counts(3, 0, 0)
