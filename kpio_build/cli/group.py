"""Commands with examples, in a group that imports them when they are used."""

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import click

Examples = Sequence[tuple[str, str]]
"""Command lines, each with what it does."""


def completion_of(
    names: Callable[[], Iterable[str]],
) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """Return what completes an argument that is one of `names` when a shell asks."""

    def complete(_: click.Context, __: click.Parameter, start: str) -> list[str]:
        return [name for name in names() if name.startswith(start)]

    return complete


class ExampleCommand(click.Command):
    """A command whose help ends with examples."""

    def __init__(self, *args: Any, examples: Examples = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.examples = examples

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples below the options."""
        write_examples(formatter, self.examples)


class LazyGroup(click.Group):
    """Commands by name: the module kpio_build.cli.<module> that has it as `command`, a summary.

    An unknown name is an error that says which one was probably meant.
    """

    def __init__(
        self,
        *args: Any,
        modules: Mapping[str, tuple[str, str]],
        examples: Examples = (),
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.examples = examples
        self._modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, in the order a newcomer meets them."""
        return list(self._modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None if there is no such name."""
        if cmd_name not in self._modules:
            return None
        module = importlib.import_module(f"kpio_build.cli.{self._modules[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; the error for one that does not exist names the nearest."""
        is_option = args[0].startswith("-")
        if not is_option and args[0] not in self._modules and not ctx.resilient_parsing:
            raise click.exceptions.NoSuchCommand(args[0], possibilities=self._modules, ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands with their summaries, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in self._modules.items()])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples below the commands."""
        write_examples(formatter, self.examples)


def write_examples(formatter: click.HelpFormatter, examples: Examples) -> None:
    """Write examples as a section of a command's help."""
    if examples:
        with formatter.section("Examples"):
            formatter.write_dl(list(examples), col_max=60)
