"""No file says where this was written: no registry's host, no path of a machine."""

import re

import pytest

from kpio_build.base.paths import Tree, source_files

ROOT = Tree.here().root
GENERATED_BY_TOOLS = {"Cargo.lock"}
"""cargo writes the registry's name into its lock file, whatever the registry is."""

# Written in pieces, so that this file is no finding of its own.
HOSTS = (
    *("crates" r"\.io", "static" r"\.rust-lang\.org", "py" r"pi\.org", "python" r"hosted\.org"),
    *("deb" r"\.debian\.org", "security" r"\.debian\.org", "npm" r"js\.org", "proxy" r"\.golang"),
)
PATHS = ("/" r"work/\w", "/" r"root/[\w.]", "/" r"home/\w", "/tmp/" r"(team|venv|target-)")
FORBIDDEN = re.compile("|".join((*HOSTS, *PATHS)))


def findings(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if FORBIDDEN.search(line)]


def test_no_file_names_a_registry_or_a_path_of_a_machine() -> None:
    found: list[str] = []
    for path in source_files(ROOT):
        name = path.relative_to(ROOT).as_posix()
        if name in GENERATED_BY_TOOLS:
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{name}: {line}" for line in findings(text)]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "index = https://" + "crates" + ".io/",
        "pip install --index-url https://" + "py" + "pi.org/simple",
        "cd /" + "work/main",
        "cp x /" + "root/.cargo/bin",
        "see /" + "home/somebody/x",
    ],
)
def test_such_a_name_is_found(text: str) -> None:
    assert findings(text) == [text]


@pytest.mark.parametrize("text", ["framework/main", "/etc/kpio/init.list", "the /root of all"])
def test_other_words_are_not(text: str) -> None:
    assert findings(text) == []
