"""`kpio c++`: what says that there is no C++ library yet."""

import click

from kpio_build.base.errors import KpioError
from kpio_build.cli.cc import COMPILER_SETTINGS
from kpio_build.cli.group import ExampleCommand


@click.command(
    "c++",
    cls=ExampleCommand,
    context_settings=COMPILER_SETTINGS,
    examples=(("kpio c++ -o hello hello.cc", "an error, for now"),),
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> None:
    """Fail: KPIO has no C++ library yet."""
    raise KpioError(
        f"there is no C++ for KPIO yet, asked for with {len(arguments)} arguments",
        hint="C works: `kpio cc`; build the package without its C++ parts",
    )
