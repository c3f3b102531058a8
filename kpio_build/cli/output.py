"""Results on standard output: tables for people, JSON for programs."""

import json
from collections.abc import Callable, Sequence
from typing import TypeVar

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

_PLAIN_WIDTH = 200

Command = TypeVar("Command", bound=Callable[..., object])


def json_option(help_text: str = "Print JSON instead of a table.") -> Callable[[Command], Command]:
    """Return the option `--json` of a command that lists something."""
    return click.option("--json", "as_json", is_flag=True, help=help_text)


def show_json(value: object) -> None:
    """Print a JSON-like value."""
    click.echo(json.dumps(value, indent=2))


def show_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; as wide as it must be where no terminal limits it."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_PLAIN_WIDTH)
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(cell if cell.startswith("[") else escape(cell) for cell in row))
    console.print(table)


def verdict(is_good: bool, good: str = "ok", bad: str = "missing") -> str:
    """Return a word in the colour of its meaning."""
    return f"[green]{good}[/]" if is_good else f"[red]{bad}[/]"
