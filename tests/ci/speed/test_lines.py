import pytest

from ci.speed.lines import LinesError, Measured, Missing, parse
from kpio_build.base.errors import KpioError
from tests.ci.speed.conftest import console_of

CALIBRATION = "calibration operations=100 ticks=101 ns=102"
CALL = "row name=null-call operations=10 ticks=1680 ns=1700"
FORK = "missing name=fork-exit what=fork errno=38"
WHOLE = [CALIBRATION, CALL, FORK, "end"]
NAMES = ["null-call", "fork-exit"]


def test_a_run_is_its_calibration_and_its_rows() -> None:
    run = parse(console_of(WHOLE), NAMES)
    assert run.calibration == Measured(100, 101, 102)
    assert run.rows == {"null-call": Measured(10, 1680, 1700), "fork-exit": Missing("fork")}
    assert Measured(10, 1680, 1700).ticks_each == 168


def test_what_the_kernel_writes_between_the_lines_is_passed_over() -> None:
    console = b"[    0.1] booting\r\n" + console_of(WHOLE) + b"goodbye"
    assert list(parse(console, NAMES).rows) == NAMES


def test_every_lost_line_is_noticed() -> None:
    lines = console_of(WHOLE).splitlines(keepends=True)
    for lost in range(len(lines)):
        with pytest.raises(LinesError):
            parse(b"".join(lines[:lost] + lines[lost + 1 :]), NAMES)


def test_every_damaged_byte_is_noticed() -> None:
    console = console_of(WHOLE).replace(b"\r\n", b"\n")
    for place, byte in enumerate(console):
        damaged = console[:place] + bytes([byte ^ 1]) + console[place + 1 :]
        with pytest.raises(LinesError):
            parse(damaged, NAMES)


@pytest.mark.parametrize(
    ("texts", "names"),
    [
        ([CALIBRATION, CALL, CALL, "end"], ["null-call", "null-call"]),
        ([CALIBRATION, CALL, "end"], NAMES),
        ([CALIBRATION, FORK, CALL, "end"], NAMES),
        ([CALL, FORK, "end"], NAMES),
        ([*WHOLE, CALL], NAMES),
        ([CALIBRATION, "row name=null-call operations=10 ticks=x ns=1", "end"], ["null-call"]),
        ([CALIBRATION, "row name=null-call ticks=1 operations=10 ns=1", "end"], ["null-call"]),
        ([CALIBRATION, "row name=null-call operations=0 ticks=1 ns=1", "end"], ["null-call"]),
        ([CALIBRATION, "what is this", "end"], []),
    ],
)
def test_lines_that_make_no_run_are_an_error(texts: list[str], names: list[str]) -> None:
    with pytest.raises(LinesError):
        parse(console_of(texts), names)


def test_a_row_that_failed_is_an_error_that_says_how() -> None:
    failed = "failed name=read what=open errno=2"
    with pytest.raises(KpioError, match="the row read failed: open, errno 2"):
        parse(console_of([CALIBRATION, failed, "end"]), ["read"])
