"""The contract beside musl's own headers: what libkpio hands to programs is musl's, bit for bit."""

from pathlib import Path
from typing import Final

import pytest

from kernel_py.abi.contract import CONTRACT
from kernel_py.abi.flags import FlagGroup
from kernel_py.abi.layout import lay_out
from kernel_py.abi.syscalls import IOV_MAX, PATH_MAX, PIPE_BUF
from kernel_py.abi.types import SCALARS, STRUCTS, Struct
from kpio_build.base.process import ProcessError, run
from kpio_build.steps.toolchain import Toolchain

MUSL_LIB: Final = Path("/usr/lib/x86_64-linux-musl")
MUSL_INCLUDE: Final = Path("/usr/include/x86_64-linux-musl")


HEAD: Final = "#define _GNU_SOURCE\n#define _POSIX_C_SOURCE 200809L\n"


@pytest.fixture(scope="module")
def musl(toolchain: Toolchain) -> tuple[str | Path, ...]:
    toolchain.program("musl")
    clang = toolchain.program("clang").path
    return (
        clang, "--target=x86_64-unknown-linux-musl", "-std=c11", "-Wall", "-Werror",
        "-nostdlibinc", "-isystem", MUSL_INCLUDE,
    )  # fmt: skip


def compile_asserts(
    musl: tuple[str | Path, ...], tmp_path: Path, headers: list[str], asserts: list[str]
) -> None:
    source = tmp_path / "asserts.c"
    lines = [HEAD, *(f"#include <{h}>\n" for h in dict.fromkeys(headers))]
    lines += [f'_Static_assert({a}, "{a}");\n' for a in asserts]
    source.write_text("".join(lines))
    run([*musl, "-fsyntax-only", source])


@pytest.mark.parametrize("group", [g for g in CONTRACT.flags if g.from_musl], ids=lambda g: g.name)
def test_flags_are_those_of_musl(
    group: FlagGroup, musl: tuple[str | Path, ...], tmp_path: Path
) -> None:
    asserts = [f"({f.name}) == {f.value}" for f in group.flags]
    compile_asserts(musl, tmp_path, [group.c_header], asserts)


@pytest.mark.parametrize(
    "group",
    [g for g in CONTRACT.flags if g.c_header and not g.from_musl],
    ids=lambda g: g.name,
)
def test_flags_musl_has_no_header_for_are_those_of_linux(
    group: FlagGroup, toolchain: Toolchain, tmp_path: Path
) -> None:
    asserts = [f"(unsigned)({f.name}) == {f.value}u" for f in group.flags]
    cc = toolchain.program("cc").path  # it comes with Linux's headers
    compile_asserts((cc, "-std=c11", "-Wall", "-Werror"), tmp_path, [group.c_header], asserts)


def test_limits_are_those_of_musl(musl: tuple[str | Path, ...], tmp_path: Path) -> None:
    limits = {"IOV_MAX": IOV_MAX, "PATH_MAX": PATH_MAX, "PIPE_BUF": PIPE_BUF}
    asserts = [f"{name} == {value}" for name, value in limits.items()]
    compile_asserts(musl, tmp_path, ["limits.h"], asserts)


def test_error_numbers_are_those_of_musl(musl: tuple[str | Path, ...], tmp_path: Path) -> None:
    asserts = [f"{e.name} == {e.number}" for e in CONTRACT.errors]
    asserts += [f"{a.name} == {a.target}" for a in CONTRACT.error_aliases]
    compile_asserts(musl, tmp_path, ["errno.h"], asserts)


def test_no_error_of_musl_is_missing(musl: tuple[str | Path, ...], tmp_path: Path) -> None:
    source = tmp_path / "errno.c"
    source.write_text(HEAD + "#include <errno.h>\n")
    told = run([*musl, "-E", "-dM", source])
    macros = {line.split()[1] for line in told.stdout.splitlines() if line.startswith("#define E")}
    have = {e.name for e in CONTRACT.errors} | {a.name for a in CONTRACT.error_aliases}
    assert macros == have


def test_messages_are_those_of_musl(
    musl: tuple[str | Path, ...], toolchain: Toolchain, tmp_path: Path
) -> None:
    # A static program on musl's own libc.a runs on the build host: its strerror is asked.
    source = tmp_path / "strerror.c"
    numbers = ", ".join(str(e.number) for e in CONTRACT.errors)
    source.write_text(
        "#include <stdio.h>\n#include <string.h>\n"
        f"static const int numbers[] = {{{numbers}}};\n"
        "int main(void) {\n"
        "    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++)\n"
        '        printf("%d %s\\n", numbers[i], strerror(numbers[i]));\n'
        "    return 0;\n}\n"
    )
    program = tmp_path / "strerror"
    first = (MUSL_LIB / "crt1.o", MUSL_LIB / "crti.o")
    last = (MUSL_LIB / "libc.a", MUSL_LIB / "crtn.o")
    link = ("-static", "-nostdlib", f"--ld-path={toolchain.program('ld.lld').path}")
    run([*musl, *link, "-o", program, *first, source, *last])
    told = dict(line.split(" ", 1) for line in run([program]).stdout.splitlines())
    ours = {
        str(e.number): e.message if e.in_musl_strerror else "No error information"
        for e in CONTRACT.errors
    }
    assert told == ours


@pytest.mark.parametrize("struct", [s for s in STRUCTS if s.musl_name], ids=lambda s: s.name)
def test_layouts_are_those_of_musl(
    struct: Struct, musl: tuple[str | Path, ...], tmp_path: Path
) -> None:
    name = struct.musl_name
    sizes = {scalar.name: scalar.size for scalar in SCALARS}
    asserts = [f"sizeof({name}) == {struct.size}", f"_Alignof({name}) == {struct.align}"]
    for placed in lay_out(struct, CONTRACT.structs).fields:
        field = placed.field
        if field.is_padding:
            continue
        asserts.append(f"offsetof({name}, {field.name}) == {placed.offset}")
        asserts.append(f"sizeof((({name} *)0)->{field.name}) == {placed.size}")
        has_sign = not field.name.endswith("_base") and field.name != "data"  # pointer, union
        if field.type_name in sizes and has_sign:
            signed = "< 0" if field.type_name.startswith("i") else "> 0"
            asserts.append(f"(__typeof__((({name} *)0)->{field.name}))-1 {signed}")
    compile_asserts(musl, tmp_path, ["stddef.h", struct.musl_header], asserts)


def test_a_wrong_value_would_be_seen(musl: tuple[str | Path, ...], tmp_path: Path) -> None:
    with pytest.raises(ProcessError, match="status 1"):
        compile_asserts(musl, tmp_path, ["fcntl.h"], ["O_CREAT == 0x200"])
