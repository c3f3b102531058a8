import json
from pathlib import Path

import pytest

from ci.bench import Measurements, Variant
from ci.report import Claim, Report, Row, Rule
from kpio_build.base.errors import GateError

FAST = Claim("fast", "it is fast", Rule.AT_MOST, 2, "s", "somewhere")
GOOD = Row("m1", "direct", FAST, 2.0)
SLOW = Row("m1", "uefi", FAST, 2.1, "two cores")
MISSING = Row("m1", "uefi", FAST, None, "the guest hangs")


@pytest.mark.parametrize(
    ("rule", "passes"),
    [
        (Rule.EQUAL, (False, True, False)),
        (Rule.AT_MOST, (True, True, False)),
        (Rule.AT_LEAST, (False, True, True)),
    ],
)
def test_a_row_is_compared_by_its_rule(rule: Rule, passes: tuple[bool, ...]) -> None:
    claim = Claim("x", "x", rule, 2, "", "")
    assert tuple(Row("m", "v", claim, value).is_passed for value in (1, 2, 3)) == passes
    assert not Row("m", "v", claim, None).is_passed


def test_a_report_passes_when_every_row_does() -> None:
    assert Report((GOOD,)).is_passed
    Report((GOOD,)).require_passed()
    assert not Report((GOOD, SLOW)).is_passed
    assert not Report((GOOD, MISSING)).is_passed


def test_a_report_without_rows_is_no_pass() -> None:
    assert not Report(()).is_passed
    with pytest.raises(GateError):
        Report(()).require_passed()


def test_what_failed_is_listed_with_numbers() -> None:
    with pytest.raises(GateError, match="2 of 3 claims do not hold") as raised:
        Report((GOOD, SLOW, MISSING)).require_passed()
    assert raised.value.exit_status == 11
    assert raised.value.details.splitlines() == [
        "m1 uefi: it is fast: measured 2.1 s, claimed ≤ 2 s (two cores)",
        "m1 uefi: it is fast: measured nothing, claimed ≤ 2 s (the guest hangs)",
    ]


def test_the_file_has_claim_measurement_threshold_unit_and_source(tmp_path: Path) -> None:
    Report((GOOD, MISSING)).write(tmp_path / "report.json")
    written = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert written["passed"] is False
    assert written["rows"][0] == {
        "gate": "m1",
        "variant": "direct",
        "name": "fast",
        "text": "it is fast",
        "rule": "≤",
        "threshold": 2,
        "unit": "s",
        "source": "somewhere",
        "measured": 2.0,
        "passed": True,
        "note": "",
    }
    assert (written["rows"][1]["measured"], written["rows"][1]["passed"]) == (None, False)


def test_a_claim_that_was_not_measured_fails() -> None:
    other = Claim("other", "other", Rule.EQUAL, 0, "", "")
    seen: list[Row] = []
    rows = Measurements("m1", Variant.DIRECT, (FAST, other), seen.append)
    rows.add("fast", 1)
    rows.close("the guest hangs")
    assert [(row.claim.name, row.is_passed, row.note) for row in rows.rows] == [
        ("fast", True, ""),
        ("other", False, "the guest hangs"),
    ]
    assert seen == rows.rows
    with pytest.raises(KeyError):
        rows.add("fast", 1)
