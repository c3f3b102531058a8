import os
from pathlib import Path

import pytest

from kpio_build.base.errors import ToolMissingError
from kpio_build.base.log import SilentReporter
from kpio_build.steps import apt
from kpio_build.steps.apt import ensure_tools, lists_are_fresh, plan_installation, root_prefix
from kpio_build.steps.packages import CLIPPY, RUST, Purpose, Requirement, requirement
from kpio_build.steps.toolchain import Missing, Toolchain
from tests.kpio_build.steps.conftest import VERSION, MakeRust, write_program

FROB = Requirement(
    name="frob",
    why="frobs the knobs",
    purpose=Purpose.BUILD,
    packages=("frob-tools", "a-lib"),
    programs=("frob",),
    minimum=(2,),
)


class Listener(SilentReporter):
    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, message: str) -> None:
        self.notes.append(message)


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture(autouse=True)
def only_frob_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apt, "requirements_for", lambda _: (FROB,))
    monkeypatch.setattr(os, "geteuid", lambda: 0)


@pytest.fixture
def path(home: Path, variables: dict[str, str]) -> Path:
    return Path(variables["PATH"])


def install_apt(path: Path, installs: str) -> Path:
    """Make an apt-get that logs what it is told, and installs a program with that script."""
    log = path.parent / "apt.log"
    frob = path / "frob"
    write_program(
        path / "apt-get",
        f"""echo "$DEBIAN_FRONTEND $*" >> {log}
case "$*" in *install*) printf '%s\\n' '#!/bin/sh' '{installs}' > {frob}; /bin/chmod +x {frob};;
esac""",
    )
    return log


def test_nothing_is_done_when_nothing_is_missing(
    toolchain: Toolchain, path: Path, listener: Listener
) -> None:
    write_program(path / "frob", "echo frob 2.1")
    found = ensure_tools(toolchain, Purpose.BUILD, listener, may_install=True)
    assert found is toolchain
    assert listener.notes == []


def test_what_why_and_how_are_said_before_it_is_installed(
    toolchain: Toolchain, path: Path, listener: Listener
) -> None:
    log = install_apt(path, "echo frob 2.1")
    found = ensure_tools(toolchain, Purpose.BUILD, listener, may_install=True)
    told = "\n".join(listener.notes)
    assert "frob: frobs the knobs" in told
    assert "frob is not installed" in told
    assert "apt-get install -y --no-install-recommends a-lib frob-tools" in told
    installing = log.read_text().splitlines()[-1]
    assert installing.startswith("noninteractive ")
    assert installing.endswith("install -y --no-install-recommends a-lib frob-tools")
    assert found.missing((FROB,)) == []


def test_without_permission_it_is_only_said(
    toolchain: Toolchain, path: Path, listener: Listener
) -> None:
    log = install_apt(path, "echo frob 2.1")
    with pytest.raises(ToolMissingError, match="missing: frob") as caught:
        ensure_tools(toolchain, Purpose.BUILD, listener, may_install=False)
    assert "apt-get install" in caught.value.hint
    assert any("frobs the knobs" in note for note in listener.notes)
    assert not log.exists()


def test_an_installed_tool_of_a_wrong_version_is_an_error(
    toolchain: Toolchain, path: Path, listener: Listener
) -> None:
    install_apt(path, "echo frob 1.9")
    with pytest.raises(ToolMissingError, match=r"still not usable: frob.*1\.9") as caught:
        ensure_tools(toolchain, Purpose.BUILD, listener, may_install=True)
    assert VERSION in caught.value.hint


def test_without_apt_the_packages_are_named(
    toolchain: Toolchain, path: Path, listener: Listener
) -> None:
    with pytest.raises(ToolMissingError, match="no apt-get here") as caught:
        ensure_tools(toolchain, Purpose.BUILD, listener, may_install=True)
    assert "a-lib frob-tools" in caught.value.hint


@pytest.mark.parametrize(("sudo", "prefix"), [("exit 0", ("sudo", "-n")), ("exit 1", None)])
def test_who_is_not_root_needs_a_sudo_that_asks_nothing(
    path: Path,
    variables: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    sudo: str,
    prefix: tuple[str, ...] | None,
) -> None:
    assert root_prefix(variables) == ()
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert root_prefix(variables) is None
    write_program(path / "sudo", sudo)
    assert root_prefix(variables) == prefix


def test_who_cannot_become_root_gets_the_command(
    toolchain: Toolchain, path: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    install_apt(path, "echo frob 2.1")
    with pytest.raises(ToolMissingError, match="neither are you root") as caught:
        ensure_tools(toolchain, Purpose.BUILD, listener, may_install=True)
    assert caught.value.hint.startswith("run as root: ")


def test_a_component_of_rustup_s_rust_comes_from_rustup(
    toolchain: Toolchain,
    path: Path,
    listener: Listener,
    rustup_rust: MakeRust,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Debian's clippy would stand beside Debian's rustc, which is not the one in use."""
    clippy = requirement(CLIPPY)
    monkeypatch.setattr(apt, "requirements_for", lambda _: (requirement(RUST), clippy))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    rust = rustup_rust(f"{VERSION}-x86_64")
    component, driver = (rust.rustc.with_name(name) for name in ("cargo-clippy", "clippy-driver"))
    write_program(
        path / "rustup",
        f"""[ "$*" = "component add --toolchain {VERSION}-x86_64 clippy" ] || exit 1
printf '#!/bin/sh\necho clippy 0.1\n' > {component}
/bin/chmod +x {component}; /bin/cp {component} {driver}""",
    )
    with pytest.raises(ToolMissingError, match="missing: clippy") as caught:
        ensure_tools(toolchain, Purpose.TEST, listener, may_install=False)
    command = f"{path}/rustup component add --toolchain {VERSION}-x86_64 clippy"
    assert caught.value.hint == f"run: {command}"
    found = ensure_tools(toolchain, Purpose.TEST, listener, may_install=True)
    assert found.program(CLIPPY).path == driver
    assert f"  {command}" in listener.notes


def test_lists_are_updated_only_when_they_are_old() -> None:
    missing = [Missing(FROB, "frob is not installed")]
    fresh = plan_installation(missing, prefix=(), lists_are_fresh=True)
    old = plan_installation(missing, prefix=("sudo", "-n"), lists_are_fresh=False)
    assert [command[:2] for command in fresh.commands] == [("apt-get", "install")]
    assert old.commands[0] == ("sudo", "-n", "apt-get", "update")
    assert fresh.lines()[0] == "1 tool is missing:"
    two = plan_installation(missing * 2, prefix=(), lists_are_fresh=True)
    assert two.lines()[0] == "2 tools are missing:"


def test_lists_are_fresh_for_a_day_after_an_update(tmp_path: Path) -> None:
    day_s = 24 * 3600
    assert not lists_are_fresh(0, tmp_path / "absent")
    assert not lists_are_fresh(tmp_path.stat().st_mtime, tmp_path), "there are none"
    (tmp_path / "partial").mkdir()
    (tmp_path / "x_main_binary-amd64_Packages.lz4").touch()
    os.utime(tmp_path / "x_main_binary-amd64_Packages.lz4", (1, 1))
    updated_s = tmp_path.stat().st_mtime
    assert lists_are_fresh(updated_s + day_s / 2, tmp_path), "a list has its server's time stamp"
    assert not lists_are_fresh(updated_s + 2 * day_s, tmp_path)
