"""What a step is: named inputs, an output directory, and the code between them."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from kpio_build.base.log import Reporter
from kpio_build.base.paths import Tree
from kpio_build.steps.toolchain import Toolchain


@dataclass(frozen=True)
class Site:
    """Where and with what steps work."""

    tree: Tree
    toolchain: Toolchain
    reporter: Reporter


@dataclass(frozen=True)
class Inputs:
    """Everything that decides what a step makes, besides its own code and the steps it needs.

    `parameters` is JSON-like. `tools` are names of kpio_build.steps.packages; their versions count.
    """

    files: tuple[Path, ...] = ()
    parameters: Mapping[str, object] = field(default_factory=dict)
    tools: tuple[str, ...] = ()


class Step(ABC):
    """One thing that is made. Subclasses are frozen dataclasses; their fields are parameters.

    Two equal inputs give one id, so a step that has been made is never made again, and nothing but
    its inputs may reach `build`.
    """

    name: ClassVar[str]
    """The directory in out/, and the name in the display."""

    makes: ClassVar[str]
    """What comes out, for the user: `the kernel`."""

    def needs(self, site: Site) -> tuple["Step", ...]:
        """Return the steps whose outputs this one reads."""
        return ()

    @abstractmethod
    def inputs(self, site: Site) -> Inputs:
        """Return what decides the output. Cheap: it is called on every run."""

    @abstractmethod
    def build(self, job: "Job") -> None:
        """Fill `job.output`, or raise KpioError."""


@dataclass(frozen=True)
class Job:
    """One run of a step's `build`."""

    site: Site
    output: Path
    """An empty directory that becomes the step's output if `build` returns."""

    final_output: Path
    """Where that will be then, for what must name its own place."""

    outputs: Mapping[Step, Path]
    """The outputs of the steps it needs."""

    def of(self, step: Step) -> Path:
        """Return the output directory of a step this one needs."""
        return self.outputs[step]

    def progress(self, line: str) -> None:
        """Show a line of what is going on."""
        self.site.reporter.step_progress(line)
