"""Rust's standard library for KPIO: std and what is below it, compiled once from stock sources.

The output is a sysroot for rustc. The sources are the toolchain's, unchanged: the target has a
Linux libc's ABI, and SysrootStep's libraries have that libc's functions.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kpio_build.base.errors import KpioError
from kpio_build.base.process import run
from kpio_build.steps import cargo
from kpio_build.steps.packages import RUST
from kpio_build.steps.step import Inputs, Job, Site, Step
from kpio_build.steps.target import USER_TARGET, TargetStep, target_json

_FEATURES: Final = ("backtrace",)
_RUSTFLAGS: Final = (
    "-Cforce-frame-pointers=yes",
    # As rustc's own build has it: a program may not use what is unstable in these crates.
    "-Zforce-unstable-if-unmarked",
)
_WITHIN_S: Final = 1800.0


@dataclass(frozen=True)
class StdStep(Step):
    """Makes lib/rustlib/<target>/lib/ with the rlibs: `rustc --sysroot`."""

    name = "std"
    makes = "Rust's standard library"

    def needs(self, site: Site) -> tuple[Step, ...]:
        """Return the target."""
        return (TargetStep(),)

    def inputs(self, site: Site) -> Inputs:
        """Return the flags; the sources are the toolchain's."""
        return Inputs(
            parameters={"features": list(_FEATURES), "rustflags": list(_RUSTFLAGS)},
            tools=(RUST,),
        )

    def build(self, job: Job) -> None:
        """Compile std in a copy of its workspace."""
        libraries = library_directory(job.output)
        libraries.mkdir(parents=True)
        work = job.output / "work"
        for library in _build_std(job, work):
            shutil.copyfile(library, libraries / library.name)
        shutil.rmtree(work)


def library_directory(output: Path) -> Path:
    """Return where rustc looks for the target's libraries in the output of StdStep."""
    return output / "lib/rustlib" / USER_TARGET / "lib"


def _build_std(job: Job, work: Path) -> list[Path]:
    """Compile the workspace of std; return its rlibs."""
    site = job.site
    source = site.toolchain.rust.source / "library"
    job.progress("copying the sources of std")
    # Its [patch] needs the whole workspace, and cargo writes beside the manifest.
    shutil.copytree(source, work / "library", symlinks=True)
    target = work / "target"
    # The last one that fits is taken.
    flags = (
        *_RUSTFLAGS,
        *cargo.remap_flags(site),
        f"--remap-path-prefix={work / 'library'}=/rust/library",
    )
    completed = run(
        [
            *(site.toolchain.rust.cargo, "build", "--release", "--package", "sysroot"),
            *("--manifest-path", work / "library/sysroot/Cargo.toml"),
            *("--features", ",".join(_FEATURES)),
            *("--target", target_json(job.of(TargetStep()), USER_TARGET), "-Zjson-target-spec"),
        ],
        cwd=work,
        env=site.toolchain.environment(
            CARGO_TARGET_DIR=str(target),
            CARGO_ENCODED_RUSTFLAGS="\x1f".join(flags),
            CARGO_TERM_PROGRESS_WHEN="never",
        ),
        on_line=lambda line: job.progress(line.strip()),
        within_s=_WITHIN_S,
        hint="cargo's messages are above; the first build downloads the crates that std is made of",
    )
    made = sorted((target / USER_TARGET / "release/deps").glob("*.rlib"))
    libraries = [path for path in made if not path.name.startswith("libsysroot")]
    if not any(path.name.startswith("libstd-") or path.name == "libstd.rlib" for path in libraries):
        raise KpioError(f"`{completed.command}` has made no libstd", hint="see `kpio build std -v`")
    return libraries
