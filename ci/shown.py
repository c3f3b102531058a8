"""Does the screen show a text? Decided without knowing the font.

The console's screen is a grid of cells. What it has to show is known: the end of what the guest
printed. So the characters it has to show are laid over the cells it does show, and the two must fit
like a key to a cipher: the same character always has the same picture, two characters never have
one, a space is empty and nothing else is. Some hundred characters leave no room for chance, and any
font, size of screen or pair of colours will do. A text that is missing, cut, shifted or garbled
does not fit.
"""

from dataclasses import dataclass

from kpio_build.vm.screen import Frame

CELL_WIDTH_PX = 8
CELL_HEIGHT_PX = 16
"""The cells of kernel/src/console: the font is Spleen 8x16."""

_TAB_COLUMNS = 8


@dataclass(frozen=True)
class Shown:
    """How a text and a screen compare. `nr_fitting` of `nr_expected` characters fit.

    `misfit` is the first place where they differ, which may be one that should be empty.
    """

    nr_expected: int
    nr_fitting: int
    misfit: str = ""

    @property
    def is_all(self) -> bool:
        """Whether there was something to compare, all of it fits, and nothing else is there."""
        return self.nr_expected > 0 and self.nr_fitting == self.nr_expected and not self.misfit

    @property
    def share(self) -> float:
        """The part of the characters that fit; below 1 as long as anything does not."""
        if self.is_all:
            return 1.0
        return min(self.nr_fitting, self.nr_expected - 1) / max(self.nr_expected, 1)


def compare(frame: Frame, printed: bytes, marker: str) -> Shown:
    """Compare the end of what was printed with the screen.

    The last line with anything on it, on the screen, is held against the last line printed; then
    upward, as long as both go on. Lines that scrolled away and lines from before the screen was
    there are thus left out; the line with `marker` must not be.
    """
    nr_columns = frame.width_px // CELL_WIDTH_PX
    lines = screen_lines(printed, nr_columns)
    rows = _pictures(frame)
    used = [index for index, row in enumerate(rows) if any(row)]
    last = used[-1] + 1 if used else 0
    nr_compared = min(last, len(lines))
    pairs = list(
        zip(rows[last - nr_compared : last], lines[len(lines) - nr_compared :], strict=True)
    )
    expected = sum(len(line.rstrip()) for _, line in pairs)
    if not any(marker in line for _, line in pairs):
        return Shown(max(expected, 1), 0, f"no line of the screen can be the one with '{marker}'")
    return _fit(pairs, expected)


def screen_lines(printed: bytes, nr_columns: int) -> list[str]:
    """Return the lines a terminal of `nr_columns` shows, without the blank ones at the end."""
    lines: list[str] = []
    for line in printed.decode("utf-8", "replace").split("\n"):
        text = line.replace("\r", "").expandtabs(_TAB_COLUMNS).rstrip()
        pieces = range(0, max(len(text), 1), nr_columns)
        lines += [text[start : start + nr_columns] for start in pieces]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _fit(pairs: list[tuple[list[bytes], str]], expected: int) -> Shown:
    picture_of: dict[str, bytes] = {" ": b""}
    character_of: dict[bytes, str] = {b"": " "}
    fitting = 0
    misfit = ""
    for row, line in pairs:
        for column, (picture, character) in enumerate(zip(row, line.ljust(len(row)), strict=True)):
            is_fit = (
                picture_of.setdefault(character, picture) == picture
                and character_of.setdefault(picture, character) == character
            )
            if column < len(line.rstrip()):
                fitting += is_fit
            if not is_fit:
                misfit = misfit or f"at column {column} of the line '{line}'"
    return Shown(expected, fitting, misfit)


def _pictures(frame: Frame) -> list[list[bytes]]:
    """Return for each cell, by rows, which pixels differ from the background; b"" if none does."""
    background = frame.pixels[-3:]
    return [
        [
            _picture(frame.cell(x_px, y_px, CELL_WIDTH_PX, CELL_HEIGHT_PX), background)
            for x_px in range(0, frame.width_px - CELL_WIDTH_PX + 1, CELL_WIDTH_PX)
        ]
        for y_px in range(0, frame.height_px - CELL_HEIGHT_PX + 1, CELL_HEIGHT_PX)
    ]


def _picture(cell: bytes, background: bytes) -> bytes:
    if cell == background * (len(cell) // len(background)):
        return b""
    return bytes(
        cell[start : start + len(background)] != background
        for start in range(0, len(cell), len(background))
    )
