import errno
import importlib.util
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kpio_build.base.errors import KpioError, NoSpaceError
from kpio_build.base.log import SilentReporter
from kpio_build.base.process import run
from kpio_build.steps.engine import Engine, code_digests
from kpio_build.steps.step import Inputs, Job, Site, Step
from kpio_build.steps.toolchain import Program, Toolchain


def nothing(_: Job) -> None:
    """Do nothing more than the step does."""


@dataclass(frozen=True)
class Copy(Step):
    """Copies a file; `then` is what a test wants to happen meanwhile."""

    source: str = "source"
    parameter: str = ""
    after: tuple[Step, ...] = ()
    then: Callable[[Job], None] = field(default=nothing, compare=False)

    name = "copy"
    makes = "a copy"

    def needs(self, site: Site) -> tuple[Step, ...]:
        return self.after

    def inputs(self, site: Site) -> Inputs:
        return Inputs(
            files=(site.tree.root / self.source,),
            parameters={"parameter": self.parameter},
            tools=("objcopy",),
        )

    def build(self, job: Job) -> None:
        text = (job.site.tree.root / self.source).read_text()
        (job.output / "copy").write_text(text)
        self.then(job)


class Listener(SilentReporter):
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def note(self, message: str) -> None:
        self.told.append(message)

    def step_started(self, step: str, why: str) -> None:
        self.told.append(why)

    def step_finished(self, step: str, elapsed_s: float, *, is_cached: bool) -> None:
        self.told.append("cached" if is_cached else "made")

    def step_failed(self, step: str, elapsed_s: float) -> None:
        self.told.append("failed")


@pytest.fixture
def site(toy_site: Site) -> Site:
    (toy_site.tree.root / "source").write_text("text")
    return Site(toy_site.tree, toy_site.toolchain, Listener())


def told(site: Site) -> list[str]:
    assert isinstance(site.reporter, Listener)
    return site.reporter.told


def step_dir(site: Site) -> list[str]:
    directory = site.tree.out / "copy"
    return sorted(path.name for path in directory.iterdir()) if directory.is_dir() else []


def outputs(site: Site) -> list[str]:
    return [name for name in step_dir(site) if name != "lock" and ".inputs" not in name]


def test_an_output_is_made_once(site: Site) -> None:
    first = Engine(site).realise(Copy())
    second = Engine(site).realise(Copy())
    assert first == second
    assert (first / "copy").read_text() == "text"
    assert told(site) == ["making a copy", "made", "cached"]


def test_a_changed_file_makes_another_output_and_is_named(site: Site) -> None:
    first = Engine(site).realise(Copy())
    (site.tree.root / "source").write_text("other")
    second = Engine(site).realise(Copy())
    assert first != second
    assert (first / "copy").read_text() == "text"
    assert (second / "copy").read_text() == "other"
    assert "making a copy; changed: source" in told(site)


