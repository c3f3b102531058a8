"""The engine: gives each step its id, and makes what is not there yet.

An output is at out/<step>/<id>/. It is made in a directory beside it and renamed, so it is whole or
not there. A lock per step lets two kpio processes work in one tree. out/<step>/<key>.inputs.json
holds the inputs of the newest build with the same parameters; it only serves to say what has
changed since.
"""

import ast
import contextlib
import inspect
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kpio_build.base.errors import KpioError, is_no_space, no_space_error
from kpio_build.base.ids import content_id, file_digest, files_digest
from kpio_build.base.lock import file_lock
from kpio_build.base.paths import atomic_directory, remove_partials, write_atomically
from kpio_build.steps.step import Inputs, Job, Site, Step

_CODE_ROOT: Final = Path(__file__).resolve().parents[2]
_CODE_PACKAGES: Final = ("kpio_build", "images", "kernel_py")
_CODE_EXCLUDED: Final = ("kpio_build.base", "kpio_build.steps.engine", "kpio_build.steps.step")
"""How a step is run, not what it makes."""

_CHANGES_SHOWN: Final = 3


@dataclass(frozen=True)
class PlannedStep:
    """One step with its id, and whether its output is there."""

    step: Step
    content_id: str
    output: Path
    is_cached: bool


class Engine:
    """Realises steps in one site. Ids are computed once, so an engine serves one command."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._records: dict[Step, dict[str, object]] = {}

    def content_id(self, step: Step) -> str:
        """Return the id of a step: a hash of its inputs, its needs' ids and its code."""
        return content_id(self._record(step))

    def output(self, step: Step) -> Path:
        """Return where the output of a step is, or will be."""
        return self.site.tree.step_dir(step.name, self.content_id(step))

    def plan(self, step: Step) -> list[PlannedStep]:
        """Return the step and everything it needs, each once, in the order they are made."""
        ordered: dict[Step, PlannedStep] = {}
        for needed in self._in_order(step):
            output = self.output(needed)
            ordered[needed] = PlannedStep(
                needed, self.content_id(needed), output, is_cached=output.is_dir()
            )
        return list(ordered.values())

    def realise(self, step: Step) -> Path:
        """Return the output directory of a step, making it and what it needs first.

        Raises what the step raises; NoSpaceError when the disk is full, whoever noticed.
        """
        for planned in self.plan(step):
            self._realise_one(planned)
        return self.output(step)

    def _realise_one(self, planned: PlannedStep) -> None:
        step, reporter = planned.step, self.site.reporter
        if planned.output.is_dir():
            self._mark_used(planned.output)
            reporter.step_finished(step.name, 0.0, is_cached=True)
            return
        started_s = time.monotonic()
        step_dir = planned.output.parent
        waits = f"{step.name}: another kpio is making it; waiting for that one"
        with (
            _no_space_named(f"step {step.name}, in {step_dir}"),
            file_lock(step_dir / "lock", on_wait=lambda: reporter.note(waits)),
        ):
            if planned.output.is_dir():
                reporter.step_finished(step.name, 0.0, is_cached=True)
                return
            remove_partials(step_dir)
            reporter.step_started(step.name, self._reason(step))
            try:
                self._build(planned)
            except BaseException:
                reporter.step_failed(step.name, time.monotonic() - started_s)
                raise
            write_atomically(self._record_path(step), json.dumps(self._record(step), indent=1))
        reporter.step_finished(step.name, time.monotonic() - started_s, is_cached=False)

    def _build(self, planned: PlannedStep) -> None:
        step = planned.step
        needs = {needed: self.output(needed) for needed in step.needs(self.site)}
        with atomic_directory(planned.output) as directory:
            step.build(Job(self.site, directory, final_output=planned.output, outputs=needs))
            if not any(directory.iterdir()):
                raise KpioError(
                    f"step {step.name} has made nothing",
                    hint=f"this is a defect of {type(step).__module__}",
                )

    def _in_order(self, step: Step) -> Iterator[Step]:
        for needed in step.needs(self.site):
            yield from self._in_order(needed)
        yield step

    def _record(self, step: Step) -> dict[str, object]:
        if step not in self._records:
            inputs = step.inputs(self.site)
            self._records[step] = {
                "step": step.name,
                "code": code_digests(type(step)),
                "files": files_digest(self.site.tree.root, inputs.files),
                "needs": [self.content_id(needed) for needed in step.needs(self.site)],
                "parameters": dict(inputs.parameters),
                "tools": self._tool_versions(inputs),
            }
        return self._records[step]

    def _tool_versions(self, inputs: Inputs) -> dict[str, str]:
        return {name: self.site.toolchain.program(name).identity for name in inputs.tools}

    def _record_path(self, step: Step) -> Path:
        record = self._record(step)
        key = content_id(record["parameters"])
        return self.site.tree.out / step.name / f"{key}.inputs.json"

    def _reason(self, step: Step) -> str:
        """Say what is made, and what has changed since it was last made."""
        try:
            before = json.loads(self._record_path(step).read_text())
        except (OSError, ValueError):
            return f"making {step.makes}"
        changes = _changes(before, self._record(step))
        if not changes:
            return f"making {step.makes} again: its output was removed"
        shown = ", ".join(changes[:_CHANGES_SHOWN])
        more = len(changes) - _CHANGES_SHOWN
        return f"making {step.makes}; changed: {shown}{f' and {more} more' if more > 0 else ''}"

    @staticmethod
    def _mark_used(output: Path) -> None:
        """Note the use in the time stamp: `kpio clean --unused-for` looks at it."""
        with contextlib.suppress(OSError):
            os.utime(output)


