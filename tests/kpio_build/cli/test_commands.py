import json
import os
import sys
from pathlib import Path

import pytest

from ci.run import GATES
from kernel_py.emit.lock import LOCK_PATH
from kpio_build.base.paths import Tree
from kpio_build.base.process import run
from kpio_build.cli import clean, doctor
from kpio_build.cli.settings import Settings
from kpio_build.steps.packages import REQUIREMENTS, Purpose, Requirement
from tests.kpio_build.cli.conftest import Kpio

ROOT = Tree.here().root


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    """Make kpio work in a tree whose outputs are in a directory of this test."""
    tree = Tree(ROOT, tmp_path / "out")
    settings = Settings(tree=tree, variables=dict(os.environ))
    monkeypatch.setattr(Settings, "here", classmethod(lambda _: settings))
    return tree


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    """Make kpio work in an empty tree."""
    tree = Tree.at(tmp_path / "tree")
    tree.root.mkdir()
    settings = Settings(tree=tree, variables=dict(os.environ))
    monkeypatch.setattr(Settings, "here", classmethod(lambda _: settings))
    return tree


def fill(tree: Tree) -> None:
    for name in ("kernel/aa/kernel.elf", "cargo/kernel/x", "venv/id/bin/python", "kernel/lock"):
        path = tree.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * 5000)


def left(tree: Tree) -> list[str]:
    return sorted(path.name for path in tree.out.iterdir())


def test_clean_removes_all_but_the_environment(kpio: Kpio, copied: Tree) -> None:
    fill(copied)
    outcome = kpio(["clean"])
    assert outcome.status == 0
    assert left(copied) == ["venv"]
    assert "out/kernel" in outcome.out


def test_clean_all_removes_the_environment_too(kpio: Kpio, copied: Tree) -> None:
    fill(copied)
    assert kpio(["clean", "--all"]).status == 0
    assert left(copied) == []


def test_clean_of_nothing_is_no_error(kpio: Kpio, copied: Tree) -> None:
    assert kpio(["clean"]).status == 0
    assert copied.root.exists()


def test_a_dry_run_removes_nothing_and_counts(kpio: Kpio, copied: Tree) -> None:
    fill(copied)
    outcome = kpio(["clean", "--dry-run", "--json"])
    assert left(copied) == ["cargo", "kernel", "venv"]
    assert outcome.json["dry_run"] is True
    assert outcome.json["bytes"] >= 15000
    assert [Path(item["path"]).name for item in outcome.json["removed"]] == ["cargo", "kernel"]


def test_clean_can_keep_what_was_used_lately(kpio: Kpio, copied: Tree) -> None:
    fill(copied)
    old = copied.out / "kernel/bb"
    old.mkdir()
    os.utime(old, (1, 1))
    assert kpio(["clean", "--unused-for", "7"]).status == 0
    assert not old.exists()
    assert (copied.out / "kernel/aa/kernel.elf").exists()
    assert (copied.out / "cargo/kernel/x").exists()


