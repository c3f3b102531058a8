"""The SDK: what somebody's own cargo needs to build a program for KPIO.

The configuration holds absolute paths: it is for this tree, and nothing in an image is made with
it.
"""

from dataclasses import dataclass
from typing import Final

from kpio_build.base.paths import write_atomically
from kpio_build.steps.cargo import CargoBuild, render_config, templates
from kpio_build.steps.std import StdStep
from kpio_build.steps.step import Inputs, Job, Site, Step
from kpio_build.steps.sysroot import SysrootStep
from kpio_build.steps.target import USER_TARGET, TargetStep, target_json
from kpio_build.steps.user import USER_RUSTFLAGS

CARGO_CONFIG: Final = "cargo-config.toml"


@dataclass(frozen=True)
class SdkStep(Step):
    """Writes a cargo configuration that builds for KPIO, and whose runner is `kpio run`."""

    name = "sdk"
    makes = "cargo's configuration for your own programs"

    def needs(self, site: Site) -> tuple[Step, ...]:
        """Return the target, std and the C library."""
        return (TargetStep(), StdStep(), SysrootStep())

    def inputs(self, site: Site) -> Inputs:
        """Return the template and where this tree is."""
        return Inputs(
            files=templates(site),
            parameters={"root": str(site.tree.root), "rustflags": list(USER_RUSTFLAGS)},
        )

    def build(self, job: Job) -> None:
        """Write the configuration."""
        site = job.site
        final = job.final_output / CARGO_CONFIG
        wanted = CargoBuild(
            purpose="your own programs",
            crates=(),
            target=target_json(job.of(TargetStep()), USER_TARGET),
            sources=(),
            build_std=(),
            rustflags=(
                *USER_RUSTFLAGS,
                f"--sysroot={job.of(StdStep())}",
                f"-Lnative={job.of(SysrootStep()) / 'lib'}",
            ),
        )
        runner = (str(site.tree.root / "kpio"), "run")
        write_atomically(
            job.output / CARGO_CONFIG, render_config(site, wanted, path=final, runner=runner)
        )