def _changes(before: dict[str, object], now: dict[str, object]) -> list[str]:
    """Return the names of the inputs that differ between two records."""
    changes: list[str] = []
    for kind in ("files", "tools", "parameters", "code"):
        old, new = before.get(kind), now.get(kind)
        if isinstance(old, dict) and isinstance(new, dict):
            names = sorted(set(old) | set(new))
            changes += [name for name in names if old.get(name) != new.get(name)]
    if before.get("needs") != now.get("needs"):
        changes.append("a step it needs")
    return changes


@contextlib.contextmanager
def _no_space_named(where: str) -> Iterator[None]:
    """Turn a full disk met inside the block into the one error for it."""
    try:
        yield
    except OSError as error:
        if is_no_space(error):
            raise no_space_error(where) from error
        raise KpioError(
            f"{where}: {error.strerror or error}{f': {error.filename}' if error.filename else ''}",
            hint="`./kpio clean` removes everything kpio has made",
        ) from error


def code_digests(step_type: type[Step]) -> dict[str, str]:
    """Return {file: digest} of the modules a step is written in: its own, and ours it imports."""
    source = inspect.getsourcefile(step_type)
    if source is None:
        raise KpioError(f"step {step_type.__name__} has no source file, so it has no content id")
    found: dict[Path, None] = {}
    pending = [Path(source).resolve()]
    while pending:
        path = pending.pop()
        if path not in found:
            found[path] = None
            pending += _imported_files(path)
    return {_code_name(path): file_digest(path) for path in sorted(found)}


def _code_name(path: Path) -> str:
    return path.relative_to(_CODE_ROOT).as_posix() if path.is_relative_to(_CODE_ROOT) else path.name


def _imported_files(path: Path) -> list[Path]:
    """Return the files of our own modules that a module imports, without those that only run it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes(), filename=str(path))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    files: list[Path] = []
    for name in sorted(names):
        is_ours = name.split(".")[0] in _CODE_PACKAGES
        if not is_ours or any(f"{name}.".startswith(f"{out}.") for out in _CODE_EXCLUDED):
            continue
        base = _CODE_ROOT.joinpath(*name.split("."))
        candidates = (base.with_suffix(".py"), base / "__init__.py")
        files += [candidate for candidate in candidates if candidate.is_file()]
    return files
