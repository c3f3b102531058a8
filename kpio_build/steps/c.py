"""C programs for KPIO: compiled by clang against the sysroot's headers, linked by lld.

A folder with C sources and no Cargo.toml is a program: with `main.c` it is one, named after the
folder and made of all its sources; without, each source is a program of its own.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kernel_py.abi import memory
from kpio_build.base.process import run
from kpio_build.steps.crates import MANIFEST
from kpio_build.steps.step import Site

C_TARGET: Final = "x86_64-unknown-linux-musl"
C_TOOLS: Final = ("clang", "ld.lld")
STATIC_MARK: Final = "/* kpio: no-pie */"
"""First line of a source whose program is linked at a fixed address instead of as static-PIE."""

_SUFFIXES: Final = (".c", ".S")
_COMPILE_FLAGS: Final = (
    *("-std=c17", "-O2", "-g0", "-fno-omit-frame-pointer"),
    *("-Wall", "-Wextra", "-Werror"),
)
_LINK_FLAGS: Final = (
    *("-static", "--build-id=none", "--eh-frame-hdr", "--gc-sections"),
    *("-z", "relro", "-z", "now", "-z", "noexecstack", "-z", "separate-loadable-segments"),
)


@dataclass(frozen=True)
class CProgram:
    """One program in C: its name and its sources."""

    name: str
    sources: tuple[Path, ...]

    @property
    def is_position_independent(self) -> bool:
        """Whether it is a static-PIE; a source that starts with STATIC_MARK says no."""
        return not any(
            source.read_text(encoding="utf-8").startswith(STATIC_MARK) for source in self.sources
        )


@dataclass(frozen=True)
class CLibrary:
    """A C library: its headers, its directory of libraries, what its programs start with.

    `defines` are the macros that tell a source which library it is compiled for.
    """

    include: Path
    directory: Path
    start: str
    defines: tuple[str, ...] = ()

    def inputs(self) -> tuple[Path, ...]:
        """Return the files a program is made of besides its own."""
        names = (self.start, "crti.o", "libc.a", "crtn.o")
        return tuple(self.directory / name for name in names)


def kpio_library(sysroot: Path) -> CLibrary:
    """Return libkpio in the output of SysrootStep; its crt1.o serves fixed and PIE programs."""
    return CLibrary(sysroot / "include", sysroot / "lib", "crt1.o", ("-D__kpio__=1",))


def c_programs(directory: Path) -> list[CProgram]:
    """Return the C programs in the folders directly below `directory`, by name."""
    programs: list[CProgram] = []
    for folder in sorted(path for path in directory.glob("*") if path.is_dir()):
        sources = tuple(sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES))
        if (folder / MANIFEST).exists() or not sources:
            continue
        if folder / "main.c" in sources:
            programs.append(CProgram(folder.name, sources))
        else:
            programs += [CProgram(source.stem, (source,)) for source in sources]
    return sorted(programs, key=lambda program: program.name)


def compile_flags(site: Site, sysroot: Path) -> tuple[str, ...]:
    """Return clang's flags for a C source of a KPIO program, whoever compiles it."""
    return _flags_for(site, kpio_library(sysroot))


def build_program(site: Site, program: CProgram, *, sysroot: Path, output: Path) -> None:
    """Compile and link one C program for KPIO to `output`."""
    build_with(site, program, kpio_library(sysroot), output=output)


def build_with(
    site: Site,
    program: CProgram,
    library: CLibrary,
    *,
    output: Path,
    defines: tuple[str, ...] = (),
) -> None:
    """Compile and link one C program to `output`; the objects beside it are removed again."""
    clang = site.toolchain.program("clang").path
    environment = site.toolchain.environment()
    pie_flag = "-fPIE" if program.is_position_independent else "-fno-pie"
    objects: list[Path] = []
    for index, source in enumerate(program.sources):
        compiled = output.with_name(f"{output.name}.{index}.o")
        run(
            [
                clang,
                *(*_flags_for(site, library), *defines, pie_flag),
                *("-c", source, "-o", compiled),
            ],
            env=environment,
            hint="the compiler's messages are above",
        )
        objects.append(compiled)
    start, before, libc, after = library.inputs()
    run(
        [
            site.toolchain.program("ld.lld").path,
            *link_flags(program),
            *("-o", output, start, before),
            *objects,
            *(libc, after),
        ],
        env=environment,
        hint="a symbol that is missing is one libkpio does not have yet; see the README",
    )
    for compiled in objects:
        compiled.unlink()


def _flags_for(site: Site, library: CLibrary) -> tuple[str, ...]:
    return (
        f"--target={C_TARGET}",
        *("-nostdlibinc", "-isystem", str(library.include)),
        f"-ffile-prefix-map={site.tree.root}=/kpio",
        *library.defines,
        *_COMPILE_FLAGS,
    )


def link_flags(program: CProgram) -> tuple[str, ...]:
    """Return the linker's flags for a C program."""
    if program.is_position_independent:
        return ("-pie", "--no-dynamic-linker", "-z", "text", *_LINK_FLAGS)
    return (f"--image-base={memory.USER_TEXT_BASE:#x}", *_LINK_FLAGS)
