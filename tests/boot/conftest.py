import os
from pathlib import Path

import pytest

from kpio_build.base.log import PlainReporter
from kpio_build.base.paths import Tree
from kpio_build.steps.engine import Engine
from kpio_build.steps.step import Site
from kpio_build.steps.toolchain import Toolchain
from tests.boot.replays import Replay
from tests.boot.workshop import Workshop
from tests.guest.elf.nasty import write_corpus


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let tests that search at random search for longer."""
    parser.addoption("--nightly", action="store_true", help="search ten times as long at random")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test here as one that boots KPIO."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.guest)


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    tree = Tree.here()
    corpus = tmp_path_factory.mktemp("elf")
    write_corpus(corpus)
    toolchain = Toolchain.of_tree(tree.root, os.environ)
    return Workshop(Engine(Site(tree, toolchain, PlainReporter())), corpus)


@pytest.fixture
def replay(workshop: Workshop, tmp_path: Path) -> Replay:
    """Return what plays scripts in the guest."""
    return Replay(workshop, tmp_path)
