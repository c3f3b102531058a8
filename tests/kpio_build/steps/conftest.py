import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kpio_build.base.log import SilentReporter
from kpio_build.base.paths import Tree
from kpio_build.steps.step import Site
from kpio_build.steps.toolchain import Toolchain

VERSION = "9.8.7"
"""The Rust version of trees made here: no real Rust has it."""


@dataclass
class FakeRust:
    """A directory with a rustc and a cargo that answer for their version, and its rust-src."""

    root: Path
    version: str = VERSION
    cargo_version: str = VERSION
    has_source: bool = True
    cargo_script: str = "exit 1"
    rustc: Path = field(init=False)

    def __post_init__(self) -> None:
        bin_dir = self.root / "bin"
        bin_dir.mkdir(parents=True)
        self.rustc = bin_dir / "rustc"
        write_program(
            self.rustc,
            f"""case "$*" in
-vV) echo 'rustc {self.version} (fake)'; echo 'release: {self.version}';;
"--print sysroot") echo '{self.root}';;
*) echo "fake rustc cannot: $*" >&2; exit 1;;
esac""",
        )
        write_program(
            bin_dir / "cargo",
            f"""if [ "$1" = --version ]; then echo 'cargo {self.cargo_version} (fake)'; exit 0; fi
{self.cargo_script}""",
        )
        if self.has_source:
            mark = self.root / "lib/rustlib/src/rust/library/core/src/lib.rs"
            mark.parent.mkdir(parents=True)
            mark.touch()


MakeRust = Callable[..., FakeRust]


def write_program(path: Path, script: str) -> None:
    """Write an executable shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return an empty home directory."""
    directory = tmp_path / "home"
    directory.mkdir()
    return directory


@pytest.fixture
def variables(home: Path) -> dict[str, str]:
    """Return an environment in which nothing of this machine's Rust is to be found."""
    path = home / "path"
    path.mkdir()
    for name in ("objcopy", "setpriv"):
        (path / name).symlink_to(f"/usr/bin/{name}")
    return {"HOME": str(home), "PATH": str(path)}


@pytest.fixture
def toolchain(tmp_path: Path, variables: Mapping[str, str]) -> Toolchain:
    """Return a toolchain that sees only what a test puts into its home and PATH."""
    return Toolchain(VERSION, variables, debian_rustc=tmp_path / "debian/bin/rustc")


@pytest.fixture
def debian_rust(tmp_path: Path) -> MakeRust:
    """Return what makes a Rust where Debian's is looked for."""
    return lambda **options: FakeRust(tmp_path / "debian", **options)


@pytest.fixture
def rustup_rust(home: Path) -> MakeRust:
    """Return what makes a toolchain of rustup's, by its name."""
    return lambda name, **options: FakeRust(home / ".rustup/toolchains" / name, **options)


@pytest.fixture
def toy_site(tmp_path: Path, toolchain: Toolchain) -> Site:
    """Return a site in an empty tree."""
    root = tmp_path / "tree"
    root.mkdir()
    return Site(Tree.at(root), toolchain, SilentReporter())


@pytest.fixture(scope="session")
def real_site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Return a site with this tree's sources and tools, and outputs of its own."""
    root = Tree.here().root
    out = tmp_path_factory.mktemp("out")
    return Site(Tree(root, out), Toolchain.of_tree(root, dict(os.environ)), SilentReporter())


@pytest.fixture
def tree_copy(tmp_path: Path) -> Path:
    """Return a copy of what rendering the targets reads."""
    root = tmp_path / "copy"
    root.mkdir()
    here = Tree.here().root
    shutil.copytree(here / "targets", root / "targets")
    shutil.copy(here / "rust-toolchain.toml", root)
    return root
