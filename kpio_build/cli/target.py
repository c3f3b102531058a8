"""`kpio target`: the target specifications, as the rustc in use accepts them."""

import click

from kpio_build.base.errors import UsageError
from kpio_build.cli.group import ExampleCommand
from kpio_build.cli.output import json_option, show_json, show_table
from kpio_build.cli.settings import Settings, pass_settings
from kpio_build.steps.packages import Purpose
from kpio_build.steps.target import TargetStep


@click.command(
    "target",
    cls=ExampleCommand,
    examples=(
        ("kpio target", "render the specifications, have rustc check them, list them"),
        ("kpio target --show kernel.ld", "print one of the files"),
        ("kpio build sdk", "what your own cargo needs to build for KPIO"),
    ),
)
@click.option("--show", "shown", metavar="FILE", help="Print one of the files.")
@json_option("Print the paths as JSON.")
@pass_settings
def command(settings: Settings, shown: str | None, as_json: bool) -> None:
    """Render the targets: x86_64-unknown-kpio, the kernel's, and the kernel's linker script."""
    engine = settings.engine(Purpose.BUILD)
    output = engine.realise(TargetStep())
    files = {path.name: path for path in sorted(output.iterdir())}
    if shown is not None:
        if shown not in files:
            raise UsageError(f"there is no file {shown}", hint=f"there is: {', '.join(files)}")
        click.echo(files[shown].read_text(encoding="utf-8").rstrip("\n"))
    elif as_json:
        rust = engine.site.toolchain.rust
        paths = {name: str(path) for name, path in files.items()}
        show_json({"files": paths, "rustc": str(rust.rustc), "rust": rust.description})
    else:
        rows = [[name, str(path)] for name, path in files.items()]
        show_table("", ["file", "path"], rows)
        click.echo(f"accepted by {engine.site.toolchain.rust.description}")
