"""How many tests passed, by what pytest and cargo say; a runner that dies has failed."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

_LIBTEST_RESULT: Final = re.compile(
    r"^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;", re.MULTILINE
)
_LIBTEST_START: Final = re.compile(r"^\s+(?:Running \S.*\(.+\)|Doc-tests \S+)\s*$", re.MULTILINE)
_ANSI: Final = re.compile(r"\x1b\[[0-9;]*m")
_PYTEST_OK: Final = 0
_PYTEST_NO_TESTS: Final = 5
"""Source: pytest documentation, "Exit codes"."""


@dataclass(frozen=True)
class Counts:
    """Tests that passed, failed and were skipped."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        """Return the sum."""
        return Counts(
            self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped
        )

    @property
    def total(self) -> int:
        """All tests that were there."""
        return self.passed + self.failed + self.skipped

    def __str__(self) -> str:
        """Return the line that closes `kpio test`."""
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def pytest_counts(report: Path, status: int, *, may_be_empty: bool) -> Counts:
    """Read pytest's JUnit report; `status` is what pytest ended with.

    It writes the report at its very end, so without one it died. A status that no failed test
    explains is a failure. `may_be_empty`: that no test was selected is none.
    """
    counts = _junit_counts(report)
    if counts is None:
        return Counts(failed=1)
    is_fine = status == _PYTEST_OK or (status == _PYTEST_NO_TESTS and may_be_empty)
    return counts if is_fine or counts.failed else counts + Counts(failed=1)


def _junit_counts(report: Path) -> Counts | None:
    try:
        root = ElementTree.parse(report).getroot()
    except (OSError, ElementTree.ParseError):
        return None
    counts = Counts()
    for suite in root.iter("testsuite"):
        failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped = int(suite.get("skipped", 0))
        passed = int(suite.get("tests", 0)) - failed - skipped
        counts += Counts(max(passed, 0), failed, skipped)
    return counts


def cargo_counts(stdout: str, stderr: str, status: int) -> Counts:
    """Read what `cargo test --no-fail-fast` printed.

    Each program cargo announces must end with its result; one that died without is a failure. So is
    a status that no failed test explains: something did not compile.
    """
    counts = Counts()
    results = _LIBTEST_RESULT.findall(_ANSI.sub("", stdout))
    for passed, failed, ignored in results:
        counts += Counts(int(passed), int(failed), int(ignored))
    started = len(_LIBTEST_START.findall(_ANSI.sub("", stderr)))
    counts += Counts(failed=max(started - len(results), 0))
    if status != 0 and counts.failed == 0:
        counts += Counts(failed=1)
    return counts
