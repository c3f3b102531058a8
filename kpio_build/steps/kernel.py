"""The kernel: compiled for its own target, with its symbol table inside."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kpio_build.base.errors import KpioError
from kpio_build.base.process import run
from kpio_build.steps import cargo
from kpio_build.steps.cargo import CargoBuild
from kpio_build.steps.crates import Workspace
from kpio_build.steps.ksyms import write_symbols
from kpio_build.steps.packages import RUST
from kpio_build.steps.step import Inputs, Job, Site, Step
from kpio_build.steps.target import KERNEL_TARGET, TargetStep, target_json

PACKAGE: Final = "kpio-kernel"
BINARY: Final = "kernel"
KERNEL_ELF: Final = "kernel.elf"
KERNEL_DEBUG_ELF: Final = "kernel.debug.elf"

_RUSTFLAGS: Final = (
    "-Cforce-frame-pointers=yes",
    "-Crelocation-model=static",
)


@dataclass(frozen=True)
class KernelStep(Step):
    """Builds kernel.elf: symbols kept, debug information left to kernel.debug.elf.

    `features` are cargo features of the kernel: `selftest`, and `without-…` for each hardening,
    which the tests compile out one by one to see that they notice.
    """

    features: tuple[str, ...] = ()

    name = "kernel"
    makes = "the kernel"

    def needs(self, site: Site) -> tuple[Step, ...]:
        """Return the target."""
        return (TargetStep(),)

    def inputs(self, site: Site) -> Inputs:
        """Return the kernel's sources, its crates' and the lock."""
        return Inputs(
            files=(*Workspace.read(site.tree.root).sources((PACKAGE,)), *cargo.templates(site)),
            parameters={"features": sorted(self.features), "rustflags": list(_RUSTFLAGS)},
            tools=(RUST, "ld.lld", "objcopy"),
        )

    def build(self, job: Job) -> None:
        """Compile, link, write the symbols, strip."""
        site = job.site
        artifacts = cargo.build(job, kernel_build(site, job.of(TargetStep()), self.features))
        linked = [found.executable for found in artifacts if found.executable is not None]
        if len(linked) != 1:
            raise KpioError(
                f"cargo has made {len(linked)} programs of {PACKAGE}, not one",
                hint=f"kernel/Cargo.toml needs one [[bin]] named {BINARY}",
            )
        debug_elf = job.output / KERNEL_DEBUG_ELF
        shutil.copyfile(linked[0], debug_elf)
        count = write_symbols(debug_elf)
        job.progress(f"{count} symbols for backtraces")
        strip_debug(site, debug_elf, job.output / KERNEL_ELF)


def kernel_build(site: Site, target_output: Path, features: tuple[str, ...]) -> CargoBuild:
    """Return the build of the kernel; `target_output` is TargetStep's."""
    workspace = Workspace.read(site.tree.root)
    return CargoBuild(
        purpose="kernel",
        crates=(workspace.crate(PACKAGE),),
        target=target_json(target_output, KERNEL_TARGET),
        sources=workspace.sources((PACKAGE,)),
        features=tuple(sorted(features)),
        rustflags=(*_RUSTFLAGS, *cargo.remap_flags(site)),
        selection=("--bin", BINARY),
    )


def strip_debug(site: Site, source: Path, stripped: Path) -> None:
    """Copy an ELF file without debug information; the symbol table stays."""
    objcopy = site.toolchain.program("objcopy").path
    run([objcopy, "--strip-debug", source, stripped])
