"""The sysroot: the libraries below std, the objects around every program, the C headers.

`libc.a` is libkpio. `libunwind.a`, which std unwinds with, is the crate `unwinding`.

libkpio is a Rust staticlib, so it holds its own copy of core, alloc and compiler_builtins. Its
objects are merged into one, and all symbols but the C functions become local: an application's copy
of those crates cannot clash with them. The C functions become weak, so that a program that has its
own `malloc` or `strlcpy` links, as it does with musl, where each function is an object by itself.
"""

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import Symbol, SymbolTableSection

from kpio_build.base.errors import KpioError
from kpio_build.base.paths import source_files
from kpio_build.base.process import run
from kpio_build.steps import cargo
from kpio_build.steps.c import C_TARGET
from kpio_build.steps.cargo import CargoBuild
from kpio_build.steps.crates import Workspace
from kpio_build.steps.packages import RUST
from kpio_build.steps.step import Inputs, Job, Site, Step
from kpio_build.steps.target import USER_TARGET, TargetStep, target_json
from kpio_build.steps.user import USER_RUSTFLAGS, user_build

PACKAGE: Final = "libkpio"
UNWIND_PACKAGE: Final = "kpio-unwind"
LIBRARY_DIR: Final = "lib"
INCLUDE_DIR: Final = "include"
LIBC: Final = "libc.a"
LIBUNWIND: Final = "libunwind.a"
START_OBJECTS: Final = ("crt1", "crti", "crtn")
EMPTY_LIBRARIES: Final = ("crypt", "dl", "m", "pthread", "resolv", "rt", "util", "xnet")
"""Names that build systems link with; all that libkpio has is in libc.a. Source: musl, Makefile."""

_UNWIND_PREFIX: Final = "_Unwind_"
_UNWIND_RUSTFLAGS: Final = (
    # Without tables of its own it cannot step out of its own frames.
    "-Cforce-unwind-tables=yes",
)
_MANGLED_PREFIX: Final = "_R"
_C_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ST_OTHER_OFFSET: Final = 5
_STV_DEFAULT: Final = 0
"""Place and value in an entry of the symbol table. Source: ELF-64 Object File Format, "Symbols"."""

_LINKER_DEFINES: Final = frozenset(
    {
        "__ehdr_start",
        "__fini_array_end",
        "__fini_array_start",
        "__init_array_end",
        "__init_array_start",
    }
)
"""What every link of an executable defines, so that libc.a may leave it open."""


@dataclass(frozen=True)
class SysrootStep(Step):
    """Makes lib/{libc.a,libunwind.a,crt1.o,crti.o,crtn.o}, empty libraries and include/."""

    name = "sysroot"
    makes = "the sysroot (libkpio, unwinder, start objects, C headers)"

    def needs(self, site: Site) -> tuple[Step, ...]:
        """Return the target."""
        return (TargetStep(),)

    def inputs(self, site: Site) -> Inputs:
        """Return the sources of both libraries, headers among them, and the lock."""
        workspace = Workspace.read(site.tree.root)
        return Inputs(
            files=(*workspace.sources((PACKAGE, UNWIND_PACKAGE)), *cargo.templates(site)),
            parameters={
                "rustflags": list(USER_RUSTFLAGS),
                "unwind_rustflags": list(_UNWIND_RUSTFLAGS),
                "c_target": C_TARGET,
            },
            tools=(RUST, "clang", "ld.lld", "objcopy", "ar"),
        )

    def build(self, job: Job) -> None:
        """Compile, merge, localise; assemble the start objects; copy the headers."""
        home = Workspace.read(job.site.tree.root).crate(PACKAGE).directory
        library = job.output / LIBRARY_DIR
        library.mkdir()
        make_archive(job, _build_libkpio(job), library / LIBC, exported_symbols)
        make_archive(job, _build_unwinder(job), library / LIBUNWIND, _unwind_symbols)
        clang = job.site.toolchain.program("clang").path
        for name in START_OBJECTS:
            source = home / "crt" / f"{name}.S"
            run([clang, f"--target={C_TARGET}", "-c", "-o", library / f"{name}.o", source])
        for name in EMPTY_LIBRARIES:
            run([job.site.toolchain.program("ar").path, "rcsD", library / f"lib{name}.a"])
        _copy_headers(home / INCLUDE_DIR, job.output / INCLUDE_DIR)


def make_archive(
    job: Job, staticlib: Path, archive: Path, shown: Callable[[Path], list[str]]
) -> None:
    """Make `archive` of a Rust staticlib: one object with some symbols, weak ones.

    `shown` says which, from the object with all of them.
    """
    program = job.site.toolchain.program
    names = ("merged.o", "kept", f"{archive.stem}.o")
    merged, kept, localised = (archive.with_name(name) for name in names)
    run([program("ld.lld").path, "-r", "-o", merged, "--whole-archive", staticlib])
    show_c_symbols(merged)
    symbols = shown(merged)
    kept.write_text("".join(f"{name}\n" for name in symbols), encoding="utf-8")
    flags = ("--strip-debug", f"--keep-global-symbols={kept}", f"--weaken-symbols={kept}")
    run([program("objcopy").path, *flags, merged, localised])
    run([program("ar").path, "rcsD", archive, localised])
    for temporary in (merged, kept, localised):
        temporary.unlink()
    job.progress(f"{len(symbols)} C symbols in {archive.name}")


