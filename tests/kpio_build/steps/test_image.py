import json
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from kpio_build.base.errors import UsageError
from kpio_build.base.paths import Tree
from kpio_build.base.process import find_program, run
from kpio_build.steps.apps import AppsStep, GuestTestsStep
from kpio_build.steps.bootstub import BootstubStep
from kpio_build.steps.engine import Engine
from kpio_build.steps.image import ImageFile, ImageStep, disk, manifest_names
from kpio_build.steps.kernel import KernelStep
from kpio_build.steps.page import PageStep
from kpio_build.steps.sdk import CARGO_CONFIG, SdkStep
from kpio_build.steps.std import StdStep
from kpio_build.steps.step import Job, Site
from kpio_build.steps.sysroot import SysrootStep
from kpio_build.steps.target import TargetStep


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "program"
    path.write_bytes(b"\x7fELF of this test")
    return path


def test_an_image_needs_the_steps_its_manifest_names(real_site: Site) -> None:
    assert ImageStep("run").needs(real_site) == ()
    assert set(ImageStep().needs(real_site)) == {
        *(KernelStep(), AppsStep(), BootstubStep(), PageStep()),
    }
    assert GuestTestsStep() in ImageStep("test").needs(real_site)


def test_a_kernel_with_features_makes_an_image_with_that_kernel(real_site: Site) -> None:
    kernel = KernelStep(("selftest",))
    assert kernel in ImageStep(kernel=kernel).needs(real_site)
    engine = Engine(real_site)
    assert engine.content_id(ImageStep(kernel=kernel)) != engine.content_id(ImageStep())


def test_an_image_that_does_not_exist_names_those_that_do(real_site: Site) -> None:
    with pytest.raises(UsageError, match="no image called defalt") as caught:
        ImageStep("defalt").needs(real_site)
    assert "default" in caught.value.hint
    assert "default" in manifest_names(real_site.tree.root)


def test_a_file_of_the_user_is_in_the_image_and_its_bytes_in_the_id(
    real_site: Site, program: Path, tmp_path: Path
) -> None:
    step = ImageStep("run", files=(ImageFile("/run/program", program),))
    image = disk(Engine(real_site).realise(step))
    table = json.loads(run([find_program("sfdisk") or "sfdisk", "--json", image]).stdout)
    part = table["partitiontable"]["partitions"][0]
    offset = part["start"] * table["partitiontable"].get("sectorsize", 512)
    copied = tmp_path / "copied"
    debugfs = find_program("debugfs") or "debugfs"
    run([debugfs, "-R", f"dump /run/program {copied}", f"{image}?offset={offset}"])
    assert copied.read_bytes() == program.read_bytes()
    before = Engine(real_site).content_id(step)
    program.write_bytes(b"\x7fELF changed")
    assert Engine(real_site).content_id(step) != before


def test_the_same_image_at_another_place_has_the_same_bytes(
    real_site: Site, program: Path, tmp_path: Path
) -> None:
    step = ImageStep("run", files=(ImageFile("/run/program", program),))
    first = Engine(real_site).realise(step)
    elsewhere = replace(real_site, tree=Tree(real_site.tree.root, tmp_path / "another-out"))
    second = Engine(elsewhere).realise(step)
    assert first.name == second.name
    assert disk(first).read_bytes() == disk(second).read_bytes()


def test_the_sdk_is_a_cargo_configuration_that_runs_programs_in_kpio(
    real_site: Site, tmp_path: Path
) -> None:
    outputs = {
        TargetStep(): Path("/o/target/id"),
        StdStep(): Path("/o/std/id"),
        SysrootStep(): Path("/o/sysroot/id"),
    }
    job = Job(real_site, tmp_path, final_output=tmp_path, outputs=outputs)
    SdkStep().build(job)
    config = tomllib.loads((tmp_path / CARGO_CONFIG).read_text())
    assert config["build"]["target"] == "/o/target/id/x86_64-unknown-kpio.json"
    target = config["target"]["x86_64-unknown-kpio"]
    assert target["runner"] == [str(real_site.tree.root / "kpio"), "run"]
    assert {"-Lnative=/o/sysroot/id/lib", "--sysroot=/o/std/id"} <= set(target["rustflags"])
    assert "build-std" not in config["unstable"]


def test_programs_of_both_languages_are_inputs(real_site: Site) -> None:
    root = real_site.tree.root
    files = set(AppsStep().inputs(real_site).files)
    assert any(
        path.suffix == ".c" and path.is_relative_to(root / "userspace/apps") for path in files
    )
    assert root / "userspace/apps/init/src/main.rs" in files
    assert root / "Cargo.lock" in files


def test_what_the_kernel_is_made_from_is_in_its_id(real_site: Site) -> None:
    files = {
        path.relative_to(real_site.tree.root).as_posix()
        for path in KernelStep().inputs(real_site).files
    }
    assert {
        *("Cargo.lock", "rust-toolchain.toml", "targets/cargo-config.toml.j2"),
        *("kernel/src/main.rs", "kernel/hal/src/lib.rs", "kernel/abi/src/lib.rs"),
    } <= files
    assert not [name for name in files if name.startswith(("userspace/", "out/"))]
