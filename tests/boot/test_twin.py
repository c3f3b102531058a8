"""The twin: a C program does on KPIO what it does on Linux with musl, whose interface is libkpio's.

Each program prints what it finds. One run on this machine says what is right.
"""

from pathlib import Path

import pytest

from kpio_build.base.process import Completed, run
from kpio_build.steps.bench import MUSL
from kpio_build.steps.c import CProgram, build_with, kpio_library
from kpio_build.steps.sysroot import SysrootStep
from tests.boot.workshop import Workshop

SOURCES = sorted((Path(__file__).parents[1] / "twin").glob("*.c"))
WITHIN_S = 300.0


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_kpio_prints_what_linux_prints(workshop: Workshop, source: Path, tmp_path: Path) -> None:
    site = workshop.engine.site
    program = CProgram(source.stem, (source,))
    libraries = {"linux": MUSL, "kpio": kpio_library(workshop.engine.realise(SysrootStep()))}
    for system, library in libraries.items():
        build_with(site, program, library, output=tmp_path / system, defines=("-D_GNU_SOURCE=1",))
    linux = run([tmp_path / "linux"], cwd=tmp_path, check=False, within_s=WITHIN_S)
    kpio = kpio_run(workshop, tmp_path / "kpio")
    assert linux.stdout
    assert kpio.stdout.splitlines() == linux.stdout.splitlines()
    assert kpio.status == linux.status


def kpio_run(workshop: Workshop, program: Path) -> Completed:
    root = workshop.engine.site.tree.root
    return run([root / "kpio", "run", program], cwd=root, check=False, within_s=WITHIN_S)
