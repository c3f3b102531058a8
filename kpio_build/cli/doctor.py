"""`kpio doctor`: every tool, with what mends it; the accelerator; the disk."""

import platform
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
from rich.filesize import decimal

from kpio_build.base.errors import KpioError, ToolMissingError
from kpio_build.base.process import find_program, run
from kpio_build.cli.accelerator import find_accelerator
from kpio_build.cli.group import ExampleCommand
from kpio_build.cli.output import json_option, show_json, show_table, verdict
from kpio_build.cli.settings import Settings, pass_settings
from kpio_build.steps.apt import plan_installation
from kpio_build.steps.packages import RUST, Purpose, Requirement, requirements_for
from kpio_build.steps.toolchain import Toolchain

NEEDED_SPACE_BYTES: Final = 6_000_000_000
"""What a tree with everything built and tested takes, temporary files included."""


@dataclass(frozen=True)
class ToolFinding:
    """One tool as it was found, or what is wrong with it and what mends that."""

    requirement: Requirement
    path: Path | None
    version: str
    provider: str
    problem: str
    mending_command: str

    def as_json(self) -> dict[str, object]:
        """Return the finding as a JSON-like value."""
        return {
            "tool": self.requirement.name,
            "why": self.requirement.why,
            "needed_for": self.requirement.purpose.name.lower(),
            "is_ok": not self.problem,
            "version": self.version,
            "provider": self.provider,
            "path": None if self.path is None else str(self.path),
            "problem": self.problem,
            "mend": self.mending_command,
        }


@dataclass(frozen=True)
class SpaceFinding:
    """The disk space where outputs go."""

    free_bytes: int
    place: Path

    @property
    def is_enough(self) -> bool:
        """Whether building and testing everything fits."""
        return self.free_bytes >= NEEDED_SPACE_BYTES


@click.command(
    "doctor",
    cls=ExampleCommand,
    examples=(
        ("kpio doctor", "a table; the exit status is 3 if something is missing"),
        ("kpio doctor --json", "the same for programs"),
    ),
)
@json_option("Print everything as JSON.")
@pass_settings
def command(settings: Settings, as_json: bool) -> None:
    """Say which tools are there, in which version and from whom, and what mends the others.

    Installs nothing. The accelerator counts as usable only after a program has finished on it.
    """
    toolchain = settings.toolchain()
    tools = examine_tools(toolchain)
    accelerator, reason = _accelerator(settings, toolchain)
    space = SpaceFinding(shutil.disk_usage(settings.tree.root).free, settings.tree.root)
    if as_json:
        show_json(
            {
                "tools": [tool.as_json() for tool in tools],
                "python": {"version": platform.python_version(), "path": sys.executable},
                "accelerator": {"name": accelerator, "reason": reason},
                "disk": {
                    "free_bytes": space.free_bytes,
                    "needed_bytes": NEEDED_SPACE_BYTES,
                    "is_ok": space.is_enough,
                },
            }
        )
    else:
        _show(tools, accelerator, reason, space)
    missing = toolchain.missing(requirements_for(Purpose.TEST))
    if missing:
        plan = plan_installation(missing, prefix=(), lists_are_fresh=False)
        raise ToolMissingError(
            f"{len(missing)} of {len(tools)} tools are missing: "
            + ", ".join(item.requirement.name for item in missing),
            hint=plan.by_hand,
        )


def examine_tools(toolchain: Toolchain) -> list[ToolFinding]:
    """Look at every tool that building, booting and testing need."""
    requirements = requirements_for(Purpose.TEST)
    missing = toolchain.missing(requirements)
    problems = {item.requirement.name: item.reason for item in missing}
    mending = {item.requirement.name: item.mending_command for item in missing}
    paths = {
        needed.name: toolchain.program(needed.name).path
        for needed in requirements
        if needed.name not in problems
    }
    providers = _debian_packages(paths, toolchain.variables)
    findings: list[ToolFinding] = []
    for needed in requirements:
        problem = problems.get(needed.name, "")
        provider, package_version = providers.get(needed.name, ("", ""))
        version = "" if problem else toolchain.program(needed.name).version
        if needed.name == RUST and not problem:
            version = toolchain.rust.version
            provider = f"{toolchain.rust.provider} {provider}".strip()
        findings.append(
            ToolFinding(
                requirement=needed,
                path=paths.get(needed.name),
                version=version or package_version,
                provider=provider or ("" if problem else "not from a Debian package"),
                problem=problem,
                mending_command=mending.get(needed.name, ""),
            )
        )
    return findings


def _debian_packages(
    paths: Mapping[str, Path], variables: Mapping[str, str]
) -> dict[str, tuple[str, str]]:
    """Return {tool: (package, version)} for the tools that Debian packages have brought.

    Source: dpkg-query(1), `--search` and `--show`.
    """
    if not paths or find_program("dpkg-query", variables) is None:
        return {}
    names: dict[str, str] = {}
    for name, path in paths.items():
        # Debian 12 has /bin as a link to /usr/bin; dpkg knows a file by the path it came with.
        merged = path.relative_to("/usr") if path.is_relative_to("/usr") else path.relative_to("/")
        places = dict.fromkeys([path, path.resolve(), Path("/") / merged, Path("/usr") / merged])
        found = run(["dpkg-query", "--search", *places], env=variables, check=False).stdout
        if found:
            names[name] = found.splitlines()[0].split(":")[0]
    shown = run(
        ["dpkg-query", "--show", "-f", "${Package} ${Version}\\n", *sorted(set(names.values()))],
        env=variables,
        check=False,
    )
    versions = dict(line.split(" ", 1) for line in shown.stdout.splitlines() if " " in line)
    return {name: (package, versions.get(package, "")) for name, package in names.items()}


def _accelerator(settings: Settings, toolchain: Toolchain) -> tuple[str, str]:
    """Return the accelerator's name and the reason; a probe that cannot be made says so."""
    try:
        finding = find_accelerator(settings.tree, toolchain, "auto")
    except KpioError as error:
        return "unknown", error.message
    return finding.accelerator.value, finding.reason


def _show(tools: list[ToolFinding], accelerator: str, reason: str, space: SpaceFinding) -> None:
    rows = [
        [
            tool.requirement.name,
            verdict(not tool.problem),
            tool.version or "-",
            tool.provider or "-",
            str(tool.path) if tool.path else tool.problem,
            tool.mending_command,
        ]
        for tool in tools
    ]
    show_table("", ["tool", "state", "version", "provider", "path", "what mends it"], rows)
    click.echo(f"python       {platform.python_version()}, {sys.executable}")
    click.echo(f"accelerator  {accelerator}: {reason}")
    enough = "enough" if space.is_enough else f"{decimal(NEEDED_SPACE_BYTES)} are needed"
    click.echo(f"disk space   {decimal(space.free_bytes)} free in {space.place}: {enough}")
