"""`--data FILE`: a disk of data that stays when the machine ends."""

import shutil
from pathlib import Path
from typing import Final

import click

from images.assemble.manifest import PartitionType
from images.assemble.table import find
from kpio_build.base.errors import UsageError
from kpio_build.steps.engine import Engine
from kpio_build.steps.image import ImageStep, disk

_MANIFEST: Final = "data"

data_option = click.option(
    "--data",
    "data",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Keep /data in this disk image, which is made if it is missing; else it is thrown away.",
)


def data_disk(engine: Engine, file: Path) -> Path:
    """Return the absolute path of a disk of data, after making one if there is none.

    Raises UsageError for a file that is something else.
    """
    try:
        if not file.exists():
            made = disk(engine.realise(ImageStep(_MANIFEST)))
            shutil.copyfile(made, file)
        if not file.is_file() or find(file, PartitionType.DATA) is None:
            raise UsageError(
                f"{file} is no disk of data: it has no partition of that type",
                hint="name a file that does not exist; it is made",
            )
        with file.open("r+b"):
            pass
    except OSError as error:
        raise UsageError(
            f"cannot use {file} as a disk of data: {error.strerror}",
            hint="name a file that can be written, or one that does not exist",
        ) from error
    return file.absolute()
