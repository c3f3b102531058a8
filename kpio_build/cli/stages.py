"""The stages of `kpio test`: one run of one test runner each."""

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import click

from kpio_build.base.errors import KpioError
from kpio_build.base.process import run
from kpio_build.cli.counts import Counts, cargo_counts, pytest_counts
from kpio_build.steps.cargo import host_environment
from kpio_build.steps.engine import Engine
from kpio_build.steps.linux import LinuxStep
from kpio_build.steps.step import Site

_LINT: Final = "tests/lint"
_GUEST: Final = "tests/boot"
_CARGO_FILTER: Final = re.compile(r"\w+(::\w+)*")
_STAGE_WITHIN_S: Final = 3000.0
_NIGHTLY_WITHIN_S: Final = 12 * 3600.0


@dataclass(frozen=True)
class Stage:
    """One stage."""

    name: str
    what: str
    is_guest: bool
    run: Callable[[Site, "Scope"], Counts]


@dataclass(frozen=True)
class Scope:
    """Which tests: `selection` is pytest's `-k` expression, or an empty text for all.

    `is_nightly`: what searches at random does so for longer.
    """

    selection: str = ""
    is_nightly: bool = False

    @property
    def within_s(self) -> float:
        """How long a stage may take."""
        return _NIGHTLY_WITHIN_S if self.is_nightly else _STAGE_WITHIN_S


def run_lint(site: Site, scope: Scope) -> Counts:
    """Run the tests about the sources themselves."""
    return _run_pytest(site, "lint", [_LINT], scope)


def run_python(site: Site, scope: Scope) -> Counts:
    """Run the Python tests that need no guest."""
    arguments = ["tests", f"--ignore={_LINT}", f"--ignore={_GUEST}"]
    return _run_pytest(site, "python", arguments, scope)


def run_guest(site: Site, scope: Scope) -> Counts:
    """Run the tests that boot KPIO, and Linux to compare; that is fetched before, once."""
    Engine(site).realise(LinuxStep())
    arguments = [_GUEST, *(["--nightly"] if scope.is_nightly else [])]
    return _run_pytest(site, "guest", arguments, scope)


def _run_pytest(site: Site, name: str, arguments: list[str], scope: Scope) -> Counts:
    root = site.tree.root
    report = site.tree.out / "test" / f"{name}.xml"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    if not (root / arguments[0]).is_dir():
        raise KpioError(f"{root / arguments[0]} is not there", hint="see `git status`")
    colour = "yes" if sys.stdout.isatty() else "no"
    options = ["-q", "--no-header", f"--color={colour}", f"--junitxml={report}"]
    options += ["-k", scope.selection] if scope.selection else []
    done = run(
        [sys.executable, "-m", "pytest", *options, *arguments],
        cwd=root,
        env=site.toolchain.variables,
        on_line=_echo,
        check=False,
        within_s=scope.within_s,
    )
    return pytest_counts(report, done.status, may_be_empty=bool(scope.selection))


def run_rust(site: Site, scope: Scope) -> Counts:
    """Run the Rust tests of the workspace's default members, on this machine."""
    selection = scope.selection
    if selection and not _CARGO_FILTER.fullmatch(selection):
        click.echo(f"-k {selection!r} is an expression, and cargo knows only names: left out")
        return Counts()
    done = run(
        [
            *(site.toolchain.rust.cargo, "test", "--locked", "--no-fail-fast"),
            *([selection] if selection else []),
        ],
        cwd=site.tree.root,
        env=host_environment(site),
        on_line=_echo,
        check=False,
        within_s=scope.within_s,
    )
    return cargo_counts(done.stdout, done.stderr, done.status)


def _echo(line: str) -> None:
    click.echo(line)


STAGES: Final = (
    Stage("lint", "ruff, mypy, rustfmt, clippy, import rules, drift", False, run_lint),
    Stage("python", "pytest", False, run_python),
    Stage("rust", "cargo test, on the host", False, run_rust),
    Stage("guest", "pytest, with KPIO under QEMU", True, run_guest),
)
