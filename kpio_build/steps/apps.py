"""Programs for KPIO: the ones of the system, and the ones of the guest tests.

A folder below the group's directory is a package of the workspace (its [[bin]]s are programs) or
holds C.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from kpio_build.base.errors import KpioError
from kpio_build.base.process import run
from kpio_build.steps import c, cargo
from kpio_build.steps.crates import Workspace
from kpio_build.steps.packages import RUST
from kpio_build.steps.std import StdStep
from kpio_build.steps.step import Inputs, Job, Site, Step
from kpio_build.steps.sysroot import SysrootStep
from kpio_build.steps.target import TargetStep
from kpio_build.steps.user import USER_RUSTFLAGS, std_build, user_build

BIN: Final = "bin"


class ProgramsStep(Step):
    """Builds every program below one directory, into bin/; debug information is stripped."""

    directory: ClassVar[str]
    """Where the programs' folders are, relative to the root of the tree."""

    def needs(self, site: Site) -> tuple[Step, ...]:
        """Return the target, the C library with its headers, and std if a program uses it."""
        std = (StdStep(),) if self._packages(site, has_std=True) else ()
        return (TargetStep(), SysrootStep(), *std)

    def inputs(self, site: Site) -> Inputs:
        """Return the sources of every program and of what they depend on."""
        packages = (*self._packages(site, has_std=False), *self._packages(site, has_std=True))
        sources = Workspace.read(site.tree.root).sources(packages) if packages else ()
        in_c = [source for program in self._c_programs(site) for source in program.sources]
        return Inputs(
            files=(*sources, *in_c, *cargo.templates(site)),
            parameters={"packages": list(packages), "rustflags": list(USER_RUSTFLAGS)},
            tools=(RUST, "ld.lld", "clang", "objcopy"),
        )

    def build(self, job: Job) -> None:
        """Build the Rust programs without std, those with it, then each C program."""
        site = job.site
        (job.output / BIN).mkdir()
        for wanted in self._rust_builds(job):
            for artifact in cargo.build(job, wanted):
                if artifact.executable is not None:
                    self._install(job, artifact.name, artifact.executable)
        for program in self._c_programs(site):
            job.progress(f"compiling {program.name} (C)")
            linked = job.output / program.name
            c.build_program(site, program, sysroot=job.of(SysrootStep()), output=linked)
            self._install(job, program.name, linked)
            linked.unlink()

    def _rust_builds(self, job: Job) -> Iterator[cargo.CargoBuild]:
        target, sysroot = job.of(TargetStep()), job.of(SysrootStep())
        if packages := self._packages(job.site, has_std=False):
            yield user_build(
                job.site,
                packages=packages,
                target_output=target,
                sysroot=sysroot,
                selection=("--bins",),
            )
        if packages := self._packages(job.site, has_std=True):
            yield std_build(
                job.site,
                packages=packages,
                target_output=target,
                std=job.of(StdStep()),
                sysroot=sysroot,
            )

    def _packages(self, site: Site, *, has_std: bool) -> tuple[str, ...]:
        below = Workspace.read(site.tree.root).below(site.tree.root / self.directory)
        return tuple(
            crate.name for crate in below if crate.has_programs and crate.has_std is has_std
        )

    def _c_programs(self, site: Site) -> list[c.CProgram]:
        return c.c_programs(site.tree.root / self.directory)

    def _install(self, job: Job, name: str, program: Path) -> None:
        installed = job.output / BIN / name
        if installed.exists():
            raise KpioError(
                f"two programs below {self.directory} have the name {name}",
                hint="rename one of them",
            )
        objcopy = job.site.toolchain.program("objcopy").path
        run([objcopy, "--strip-debug", program, installed])
        shutil.copymode(program, installed)


@dataclass(frozen=True)
class AppsStep(ProgramsStep):
    """The programs of the system: init, hello and the others."""

    name = "apps"
    makes = "the programs"
    directory = "userspace/apps"


@dataclass(frozen=True)
class GuestTestsStep(ProgramsStep):
    """The programs that tests run in the guest."""

    name = "guest-tests"
    makes = "the guest's test programs"
    directory = "tests/guest"
