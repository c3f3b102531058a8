"""`kpio c++`: what says that there is no C++ library yet."""

import click

from kpio_build.base.errors import KpioError
from kpio_build.cli.cc import COMPILER_SETTINGS


@click.command("c++", context_settings=COMPILER_SETTINGS)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> None:
    """Fail: KPIO has no C++ library yet."""
    raise KpioError(
        f"there is no C++ for KPIO yet, asked for with {len(arguments)} arguments",
        hint="C works: `kpio cc`; build the package without its C++ parts",
    )
