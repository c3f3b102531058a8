import itertools
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from kpio_build.base.errors import KpioError, ToolMissingError
from kpio_build.base.paths import Tree
from kpio_build.steps.packages import REQUIREMENTS, Purpose, requirement, requirements_for
from kpio_build.steps.toolchain import Toolchain, pinned_rust_version
from tests.kpio_build.steps.conftest import VERSION, MakeRust, write_program


def test_rustup_has_the_version_whatever_its_default_is(
    toolchain: Toolchain, rustup_rust: MakeRust
) -> None:
    rustup_rust("stable-x86_64", version="1.0.0", cargo_version="1.0.0")
    wanted = rustup_rust(f"{VERSION}-x86_64")
    assert toolchain.rust.provider == "rustup"
    assert toolchain.rust.rustc == wanted.rustc


def test_a_toolchain_of_another_name_counts_by_its_version(
    toolchain: Toolchain, rustup_rust: MakeRust
) -> None:
    assert toolchain.rust_candidates() == []
    wanted = rustup_rust("stable-x86_64")
    assert toolchain.rust.rustc == wanted.rustc


def test_debian_has_it_when_rustup_has_another(
    toolchain: Toolchain, rustup_rust: MakeRust, debian_rust: MakeRust
) -> None:
    rustup_rust("stable-x86_64", version="1.0.0", cargo_version="1.0.0")
    wanted = debian_rust()
    assert toolchain.rust.provider == "debian"
    assert toolchain.rust.rustc == wanted.rustc
    assert toolchain.rust.source == wanted.root / "lib/rustlib/src/rust"


def test_the_first_in_path_does_not_win_by_being_first(
    tmp_path: Path, variables: dict[str, str], debian_rust: MakeRust
) -> None:
    write_program(tmp_path / "first/rustc", "echo 'release: 1.95.0'")
    wanted = debian_rust()
    variables["PATH"] = f"{tmp_path / 'first'}:{variables['PATH']}"
    toolchain = Toolchain(VERSION, variables, debian_rustc=wanted.rustc)
    assert toolchain.rust.rustc == wanted.rustc
    assert toolchain.environment()["PATH"].split(":")[0] == str(wanted.rustc.parent)


def test_a_proxy_of_rustup_is_no_candidate(
    tmp_path: Path, variables: dict[str, str], toolchain: Toolchain
) -> None:
    write_program(tmp_path / "cargo-bin/rustup", "exit 1")
    (tmp_path / "cargo-bin/rustc").symlink_to("rustup")
    variables["PATH"] = str(tmp_path / "cargo-bin")
    assert toolchain.rust_candidates() == []


def test_every_candidate_and_its_fault_are_named(
    toolchain: Toolchain, rustup_rust: MakeRust, debian_rust: MakeRust
) -> None:
    rustup_rust("a", version="1.95.0")
    rustup_rust("b", has_source=False)
    rustup_rust("c", cargo_version="1.90.0")
    write_program(rustup_rust("d").rustc, "echo broken >&2; exit 3")
    (debian_rust().rustc.parent / "cargo").unlink()
    with pytest.raises(ToolMissingError) as caught:
        _ = toolchain.rust
    message = caught.value.message
    for fault in (
        f"is 1.95.0, not {VERSION}",
        "has no sources of the standard library",
        f"cargo beside it is 1.90.0, not {VERSION}",
        "ended with status 3: broken",
        "has no cargo beside it",
    ):
        assert fault in message
    assert "rustc-web" in caught.value.hint
    assert f"rustup toolchain install {VERSION}" in caught.value.hint


def test_no_rust_at_all_is_said_so(toolchain: Toolchain) -> None:
    with pytest.raises(ToolMissingError, match="there is no rustc at all"):
        toolchain.program("rust")


def test_the_environment_has_nothing_that_changes_a_build(
    variables: dict[str, str], debian_rust: MakeRust, toolchain: Toolchain
) -> None:
    fake = debian_rust()
    dropped = {
        *("RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC_WRAPPER", "CARGO_TARGET_DIR"),
        *("CARGO_BUILD_TARGET", "RUSTUP_TOOLCHAIN", "CFLAGS", "CC", "SOURCE_DATE_EPOCH"),
        *("CARGO_PROFILE_RELEASE_DEBUG", "RUST_BACKTRACE"),
    }
    kept = {
        *("CARGO_NET_OFFLINE", "CARGO_HTTP_CAINFO", "RUSTUP_HOME", "https_proxy", "SSL_CERT_FILE"),
    }
    variables.update(dict.fromkeys(dropped | kept, "x"))
    environment = toolchain.environment(MORE="y")
    assert not dropped & set(environment)
    assert kept < set(environment)
    assert environment["RUSTC"] == str(fake.rustc)
    assert environment["RUSTC_BOOTSTRAP"] == "1"
    assert environment["MORE"] == "y"


