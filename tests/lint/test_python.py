import sys
from pathlib import Path

import pytest

from kpio_build.base.paths import Tree
from kpio_build.base.process import Completed, run

ROOT = Tree.here().root


def tool(*arguments: str | Path) -> Completed:
    return run([sys.executable, "-m", *arguments], cwd=ROOT, check=False)


def test_ruff_has_nothing_to_say() -> None:
    done = tool("ruff", "check", "--output-format=concise", "--no-cache", ".")
    assert done.status == 0, done.output


def test_mypy_has_nothing_to_say() -> None:
    done = tool("mypy")
    assert done.status == 0, done.output


def test_the_launcher_is_typed_too() -> None:
    done = tool("mypy", "--scripts-are-modules", "kpio")
    assert done.status == 0, done.output


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("import time\n\ntime.sleep(1)\n", "TID251"),
        ("import subprocess\n", "TID251"),
        ("try:\n    x = 1\nexcept Exception:\n    x = 2\n", "BLE001"),
        ('print("x")\n', "T201"),
        ("from . import x\n", "TID252"),
    ],
)
def test_what_the_style_forbids_is_found(code: str, rule: str) -> None:
    options = ("--output-format=concise", "--no-cache", "--stdin-filename", "kpio_build/steps/x.py")
    done = run(
        [sys.executable, "-m", "ruff", "check", *options, "-"],
        cwd=ROOT,
        stdin=code.encode(),
        check=False,
    )
    assert rule in done.stdout
