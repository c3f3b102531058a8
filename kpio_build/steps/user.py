"""What Rust code for KPIO's user side is built with.

libkpio and the programs without std have the same flags, so their core and alloc are compiled
once; programs with std take all of it from StdStep.
"""

from pathlib import Path
from typing import Final

from kpio_build.steps import cargo
from kpio_build.steps.cargo import CargoBuild
from kpio_build.steps.crates import Workspace
from kpio_build.steps.step import Site
from kpio_build.steps.target import USER_TARGET, target_json

_PURPOSE: Final = "user"
_STD_PURPOSE: Final = "user-std"

USER_RUSTFLAGS: Final = (
    "-Cforce-frame-pointers=yes",
    # The crate `rustix` otherwise makes Linux system calls itself; KPIO has libkpio's functions.
    "--cfg=rustix_use_libc",
)


def user_build(
    site: Site,
    *,
    packages: tuple[str, ...],
    target_output: Path,
    sysroot: Path | None,
    selection: tuple[str, ...],
) -> CargoBuild:
    """Return the build of some packages of the workspace without std.

    `target_output` is TargetStep's output. `sysroot` is SysrootStep's; None while libkpio itself is
    built.
    """
    workspace = Workspace.read(site.tree.root)
    return CargoBuild(
        purpose=_PURPOSE,
        crates=tuple(workspace.crate(name) for name in packages),
        target=target_json(target_output, USER_TARGET),
        sources=workspace.sources(packages),
        # libc.a has memcpy and its kin; compiler_builtins' copies would hide them.
        build_std_features=(),
        rustflags=(
            *USER_RUSTFLAGS,
            *cargo.remap_flags(site),
            cargo.library_flag(site, _PURPOSE),
        ),
        library_dir=None if sysroot is None else sysroot / "lib",
        selection=selection,
    )


def std_build(
    site: Site, *, packages: tuple[str, ...], target_output: Path, std: Path, sysroot: Path
) -> CargoBuild:
    """Return the build of the programs of some packages with std.

    `target_output`, `std` and `sysroot` are the outputs of TargetStep, StdStep and SysrootStep.
    """
    workspace = Workspace.read(site.tree.root)
    return CargoBuild(
        purpose=_STD_PURPOSE,
        crates=tuple(workspace.crate(name) for name in packages),
        target=target_json(target_output, USER_TARGET),
        sources=workspace.sources(packages),
        build_std=(),
        rustflags=(
            *USER_RUSTFLAGS,
            f"--sysroot={std}",
            *cargo.remap_flags(site),
            cargo.library_flag(site, _STD_PURPOSE),
        ),
        library_dir=sysroot / "lib",
        selection=("--bins",),
        profile="unwind",
    )
