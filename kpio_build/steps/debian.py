"""Packages of Debian, unpacked beside the host's.

Nothing is installed, and nothing needs root: apt-get works with lists and a cache of its own, from
the sources and keys of this machine.
"""

from pathlib import Path
from typing import Final

from kpio_build.base.errors import KpioError
from kpio_build.base.process import run
from kpio_build.steps.step import Job

_WITHIN_S: Final = 900.0
HINT: Final = "apt-get's messages are above; the machine's sources must be those of a Debian"


class Apt:
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
        job.progress("reading the package lists")
        self._run(self._program, "update")

    def show(self, package: str) -> str:
        """Return what is known of the newest version of a package."""
        cache = self._program.with_name("apt-cache")
        return self._run(cache, "show", "--no-all-versions", package)

    def unpack(self, package: str) -> tuple[Path, str]:
        """Download and unpack a package; return its tree, and its version."""
        self._job.progress(f"downloading {package}")
        self._run(self._program, "download", package)
        archives = sorted(self._work.glob("*.deb"))
        if len(archives) != 1:
            raise KpioError(f"apt-get has downloaded {len(archives)} packages, not one", hint=HINT)
        dpkg_deb = self._job.site.toolchain.program("dpkg-deb").path
        run([dpkg_deb, "--extract", archives[0], self._work / "tree"], within_s=_WITHIN_S)
        version = run([dpkg_deb, "--field", archives[0], "Version"]).stdout.strip()
        return self._work / "tree", version

    def _run(self, program: Path, *words: str) -> str:
        done = run(
            [program, *self._options, *words],
            cwd=self._work,
            env={**self._job.site.toolchain.variables, "LC_ALL": "C.UTF-8"},
            on_line=lambda line: self._job.progress(line.strip()),
            within_s=_WITHIN_S,
            hint=HINT,
        )
        return done.stdout