def _build_libkpio(job: Job) -> Path:
    """Compile libkpio; return the archive with everything it needs."""
    wanted = user_build(
        job.site,
        packages=(PACKAGE,),
        target_output=job.of(TargetStep()),
        sysroot=None,
        selection=("--lib",),
    )
    return cargo.only_archive(cargo.build(job, wanted), PACKAGE)


def _build_unwinder(job: Job) -> Path:
    """Compile the unwinder; return the archive with everything it needs."""
    workspace = Workspace.read(job.site.tree.root)
    wanted = CargoBuild(
        purpose="unwind",
        crates=(workspace.crate(UNWIND_PACKAGE),),
        target=target_json(job.of(TargetStep()), USER_TARGET),
        sources=workspace.sources((UNWIND_PACKAGE,)),
        build_std=("core", "compiler_builtins"),
        build_std_features=(),
        rustflags=(*_UNWIND_RUSTFLAGS, *cargo.remap_flags(job.site)),
        selection=("--lib",),
    )
    return cargo.only_archive(cargo.build(job, wanted), UNWIND_PACKAGE)


def _unwind_symbols(merged: Path) -> list[str]:
    """Return the functions of the C++ ABI's unwinding interface that an object defines."""
    defined = {s.name for s in global_symbols(merged) if s["st_shndx"] != "SHN_UNDEF"}
    return sorted(name for name in defined if name.startswith(_UNWIND_PREFIX))


def exported_symbols(merged: Path) -> list[str]:
    """Return the C symbols that the merged object defines, sorted.

    These are the defined global ones that are visible and not mangled: rustc hides what it makes
    for itself, and compiler_builtins hides its functions.

    Raises KpioError when there are none, or when something stays undefined that no link defines.
    """
    symbols = global_symbols(merged)
    undefined = {symbol.name for symbol in symbols if symbol["st_shndx"] == "SHN_UNDEF"}
    missing = sorted(undefined - _LINKER_DEFINES)
    if missing:
        raise KpioError(
            f"libkpio leaves undefined: {', '.join(missing)}",
            hint="libc.a must link by itself; define it, or do without what refers to it",
        )
    exported = sorted(
        symbol.name
        for symbol in symbols
        if symbol["st_shndx"] != "SHN_UNDEF"
        and symbol["st_other"]["visibility"] == "STV_DEFAULT"
        and not symbol.name.startswith(_MANGLED_PREFIX)
    )
    if not exported:
        raise KpioError(
            "libkpio exports no C symbol",
            hint='functions are exported with #[cfg_attr(target_vendor = "kpio", …no_mangle)]',
        )
    return exported


def show_c_symbols(merged: Path) -> None:
    """Make the C functions of a merged object visible that another crate's hide.

    compiler_builtins has hidden weak functions of the names of `math.h` and `string.h`. The linker
    takes libkpio's, which are not weak, and what hides most of the two visibilities.
    """
    with merged.open("r+b") as stream:
        table = symbol_table(merged, ELFFile(stream))
        shown = [
            index
            for index, symbol in enumerate(table.iter_symbols())
            if symbol["st_info"]["bind"] == "STB_GLOBAL"
            and symbol["st_shndx"] != "SHN_UNDEF"
            and _C_NAME.fullmatch(symbol.name)
            and not symbol.name.startswith(_MANGLED_PREFIX)
        ]
        for index in shown:
            stream.seek(table["sh_offset"] + index * table["sh_entsize"] + _ST_OTHER_OFFSET)
            stream.write(bytes([_STV_DEFAULT]))


def symbol_table(merged: Path, elf: ELFFile) -> SymbolTableSection:
    """Return the symbol table of an object file, or raise KpioError."""
    table = elf.get_section_by_name(".symtab")
    if not isinstance(table, SymbolTableSection):
        raise KpioError(f"{merged} has no symbol table", hint="ld.lld -r made it")
    return table


def global_symbols(merged: Path) -> list[Symbol]:
    """Return the global and weak symbols of an object file."""
    try:
        with merged.open("rb") as stream:
            table = symbol_table(merged, ELFFile(stream))
            return [
                symbol
                for symbol in table.iter_symbols()
                if symbol["st_info"]["bind"] in {"STB_GLOBAL", "STB_WEAK"}
            ]
    except ELFError as error:
        raise KpioError(f"{merged} is not an ELF object: {error}") from error


def _copy_headers(source: Path, target: Path) -> None:
    """Copy the headers, and nothing else that may lie in their folder."""
    for header in source_files(source):
        if header.suffix == ".h":
            copied = target / header.relative_to(source)
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(header, copied)
