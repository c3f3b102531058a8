import json
import tomllib
from pathlib import Path

import pytest

from kpio_build.base.errors import KpioError, NoSpaceError
from kpio_build.base.paths import Tree
from kpio_build.steps import cargo
from kpio_build.steps.cargo import CargoBuild
from kpio_build.steps.crates import Workspace
from kpio_build.steps.step import Job, Site
from tests.kpio_build.steps.conftest import FakeRust, MakeRust


@pytest.fixture
def site(toy_site: Site) -> Site:
    root = toy_site.tree.root
    (root / "targets").symlink_to(Tree.here().root / "targets")
    (root / "app/src").mkdir(parents=True)
    (root / "Cargo.toml").write_text('[workspace]\nmembers = ["app"]\n')
    (root / "app/Cargo.toml").write_text('[package]\nname = "app"\n')
    (root / "app/src/main.rs").write_text("fn main() {}")
    (root / "other.txt").write_text("not of the crate")
    return toy_site


def wanted_of(site: Site, **options: object) -> CargoBuild:
    workspace = Workspace.read(site.tree.root)
    return CargoBuild(
        purpose="user",
        crates=(workspace.crate("app"),),
        target=Path("/specs/x86_64-unknown-kpio.json"),
        sources=workspace.sources(("app",)),
        **options,  # type: ignore[arg-type]  # a test names what it means
    )


def job_of(site: Site) -> Job:
    output = site.tree.out / "job"
    output.mkdir(parents=True, exist_ok=True)
    return Job(site=site, output=output, final_output=output, outputs={})


def message(site: Site, *, manifest: str = "app/Cargo.toml", kind: str = "bin") -> str:
    program = site.tree.out / "cargo/user/app"
    return json.dumps(
        {
            "reason": "compiler-artifact",
            "manifest_path": str(site.tree.root / manifest),
            "target": {"name": "app", "kind": [kind]},
            "filenames": [str(program)],
            "executable": str(program) if kind == "bin" else None,
        }
    )


def install_cargo(debian_rust: MakeRust, script: str) -> FakeRust:
    return debian_rust(cargo_script=script)


def test_the_configuration_is_toml_with_what_the_build_wants(
    site: Site, debian_rust: MakeRust
) -> None:
    install_cargo(debian_rust, "exit 0")
    wanted = wanted_of(site, rustflags=('--cfg=a="b"',), linker="ld.lld-19")
    path = site.tree.out / "config.toml"
    text = cargo.render_config(site, wanted, path=path, runner=("/k/kpio", "run"))
    config = tomllib.loads(text)
    assert config["build"]["target"] == "/specs/x86_64-unknown-kpio.json"
    assert config["target"]["x86_64-unknown-kpio"] == {
        "rustflags": ['--cfg=a="b"'],
        "linker": "ld.lld-19",
        "runner": ["/k/kpio", "run"],
    }
    assert config["unstable"]["json-target-spec"] is True
    assert config["unstable"]["build-std"] == ["core", "alloc", "compiler_builtins"]


def test_a_target_rustc_knows_needs_no_specification(site: Site, debian_rust: MakeRust) -> None:
    install_cargo(debian_rust, "exit 0")
    wanted = CargoBuild("uefi", (), "x86_64-unknown-uefi", ())
    config = tomllib.loads(cargo.render_config(site, wanted, path=Path("c"), runner=()))
    assert config["build"]["target"] == "x86_64-unknown-uefi"
    assert "json-target-spec" not in config["unstable"]
    assert "runner" not in config["target"]["x86_64-unknown-uefi"]


def test_what_cargo_has_made_of_the_crates_comes_back(site: Site, debian_rust: MakeRust) -> None:
    lines = [
        message(site),
        message(site, manifest="elsewhere/Cargo.toml"),
        message(site, kind="custom-build"),
        json.dumps({"reason": "build-finished", "success": True}),
    ]
    script = "cat <<'EOF'\n" + "\n".join(lines) + "\nEOF"
    install_cargo(debian_rust, script)
    made = cargo.build(job_of(site), wanted_of(site))
    assert [artifact.name for artifact in made] == ["app"]
    assert made[0].executable == site.tree.out / "cargo/user/app"


