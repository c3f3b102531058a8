"""What holds for one run of kpio: where, how talkative, what may be installed, which tools."""

import functools
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Concatenate, ParamSpec, TypeVar

import click

from kpio_build.base.log import PlainReporter, Reporter
from kpio_build.base.paths import Tree
from kpio_build.steps.apt import ensure_tools
from kpio_build.steps.engine import Engine
from kpio_build.steps.packages import Purpose
from kpio_build.steps.step import Site
from kpio_build.steps.toolchain import Toolchain

P = ParamSpec("P")
R = TypeVar("R")
Function = TypeVar("Function", bound=Callable[..., object])


@dataclass
class Settings:
    """Filled from the options that every command has, wherever they are given."""

    tree: Tree
    variables: Mapping[str, str]
    is_verbose: bool = False
    may_install: bool = True
    _reporter: Reporter | None = field(default=None, repr=False)

    @classmethod
    def here(cls) -> "Settings":
        """Return the settings for this tree and this process's environment."""
        return cls(tree=Tree.here(), variables=dict(os.environ))

    @property
    def reporter(self) -> Reporter:
        """Who is told about progress: a live display on a terminal, plain lines elsewhere."""
        if self._reporter is None:
            self._reporter = self._make_reporter()
        return self._reporter

    def _make_reporter(self) -> Reporter:
        if sys.stderr.isatty() and self.variables.get("TERM", "dumb") != "dumb":
            # Imported here: rich takes a tenth of a second that `kpio --help` has no use for.
            from kpio_build.cli.display import TerminalReporter

            return TerminalReporter(is_verbose=self.is_verbose)
        return PlainReporter(sys.stderr, is_verbose=self.is_verbose)

    def toolchain(self) -> Toolchain:
        """Return the toolchain as it is; nothing is looked for yet."""
        return Toolchain.of_tree(self.tree.root, self.variables)

    def site(self, purpose: Purpose) -> Site:
        """Return where steps work, with every tool for a purpose there.

        Installs what is missing, if it may. Raises ToolMissingError.
        """
        toolchain = ensure_tools(
            self.toolchain(), purpose, self.reporter, may_install=self.may_install
        )
        return Site(tree=self.tree, toolchain=toolchain, reporter=self.reporter)

    def engine(self, purpose: Purpose) -> Engine:
        """Return an engine for the steps of a purpose."""
        return Engine(self.site(purpose))


def common_options(command: Function) -> Function:
    """Add the options that every command has, so that they may be given before it or after."""
    verbose = click.option(
        "-v",
        "--verbose",
        is_flag=True,
        expose_value=False,
        callback=_set_verbose,
        help="Show what every step does, and tracebacks of defects.",
    )
    no_install = click.option(
        "--no-install",
        is_flag=True,
        expose_value=False,
        callback=_forbid_installing,
        help="Install no packages: say what is missing, and the command.",
    )
    return verbose(no_install(command))


def pass_settings(command: Callable[Concatenate[Settings, P], R]) -> Callable[P, R]:
    """Give a command the settings as its first argument, and the options that fill them."""

    @common_options
    @functools.wraps(command)
    def with_settings(*args: P.args, **options: P.kwargs) -> R:
        settings = click.get_current_context().find_object(Settings)
        if settings is None:
            raise TypeError("kpio's commands run inside kpio_build.cli.main.main")
        return command(settings, *args, **options)

    return with_settings


def _set_verbose(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        context.ensure_object(Settings).is_verbose = True


def _forbid_installing(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        context.ensure_object(Settings).may_install = False
