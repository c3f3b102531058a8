"""The sysroot that is really built: what libc.a offers, and what the headers promise."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.relocation import RelocationSection
from elftools.elf.sections import Symbol, SymbolTableSection

from kpio_build.base.errors import KpioError
from kpio_build.base.log import SilentReporter
from kpio_build.base.paths import Tree
from kpio_build.base.process import run
from kpio_build.steps.c import C_TARGET
from kpio_build.steps.engine import Engine
from kpio_build.steps.step import Site
from kpio_build.steps.sysroot import (
    EMPTY_LIBRARIES,
    START_OBJECTS,
    SysrootStep,
    exported_symbols,
    show_c_symbols,
)
from kpio_build.steps.toolchain import Toolchain

WITHOUT_HEADER = {
    "__cxa_atexit",  # compilers call it
    "__libc_start_main",  # crt1.o calls it
    "__xpg_strerror_r",  # what musl makes of strerror_r
    # KPIO's own, for its runtime and its tests.
    "__kpio_syscall",
    "__kpio_thread_id",
}

MEMORY_FUNCTIONS = {"bcmp", "memcmp", "memcpy", "memmove", "memset", "strlen"}
"""What a compiler calls by itself: written in terms of each other they would never end."""

DECLARED = re.compile(r"(\w+)\s*\([^()]*(?:\([^()]*\)[^()]*)*\)\s*;")


@pytest.fixture(scope="module")
def site() -> Site:
    tree = Tree.here()
    return Site(tree, Toolchain.of_tree(tree.root, os.environ), SilentReporter())


@pytest.fixture(scope="module")
def sysroot(site: Site) -> Path:
    return Engine(site).realise(SysrootStep())


@pytest.fixture(scope="module")
def libc(site: Site, sysroot: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the one object in libc.a."""
    directory = tmp_path_factory.mktemp("libc")
    run([site.toolchain.program("ar").path, "x", sysroot / "lib/libc.a"], cwd=directory)
    (member,) = directory.iterdir()
    return member


def symbols_of(path: Path) -> list[Symbol]:
    with path.open("rb") as stream:
        table = ELFFile(stream).get_section_by_name(".symtab")
        assert isinstance(table, SymbolTableSection)
        return list(table.iter_symbols())


def visible(path: Path) -> dict[str, Symbol]:
    return {
        symbol.name: symbol
        for symbol in symbols_of(path)
        if symbol["st_info"]["bind"] != "STB_LOCAL" and symbol["st_shndx"] != "SHN_UNDEF"
    }


def headers(sysroot: Path) -> list[Path]:
    return sorted((sysroot / "include").rglob("*.h"))


