import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kpio_build.base.paths import Tree
from kpio_build.base.process import run
from kpio_build.steps.toolchain import Toolchain
from tests.kernel_py.model.verdicts import KernelLoader, kernel_loader


@pytest.fixture(scope="session")
def toolchain() -> Toolchain:
    return Toolchain.of_tree(Tree.here().root, os.environ)


def _build(toolchain: Toolchain, package: str) -> Path:
    """Build a part of the kernel as a program of this machine."""
    tree = Tree.here()
    target = tree.cargo_target("host")
    run(
        [toolchain.rust.cargo, "build", "--release", "--locked", "--package", package],
        cwd=tree.root,
        env=toolchain.environment(CARGO_TARGET_DIR=str(target)),
        within_s=600,
    )
    return target / "release" / package


@pytest.fixture(scope="session")
def elf_verdict(toolchain: Toolchain) -> Path:
    """Build the kernel's loader."""
    return _build(toolchain, "elf-verdict")


@pytest.fixture(scope="session")
def capability_trace(toolchain: Toolchain) -> Path:
    """Build the kernel's capabilities."""
    return _build(toolchain, "capability-trace")


@pytest.fixture(scope="session")
def message_verdict(toolchain: Toolchain) -> Path:
    """Build the reader of the browser's messages."""
    return _build(toolchain, "message-verdict")


@pytest.fixture(scope="session")
def kernel(elf_verdict: Path) -> Iterator[KernelLoader]:
    with kernel_loader(elf_verdict) as loader:
        yield loader