def test_cargo_home_is_the_users_or_the_default(variables: dict[str, str], home: Path) -> None:
    assert Toolchain(VERSION, variables).cargo_home == home / ".cargo"
    variables["CARGO_HOME"] = "/elsewhere"
    assert Toolchain(VERSION, variables).cargo_home == Path("/elsewhere")


def test_a_tool_too_old_is_refused_with_both_versions(
    tmp_path: Path, variables: dict[str, str]
) -> None:
    write_program(tmp_path / "bin/ld.lld-19", "echo 'Debian LLD 18.1.2 (compatible with GNU)'")
    variables["PATH"] = str(tmp_path / "bin")
    with pytest.raises(ToolMissingError) as caught:
        Toolchain(VERSION, variables).program("ld.lld")
    assert "18.1.2" in caught.value.message
    assert "19" in caught.value.message
    assert "apt-get install" in caught.value.hint
    assert "lld-19" in caught.value.hint


def test_the_better_of_two_names_is_taken(tmp_path: Path, variables: dict[str, str]) -> None:
    for version in ("19", "22"):
        write_program(tmp_path / f"bin/ld.lld-{version}", f"echo 'LLD {version}.1.0'")
    variables["PATH"] = str(tmp_path / "bin")
    found = Toolchain(VERSION, variables).program("ld.lld")
    assert (found.path.name, found.version) == ("ld.lld-19", "19.1.0")


def test_clippy_is_the_one_beside_the_rustc_in_use(
    debian_rust: MakeRust, toolchain: Toolchain
) -> None:
    fake = debian_rust()
    with pytest.raises(ToolMissingError, match="cargo-clippy is not there"):
        toolchain.program("clippy")
    write_program(fake.rustc.parent / "cargo-clippy", "")
    write_program(fake.rustc.parent / "clippy-driver", "echo 'clippy 0.1.98'")
    assert toolchain.program("clippy").path == fake.rustc.parent / "clippy-driver"


def test_a_tool_is_asked_only_once(tmp_path: Path, variables: dict[str, str]) -> None:
    log = tmp_path / "log"
    write_program(tmp_path / "bin/objcopy", f"echo asked >> {log}; echo 'objcopy 2.40'")
    variables["PATH"] = str(tmp_path / "bin")
    toolchain = Toolchain(VERSION, variables)
    assert toolchain.program("objcopy") == toolchain.program("objcopy")
    assert log.read_text() == "asked\n"


def test_what_is_missing_is_listed_with_the_reason(toolchain: Toolchain) -> None:
    missing = toolchain.missing((requirement("rust"), requirement("setpriv")))
    assert [item.requirement.name for item in missing] == ["rust"]
    assert "no complete Rust" in missing[0].reason


def test_the_version_is_the_one_of_the_tree() -> None:
    assert pinned_rust_version(Tree.here().root) == "1.96.0"


@pytest.mark.parametrize("text", ["", "[toolchain]\n", "[toolchain]\nchannel = 5\n", "?"])
def test_a_tree_without_a_rust_version_is_an_error_that_names_the_file(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / "rust-toolchain.toml").write_text(text)
    with pytest.raises(KpioError, match=r"rust-toolchain\.toml"):
        pinned_rust_version(tmp_path)


def test_the_rust_of_this_machine_is_complete() -> None:
    rust = Toolchain.of_tree(Tree.here().root, dict(os.environ)).rust
    assert rust.version == "1.96.0"
    assert "1.96.0" in rust.description


def test_purposes_build_on_each_other() -> None:
    names = {purpose: {n.name for n in requirements_for(purpose)} for purpose in Purpose}
    ordered = [names[purpose] for purpose in sorted(Purpose)]
    assert all(fewer < more for fewer, more in itertools.pairwise(ordered))
    assert "qemu" not in names[Purpose.BUILD]
    assert "clippy" not in names[Purpose.BOOT]


def test_every_tool_says_why_and_where_it_comes_from() -> None:
    names = [needed.name for needed in REQUIREMENTS]
    assert len(names) == len(set(names))
    for needed in REQUIREMENTS:
        assert needed.why, needed.name
        assert needed.packages, needed.name
        is_special = needed.name in {"rust", "clippy", "rustfmt"}
        assert is_special or needed.programs or needed.files, needed.name


def test_variables_are_not_read_from_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARGO_HOME", "/of-the-process")
    variables: Mapping[str, str] = {"HOME": "/of-the-test"}
    assert Toolchain(VERSION, variables).cargo_home == Path("/of-the-test/.cargo")
