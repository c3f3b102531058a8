import os
from pathlib import Path

import pytest

from kernel_py.emit import all_files
from kernel_py.emit.lock import LOCK_PATH, Lock, load
from kpio_build.base.paths import Tree
from kpio_build.steps.toolchain import Toolchain


@pytest.fixture(scope="session")
def tree() -> Tree:
    return Tree.here()


@pytest.fixture(scope="session")
def toolchain(tree: Tree) -> Toolchain:
    return Toolchain.of_tree(tree.root, os.environ)


@pytest.fixture(scope="session")
def clang(toolchain: Toolchain) -> Path:
    return toolchain.program("clang").path


@pytest.fixture(scope="session")
def generated() -> dict[str, str]:
    return all_files()


@pytest.fixture(scope="session")
def published(tree: Tree) -> Lock:
    return load((tree.root / LOCK_PATH).read_text(encoding="utf-8"))
