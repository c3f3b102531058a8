"""What the host makes of the saved page: the oracle of milestone M3.

The program is the one of the image, userspace/apps/domdump, compiled for this machine.
"""

from dataclasses import dataclass
from typing import Final

from kpio_build.base.paths import write_atomically
from kpio_build.base.process import run
from kpio_build.steps import cargo
from kpio_build.steps.crates import MANIFEST, Workspace
from kpio_build.steps.packages import RUST
from kpio_build.steps.page import PAGE, PageStep
from kpio_build.steps.step import Inputs, Job, Site, Step

PACKAGE: Final = "domdump"
DUMP: Final = "dom.txt"

_BUILD_WITHIN_S: Final = 1200.0
_RUN_WITHIN_S: Final = 60.0


@dataclass(frozen=True)
class DumpStep(Step):
    """Runs domdump on this machine, and keeps what it prints as `dom.txt`."""

    name = "dump"
    makes = "the host's dump of the page"

    def needs(self, site: Site) -> tuple[Step, ...]:
        """Return the page."""
        return (PageStep(),)

    def inputs(self, site: Site) -> Inputs:
        """Return the program's sources."""
        workspace = Workspace.read(site.tree.root)
        return Inputs(files=workspace.sources((PACKAGE,)), tools=(RUST,))

    def build(self, job: Job) -> None:
        """Compile, run."""
        site = job.site
        run(
            [
                *(site.toolchain.rust.cargo, "build", "--release", "--locked"),
                *("--manifest-path", site.tree.root / MANIFEST, "--package", PACKAGE),
            ],
            cwd=site.tree.root,
            env=cargo.host_environment(site),
            on_line=lambda line: job.progress(line.strip()),
            within_s=_BUILD_WITHIN_S,
            hint="the compiler's messages are above",
        )
        program = site.tree.cargo_target("host") / "release" / PACKAGE
        printed = run([program, job.of(PageStep()) / PAGE], within_s=_RUN_WITHIN_S).stdout
        write_atomically(job.output / DUMP, printed)
