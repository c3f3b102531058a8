import os
from collections.abc import Callable
from pathlib import Path

import pytest

from kpio_build.base.errors import DeadlineError
from kpio_build.base.log import SilentReporter
from kpio_build.base.paths import Tree
from kpio_build.cli import stages, test
from kpio_build.cli.counts import Counts
from kpio_build.cli.settings import Settings
from kpio_build.cli.stages import STAGES, Scope, Stage, run_lint, run_rust
from kpio_build.steps.packages import Purpose
from kpio_build.steps.step import Site
from kpio_build.steps.toolchain import Toolchain
from tests.kpio_build.cli.conftest import Kpio


def stage(name: str, counts: Counts, *, is_guest: bool = False) -> Stage:
    return Stage(name, "a stage", is_guest, lambda _, __: counts)


@pytest.fixture
def use_stages(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def use(*chosen: Stage) -> None:
        monkeypatch.setattr(test, "STAGES", chosen)

    monkeypatch.setattr(Settings, "site", lambda *_: None)
    return use


def test_the_last_line_counts_all_stages(kpio: Kpio, use_stages: Callable[..., None]) -> None:
    use_stages(stage("a", Counts(2, 0, 1)), stage("b", Counts(5, 0, 0), is_guest=True))
    outcome = kpio(["test"])
    assert outcome.status == 0
    assert outcome.out.splitlines()[-1] == "7 passed, 0 failed, 1 skipped"
    closing = [line for line in outcome.out.splitlines() if " passed, " in line]
    assert len(closing) == 1


def test_a_failure_in_any_stage_is_status_1(kpio: Kpio, use_stages: Callable[..., None]) -> None:
    use_stages(stage("a", Counts(2, 1, 0)), stage("b", Counts(5)))
    outcome = kpio(["test"])
    assert outcome.status == 1
    assert outcome.out.splitlines()[-1] == "7 passed, 1 failed, 0 skipped"


def test_no_test_at_all_is_no_success(kpio: Kpio, use_stages: Callable[..., None]) -> None:
    use_stages(stage("a", Counts()))
    outcome = kpio(["test", "-k", "nothing_like_it"])
    assert outcome.status == 1
    assert "nothing_like_it" in outcome.err


def test_a_runner_that_cannot_run_is_a_failure_and_the_others_run(
    kpio: Kpio, use_stages: Callable[..., None]
) -> None:
    def hang(*_: object) -> Counts:
        raise DeadlineError("the end of pytest did not happen within 1 s")

    use_stages(Stage("a", "hangs", False, hang), stage("b", Counts(5)))
    outcome = kpio(["test"])
    assert outcome.status == 1
    assert "did not happen within 1 s" in outcome.err
    assert outcome.out.splitlines()[-1] == "5 passed, 1 failed, 0 skipped"


@pytest.mark.parametrize(
    ("option", "line"),
    [("--host", "1 passed, 0 failed, 0 skipped"), ("--guest", "2 passed, 0 failed, 0 skipped")],
)
def test_host_and_guest_can_be_chosen(
    kpio: Kpio, use_stages: Callable[..., None], option: str, line: str
) -> None:
    use_stages(stage("a", Counts(1)), stage("b", Counts(2), is_guest=True))
    assert kpio(["test", option]).out.splitlines()[-1] == line
    assert kpio(["test", "--host", "--guest"]).status == 2


def test_the_night_is_told_to_the_stages(kpio: Kpio, use_stages: Callable[..., None]) -> None:
    scopes: list[Scope] = []

    def run(_: Site, scope: Scope) -> Counts:
        scopes.append(scope)
        return Counts(1)

    use_stages(Stage("a", "a stage", True, run))
    kpio(["test", "-k", "it"])
    kpio(["test", "--nightly"])
    assert scopes == [Scope("it"), Scope(is_nightly=True)]
    assert scopes[0].within_s < scopes[1].within_s


def test_the_tools_of_tests_are_asked_for(kpio: Kpio, monkeypatch: pytest.MonkeyPatch) -> None:
    purposes: list[Purpose] = []
    monkeypatch.setattr(Settings, "site", lambda _, purpose: purposes.append(purpose))
    monkeypatch.setattr(test, "STAGES", (stage("a", Counts(1)),))
    kpio(["test"])
    assert purposes == [Purpose.TEST]


def site_of(root: Path) -> Site:
    toolchain = Toolchain("1.96.0", dict(os.environ))
    return Site(Tree.at(root), toolchain, SilentReporter())


PASSING = "def test_one():\n    pass\n\n\ndef test_two():\n    pass\n"


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        (PASSING, Counts(2)),
        (f"{PASSING}\n\ndef test_bad():\n    assert 0\n", Counts(2, 1)),
        ("import no_such_module\n", Counts(0, 1)),
        (f"{PASSING}\n\ndef test_dies():\n    import os\n    os._exit(0)\n", Counts(0, 1)),
    ],
)
def test_pytest_is_run_and_counted(tmp_path: Path, text: str, counts: Counts) -> None:
    (tmp_path / "tests/lint").mkdir(parents=True)
    (tmp_path / "tests/lint/test_it.py").write_text(text)
    assert run_lint(site_of(tmp_path), Scope()) == counts


def test_a_selection_reaches_pytest(tmp_path: Path) -> None:
    (tmp_path / "tests/lint").mkdir(parents=True)
    (tmp_path / "tests/lint/test_it.py").write_text(PASSING)
    assert run_lint(site_of(tmp_path), Scope("one or none")) == Counts(1)
    assert run_lint(site_of(tmp_path), Scope("neither")) == Counts()


RUST = """
#[cfg(test)]
mod tests {
    #[test]
    fn alpha() {}
    #[test]
    fn beta() { TEST }
}
"""


@pytest.mark.parametrize(
    ("body", "selection", "counts"),
    [
        ("", "", Counts(2)),
        ("", "alpha", Counts(1)),
        ("panic!()", "", Counts(1, 1)),
        ("std::process::abort()", "", Counts(0, 1)),
        ("this is no Rust", "", Counts(0, 1)),
        ("", "alpha or beta", Counts()),
    ],
)
def test_cargo_is_run_and_counted(
    tmp_path: Path, body: str, selection: str, counts: Counts
) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "Cargo.toml").write_text(
        '[package]\nname = "toy"\nversion = "0.1.0"\nedition = "2024"\n[lib]\ndoctest = false\n'
    )
    (tmp_path / "Cargo.lock").write_text(
        'version = 4\n[[package]]\nname = "toy"\nversion="0.1.0"\n'
    )
    (tmp_path / "src/lib.rs").write_text(RUST.replace("TEST", body))
    assert run_rust(site_of(tmp_path), Scope(selection)) == counts


def test_every_stage_has_its_directory() -> None:
    root = Tree.here().root
    assert [found.name for found in STAGES] == ["lint", "python", "rust", "guest"]
    assert (root / stages._LINT).is_dir()
    assert (root / stages._GUEST).is_dir()
