"""A page of the web as it is, to be parsed in the guest: Underscore.js's, saved by Debian."""

import shutil
from dataclasses import dataclass
from typing import Final

from kpio_build.base.errors import KpioError
from kpio_build.steps.debian import Apt
from kpio_build.steps.step import Inputs, Job, Site, Step

PACKAGE: Final = "libjs-underscore"
PAGE: Final = "index.html"

_PLACE: Final = f"usr/share/doc/{PACKAGE}/{PAGE}"
_LEAST_BYTES: Final = 100_000


@dataclass(frozen=True)
class PageStep(Step):
    """Downloads the package, and keeps its page as `index.html`."""

    name = "page"
    makes = "a saved page of the web"

    def inputs(self, site: Site) -> Inputs:
        """Return the package: what comes is the newest version at the time of the download."""
        return Inputs(parameters={"package": PACKAGE})

    def build(self, job: Job) -> None:
        """Unpack the package and look whether the page is a long one."""
        work = job.output / "work"
        tree, version = Apt(job, work).unpack(PACKAGE)
        page = tree / _PLACE
        if not page.exists() or page.stat().st_size < _LEAST_BYTES:
            raise KpioError(
                f"{PACKAGE} {version} has no /{_PLACE} of {_LEAST_BYTES} bytes or more",
                hint="choose another page in kpio_build/steps/page.py",
            )
        shutil.copyfile(page, job.output / PAGE)
        shutil.rmtree(work)