def test_cargo_is_told_packages_features_and_selection(site: Site, debian_rust: MakeRust) -> None:
    log = site.tree.root / "log"
    install_cargo(debian_rust, f'echo "$@" > {log}; echo "$RUSTC $CARGO_TARGET_DIR" >> {log}')
    wanted = wanted_of(site, features=("a", "b"), selection=("--bins",))
    cargo.build(job_of(site), wanted)
    arguments, environment = log.read_text().splitlines()
    assert "build --profile release --locked" in arguments
    assert "--bins --package app --features a,b" in arguments
    assert environment == f"{site.toolchain.rust.rustc} {site.tree.out / 'cargo/user'}"


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("error: the lock file needs to be updated but --locked was passed", "Cargo.lock"),
        ("error: cannot create the lock file x because --locked was passed", "Cargo.lock"),
        ("error: failed to download `x`", "network"),
        ("error[E0425]: cannot find value", "compiler's messages"),
    ],
)
def test_a_failure_shows_what_cargo_said_and_what_helps(
    site: Site, debian_rust: MakeRust, said: str, hint: str
) -> None:
    install_cargo(debian_rust, f"cat >&2 <<'EOF'\n{said}\nEOF\nexit 101")
    with pytest.raises(KpioError) as caught:
        cargo.build(job_of(site), wanted_of(site))
    assert said in caught.value.details
    assert hint in caught.value.hint


def test_a_full_disk_under_cargo_is_the_error_for_it(site: Site, debian_rust: MakeRust) -> None:
    said = "error: failed to write x: No space left on device (os error 28)"
    install_cargo(debian_rust, f"echo '{said}' >&2; exit 101")
    with pytest.raises(NoSpaceError):
        cargo.build(job_of(site), wanted_of(site))


def listing(site: Site, *read: str) -> str:
    program = site.tree.out / "cargo/user/app"
    names = " ".join(str(site.tree.root / name).replace(" ", "\\ ") for name in read)
    return (
        f"mkdir -p {program.parent}\necho '{program}: {names}' > {program}.d\n"
        f"cat <<'EOF'\n{message(site)}\nEOF"
    )


def test_reading_a_file_that_is_no_input_is_an_error(site: Site, debian_rust: MakeRust) -> None:
    install_cargo(debian_rust, listing(site, "app/src/main.rs", "other.txt"))
    with pytest.raises(KpioError, match=r"reads .*other\.txt, which is no input"):
        cargo.build(job_of(site), wanted_of(site))


def test_reading_inputs_and_products_is_no_error(site: Site, debian_rust: MakeRust) -> None:
    (site.tree.root / "app/src/with space.rs").touch()
    read = ("app/src/main.rs", "app/src/with space.rs", "out/cargo/user/generated.rs")
    install_cargo(debian_rust, listing(site, *read))
    assert len(cargo.build(job_of(site), wanted_of(site))) == 1


def test_new_libraries_make_programs_link_again_and_nothing_else(
    site: Site, debian_rust: MakeRust
) -> None:
    install_cargo(debian_rust, "exit 0")
    built = site.tree.out / "cargo/user/x86_64-unknown-kpio/release/.fingerprint"
    for name in ("app-1/bin-app", "core-2/lib-core"):
        (built / name).parent.mkdir(parents=True)
        (built / name).touch()
    old, new = site.tree.root / "old", site.tree.root / "new"
    cargo.build(job_of(site), wanted_of(site, library_dir=old))
    (built / "app-1").mkdir()
    (built / "app-1/bin-app").touch()
    cargo.build(job_of(site), wanted_of(site, library_dir=old))
    assert (built / "app-1").exists(), "nothing has changed"
    cargo.build(job_of(site), wanted_of(site, library_dir=new))
    assert not (built / "app-1").exists()
    assert (built / "core-2").exists()
    flag = cargo.library_flag(site, "user")
    assert Path(flag.removeprefix("-Lnative=")).readlink() == new


def test_paths_of_this_machine_are_replaced(site: Site, debian_rust: MakeRust) -> None:
    fake = debian_rust()
    flags = cargo.remap_flags(site)
    for place in (site.tree.root, site.toolchain.cargo_home, fake.root / "lib/rustlib/src/rust"):
        assert any(f"={place}=/" in flag for flag in flags), place


def test_builds_for_the_host_have_no_flags_and_a_directory_of_their_own(
    site: Site, debian_rust: MakeRust
) -> None:
    fake = debian_rust()
    environment = cargo.host_environment(site)
    assert not {"RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET"} & set(environment)
    assert environment["RUSTC"] == str(fake.rustc)
    assert environment["CARGO_TARGET_DIR"] == str(site.tree.out / "cargo/host")
