import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ci.shown import CELL_HEIGHT_PX, CELL_WIDTH_PX, compare, screen_lines
from kpio_build.vm.screen import Frame

COLUMNS, ROWS = 40, 12
PRINTED = b"[ 0.01] KPIO\nHello from KPIO userspace\n\ninit: press Enter\n"
FOREGROUND, BACKGROUND = bytes([170, 170, 170]), bytes([0, 0, 0])


def glyph(character: str) -> list[bool]:
    """Return a picture that no other character has."""
    if character == " ":
        return [False] * (CELL_WIDTH_PX * CELL_HEIGHT_PX)
    bits = int.from_bytes(hashlib.sha256(character.encode()).digest()[:16])
    return [bool(bits >> index & 1) for index in range(CELL_WIDTH_PX * CELL_HEIGHT_PX)]


def drawn(lines: list[str], *, extra_px: int = 0) -> Frame:
    """Draw lines from the top; what the font lacks draws as another character, with its number."""
    width_px, height_px = COLUMNS * CELL_WIDTH_PX + extra_px, ROWS * CELL_HEIGHT_PX + extra_px
    pixels = bytearray(BACKGROUND * (width_px * height_px))
    for row, line in enumerate(lines):
        for column, character in enumerate(line):
            for index, is_on in enumerate(glyph(character)):
                y_px, x_px = divmod(index, CELL_WIDTH_PX)
                at = (row * CELL_HEIGHT_PX + y_px) * width_px + column * CELL_WIDTH_PX + x_px
                pixels[at * 3 : at * 3 + 3] = FOREGROUND if is_on else BACKGROUND
    return Frame(width_px, height_px, bytes(pixels))


def test_a_screen_that_shows_everything_fits() -> None:
    shown = compare(drawn(screen_lines(PRINTED, COLUMNS)), PRINTED, "Hello")
    assert shown.is_all
    assert shown.nr_expected == len("[ 0.01] KPIO") + len("Hello from KPIO userspace") + len(
        "init: press Enter"
    )


def test_what_was_printed_before_there_was_a_screen_may_be_missing() -> None:
    assert compare(drawn(screen_lines(PRINTED, COLUMNS)[1:]), PRINTED, "Hello").is_all


def test_a_screen_that_is_not_of_whole_cells_fits_too() -> None:
    assert compare(drawn(screen_lines(PRINTED, COLUMNS), extra_px=5), PRINTED, "Hello").is_all


def test_long_lines_are_folded_and_old_ones_scroll_away() -> None:
    printed = b"old\n" * 30 + b"Hello " + b"0123456789" * 7 + b"\nend\n"
    lines = screen_lines(printed, COLUMNS)
    assert [len(line) for line in lines[-3:]] == [40, 36, 3]
    assert compare(drawn(lines[-ROWS:]), printed, "Hello").is_all


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([], "nothing"),
        (["[ 0.01] KPIO"], "an older state"),
        (["[ 0.01] KPIO", "Hello from KPIO userspace"], "the last line is missing"),
        (["[ 0.01] KPIO", "", "", "init: press Enter"], "Hello is missing"),
        (["[ 0.01] KPIO", "Hexlo from KPIO userspace", "", "init: press Enter"], "a wrong letter"),
        (["[ 0.01] KPIO", " Hello from KPIO userspac", "", "init: press Enter"], "shifted"),
        (["[ 0.01] KPIO", "Hello from KPIO user", "", "init: press Enter"], "cut"),
        (["[ 0.01] KPIO", "Hello from KPIO userspace!", "", "init: press Enter"], "more than that"),
        (["init: press Enter"], "Hello has scrolled away"),
        (["#" * COLUMNS] * ROWS, "all the same"),
    ],
)
def test_a_screen_that_shows_something_else_does_not_fit(lines: list[str], why: str) -> None:
    assert not compare(drawn(lines), PRINTED, "Hello").is_all, why


def test_pictures_that_are_all_alike_do_not_fit() -> None:
    """As if every character were drawn as the same box."""
    boxes = ["".join("#" if char != " " else " " for char in line) for line in
             screen_lines(PRINTED, COLUMNS)]  # fmt: skip
    shown = compare(drawn(boxes), PRINTED, "Hello")
    assert not shown.is_all
    assert shown.misfit


@settings(deadline=None, max_examples=30)
@given(
    st.lists(
        st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), max_size=50), max_size=9
    ),
    st.integers(0, 10_000),
)
def test_any_one_cell_that_differs_is_found(lines: list[str], place: int) -> None:
    printed = "\n".join(["Hello, Hello", *lines, "."]).encode()
    expected = screen_lines(printed, COLUMNS)[-ROWS:]
    if not any("Hello" in line for line in expected):
        return
    frame = drawn(expected)
    assert compare(frame, printed, "Hello").is_all
    used = [(row, column) for row, line in enumerate(expected) for column in range(len(line))]
    row, column = used[place % len(used)]
    at = (row * CELL_HEIGHT_PX * frame.width_px + column * CELL_WIDTH_PX) * 3
    pixels = bytearray(frame.pixels)
    pixels[at : at + 3] = BACKGROUND if any(pixels[at : at + 3]) else FOREGROUND
    changed = Frame(frame.width_px, frame.height_px, bytes(pixels))
    shown = compare(changed, printed, "Hello")
    # A character that stands nowhere else has no second picture to differ from.
    is_only = sum(line.count(expected[row][column]) for line in expected) == 1
    assert is_only or not shown.is_all
