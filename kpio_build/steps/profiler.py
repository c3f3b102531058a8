"""The profiler: a plugin for QEMU that counts the guest's instructions by their addresses."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kpio_build.base.process import run
from kpio_build.steps.bench import MARK_START, MARK_STOP
from kpio_build.steps.step import Inputs, Job, Site, Step

SOURCE: Final = Path("ci/speed/profile.c")
PLUGIN: Final = "profile.so"
_FLAGS: Final = (
    *("-shared", "-fPIC", "-O2", "-fvisibility=hidden", "-Wall", "-Wextra", "-Werror"),
    f"-DBENCH_MARK_START={MARK_START:#x}",
    f"-DBENCH_MARK_STOP={MARK_STOP:#x}",
)


@dataclass(frozen=True)
class ProfilerStep(Step):
    """Compiles profile.so, for the host."""

    name = "profiler"
    makes = "the profiler, a plugin for QEMU"

    def inputs(self, site: Site) -> Inputs:
        """Return its source and flags."""
        return Inputs(
            files=(site.tree.root / SOURCE,), parameters={"flags": list(_FLAGS)}, tools=("cc",)
        )

    def build(self, job: Job) -> None:
        """Compile it."""
        compiler = job.site.toolchain.program("cc").path
        source = job.site.tree.root / SOURCE
        run(
            [compiler, *_FLAGS, "-o", job.output / PLUGIN, source],
            env=job.site.toolchain.environment(),
            hint="the compiler's messages are above",
        )
