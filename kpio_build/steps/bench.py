"""The microbenchmarks: one C source, built for KPIO and for Linux, by the same compiler.

The Linux programs use Debian's musl, whose C interface is libkpio's; they lie in an archive that
Linux unpacks as its root, where the benchmark is the first program.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kernel_py.abi import boot
from kpio_build.base.paths import source_files
from kpio_build.steps import cpio
from kpio_build.steps.c import C_TOOLS, CLibrary, CProgram, build_with, kpio_library
from kpio_build.steps.step import Inputs, Job, Site, Step
from kpio_build.steps.sysroot import SysrootStep

SOURCES: Final = Path("userspace/bench")
PROGRAM: Final = "bench"
NOTHING: Final = "nothing"
FILE: Final = "file"
FILE_BYTES: Final = 64 << 10
KPIO: Final = "kpio"
"""The directory of the output that goes to /bench of the image."""
LINUX: Final = "linux"
INITRD: Final = "initrd"

MARK_START: Final = 0x4B50_4901
MARK_STOP: Final = 0x4B50_4902
"""Displacements of the two NOPs between which a row is measured, for profilers."""

MUSL: Final = CLibrary(
    Path("/usr/include/x86_64-linux-musl"), Path("/usr/lib/x86_64-linux-musl"), "rcrt1.o"
)
_DEFINES: Final = {
    "_GNU_SOURCE": 1,
    "BENCH_FILE_BYTES": FILE_BYTES,
    "BENCH_EXIT_PORT": boot.EXIT_PORT,
    "BENCH_EXIT_SUCCESS": boot.EXIT_SUCCESS,
    "BENCH_EXIT_INIT_FAILED": boot.EXIT_INIT_FAILED,
    "BENCH_MARK_START": MARK_START,
    "BENCH_MARK_STOP": MARK_STOP,
}
_CONSOLE_DEVICE: Final = (5, 1)
"""Source: Linux, Documentation/admin-guide/devices.txt, `/dev/console`."""


@dataclass(frozen=True)
class BenchStep(Step):
    """Builds kpio/{bench,nothing,file}, the same in linux/, and Linux's initrd."""

    name = "bench"
    makes = "the microbenchmarks, for KPIO and for Linux"

    def needs(self, site: Site) -> tuple[Step, ...]:
        """Return libkpio and its headers."""
        return (SysrootStep(),)

    def inputs(self, site: Site) -> Inputs:
        """Return the sources, and musl's files."""
        return Inputs(
            files=(*source_files(site.tree.root / SOURCES), *MUSL.inputs()),
            tools=(*C_TOOLS, "musl"),
        )

    def build(self, job: Job) -> None:
        """Build both programs twice; pack Linux's."""
        libraries = {KPIO: kpio_library(job.of(SysrootStep())), LINUX: MUSL}
        for system, library in libraries.items():
            place = job.output / system
            place.mkdir()
            for program in _programs(job.site.tree.root / SOURCES):
                job.progress(f"compiling {program.name} for {system}")
                build_with(
                    job.site,
                    program,
                    library,
                    output=place / program.name,
                    defines=tuple(f"-D{name}={value:#x}" for name, value in _DEFINES.items()),
                )
            (place / FILE).write_bytes(bytes(range(256)) * (FILE_BYTES // 256))
        (job.output / INITRD).write_bytes(cpio.archive(_root(job.output / LINUX)))


def _programs(sources: Path) -> tuple[CProgram, CProgram]:
    nothing = sources / f"{NOTHING}.c"
    others = [path for path in source_files(sources) if path.suffix == ".c" and path != nothing]
    return (CProgram(PROGRAM, tuple(others)), CProgram(NOTHING, (nothing,)))


def _root(programs: Path) -> list[cpio.Entry]:
    """Return Linux's root file system: what KPIO's image has for the rows, and /init."""
    return [
        cpio.directory("dev"),
        cpio.character_device("dev/console", *_CONSOLE_DEVICE),
        cpio.directory("data"),
        cpio.directory("bench"),
        *(
            cpio.file(f"bench/{name}", (programs / name).read_bytes())
            for name in (PROGRAM, NOTHING, FILE)
        ),
        cpio.file("init", (programs / PROGRAM).read_bytes()),
    ]
