"""What all Rust code for KPIO's user side is built with: one set of flags, one cargo directory.

The flags are the same for libkpio and for the programs, so core and alloc are compiled once.
"""

from pathlib import Path
from typing import Final

from kpio_build.steps import cargo
from kpio_build.steps.cargo import CargoBuild
from kpio_build.steps.crates import Workspace
from kpio_build.steps.step import Site
from kpio_build.steps.target import USER_TARGET, target_json

_PURPOSE: Final = "user"

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
    """Return the build of some packages of the workspace for the user target.

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
