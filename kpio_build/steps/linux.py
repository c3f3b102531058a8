"""The Linux that KPIO is compared with: Debian's cloud kernel, unpacked beside the host's.

Nothing is installed, and nothing needs root: apt-get works with lists and a cache of its own, from
the sources and keys of this machine. The newest kernel of the machine's Debian is taken; which one
that was is in the output, and in every result.
"""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kpio_build.base.errors import KpioError
from kpio_build.base.paths import write_atomically
from kpio_build.base.process import run
from kpio_build.steps.step import Inputs, Job, Site, Step

PACKAGE: Final = "linux-image-cloud-amd64"
KERNEL: Final = "vmlinuz"
VERSION: Final = "version"

_WITHIN_S: Final = 900.0
_HINT: Final = "apt-get's messages are above; the machine's sources must be those of a Debian"
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
        apt = _Apt(job, work)
        job.progress("reading the package lists")
        apt.get("update")
        package = kernel_package(apt.cache("show", "--no-all-versions", PACKAGE))
        job.progress(f"downloading {package}")
        apt.get("download", package)
        archives = sorted(work.glob("*.deb"))
        if len(archives) != 1:
            raise KpioError(f"apt-get has downloaded {len(archives)} packages, not one", hint=_HINT)
        dpkg_deb = job.site.toolchain.program("dpkg-deb").path
        run([dpkg_deb, "--extract", archives[0], work / "tree"], within_s=_WITHIN_S)
        kernels = sorted((work / "tree/boot").glob("vmlinuz-*"))
        if len(kernels) != 1:
            raise KpioError(f"{package} has {len(kernels)} kernels, not one", hint=_HINT)
        shutil.copyfile(kernels[0], job.output / KERNEL)
        version = run([dpkg_deb, "--field", archives[0], "Version"]).stdout.strip()
        write_atomically(job.output / VERSION, f"{package} {version}\n")
        shutil.rmtree(work)


class _Apt:
    """apt-get and apt-cache with a state of their own below `work`."""

    def __init__(self, job: Job, work: Path) -> None:
        self._job = job
        self._work = work
        for name in ("lists/partial", "cache/archives/partial"):
            (work / name).mkdir(parents=True)
        self._program = job.site.toolchain.program("apt-get").path
        self._options = (
            *("-o", f"Dir::State::Lists={work / 'lists'}"),
            *("-o", f"Dir::Cache={work / 'cache'}"),
            # Root's apt-get would hand the download to a user who cannot write here.
            *("-o", "APT::Sandbox::User=root"),
        )

    def get(self, *words: str) -> None:
        """Run apt-get in the work directory, where `download` puts what it brings."""
        self._run(self._program, *words)

    def cache(self, *words: str) -> str:
        """Return what apt-cache prints."""
        return self._run(self._program.with_name("apt-cache"), *words)

    def _run(self, program: Path, *words: str) -> str:
        done = run(
            [program, *self._options, *words],
            cwd=self._work,
            env={**self._job.site.toolchain.variables, "LC_ALL": "C.UTF-8"},
            on_line=lambda line: self._job.progress(line.strip()),
            within_s=_WITHIN_S,
            hint=_HINT,
        )
        return done.stdout


def kernel_package(shown: str) -> str:
    """Return the kernel's package, from what `apt-cache show` says of the meta package."""
    found = _DEPENDENCY.search(shown)
    if found is None:
        raise KpioError(f"{PACKAGE} depends on no kernel, or there is no such package", hint=_HINT)
    return found[1]


def linux_version(output: Path) -> str:
    """Return package and version of the kernel in the output of LinuxStep."""
    return (output / VERSION).read_text(encoding="utf-8").strip()
