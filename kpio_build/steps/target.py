"""The targets: what rustc, the linker and cargo must know to build for KPIO.

Rendered from targets/*.j2 with the addresses of kernel_py.abi.memory, then read back by the rustc
that will use them: the format of target specifications changes between versions.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import jinja2

from kernel_py.abi import memory
from kpio_build.base.errors import KpioError
from kpio_build.base.paths import write_atomically
from kpio_build.base.process import run
from kpio_build.steps.packages import RUST
from kpio_build.steps.step import Inputs, Job, Site, Step

KERNEL_TARGET: Final = "x86_64-unknown-kpio-kernel"
USER_TARGET: Final = "x86_64-unknown-kpio"
UEFI_TARGET: Final = "x86_64-unknown-uefi"
KERNEL_SCRIPT: Final = "kernel.ld"

_DATA_LAYOUT_OF: Final = "x86_64-unknown-linux-musl"
_TEMPLATE_SUFFIX: Final = ".j2"

EXPECTED_CFG: Final[Mapping[str, frozenset[str]]] = {
    KERNEL_TARGET: frozenset(
        {
            'panic="abort"',
            'relocation_model="static"',
            'target_arch="x86_64"',
            'target_os="none"',
            'target_pointer_width="64"',
            'target_vendor="kpio"',
        }
    ),
    USER_TARGET: frozenset(
        {
            "target_thread_local",
            "unix",
            'relocation_model="pic"',
            'target_arch="x86_64"',
            'target_env="musl"',
            'target_family="unix"',
            'target_feature="crt-static"',
            'target_os="linux"',
            'target_pointer_width="64"',
            'target_vendor="kpio"',
        }
    ),
}
"""What code that is compiled for each target must see."""

FORBIDDEN_CFG: Final[Mapping[str, frozenset[str]]] = {
    KERNEL_TARGET: frozenset(
        {'target_feature="sse"', 'target_feature="sse2"', "target_thread_local"}
    ),
    USER_TARGET: frozenset(),
}
"""What it must not: the kernel saves no vector registers on its own account."""


@dataclass(frozen=True)
class TargetStep(Step):
    """Renders the target specifications and the linker script, and has rustc check them."""

    name = "target"
    makes = "the target specifications"

    def inputs(self, site: Site) -> Inputs:
        """Return the templates, the layout (as code) and the compiler."""
        templates = site.tree.root / "targets"
        return Inputs(
            files=(
                *sorted(templates.glob(f"*.json{_TEMPLATE_SUFFIX}")),
                templates / f"{KERNEL_SCRIPT}{_TEMPLATE_SUFFIX}",
            ),
            tools=(RUST, "ld.lld"),
        )

    def build(self, job: Job) -> None:
        """Write kernel.ld and one JSON for each target."""
        site = job.site
        linker = site.toolchain.program("ld.lld").path.name
        data_layout = read_data_layout(site)
        for name, text in render_targets(
            site.tree.root / "targets", linker=linker, data_layout=data_layout
        ).items():
            write_atomically(job.output / name, text)
        for target in (KERNEL_TARGET, USER_TARGET):
            job.progress(f"asking rustc about {target}")
            check_target(site, target_json(job.output, target), target)


def target_json(output: Path, target: str) -> Path:
    """Return the specification of a target in the output of TargetStep."""
    return output / f"{target}.json"


def layout_values() -> dict[str, int]:
    """Return the addresses and sizes the templates use, all from kernel_py.abi.memory."""
    return {
        "kernel_image_base": memory.KERNEL_IMAGE_BASE,
        "kernel_phys_base": memory.KERNEL_PHYS_BASE,
        "ksyms_size": memory.KSYMS_SIZE,
        "page_size": memory.PAGE_SIZE,
    }


def template_environment(directory: Path) -> jinja2.Environment:
    """Return how templates are rendered: a name that is not given is an error."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(directory),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    environment.filters["hex"] = lambda value: f"{value:#x}"
    environment.filters["tojson"] = json.dumps
    return environment


def render_targets(directory: Path, *, linker: str, data_layout: str) -> dict[str, str]:
    """Return {file name: text} of everything TargetStep writes. Pure, but for reading templates."""
    environment = template_environment(directory)
    values = {**layout_values(), "linker": linker, "data_layout": data_layout}
    try:
        script = environment.get_template(KERNEL_SCRIPT + _TEMPLATE_SUFFIX).render(values)
        rendered = {KERNEL_SCRIPT: script}
        for target in (KERNEL_TARGET, USER_TARGET):
            template = environment.get_template(f"{target}.json{_TEMPLATE_SUFFIX}")
            rendered[f"{target}.json"] = template.render(values, linker_script=script)
    except jinja2.TemplateError as error:
        raise KpioError(
            f"a template in {directory} cannot be rendered: {error}",
            hint="the values it may use are in kpio_build/steps/target.py, layout_values",
        ) from error
    return rendered


def read_data_layout(site: Site) -> str:
    """Return LLVM's data layout for x86-64 ELF, as the rustc in use has it."""
    completed = run(
        [
            *(site.toolchain.rust.rustc, "--print", "target-spec-json"),
            *("--target", _DATA_LAYOUT_OF, "-Zunstable-options"),
        ],
        env=site.toolchain.environment(),
    )
    return str(json.loads(completed.stdout)["data-layout"])


def check_target(site: Site, specification: Path, target: str) -> None:
    """Have rustc read a specification back; raise KpioError unless it understands all of it."""
    printed: dict[str, str] = {}
    for what in ("target-spec-json", "cfg"):
        completed = run(
            [
                *(site.toolchain.rust.rustc, "--print", what),
                *("--target", specification, "-Zunstable-options"),
            ],
            env=site.toolchain.environment(),
            check=False,
        )
        if completed.status != 0 or completed.stderr.strip():
            raise KpioError(
                f"{site.toolchain.rust.description} does not accept {specification.name}",
                hint=f"compare targets/{specification.name}.j2 with `rustc --print "
                f"target-spec-json --target {_DATA_LAYOUT_OF} -Zunstable-options`",
                details=completed.output,
            )
        printed[what] = completed.stdout
    seen = frozenset(printed["cfg"].split("\n"))
    absent = sorted(EXPECTED_CFG[target] - seen)
    unwanted = sorted(FORBIDDEN_CFG[target] & seen)
    if absent or unwanted:
        raise KpioError(
            f"{specification.name} gives a wrong target: without {absent}, with {unwanted}",
            hint=f"edit targets/{specification.name}.j2",
        )
