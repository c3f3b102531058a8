import json
import re
from xml.etree import ElementTree

import pytest

from ci.speed.comparison import (
    Comparison,
    Readings,
    check_calibration,
    compare,
)
from ci.speed.lines import Measured, Missing, Reading, Run
from ci.speed.page import as_json, page, summary
from ci.speed.plot import plot
from ci.speed.rows import ROWS, rows_named
from kpio_build.base.errors import KpioError, UsageError
from kpio_build.base.paths import Tree

EXACT = Measured(1000, 1000, 1000)
NAMED = rows_named(("null-call", "read", "fork-exit"))
VERSIONS = {"QEMU": "7.2", "Linux": "6.1"}


def run(*readings: Reading, calibration: Measured = EXACT) -> Run:
    return Run(calibration, {row.name: found for row, found in zip(NAMED, readings, strict=True)})


def took(ticks: int) -> Measured:
    return Measured(10, ticks * 10, ticks * 20)


def readings(*found: Reading) -> Readings:
    return Readings((run(*found), run(*found)), run(*found))


LINUX = readings(took(200), took(1000), took(9000))
KPIO = readings(took(100), took(2000), Missing("fork"))


@pytest.fixture
def comparison() -> Comparison:
    return compare(KPIO, LINUX, NAMED)


def test_a_ratio_is_kpio_by_linux_and_the_mean_is_geometric(comparison: Comparison) -> None:
    assert [row.ratio for row in comparison.rows] == [0.5, 2.0, None]
    assert comparison.mean == pytest.approx(1.0)
    assert [row.is_met for row in comparison.rows] == [True, False, None]
    assert comparison.nr_measured == 2
    assert not comparison.is_mean_met


def test_a_row_that_is_missing_has_no_figure_of_kpio(comparison: Comparison) -> None:
    fork = comparison.rows[2]
    assert (fork.kpio, fork.kpio_ns, fork.linux, fork.missing) == (None, None, 9000, "fork")


def test_what_linux_lacks_cannot_be_compared() -> None:
    bare = readings(took(200), Missing("read"), took(9000))
    with pytest.raises(KpioError, match="Linux has no row read"):
        compare(KPIO, bare, NAMED)


def test_the_spread_is_the_widest_of_both_systems() -> None:
    noisy = Readings((LINUX.counted[0], run(took(200), took(1010), took(9000))), LINUX.timed)
    compared = compare(KPIO, noisy, NAMED)
    assert compared.rows[1].spread == pytest.approx(0.01)
    assert compared.spread == pytest.approx(0.01)


@pytest.mark.parametrize(
    "calibration", [Measured(1000, 1011, 1000), Measured(1000, 1000, 989), Measured(1000, 500, 500)]
)
def test_clocks_that_do_not_count_instructions_compare_nothing(calibration: Measured) -> None:
    rows = (took(1), took(1), took(1))
    check_calibration(run(*rows), run(*rows))
    for kpio, linux in ((calibration, EXACT), (EXACT, calibration)):
        with pytest.raises(KpioError, match="clocks show"):
            check_calibration(run(*rows, calibration=kpio), run(*rows, calibration=linux))


def test_the_summary_says_what_is_not_met(comparison: Comparison) -> None:
    assert summary(comparison) == (
        "Geometric mean of 2 of 3 rows: 1.000 (goal ≤ 0.8: not met); above 1.2: read (not met)."
    )
    fast = compare(readings(took(100), took(800), took(4500)), LINUX, NAMED)
    assert summary(fast).endswith("(goal ≤ 0.8: met); no row above 1.2 (met).")


def test_the_page_has_every_row_the_command_and_the_versions(comparison: Comparison) -> None:
    text = page(comparison, VERSIONS)
    titles = [line.split(" | ")[0][2:] for line in text.splitlines() if line.startswith("| ")]
    assert "| null call | GETPID, by its number | 100 | 200 | 0.50 | met |" in text
    assert "| not yet: fork | 9,000 | - | - | - |" in text
    assert [title for title in titles if title in {row.title for row in NAMED}] == titles[1:4]
    assert "./kpio bench --vs linux --docs" in text
    assert "| QEMU | 7.2 |" in text
    assert page(comparison, VERSIONS) == text


def test_json_holds_the_same(comparison: Comparison) -> None:
    told = json.loads(json.dumps(as_json(comparison, VERSIONS)))
    assert told["geometric_mean"] == pytest.approx(1.0)
    assert [row["ratio"] for row in told["rows"]] == [0.5, 2.0, None]
    assert told["rows"][2]["missing"] == "fork"
    assert told["versions"] == VERSIONS


def test_the_plot_is_well_formed_and_always_the_same(comparison: Comparison) -> None:
    drawn = plot(comparison)
    root = ElementTree.fromstring(drawn)
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"null call", "0.50", "2.00", "not yet", "geometric mean 1.00"} <= set(texts)
    bars = [element.attrib for element in root.iter("{http://www.w3.org/2000/svg}rect")][1:]
    assert [float(bar["width"]) for bar in bars] == pytest.approx([86.7, 86.7])
    assert float(bars[0]["x"]) < float(bars[1]["x"]), "faster is to the left"
    assert plot(compare(KPIO, LINUX, NAMED)) == drawn


def test_a_ratio_beyond_the_axis_is_drawn_to_its_end() -> None:
    far = compare(readings(took(1), took(900_000), took(1)), LINUX, NAMED)
    for element in ElementTree.fromstring(plot(far)).iter("{http://www.w3.org/2000/svg}rect"):
        attributes = element.attrib
        assert float(attributes.get("x", "0")) + float(attributes["width"]) <= 780


def test_rows_keep_their_order_and_a_wrong_name_is_told() -> None:
    assert [row.name for row in rows_named(("read", "null-call"))] == ["null-call", "read"]
    assert rows_named(()) == ROWS
    with pytest.raises(UsageError, match="no row reed"):
        rows_named(("reed",))


def test_the_program_has_the_same_rows() -> None:
    source = (Tree.here().root / "userspace/bench/rows.c").read_text(encoding="utf-8")
    assert re.findall(r'\{"([\w-]+)", \d+, row_\w+\}', source) == [row.name for row in ROWS]