def declared(header: Path) -> Iterator[str]:
    """Yield the functions and variables a header declares, macros left out."""
    text = re.sub(r"/\*.*?\*/", "", header.read_text(encoding="utf-8"), flags=re.DOTALL)
    text = re.sub(r"^#(?:.*\\\n)*.*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"__attribute__\(\(.*?\)\)", "", text)
    yield from DECLARED.findall(text)
    yield from re.findall(r"extern\s+[\w\s*]*?(\w+)(?:\[\w*\])?;", text)


def test_headers_declare_exactly_what_is_there(sysroot: Path, libc: Path) -> None:
    named = {name for header in headers(sysroot) for name in declared(header)}
    functions = {name for name in named if not name.startswith("KPIO_")}
    assert functions == set(visible(libc)) - WITHOUT_HEADER


def test_programs_may_have_functions_of_their_own(libc: Path) -> None:
    strong = [
        name for name, symbol in visible(libc).items() if symbol["st_info"]["bind"] != "STB_WEAK"
    ]
    assert strong == []


def test_no_symbol_of_rust_is_visible(libc: Path) -> None:
    assert [name for name in visible(libc) if name.startswith(("_R", "_ZN", "rust_"))] == []


@pytest.mark.parametrize("language", ["c", "c++"])
def test_each_header_can_be_included_by_itself(
    site: Site, sysroot: Path, tmp_path: Path, language: str
) -> None:
    clang = site.toolchain.program("clang").path
    include = sysroot / "include"
    for header in headers(sysroot):
        source = tmp_path / "source"
        source.write_text(f"#include <{header.relative_to(include)}>\n", encoding="utf-8")
        run(
            [
                *(clang, f"--target={C_TARGET}", "-nostdlibinc", "-isystem", include),
                *(
                    "-D__kpio__",
                    "-Wall",
                    "-Wextra",
                    "-Werror",
                    "-Wno-pragma-system-header-outside-header",
                ),
                *("-fsyntax-only", "-x", language, source),
            ]
        )


def test_start_objects_are_there(sysroot: Path) -> None:
    made = {path.name for path in (sysroot / "lib").iterdir()}
    empty = {f"lib{name}.a" for name in EMPTY_LIBRARIES}
    assert made == {"libc.a", "libunwind.a", *empty, *(f"{name}.o" for name in START_OBJECTS)}
    assert "_start" in visible(sysroot / "lib/crt1.o")


def test_memory_functions_never_call_themselves(libc: Path) -> None:
    """LLVM turns loops and comparisons into calls of these functions, inside of them too.

    It may also shorten such a circle, so any code they lead to must not call itself. A panic may:
    it ends the process.
    """
    with libc.open("rb") as stream:
        elf = ELFFile(stream)
        table = elf.get_section_by_name(".symtab")
        assert isinstance(table, SymbolTableSection)
        symbols = list(table.iter_symbols())
        calls: dict[int, set[int]] = {}
        for section in elf.iter_sections():
            if isinstance(section, RelocationSection):
                targets = {symbols[entry["r_info_sym"]] for entry in section.iter_relocations()}
                calls[section["sh_info"]] = {
                    target["st_shndx"] for target in targets if isinstance(target["st_shndx"], int)
                }
        sections = {
            symbol.name: symbol["st_shndx"] for symbol in symbols if symbol.name in MEMORY_FUNCTIONS
        }
        assert set(sections) == MEMORY_FUNCTIONS
        code = {
            index
            for index, section in enumerate(elf.iter_sections())
            if section.name.startswith(".text") and "9panicking" not in section.name
        }
        for name, start in sections.items():
            again = [
                elf.get_section(section).name
                for section in {start} | reachable(start, calls, within=code)
                if section in reachable(section, calls, within=code)
            ]
            assert again == [], f"{name} leads to code that calls itself"


def reachable(start: int, calls: dict[int, set[int]], *, within: set[int]) -> set[int]:
    """Return the sections that are reached from what `start` refers to."""
    found: set[int] = set()
    pending = list(calls.get(start, set()) & within)
    while pending:
        section = pending.pop()
        if section not in found:
            found.add(section)
            pending += calls.get(section, set()) & within
    return found


def test_a_symbol_left_open_is_an_error(site: Site, tmp_path: Path) -> None:
    source, merged = tmp_path / "open.c", tmp_path / "open.o"
    source.write_text("void missing(void); void here(void) { missing(); }\n", encoding="utf-8")
    clang = site.toolchain.program("clang").path
    run([clang, f"--target={C_TARGET}", "-c", source, "-o", merged])
    with pytest.raises(KpioError, match="leaves undefined: missing"):
        exported_symbols(merged)


def test_a_function_that_another_crate_hides_is_shown(site: Site, tmp_path: Path) -> None:
    clang, lld = (site.toolchain.program(name).path for name in ("clang", "ld.lld"))
    hidden = '__attribute__((visibility("hidden")))'
    texts = {
        "libkpio": "void floor_like(void) {} void here(void) { floor_like(); }\n",
        "builtins": f"{hidden} __attribute__((weak)) void floor_like(void) {{}}\n"
        f"{hidden} __attribute__((weak)) void only_theirs(void) {{}}\n",
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.c").write_text(text, encoding="utf-8")
        source, made = tmp_path / f"{name}.c", tmp_path / f"{name}.o"
        run([clang, f"--target={C_TARGET}", "-c", source, "-o", made])
    merged = tmp_path / "merged.o"
    run([lld, "-r", "-o", merged, tmp_path / "libkpio.o", tmp_path / "builtins.o"])
    assert exported_symbols(merged) == ["here"]
    show_c_symbols(merged)
    assert exported_symbols(merged) == ["floor_like", "here"]
