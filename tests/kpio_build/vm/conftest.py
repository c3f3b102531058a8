import hashlib
import os
from collections.abc import Callable

import pytest

from kpio_build.base.paths import Tree
from kpio_build.steps.toolchain import Toolchain
from kpio_build.vm.config import MachineConfig
from kpio_build.vm.payload import Assembler, assemble
from tests.kpio_build.vm.payloads import program

MakeGuest = Callable[..., MachineConfig]


@pytest.fixture(scope="session")
def assembler() -> Assembler:
    toolchain = Toolchain.of_tree(Tree.here().root, os.environ)
    return Assembler(
        clang=str(toolchain.program("clang").path),
        linker=str(toolchain.program("ld.lld").path),
    )


@pytest.fixture(scope="session")
def guest(assembler: Assembler, tmp_path_factory: pytest.TempPathFactory) -> MakeGuest:
    """Return a function from steps to the machine that does them."""
    directory = tmp_path_factory.mktemp("payloads")

    def make(*steps: str) -> MachineConfig:
        text = program(*steps)
        stem = directory / hashlib.sha256(text.encode()).hexdigest()[:16]
        output = stem.with_suffix(".elf")
        if not output.exists():
            source = stem.with_suffix(".S")
            source.write_text(text, encoding="ascii")
            assemble(source, output, assembler)
        return MachineConfig(kernel=output, memory_mib=64)

    return make
