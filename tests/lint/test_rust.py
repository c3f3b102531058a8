"""rustfmt and clippy over every crate, each for the target it is built for."""

import os
from collections.abc import Callable
from dataclasses import replace

import pytest

from kpio_build.base.log import SilentReporter
from kpio_build.base.paths import Tree
from kpio_build.base.process import Completed, run
from kpio_build.steps.bootstub import stub_build
from kpio_build.steps.cargo import CargoBuild, clippy, host_environment
from kpio_build.steps.crates import Workspace
from kpio_build.steps.engine import Engine
from kpio_build.steps.kernel import kernel_build
from kpio_build.steps.std import StdStep
from kpio_build.steps.step import Site
from kpio_build.steps.sysroot import SysrootStep
from kpio_build.steps.target import TargetStep
from kpio_build.steps.toolchain import Toolchain
from kpio_build.steps.user import std_build, user_build

ROOT = Tree.here().root


@pytest.fixture(scope="module")
def site() -> Site:
    toolchain = Toolchain.of_tree(ROOT, dict(os.environ))
    return Site(Tree.at(ROOT), toolchain, SilentReporter())


def test_every_crate_is_laid_out_as_rustfmt_does(site: Site) -> None:
    toolchain = site.toolchain
    cargo_fmt = toolchain.program("rustfmt").path.with_name("cargo-fmt")
    environment = toolchain.environment(RUSTFMT=str(toolchain.program("rustfmt").path))
    done = run([cargo_fmt, "fmt", "--all", "--check"], cwd=ROOT, env=environment, check=False)
    assert done.status == 0, done.output


def require_clean(done: Completed) -> None:
    assert done.status == 0, done.stderr


def test_clippy_on_what_is_tested_on_the_host(site: Site) -> None:
    toolchain = site.toolchain
    cargo_clippy = toolchain.program("clippy").path.with_name("cargo-clippy")
    # Not --all-targets: the kernel's own program is not built for the host.
    arguments = ["clippy", "--locked", "--lib", "--tests", "--", "-D", "warnings"]
    require_clean(
        run([cargo_clippy, *arguments], cwd=ROOT, env=host_environment(site), check=False)
    )


def kernel(site: Site) -> CargoBuild:
    return kernel_build(site, Engine(site).realise(TargetStep()), ())


def user_packages(*, has_std: bool) -> tuple[str, ...]:
    workspace = Workspace.read(ROOT)
    directories = ("userspace", "tests/guest")
    crates = [crate for name in directories for crate in workspace.below(ROOT / name)]
    return tuple(crate.name for crate in crates if crate.has_std is has_std)


def user(site: Site) -> CargoBuild:
    return user_build(
        site,
        packages=user_packages(has_std=False),
        target_output=Engine(site).realise(TargetStep()),
        sysroot=None,
        selection=("--lib", "--bins"),
    )


def user_with_std(site: Site) -> CargoBuild:
    engine = Engine(site)
    wanted = std_build(
        site,
        packages=user_packages(has_std=True),
        target_output=engine.realise(TargetStep()),
        std=engine.realise(StdStep()),
        sysroot=engine.realise(SysrootStep()),
    )
    return replace(wanted, selection=("--lib", "--bins"))


@pytest.mark.parametrize("wanted", [kernel, user, user_with_std, stub_build])
def test_clippy_on_what_is_built_for_a_target(
    site: Site, wanted: Callable[[Site], CargoBuild]
) -> None:
    require_clean(clippy(site, wanted(site)))
