"""Jinja2 as the generators use it: undefined names are errors, blocks leave no blank lines."""

import textwrap
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

LINE_WIDTH: Final = 100


def comment(text: str, prefix: str, indent: int = 0, hanging: int = 0) -> str:
    """Wrap `text` into lines of at most 100 columns, each led by `indent` blanks and `prefix`.

    Lines after the first are indented by `hanging` more blanks after the prefix.
    """
    lead = " " * indent + prefix + " "
    lines = textwrap.wrap(
        text,
        LINE_WIDTH - len(lead),
        subsequent_indent=" " * hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(lead + line for line in lines)


def hex_literal(value: int, *, digits: int = 0, group: str = "_") -> str:
    """Return `0xFFFF_8000_0000_0000`: upper case, groups of four, at least `digits` digits."""
    text = f"{value:0{digits}X}"
    if len(text) <= 4 or not group:
        return "0x" + text
    text = text.zfill(-(-len(text) // 4) * 4)
    return "0x" + group.join(text[i : i + 4] for i in range(0, len(text), 4))


def octal_literal(value: int) -> str:
    """Return `0o170_000`: groups of three from the right."""
    text = f"{value:o}"
    groups: list[str] = []
    while text:
        groups.insert(0, text[-3:])
        text = text[:-3]
    return "0o" + "_".join(groups)


def decimal_literal(value: int) -> str:
    """Return `65_536`: groups of three from five digits on."""
    return f"{value:_}" if abs(value) >= 10_000 else str(value)


def environment() -> Environment:
    """Return the environment that all generators share."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).resolve().parent / "templates"),
        undefined=StrictUndefined,
        autoescape=False,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["comment"] = comment
    made.filters["hex"] = hex_literal
    made.filters["octal"] = octal_literal
    made.filters["decimal"] = decimal_literal
    return made
