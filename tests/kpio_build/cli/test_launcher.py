import importlib.machinery
import importlib.util
import os
import re
import shutil
import sys
import threading
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from kpio_build.base.paths import Tree
from kpio_build.base.process import Completed, run

ROOT = Tree.here().root

STUB = """
import os, sys
print(os.getcwd(), sys.flags.isolated, *sys.argv[1:])
sys.exit(7)
"""


@pytest.fixture
def launcher() -> ModuleType:
    """Return the launcher as a module."""
    loader = importlib.machinery.SourceFileLoader("kpio_launcher", str(ROOT / "kpio"))
    spec = importlib.util.spec_from_loader("kpio_launcher", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    monkey_flag = sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    try:
        loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = monkey_flag
    return module


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_lock_has_every_direct_dependency_in_its_version_with_hashes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    direct = project["dependencies"] + project["optional-dependencies"]["test"]
    lock = (ROOT / "requirements.lock").read_text()
    locked = dict(re.findall(r"^(\S+?)==(\S+) \\$", lock, re.MULTILINE))
    for wanted in direct:
        name, version = wanted.split("==")
        assert locked[normalised(name)] == version
    for entry in re.split(r"\n(?=\S)", lock.split("\n\n", 1)[1]):
        assert "--hash=sha256:" in entry, entry


def test_the_lock_is_the_closure_of_what_is_installed() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    locked = dict(re.findall(r"^(\S+?)==(\S+) \\$", lock, re.MULTILINE))
    done = run([sys.executable, "-m", "pip", "list", "--format=freeze"], check=False)
    installed = dict(line.split("==") for line in done.stdout.splitlines() if "==" in line)
    installed = {normalised(name): version for name, version in installed.items()}
    for name in {"pip", "setuptools", "wheel"}:
        installed.pop(name, None)
    assert installed == locked


@pytest.mark.parametrize(
    ("line", "own"),
    [
        ("boot --qemu --no-install", "boot --qemu --no-install"),
        ("run --no-install prog --x", "run --no-install"),
        ("run prog --no-install", "run"),
        ("run --timeout 5 prog --no-install", "run --timeout"),
        ("-v run prog", "-v run"),
        ("run -- prog", "run"),
        ("", ""),
    ],
)
def test_arguments_of_a_program_are_not_ours(launcher: ModuleType, line: str, own: str) -> None:
    assert launcher.own_options(line.split()) == own.split()


def test_an_old_python_is_named(launcher: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    with pytest.raises(launcher.LauncherError, match=r"needs Python 3\.11") as caught:
        launcher.require_python()
    assert caught.value.status == 3


def without_venv(launcher: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(launcher, "VENVS", tmp_path / "venv")
    monkeypatch.setattr(launcher, "can_make_environments", lambda: False)


def test_without_venv_it_says_what_why_and_how_and_installs_only_if_it_may(
    launcher: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    without_venv(launcher, monkeypatch, tmp_path)
    monkeypatch.setattr(launcher, "run_tool", lambda *_, **__: pytest.fail("installs"))
    assert launcher.main(["boot", "--qemu", "--no-install"]) == 3
    said = capsys.readouterr().err
    package = f"python3.{sys.version_info[1]}-venv"
    assert f"{package} is missing: it makes the Python environment" in said
    assert f"apt-get install -y --no-install-recommends {package}" in said
    assert "hint: run as root:" in said


def test_without_venv_the_package_is_installed_and_looked_at_again(
    launcher: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    without_venv(launcher, monkeypatch, tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    commands: list[list[str]] = []
    monkeypatch.setattr(launcher, "run_tool", lambda words, *_, **__: commands.append(words))
    assert launcher.main([]) == 3
    assert [words[:2] for words in commands] == [["apt-get", "update"], ["apt-get", "install"]]
    assert "still cannot make environments" in capsys.readouterr().err


def test_a_full_disk_has_its_status(
    launcher: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(launcher, "VENVS", tmp_path / "venv")
    fill = "cat /dev/zero > /dev/full"
    monkeypatch.setattr(
        launcher,
        "make_environment",
        lambda *_, **__: launcher.run_tool(["sh", "-c", fill], "it cannot be made"),
    )
    assert launcher.main([]) == 4
    assert "error: it cannot be made" in capsys.readouterr().err


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """Return a tree with the real launcher, no dependencies, and a command line that says hello."""
    root = tmp_path / "a tree"
    (root / "kpio_build/cli").mkdir(parents=True)
    shutil.copy(ROOT / "kpio", root)
    (root / "requirements.lock").write_text("# nothing\n")
    (root / "kpio_build/__init__.py").touch()
    (root / "kpio_build/cli/__init__.py").touch()
    (root / "kpio_build/cli/__main__.py").write_text(STUB)
    return root


def test_the_environment_is_made_once_even_by_two_at_once_and_works_from_anywhere(
    toy: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "kpio_build").mkdir(parents=True)
    (elsewhere / "kpio_build/__init__.py").write_text("raise SystemExit('the wrong one')")
    done: list[Completed] = []

    def start() -> None:
        done.append(run([sys.executable, toy / "kpio", "run", "x"], cwd=elsewhere, check=False))

    threads = [threading.Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    start()
    assert [item.stdout for item in done] == [f"{elsewhere} 1 run x\n"] * 3
    assert [item.status for item in done] == [7] * 3
    said = "".join(item.stderr for item in done)
    assert said.count("first run: making its Python environment") == 1
    assert done[2].stderr == ""
    assert len([path for path in (toy / "out/venv").iterdir() if path.is_dir()]) == 1


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_standard_streams_are_no_reason_to_fail(toy: Path, closed: str) -> None:
    script = f'exec "$0" "$1" run x {closed}'
    done = run(["sh", "-c", script, sys.executable, toy / "kpio"], cwd=toy, check=False)
    assert done.status == 7, done.output
    assert "Traceback" not in done.stderr


def test_an_environment_that_was_half_made_is_made_again(
    launcher: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(launcher, "VENVS", tmp_path / "venv")
    made: list[Path] = []
    monkeypatch.setattr(launcher, "make_environment", lambda path, **_: made.append(path))
    launcher.ensure_environment(may_install=False)
    launcher.ensure_environment(may_install=False)
    assert len(made) == 2, "without its marker it does not count"
    made[0].mkdir(parents=True)
    (made[0] / launcher.MARKER).touch()
    launcher.ensure_environment(may_install=False)
    assert len(made) == 2


def test_completing_a_command_line_makes_no_environment(
    launcher: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(launcher, "VENVS", tmp_path / "venv")
    monkeypatch.setenv(launcher.COMPLETE_VARIABLE, "bash_complete")
    assert launcher.main([]) == 1
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")
    assert not (tmp_path / "venv").exists()


def test_another_lock_or_place_is_another_environment(
    launcher: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ids = [launcher.environment_id()]
    monkeypatch.setattr(launcher, "ROOT", tmp_path)
    ids.append(launcher.environment_id())
    (tmp_path / "lock").write_text("other")
    monkeypatch.setattr(launcher, "LOCK", tmp_path / "lock")
    ids.append(launcher.environment_id())
    assert len(set(ids)) == 3
