"""Installing what is missing, by apt-get or rustup: announced, done, looked at again."""

import os
import shlex
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kpio_build.base.errors import ToolMissingError
from kpio_build.base.log import Reporter
from kpio_build.base.process import find_program, run
from kpio_build.steps.packages import Purpose, requirements_for
from kpio_build.steps.toolchain import Missing, Toolchain

_LISTS: Final = Path("/var/lib/apt/lists")
_LISTS_MAX_AGE_S: Final = 24 * 3600
_INSTALL_WITHIN_S: Final = 1800.0
_UPDATE_WITHIN_S: Final = 600.0
_LOCK_TIMEOUT: Final = ("-o", "DPkg::Lock::Timeout=300")
"""Wait for another apt-get (unattended-upgrades on a fresh machine) instead of failing."""


@dataclass(frozen=True)
class Installation:
    """What is to be installed: the tools that are missing, and the commands that bring them."""

    missing: tuple[Missing, ...]
    packages: tuple[str, ...]
    root_commands: tuple[tuple[str, ...], ...]
    rustup_commands: tuple[tuple[str, ...], ...] = ()

    @property
    def commands(self) -> tuple[tuple[str, ...], ...]:
        """All commands, in the order they are run."""
        return self.root_commands + self.rustup_commands

    @property
    def by_hand(self) -> str:
        """What to do oneself, as a hint."""
        parts: list[str] = []
        if self.root_commands:
            parts.append(f"run as root: {_joined(self.root_commands)}")
        if self.rustup_commands:
            parts.append(f"run: {_joined(self.rustup_commands)}")
        return "; then ".join(parts)

    def lines(self) -> list[str]:
        """Return what to tell the user before anything is done: what, why, and which command."""
        are = "tool is" if len(self.missing) == 1 else "tools are"
        told = [f"{len(self.missing)} {are} missing:"]
        for missing in self.missing:
            needed = missing.requirement
            told.append(f"  {needed.name}: {needed.why}")
            told.append(f"    {missing.reason}")
        told.append("to be run:")
        told += [f"  {shlex.join(command)}" for command in self.commands]
        return told


def plan_installation(
    missing: Sequence[Missing], *, prefix: tuple[str, ...], lists_are_fresh: bool
) -> Installation:
    """Return what brings the missing tools; `prefix` makes a command root's: (), or sudo."""
    from_debian = [item for item in missing if not item.rustup_command]
    packages = sorted({name for item in from_debian for name in item.requirement.packages})
    install = (*prefix, "apt-get", "install", "-y", "--no-install-recommends", *packages)
    update = (*prefix, "apt-get", "update")
    rustup = tuple(item.rustup_command for item in missing if item.rustup_command)
    if not packages:
        return Installation(tuple(missing), packages=(), root_commands=(), rustup_commands=rustup)
    return Installation(
        missing=tuple(missing),
        packages=tuple(packages),
        root_commands=(install,) if lists_are_fresh else (update, install),
        rustup_commands=rustup,
    )


def ensure_tools(
    toolchain: Toolchain, purpose: Purpose, reporter: Reporter, *, may_install: bool
) -> Toolchain:
    """Return a toolchain with all a purpose needs, after installing what was missing.

    Raises ToolMissingError when something is missing still: nothing may be installed, or it cannot
    be, or what came is not what was needed.
    """
    missing = toolchain.missing(requirements_for(purpose))
    if not missing:
        return toolchain
    prefix = root_prefix(toolchain.variables)
    plan = plan_installation(
        missing, prefix=prefix or (), lists_are_fresh=lists_are_fresh(time.time())
    )
    for line in plan.lines():
        reporter.note(line)
    names = ", ".join(item.requirement.name for item in missing)
    if not may_install:
        raise ToolMissingError(f"missing: {names}", hint=plan.by_hand)
    if plan.packages and find_program("apt-get", toolchain.variables) is None:
        raise ToolMissingError(
            f"missing: {names}; and there is no apt-get here to install them with",
            hint=f"on Debian 12 these packages have them: {' '.join(plan.packages)}",
        )
    if plan.packages and prefix is None:
        raise ToolMissingError(
            f"missing: {names}; and neither are you root nor does sudo work without a password",
            hint=plan.by_hand,
        )
    _install(plan, toolchain, reporter)
    renewed = Toolchain(toolchain.rust_version, toolchain.variables, toolchain.debian_rustc)
    still = renewed.missing(requirements_for(purpose))
    if still:
        raise ToolMissingError(
            "installed, and still not usable: "
            + "; ".join(f"{item.requirement.name} ({item.reason})" for item in still),
            hint="this Debian has other versions than KPIO needs; Debian 12 with its security "
            f"updates has them, and rustup has Rust {toolchain.rust_version}",
        )
    return renewed


def root_prefix(variables: Mapping[str, str]) -> tuple[str, ...] | None:
    """Return what makes a command root's: nothing, or sudo; None if neither works."""
    if os.geteuid() == 0:
        return ()
    if find_program("sudo", variables) is None:
        return None
    probe = run(["sudo", "-n", "true"], env=variables, check=False)
    return ("sudo", "-n") if probe.status == 0 else None


def lists_are_fresh(now_s: float, directory: Path = _LISTS) -> bool:
    """Tell whether apt's package lists are there and were updated in the last day.

    The lists keep the server's time stamps; the directories show when apt worked in them.
    """
    worked_in = [path for path in (directory, directory / "partial") if path.is_dir()]
    newest_s = max((path.stat().st_mtime for path in worked_in), default=0.0)
    has_lists = any(directory.glob("*_Packages*"))
    return has_lists and now_s - newest_s <= _LISTS_MAX_AGE_S


def _joined(commands: Sequence[Sequence[str]]) -> str:
    return " && ".join(shlex.join(command) for command in commands)


def _install(plan: Installation, toolchain: Toolchain, reporter: Reporter) -> None:
    environment = dict(toolchain.variables) | {
        "DEBIAN_FRONTEND": "noninteractive",
        "LC_ALL": "C.UTF-8",
    }
    started_s = time.monotonic()
    wanted = plan.packages or tuple(item.requirement.name for item in plan.missing)
    reporter.step_started("packages", f"installing {', '.join(wanted)}")
    try:
        for command in plan.root_commands:
            after_apt = command.index("apt-get") + 1
            run(
                [*command[:after_apt], *_LOCK_TIMEOUT, *command[after_apt:]],
                env=environment,
                on_line=lambda line: reporter.step_progress(line.strip()),
                within_s=_UPDATE_WITHIN_S if "update" in command else _INSTALL_WITHIN_S,
                hint="apt-get's messages are above; `./kpio doctor` says what is missing still",
            )
        for command in plan.rustup_commands:
            run(
                command,
                env=environment,
                on_line=lambda line: reporter.step_progress(line.strip()),
                within_s=_INSTALL_WITHIN_S,
                hint="rustup's messages are above; `./kpio doctor` says what is missing still",
            )
    except BaseException:
        reporter.step_failed("packages", time.monotonic() - started_s)
        raise
    reporter.step_finished("packages", time.monotonic() - started_s, is_cached=False)
