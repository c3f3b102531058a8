"""clang as the compiler of KPIO, for build systems that are not ours: `kpio cc`.

It is called as any compiler is. What is added says where KPIO's headers and libraries are, and,
when it links, what every program starts with and ends with.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from kernel_py.abi import memory
from kpio_build.base.errors import UsageError
from kpio_build.steps.c import C_TARGET, kpio_library
from kpio_build.steps.packages import BUILTINS
from kpio_build.steps.step import Site

_STOPS_BEFORE_LINKING: Final = frozenset(
    {"-c", "-S", "-E", "-M", "-MM", "-fsyntax-only", "--precompile"}
)
_ONLY_ASKS: Final = frozenset({"--version", "-dumpmachine", "-dumpversion", "--help"})
_ONLY_ASKS_PREFIXES: Final = ("-print-", "--print-", "-help")
_WITH_VALUE: Final = frozenset(
    {
        *("-o", "-x", "-I", "-L", "-l", "-D", "-U", "-include", "-imacros", "-isystem", "-iquote"),
        *("-idirafter", "-MF", "-MT", "-MQ", "-Xclang", "-Xlinker", "-Xassembler", "-T", "-u"),
        *("-Xpreprocessor", "-z", "-e", "-arch", "-target", "-mllvm", "-aux-info"),
    }
)
"""Options whose value is the next argument. Source: clang's manual, "Command Line Argument
Reference"."""
_SHARED: Final = frozenset({"-shared", "--shared"})


def has_input(arguments: Sequence[str]) -> bool:
    """Tell whether something is to be compiled or linked: a file, `-` or a library."""
    rest = iter(arguments)
    for argument in rest:
        if argument in _WITH_VALUE:
            next(rest, None)
        elif argument == "-" or not argument.startswith("-"):
            return True
    return False


def is_linking(arguments: Sequence[str]) -> bool:
    """Tell whether clang would link with these arguments."""
    asks = any(
        argument in _ONLY_ASKS or argument.startswith(_ONLY_ASKS_PREFIXES) for argument in arguments
    )
    stops = not _STOPS_BEFORE_LINKING.isdisjoint(arguments)
    return has_input(arguments) and not asks and not stops


def compiler_command(site: Site, sysroot: Path, arguments: Sequence[str]) -> list[str]:
    """Return the command line of clang for KPIO. `sysroot` is SysrootStep's output.

    Raises UsageError for a shared library, which KPIO has no loader for.
    """
    library = kpio_library(sysroot)
    command = [
        str(site.toolchain.program("clang").path),
        f"--target={C_TARGET}",
        *("-nostdlibinc", "-isystem", str(library.include)),
        *library.defines,
    ]
    if not is_linking(arguments):
        return [*command, *arguments]
    if not _SHARED.isdisjoint(arguments):
        raise UsageError(
            "KPIO has no shared libraries",
            hint="configure the package for static ones, as with `--disable-shared`",
        )
    start, before, _, after = (str(path) for path in library.inputs())
    has_libraries = _has_none({"-nostdlib", "-nodefaultlibs", "-r"}, arguments)
    has_start = _has_none({"-nostdlib", "-nostartfiles", "-r"}, arguments)
    return [
        *command,
        *(f"--ld-path={site.toolchain.program('ld.lld').path}", "-static", "-nostdlib"),
        *(f"-Wl,--image-base={memory.USER_TEXT_BASE:#x}", "-Wl,--build-id=none"),
        # libc.a is one object: what a program does not use of it must go.
        "-Wl,--gc-sections",
        *("-Wl,-z,noexecstack", "-Wl,-z,separate-loadable-segments", "-Wl,--eh-frame-hdr"),
        f"-L{library.directory}",
        *((start, before) if has_start else ()),
        *arguments,
        # What was said of the language of the arguments does not hold for what follows.
        *(("-x", "none") if any(argument.startswith("-x") for argument in arguments) else ()),
        *(("-lc", str(BUILTINS), "-lc") if has_libraries else ()),
        *((after,) if has_start else ()),
    ]


def _has_none(options: set[str], arguments: Sequence[str]) -> bool:
    return options.isdisjoint(arguments)
