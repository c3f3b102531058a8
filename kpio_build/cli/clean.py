"""`kpio clean`: remove what kpio has made."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
from rich.filesize import decimal

from kpio_build.base.paths import Tree, disk_usage_bytes
from kpio_build.cli.group import ExampleCommand
from kpio_build.cli.output import json_option, show_json
from kpio_build.cli.settings import Settings, pass_settings

_VENV: Final = "venv"
_CARGO: Final = "cargo"
_DAY_S: Final = 24 * 3600


@click.command(
    "clean",
    cls=ExampleCommand,
    examples=(
        ("kpio clean", "all outputs and cargo's directories"),
        ("kpio clean --unused-for 7", "outputs not used for a week"),
        ("kpio clean --all --dry-run", "how much there is, the Python environment included"),
    ),
)
@click.option("--all", "everything", is_flag=True, help="Also the Python environment.")
@click.option(
    "--unused-for",
    "unused_days",
    type=click.IntRange(min=0),
    metavar="DAYS",
    help="Only outputs of steps that no command has used for so long.",
)
@click.option("--dry-run", is_flag=True, help="Remove nothing; say what would be removed.")
@json_option("Print what is removed as JSON.")
@pass_settings
def command(
    settings: Settings, everything: bool, unused_days: int | None, dry_run: bool, as_json: bool
) -> None:
    """Remove what kpio has made in out/. It is all made again when it is needed."""
    if unused_days is None:
        chosen = list(_all_outputs(settings.tree, with_venv=everything))
    else:
        limit_s = time.time() - unused_days * _DAY_S
        chosen = [path for path in _step_outputs(settings.tree) if path.stat().st_mtime <= limit_s]
    sizes = {path: disk_usage_bytes(path) for path in chosen}
    if not dry_run:
        for path in chosen:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    total = sum(sizes.values())
    if as_json:
        removed = [{"path": str(path), "bytes": size} for path, size in sizes.items()]
        show_json({"removed": removed, "bytes": total, "dry_run": dry_run})
        return
    for path, size in sizes.items():
        click.echo(f"{decimal(size):>10}  {path.relative_to(settings.tree.root)}")
    click.echo(f"{decimal(total):>10}  {'would be removed' if dry_run else 'removed'}")


def _all_outputs(tree: Tree, *, with_venv: bool) -> Iterator[Path]:
    """Yield everything directly in out/; the environment kpio runs in only if wanted."""
    for path in sorted(tree.out.iterdir()) if tree.out.is_dir() else []:
        if path.name != _VENV or with_venv:
            yield path


def _step_outputs(tree: Tree) -> Iterator[Path]:
    """Yield the output directory of every step with every content id."""
    for step_dir in _all_outputs(tree, with_venv=False):
        if step_dir.is_dir() and step_dir.name != _CARGO:
            yield from (path for path in sorted(step_dir.iterdir()) if path.is_dir())
