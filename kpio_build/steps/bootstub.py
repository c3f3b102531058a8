"""The UEFI boot stub: EFI/BOOT/BOOTX64.EFI of the disk image."""

import shutil
from dataclasses import dataclass
from typing import Final

from kpio_build.base.errors import KpioError
from kpio_build.steps import cargo
from kpio_build.steps.cargo import CargoBuild
from kpio_build.steps.crates import Workspace
from kpio_build.steps.packages import RUST
from kpio_build.steps.step import Inputs, Job, Site, Step
from kpio_build.steps.target import UEFI_TARGET

DIRECTORY: Final = "boot"
BOOTSTUB_EFI: Final = "BOOTX64.EFI"

_RUSTFLAGS: Final = (
    # A hash of the content instead of the time of the link.
    "-Clink-arg=/Brepro",
    # No debug directory: it would hold the path of a .pdb file.
    "-Clink-arg=/DEBUG:NONE",
)


@dataclass(frozen=True)
class BootstubStep(Step):
    """Builds the boot stub for rustc's own UEFI target."""

    name = "bootstub"
    makes = "the UEFI boot stub"

    def inputs(self, site: Site) -> Inputs:
        """Return the stub's sources, its crates' and the lock."""
        workspace = Workspace.read(site.tree.root)
        return Inputs(
            files=(*workspace.sources(_packages(workspace)), *cargo.templates(site)),
            parameters={"rustflags": list(_RUSTFLAGS)},
            tools=(RUST, "lld-link"),
        )

    def build(self, job: Job) -> None:
        """Compile and link."""
        artifacts = cargo.build(job, stub_build(job.site))
        linked = [found.executable for found in artifacts if found.executable is not None]
        if len(linked) != 1:
            raise KpioError(
                f"cargo has made {len(linked)} programs of {DIRECTORY}/, not one",
                hint=f"{DIRECTORY}/Cargo.toml needs one [[bin]]",
            )
        shutil.copyfile(linked[0], job.output / BOOTSTUB_EFI)


def stub_build(site: Site) -> CargoBuild:
    """Return the build of the stub."""
    workspace = Workspace.read(site.tree.root)
    packages = _packages(workspace)
    return CargoBuild(
        purpose="uefi",
        crates=tuple(workspace.crate(name) for name in packages),
        target=UEFI_TARGET,
        sources=workspace.sources(packages),
        rustflags=(*_RUSTFLAGS, *cargo.remap_flags(site)),
        linker=site.toolchain.program("lld-link").path.name,
        selection=("--bins",),
    )


def _packages(workspace: Workspace) -> tuple[str, ...]:
    found = [crate.name for crate in workspace.below(workspace.root / DIRECTORY)]
    if not found:
        raise KpioError(
            f"{DIRECTORY}/ is not a package of the workspace",
            hint="add it to [workspace] members in Cargo.toml",
        )
    return tuple(found)
