"""`kpio image`: make a disk image, and show what is where in it."""

from typing import Final

import click

from images.assemble.disk import MAP_NAME
from kpio_build.base.paths import Tree
from kpio_build.cli.group import ExampleCommand, completion_of
from kpio_build.cli.output import json_option, show_json
from kpio_build.cli.settings import Settings, pass_settings
from kpio_build.steps.image import ImageStep, disk, manifest_names
from kpio_build.steps.packages import Purpose

DEFAULT: Final = "default"


@click.command(
    "image",
    cls=ExampleCommand,
    examples=(
        ("kpio image", "the disk that `kpio boot` boots"),
        ("kpio image --map", "the same, and what is at which offset"),
        ("kpio image test", "the disk of the guest tests"),
        ("kpio image --list", "the manifests in images/manifests"),
    ),
)
@click.argument(
    "name",
    default=DEFAULT,
    shell_complete=completion_of(lambda: manifest_names(Tree.here().root)),
)
@click.option("--map", "with_map", is_flag=True, help="Print the map of the image.")
@click.option("--list", "only_list", is_flag=True, help="List the images that can be made.")
@json_option("Print paths and sizes as JSON.")
@pass_settings
def command(settings: Settings, name: str, with_map: bool, only_list: bool, as_json: bool) -> None:
    """Make the disk image NAME (default: "default") from its manifest in images/manifests."""
    if only_list:
        names = manifest_names(settings.tree.root)
        if as_json:
            show_json(names)
        else:
            click.echo("\n".join(names))
        return
    engine = settings.engine(Purpose.BUILD)
    output = engine.realise(ImageStep(name))
    image, image_map = disk(output), output / MAP_NAME
    if as_json:
        sizes = {"bytes": image.stat().st_size, "bytes_on_disk": image.stat().st_blocks * 512}
        show_json({"name": name, "disk": str(image), "map": str(image_map), **sizes})
        return
    if with_map:
        click.echo(image_map.read_text(encoding="utf-8").rstrip("\n"))
    click.echo(image)
