"""clang as KPIO's compiler: what is added to a build system's command lines."""

import os
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from kpio_build.base.errors import UsageError
from kpio_build.base.log import SilentReporter
from kpio_build.base.paths import Tree
from kpio_build.base.process import run
from kpio_build.steps.driver import compiler_command, is_linking
from kpio_build.steps.engine import Engine
from kpio_build.steps.step import Site
from kpio_build.steps.sysroot import SysrootStep
from kpio_build.steps.toolchain import Toolchain


@pytest.mark.parametrize(
    ("line", "links"),
    [
        ("main.c", True),
        ("-o program main.o -lm", True),
        ("-x c - -o program", True),
        ("-c main.c", False),
        ("-E main.c", False),
        ("-MM main.c", False),
        ("main.c -print-file-name=libc.a", False),
        ("--version", False),
        ("-v", False),
        ("-o program", False),
        ("-I include -D NAME", False),
    ],
)
def test_what_links(line: str, links: bool) -> None:
    assert is_linking(line.split()) is links


@pytest.fixture(scope="module")
def site() -> Site:
    tree = Tree.here()
    return Site(tree, Toolchain.of_tree(tree.root, os.environ), SilentReporter())


@pytest.fixture(scope="module")
def sysroot(site: Site) -> Path:
    return Engine(site).realise(SysrootStep())


def test_a_program_is_static_and_asks_for_what_compilers_call(
    site: Site, sysroot: Path, tmp_path: Path
) -> None:
    source = (
        "int main(int count, char **_) { __int128 wide = count; return wide * wide / (count + 1); }"
    )
    # Its language is given, and that of what is added is another.
    line = compiler_command(site, sysroot, ["-x", "c", "-", "-lm", "-o", str(tmp_path / "program")])
    done = run(line, stdin=source.encode(), cwd=tmp_path)
    assert done.output == ""
    with (tmp_path / "program").open("rb") as stream:
        elf = ELFFile(stream)
        assert elf["e_type"] == "ET_EXEC"
        assert not any(segment["p_type"] == "PT_INTERP" for segment in elf.iter_segments())


def test_a_function_that_is_not_there_is_an_error(
    site: Site, sysroot: Path, tmp_path: Path
) -> None:
    (tmp_path / "main.c").write_text("int nowhere(void); int main(void) { return nowhere(); }\n")
    done = run(compiler_command(site, sysroot, ["main.c"]), cwd=tmp_path, check=False)
    assert done.status != 0
    assert "undefined symbol: nowhere" in done.output


def test_a_shared_library_is_refused(site: Site, sysroot: Path) -> None:
    with pytest.raises(UsageError, match="no shared libraries"):
        compiler_command(site, sysroot, ["-shared", "-o", "lib.so", "main.o"])