def test_each_kind_of_input_is_in_the_id(
    site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def content_id(step: Step) -> str:
        return Engine(site).content_id(step)

    ids = [content_id(Copy())]
    ids.append(content_id(Copy(parameter="x")))
    ids.append(content_id(Copy(after=(Copy(parameter="y"),))))
    (site.tree.root / "source").chmod(0o755)
    ids.append(content_id(Copy()))
    monkeypatch.setattr(
        Toolchain, "program", lambda _, name: Program(name, tmp_path / name, "another version")
    )
    ids.append(content_id(Copy()))
    assert len(set(ids)) == len(ids)


def test_what_a_step_needs_is_made_before_it(site: Site) -> None:
    seen: list[str] = []
    needed = Copy(parameter="needed", then=lambda _: seen.append("needed"))

    def look(job: Job) -> None:
        seen.append("wanted")
        assert (job.of(needed) / "copy").exists()

    Engine(site).realise(Copy(after=(needed,), then=look))
    assert seen == ["needed", "wanted"]


def test_the_plan_says_what_is_there(site: Site) -> None:
    needed = Copy(parameter="needed")
    wanted = Copy(after=(needed,))
    Engine(site).realise(needed)
    plan = Engine(site).plan(wanted)
    assert [(item.step, item.is_cached) for item in plan] == [(needed, True), (wanted, False)]


@pytest.mark.parametrize("error", [KpioError("broken"), KeyboardInterrupt(), SystemExit(1)])
def test_a_step_that_fails_leaves_nothing(site: Site, error: BaseException) -> None:
    def fail(_: Job) -> None:
        raise error

    with pytest.raises(type(error)):
        Engine(site).realise(Copy(then=fail))
    assert outputs(site) == []
    assert told(site)[-1] == "failed"
    Engine(site).realise(Copy())
    assert len(outputs(site)) == 1


def test_a_step_that_makes_nothing_is_a_defect(site: Site) -> None:
    def undo(job: Job) -> None:
        (job.output / "copy").unlink()

    with pytest.raises(KpioError, match="has made nothing"):
        Engine(site).realise(Copy(then=undo))


def test_a_full_disk_met_by_python_is_the_error_for_it(site: Site) -> None:
    def fill(_: Job) -> None:
        Path("/dev/full").write_text("x")

    with pytest.raises(NoSpaceError, match="step copy"):
        Engine(site).realise(Copy(then=fill))
    assert outputs(site) == []


def test_a_full_disk_met_by_a_tool_is_the_error_for_it(site: Site) -> None:
    def fill(_: Job) -> None:
        run(["dd", "if=/dev/zero", "of=/dev/full", "count=1"])

    with pytest.raises(NoSpaceError):
        Engine(site).realise(Copy(then=fill))
    assert outputs(site) == []


def test_another_error_of_the_system_names_the_step(site: Site) -> None:
    def fail(job: Job) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(job.output))

    with pytest.raises(KpioError, match=r"step copy.*Read-only file system"):
        Engine(site).realise(Copy(then=fail))


def test_what_a_killed_kpio_left_half_made_is_removed(site: Site) -> None:
    left = site.tree.out / "copy" / "abc.partial-xyz"
    left.mkdir(parents=True)
    Engine(site).realise(Copy())
    assert not left.exists()


def test_two_at_once_make_it_once(site: Site) -> None:
    built: list[str] = []
    is_building, may_end = threading.Event(), threading.Event()

    def slowly(_: Job) -> None:
        built.append("x")
        is_building.set()
        assert may_end.wait(10)

    def make() -> None:
        Engine(site).realise(Copy(then=slowly))

    threads = [threading.Thread(target=make)]
    threads[0].start()
    assert is_building.wait(10)
    threads.append(threading.Thread(target=make))
    threads[1].start()
    may_end.set()
    for thread in threads:
        thread.join(10)
    assert built == ["x"]
    assert len(outputs(site)) == 1


def test_an_output_that_was_removed_is_made_again_and_said_so(site: Site) -> None:
    output = Engine(site).realise(Copy())
    (output / "copy").unlink()
    output.rmdir()
    Engine(site).realise(Copy())
    assert "making a copy again: its output was removed" in told(site)


def test_using_an_output_renews_its_time_stamp(site: Site) -> None:
    output = Engine(site).realise(Copy())
    os.utime(output, (1, 1))
    Engine(site).realise(Copy())
    assert output.stat().st_mtime > 1_000_000


def load_step(path: Path) -> type[Step]:
    spec = importlib.util.spec_from_file_location("a_step", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["a_step"] = module
    spec.loader.exec_module(module)
    found: type[Step] = module.Made
    return found


SOURCE = """
from kernel_py.abi import memory
from kpio_build.base.process import run
from kpio_build.steps.step import Step

class Made(Step):
    name = "made"
    makes = "it"
    def inputs(self, site): ...
    def build(self, job): ...
"""


def test_the_code_of_a_step_and_what_it_imports_are_inputs(tmp_path: Path) -> None:
    path = tmp_path / "a_step.py"
    path.write_text(SOURCE)
    before = code_digests(load_step(path))
    assert "a_step.py" in before
    assert "kernel_py/abi/memory.py" in before
    assert "kernel_py/abi/place.py" in before, "what an import imports counts too"
    assert not [name for name in before if name.startswith("kpio_build/base/")]
    path.write_text(SOURCE.replace('"it"', '"that"'))
    after = code_digests(load_step(path))
    assert before["a_step.py"] != after["a_step.py"]