def test_clean_follows_no_link(kpio: Kpio, copied: Tree, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").touch()
    copied.out.mkdir()
    (copied.out / "link").symlink_to(precious)
    assert kpio(["clean"]).status == 0
    assert (precious / "file").exists()
    assert left(copied) == []


def test_target_lists_and_shows_what_rustc_accepted(kpio: Kpio, tree: Tree) -> None:
    listed = kpio(["target", "--json"])
    assert listed.status == 0
    assert set(listed.json["files"]) == {
        "kernel.ld",
        "x86_64-unknown-kpio.json",
        "x86_64-unknown-kpio-kernel.json",
    }
    assert "1.96.0" in listed.json["rust"]
    shown = kpio(["target", "--show", "x86_64-unknown-kpio.json"])
    assert shown.json["vendor"] == "kpio"
    assert "accepted by rustc 1.96.0" in kpio(["target"]).out
    assert kpio(["target", "--show", "x"]).status == 2


def test_a_plan_names_every_step_once_and_makes_nothing(kpio: Kpio, tree: Tree) -> None:
    outcome = kpio(["build", "--plan", "--json"])
    assert outcome.status == 0
    names = [item["step"] for item in outcome.json]
    assert sorted(names) == sorted(set(names))
    assert names[0] == "target"
    assert {"kernel", "sysroot", "apps", "bootstub", "image"} <= set(names)
    assert not any(item["is_there"] for item in outcome.json)
    assert not tree.out.exists()


def test_a_feature_makes_another_kernel(kpio: Kpio, tree: Tree) -> None:
    def kernel_id(*more: str) -> str:
        plan = kpio(["build", "kernel", "--plan", "--json", *more]).json
        return str(next(item["id"] for item in plan if item["step"] == "kernel"))

    assert kernel_id() != kernel_id("--feature", "selftest")


def test_a_feature_of_something_else_is_refused(kpio: Kpio, tree: Tree) -> None:
    assert kpio(["build", "apps", "--feature", "selftest"]).status == 2


def test_a_plan_for_people_is_a_table(kpio: Kpio, tree: Tree) -> None:
    outcome = kpio(["build", "target", "--plan"])
    assert "to be made" in outcome.out
    assert kpio(["build", "target"]).out.strip().startswith(str(tree.out / "target"))
    assert "there" in kpio(["build", "target", "--plan"]).out


def test_images_are_listed(kpio: Kpio, tree: Tree) -> None:
    assert {"default", "run", "test"} <= set(kpio(["image", "--list", "--json"]).json)
    assert "default" in kpio(["image", "--list"]).out.splitlines()


def test_an_image_that_does_not_exist_names_those_that_do(kpio: Kpio, tree: Tree) -> None:
    outcome = kpio(["image", "defalt"])
    assert outcome.status == 2
    assert "default" in outcome.err


def test_milestones_are_listed(kpio: Kpio, tree: Tree) -> None:
    listed = kpio(["check", "--list", "--json"]).json
    assert [item["milestone"] for item in listed] == list(GATES)
    assert all(item["title"] for item in listed)
    assert "m1" in kpio(["check", "--list"]).out


def test_a_milestone_that_does_not_exist_is_refused_before_anything_is_built(
    kpio: Kpio, tree: Tree
) -> None:
    outcome = kpio(["check", "m99"])
    assert outcome.status == 2
    assert "m1" in outcome.err
    assert not tree.out.exists()


def test_the_contract_is_checked_without_writing(kpio: Kpio, tree: Tree) -> None:
    outcome = kpio(["abi", "--check", "--json"])
    assert outcome.status == 0, outcome.err
    assert outcome.json["changed"] == []
    assert outcome.json["written"] is False
    assert LOCK_PATH in outcome.json["files"]


def test_abi_writes_what_drifted_and_check_only_says_so(kpio: Kpio, copied: Tree) -> None:
    lock = copied.root / LOCK_PATH
    lock.parent.mkdir()
    lock.write_bytes((ROOT / LOCK_PATH).read_bytes())
    checked = kpio(["abi", "--check"])
    assert checked.status == 1
    assert "differs: docs/abi.md" in checked.out
    assert not (copied.root / "docs").exists()
    assert kpio(["abi"]).status == 0
    assert (copied.root / "docs/abi.md").exists()
    assert kpio(["abi", "--check"]).status == 0


def test_a_published_number_that_moved_is_refused(kpio: Kpio, copied: Tree) -> None:
    lock = json.loads((ROOT / LOCK_PATH).read_text())
    lock["errors"]["EPERM"] = 99
    path = copied.root / LOCK_PATH
    path.parent.mkdir()
    path.write_text(json.dumps(lock))
    outcome = kpio(["abi"])
    assert outcome.status == 1
    assert "EPERM" in outcome.err
    assert json.loads(path.read_text()) == lock


@pytest.mark.parametrize("text", [None, "[]", "{"])
def test_without_its_lock_file_the_contract_is_not_written(
    kpio: Kpio, copied: Tree, text: str | None
) -> None:
    if text is not None:
        (copied.root / LOCK_PATH).parent.mkdir()
        (copied.root / LOCK_PATH).write_text(text)
    outcome = kpio(["abi"])
    assert outcome.status == 1
    assert f"git checkout -- {LOCK_PATH}" in outcome.err


def test_doctor_has_version_provider_and_path_of_every_tool(kpio: Kpio, tree: Tree) -> None:
    outcome = kpio(["doctor", "--json"])
    assert outcome.status == 0, outcome.err
    report = outcome.json
    assert [tool["tool"] for tool in report["tools"]] == [needed.name for needed in REQUIREMENTS]
    for tool in report["tools"]:
        assert tool["is_ok"]
        assert tool["path"].startswith("/")
        assert tool["version"] or tool["tool"] == "certificates"
        assert tool["provider"], tool
    assert report["accelerator"]["name"] in {"tcg", "kvm"}
    assert report["accelerator"]["reason"]
    assert report["disk"]["free_bytes"] > 0
    assert report["python"]["version"].startswith("3.")


def test_doctor_says_what_is_missing_and_what_mends_it(
    kpio: Kpio, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = Requirement("frob", "frobs", Purpose.BOOT, ("frob-tools",), ("no-such-frob",))
    monkeypatch.setattr(doctor, "requirements_for", lambda _: (*REQUIREMENTS[:1], gone))
    monkeypatch.setattr("kpio_build.steps.toolchain.requirement", lambda _: REQUIREMENTS[0])
    monkeypatch.setattr(doctor, "_accelerator", lambda *_: ("tcg", "as ever"))
    outcome = kpio(["doctor"])
    assert outcome.status == 3
    assert "no-such-frob is not installed" in outcome.out
    assert "apt-get install -y --no-install-recommends frob-tools" in outcome.out
    assert "1 of 2 tools are missing: frob" in outcome.err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_that_asks_kpio(kpio: Kpio, tree: Tree, shell: str) -> None:
    outcome = kpio(["completion", shell])
    assert outcome.status == 0
    assert "_KPIO_COMPLETE" in outcome.out


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("b", {"boot", "bench", "build"}),
        ("build ker", {"kernel"}),
        ("boot --firm", {"--firmware"}),
        ("boot --firmware u", {"uefi"}),
        ("check m", set(GATES)),
        ("image d", {"data", "default"}),
        ("bench --vs linux nu", {"null-call"}),
    ],
)
def test_completion_knows_what_comes_next(words: str, completed: set[str]) -> None:
    asked = {
        "_KPIO_COMPLETE": "bash_complete",
        "COMP_WORDS": f"kpio {words}",
        "COMP_CWORD": str(len(words.split())),
    }
    done = run([sys.executable, "-m", "kpio_build.cli"], cwd=ROOT, env={**os.environ, **asked})
    assert set(done.stdout.split()) == {f"plain,{word}" for word in completed}


def test_sizes_of_clean_are_for_people(kpio: Kpio, copied: Tree) -> None:
    fill(copied)
    assert "removed" in kpio(["clean"]).out.splitlines()[-1]
    assert clean.command.name == "clean"
