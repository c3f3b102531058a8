from pathlib import Path

import pytest

from kpio_build.base.errors import KpioError
from kpio_build.base.paths import Tree
from kpio_build.steps.crates import Workspace


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def manifest(name: str, rest: str = "") -> str:
    return f'[package]\nname = "{name}"\n{rest}'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write(
        tmp_path,
        {
            "Cargo.toml": """
[workspace]
members = ["kernel", "libs/*", "apps/hello", "lonely"]
[workspace.dependencies]
shared = { path = "libs/shared" }
outer = "1"
""",
            "Cargo.lock": "",
            "rust-toolchain.toml": "",
            "kernel/Cargo.toml": manifest(
                "kernel",
                "[dependencies]\nshared = { workspace = true }\nouter.workspace = true\n"
                "[target.'cfg(target_os = \"none\")'.dependencies]\n"
                'machine = { path = "../libs/machine" }\n'
                "[dev-dependencies]\nlonely = { path = '../lonely' }\n",
            ),
            "kernel/src/main.rs": "",
            "kernel/target/old.rs": "",
            "libs/shared/Cargo.toml": manifest("shared", '[build-dependencies]\nb={path="../b"}'),
            "libs/shared/src/lib.rs": "",
            "libs/machine/Cargo.toml": manifest("machine"),
            "libs/b/Cargo.toml": manifest("b"),
            "libs/no-crate/file": "",
            "apps/hello/Cargo.toml": manifest("hello", '[[bin]]\nname="h"\npath="h.rs"\n'),
            "lonely/Cargo.toml": manifest("lonely"),
            "lonely/src/lib.rs": "",
        },
    )


def test_members_are_found_by_path_and_by_pattern(root: Path) -> None:
    names = set(Workspace.read(root).crates)
    assert names == {"kernel", "shared", "machine", "b", "hello", "lonely"}


def test_sources_are_those_of_the_crate_and_of_all_it_is_built_from(root: Path) -> None:
    sources = Workspace.read(root).sources(("kernel",))
    assert [path.relative_to(root).as_posix() for path in sources] == [
        *("Cargo.lock", "Cargo.toml", "kernel/Cargo.toml", "kernel/src/main.rs"),
        *("libs/b/Cargo.toml", "libs/machine/Cargo.toml"),
        *("libs/shared/Cargo.toml", "libs/shared/src/lib.rs", "rust-toolchain.toml"),
    ]


def test_programs_are_told_from_libraries(root: Path) -> None:
    workspace = Workspace.read(root)
    programs = {name for name, crate in workspace.crates.items() if crate.has_programs}
    assert programs == {"kernel", "hello"}


def test_crates_below_a_directory_are_sorted_by_name(root: Path) -> None:
    below = Workspace.read(root).below(root / "libs")
    assert [crate.name for crate in below] == ["b", "machine", "shared"]


def test_a_package_that_is_no_member_is_an_error_with_the_remedy(root: Path) -> None:
    with pytest.raises(KpioError, match="no package missing") as caught:
        Workspace.read(root).sources(("missing",))
    assert "members" in caught.value.hint


@pytest.mark.parametrize("text", ["[package", "[package]\nversion = '1'\n"])
def test_a_broken_manifest_is_named(root: Path, text: str) -> None:
    (root / "kernel/Cargo.toml").write_text(text)
    with pytest.raises(KpioError, match=r"kernel/Cargo\.toml"):
        Workspace.read(root)


def test_no_workspace_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(KpioError, match="cannot read"):
        Workspace.read(tmp_path)


def test_the_contract_is_a_source_of_the_kernel_and_of_libkpio() -> None:
    root = Tree.here().root
    workspace = Workspace.read(root)
    for package in ("kpio-kernel", "libkpio"):
        assert root / "kernel/abi/src/lib.rs" in workspace.sources((package,))
