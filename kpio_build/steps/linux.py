"""The Linux that KPIO is compared with: Debian's cloud kernel, unpacked beside the host's.

The newest kernel of the machine's Debian is taken; which one that was is in the output, and in
every result.
"""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kpio_build.base.errors import KpioError
from kpio_build.base.paths import write_atomically
from kpio_build.steps.debian import HINT, Apt
from kpio_build.steps.step import Inputs, Job, Site, Step

PACKAGE: Final = "linux-image-cloud-amd64"
KERNEL: Final = "vmlinuz"
VERSION: Final = "version"

_DEPENDENCY: Final = re.compile(r"^Depends:.*?\b(linux-image-[\w.+-]+)", re.MULTILINE)


@dataclass(frozen=True)
class LinuxStep(Step):
    """Downloads the kernel, and unpacks its image as `vmlinuz`; `version` says which it is."""

    name = "linux"
    makes = "the Linux kernel to compare with"

    def inputs(self, site: Site) -> Inputs:
        """Return the package: what comes is the newest version at the time of the download."""
        return Inputs(parameters={"package": PACKAGE})

    def build(self, job: Job) -> None:
        """Download the package that the meta package depends on; keep its kernel."""
        work = job.output / "work"
        apt = Apt(job, work)
        package = kernel_package(apt.show(PACKAGE))
        tree, version = apt.unpack(package)
        kernels = sorted((tree / "boot").glob("vmlinuz-*"))
        if len(kernels) != 1:
            raise KpioError(f"{package} has {len(kernels)} kernels, not one", hint=HINT)
        shutil.copyfile(kernels[0], job.output / KERNEL)
        write_atomically(job.output / VERSION, f"{package} {version}\n")
        shutil.rmtree(work)


def kernel_package(shown: str) -> str:
    """Return the kernel's package, from what `apt-cache show` says of the meta package."""
    found = _DEPENDENCY.search(shown)
    if found is None:
        raise KpioError(f"{PACKAGE} depends on no kernel, or there is no such package", hint=HINT)
    return found[1]


def linux_version(output: Path) -> str:
    """Return package and version of the kernel in the output of LinuxStep."""
    return (output / VERSION).read_text(encoding="utf-8").strip()
