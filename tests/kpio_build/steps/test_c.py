from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from kernel_py.abi import memory
from kpio_build.base.process import ProcessError, run
from kpio_build.steps.c import STATIC_MARK, CProgram, build_program, c_programs
from kpio_build.steps.step import Site

MUSL_LIB = Path("/usr/lib/x86_64-linux-musl")
MUSL_INCLUDE = Path("/usr/include/x86_64-linux-musl")

HELLO = """
#include <stdio.h>
#ifndef __kpio__
#error not for KPIO
#endif
int main(int argc, char **argv) { printf("Hello %d %s\\n", argc, argv[1]); return 7; }
"""


def twin_sysroot(directory: Path, start: str) -> Path:
    """Return a sysroot with musl in the place of libkpio: what is linked runs on Linux."""
    (directory / "lib").mkdir(parents=True)
    (directory / "include").symlink_to(MUSL_INCLUDE)
    (directory / "lib/crt1.o").symlink_to(MUSL_LIB / start)
    for name in ("crti.o", "crtn.o", "libc.a"):
        (directory / "lib" / name).symlink_to(MUSL_LIB / name)
    return directory


@pytest.mark.parametrize(
    ("mark", "start", "kind"), [("", "rcrt1.o", "ET_DYN"), (STATIC_MARK, "crt1.o", "ET_EXEC")]
)
def test_the_same_program_runs_on_linux_with_musl(
    real_site: Site, tmp_path: Path, mark: str, start: str, kind: str
) -> None:
    source = tmp_path / "hello.c"
    source.write_text(f"{mark}\n{HELLO}")
    output = tmp_path / "hello"
    sysroot = twin_sysroot(tmp_path / "sysroot", start)
    build_program(real_site, CProgram("hello", (source,)), sysroot=sysroot, output=output)
    done = run([output, "there"], check=False)
    assert (done.stdout, done.status) == ("Hello 2 there\n", 7)
    with output.open("rb") as file:
        elf = ELFFile(file)
        assert elf.header["e_type"] == kind
        loads = [s for s in elf.iter_segments() if s["p_type"] == "PT_LOAD"]
        writable_code = [s for s in loads if s["p_flags"] & 3 == 3]
        assert writable_code == []
        first = min(segment["p_vaddr"] for segment in loads)
    assert first == (0 if kind == "ET_DYN" else memory.USER_TEXT_BASE)
    assert sorted(path.name for path in tmp_path.glob("*.o")) == []


def test_a_warning_is_an_error_that_shows_it(real_site: Site, tmp_path: Path) -> None:
    source = tmp_path / "bad.c"
    source.write_text("int main(void) { int unused; return 0; }\n")
    sysroot = twin_sysroot(tmp_path / "sysroot", "rcrt1.o")
    with pytest.raises(ProcessError) as caught:
        build_program(
            real_site, CProgram("bad", (source,)), sysroot=sysroot, output=tmp_path / "bad"
        )
    assert "unused" in caught.value.details


def test_a_symbol_the_libc_does_not_have_is_named(real_site: Site, tmp_path: Path) -> None:
    source = tmp_path / "far.c"
    source.write_text("int far(void);\nint main(void) { return far(); }\n")
    sysroot = twin_sysroot(tmp_path / "sysroot", "rcrt1.o")
    with pytest.raises(ProcessError) as caught:
        build_program(
            real_site, CProgram("far", (source,)), sysroot=sysroot, output=tmp_path / "far"
        )
    assert "far" in caught.value.details
    assert "libkpio" in caught.value.hint


def test_programs_are_found_in_their_folders(tmp_path: Path) -> None:
    for name in ("one/main.c", "one/more.c", "one/start.S", "two/a.c", "two/b.c", "two/b.h"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    for name in ("rust/Cargo.toml", "rust/helper.c", "data/list.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = {program.name: [s.name for s in program.sources] for program in c_programs(tmp_path)}
    assert found == {"a": ["a.c"], "b": ["b.c"], "one": ["main.c", "more.c", "start.S"]}
