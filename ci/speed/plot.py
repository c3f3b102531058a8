"""The comparison as a drawing: one bar a row, to the left where KPIO takes fewer instructions."""

import math
from typing import Final
from xml.sax.saxutils import escape

from ci.speed.comparison import MEAN_AT_MOST, ROW_AT_MOST, Compared, Comparison

_NAME_WIDTH: Final = 170
_PLOT_WIDTH: Final = 520
_VALUE_WIDTH: Final = 90
_ROW_HEIGHT: Final = 22
_BAR_HEIGHT: Final = 14
_TOP: Final = 56
_BOTTOM: Final = 16
_OCTAVES: Final = 3
"""The axis reaches from 1/8 to 8; what lies beyond is drawn to its end."""
_GOOD: Final = "#2b8a3e"
_FAIR: Final = "#b08900"
_BAD: Final = "#c92a2a"
_GREY: Final = "#868e96"
_LINE: Final = "#dee2e6"
_TEXT: Final = "#212529"


def plot(comparison: Comparison) -> str:
    """Return the SVG file's text. The same comparison gives the same text."""
    width = _NAME_WIDTH + _PLOT_WIDTH + _VALUE_WIDTH
    height = _TOP + _ROW_HEIGHT * len(comparison.rows) + _BOTTOM
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        _text(8, 20, "Instructions an operation, KPIO / Linux: bars to the left are KPIO's gain"),
        *_axis(height - _BOTTOM),
    ]
    for index, row in enumerate(comparison.rows):
        lines += _bar(row, _TOP + index * _ROW_HEIGHT)
    if comparison.mean is not None:
        lines += _mean(comparison.mean, height - _BOTTOM)
    return "\n".join([*lines, "</svg>"]) + "\n"


def _axis(bottom: int) -> list[str]:
    lines: list[str] = []
    for octave in range(-_OCTAVES, _OCTAVES + 1):
        x = _x(2.0**octave)
        label = f"1/{2**-octave}" if octave < 0 else f"{2**octave}"
        colour = _GREY if octave == 0 else _LINE
        lines.append(_line(x, _TOP - 6, bottom, colour))
        lines.append(_text(x, _TOP - 10, label, anchor="middle", colour=_GREY))
    lines.append(_line(_x(ROW_AT_MOST), _TOP - 6, bottom, _BAD, dash="2 3"))
    return lines


def _bar(row: Compared, top: int) -> list[str]:
    base = top + _BAR_HEIGHT - 2
    lines = [_text(8, base, row.row.title)]
    end = _NAME_WIDTH + _PLOT_WIDTH + 8
    if row.ratio is None:
        lines.append(_text(end, base, "not yet", colour=_GREY))
        return lines
    left, right = sorted((_x(1.0), _x(row.ratio)))
    colour = _GOOD if row.ratio <= 1 else _FAIR if row.is_met else _BAD
    lines.append(
        f'<rect x="{left:.1f}" y="{top}" width="{right - left:.1f}" height="{_BAR_HEIGHT}"'
        f' fill="{colour}"/>'
    )
    lines.append(_text(end, base, f"{row.ratio:.2f}", colour=colour))
    return lines


def _mean(mean: float, bottom: int) -> list[str]:
    colour = _GOOD if mean <= MEAN_AT_MOST else _BAD
    x = _x(mean)
    label = f"geometric mean {mean:.2f}"
    return [
        _line(x, _TOP - 24, bottom, colour, dash="6 3"),
        _text(x, _TOP - 28, label, anchor="middle", colour=colour),
    ]


def _x(ratio: float) -> float:
    """Return where a ratio is on the axis, which is logarithmic."""
    octaves = max(-_OCTAVES, min(_OCTAVES, math.log2(ratio)))
    return _NAME_WIDTH + _PLOT_WIDTH * (octaves + _OCTAVES) / (2 * _OCTAVES)


def _line(x: float, top: int, bottom: int, colour: str, *, dash: str = "") -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<line x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{bottom}" stroke="{colour}"{dashed}/>'


def _text(x: float, y: float, text: str, *, anchor: str = "start", colour: str = _TEXT) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">'
        f"{escape(text)}</text>"
    )
