"""The sysroot: libkpio as `libc.a`, the objects around every program, the C headers.

libkpio is a Rust staticlib, so it holds its own copy of core, alloc and compiler_builtins. Its
objects are merged into one, and all symbols but the C functions become local: an application's copy
of those crates cannot clash with them. The C functions become weak, so that a program that has its
own `malloc` or `strlcpy` links, as it does with musl, where each function is an object by itself.
"""

import re
import shutil
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
from kpio_build.steps.crates import Workspace
from kpio_build.steps.packages import RUST
from kpio_build.steps.step import Inputs, Job, Site, Step
from kpio_build.steps.target import TargetStep
from kpio_build.steps.user import USER_RUSTFLAGS, user_build

PACKAGE: Final = "libkpio"
LIBRARY_DIR: Final = "lib"
INCLUDE_DIR: Final = "include"
LIBC: Final = "libc.a"
START_OBJECTS: Final = ("crt1", "crti", "crtn")

_MANGLED_PREFIX: Final = "_R"
_C_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
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
    """Makes lib/{libc.a,crt1.o,crti.o,crtn.o} and include/."""

    name = "sysroot"
    makes = "the sysroot (libkpio, start objects, C headers)"

    def needs(self, site: Site) -> tuple[Step, ...]:
        """Return the target."""
        return (TargetStep(),)

    def inputs(self, site: Site) -> Inputs:
        """Return libkpio's sources, headers among them, its crates' and the lock."""
        workspace = Workspace.read(site.tree.root)
        return Inputs(
            files=(*workspace.sources((PACKAGE,)), *cargo.templates(site)),
            parameters={"rustflags": list(USER_RUSTFLAGS), "c_target": C_TARGET},
            tools=(RUST, "clang", "ld.lld", "objcopy", "ar"),
        )

    def build(self, job: Job) -> None:
        """Compile, merge, localise; assemble the start objects; copy the headers."""
        home = Workspace.read(job.site.tree.root).crate(PACKAGE).directory
        library = job.output / LIBRARY_DIR
        library.mkdir()
        _make_libc(job, library / LIBC)
        clang = job.site.toolchain.program("clang").path
        for name in START_OBJECTS:
            source = home / "crt" / f"{name}.S"
            run([clang, f"--target={C_TARGET}", "-c", "-o", library / f"{name}.o", source])
        _copy_headers(home / INCLUDE_DIR, job.output / INCLUDE_DIR)


def _make_libc(job: Job, libc: Path) -> None:
    """Build libkpio and make `libc` of it."""
    program = job.site.toolchain.program
    merged, kept, localised = (libc.with_name(name) for name in ("merged.o", "kept", "libc.o"))
    run([program("ld.lld").path, "-r", "-o", merged, "--whole-archive", _build_staticlib(job)])
    symbols = exported_symbols(merged)
    kept.write_text("".join(f"{name}\n" for name in symbols), encoding="utf-8")
    flags = ("--strip-debug", f"--keep-global-symbols={kept}", f"--weaken-symbols={kept}")
    run([program("objcopy").path, *flags, merged, localised])
    run([program("ar").path, "rcsD", libc, localised])
    for temporary in (merged, kept, localised):
        temporary.unlink()
    job.progress(f"{len(symbols)} C symbols in {LIBC}")


def _build_staticlib(job: Job) -> Path:
    """Compile libkpio; return the archive with everything it needs."""
    wanted = user_build(
        job.site,
        packages=(PACKAGE,),
        target_output=job.of(TargetStep()),
        sysroot=None,
        selection=("--lib",),
    )
    artifacts = cargo.build(job, wanted)
    archives = [file for made in artifacts for file in made.files if file.suffix == ".a"]
    if len(archives) != 1:
        raise KpioError(
            f"cargo has made {len(archives)} archives of {PACKAGE}, not one",
            hint=f'userspace/{PACKAGE}/Cargo.toml needs crate-type "staticlib"',
        )
    return archives[0]


def exported_symbols(merged: Path) -> list[str]:
    """Return the C symbols that the merged object defines, sorted.

    These are the defined global ones that are visible and not mangled: rustc hides what it makes
    for itself, and compiler_builtins hides its functions.

    Raises KpioError when there are none, when one is hidden by another crate's function of that
    name, or when something stays undefined that no link defines.
    """
    symbols = _global_symbols(merged)
    undefined = {symbol.name for symbol in symbols if symbol["st_shndx"] == "SHN_UNDEF"}
    missing = sorted(undefined - _LINKER_DEFINES)
    if missing:
        raise KpioError(
            f"libkpio leaves undefined: {', '.join(missing)}",
            hint="libc.a must link by itself; define it, or do without what refers to it",
        )
    hidden = sorted(
        symbol.name
        for symbol in symbols
        if symbol["st_info"]["bind"] == "STB_GLOBAL"
        and symbol["st_other"]["visibility"] != "STV_DEFAULT"
        and _C_NAME.fullmatch(symbol.name)
        and not symbol.name.startswith(_MANGLED_PREFIX)
    )
    if hidden:
        raise KpioError(
            f"another crate hides these C symbols of libkpio: {', '.join(hidden)}",
            hint="build it without compiler_builtins' `mem` feature (kpio_build/steps/user.py)",
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


def _global_symbols(merged: Path) -> list[Symbol]:
    """Return the global and weak symbols of an object file."""
    try:
        with merged.open("rb") as stream:
            table = ELFFile(stream).get_section_by_name(".symtab")
            if not isinstance(table, SymbolTableSection):
                raise KpioError(f"{merged} has no symbol table", hint="ld.lld -r made it")
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
