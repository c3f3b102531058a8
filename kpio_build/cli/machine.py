"""From build products to the machine that boots them."""

from pathlib import Path

from kpio_build.cli.accelerator import find_accelerator
from kpio_build.cli.settings import Settings
from kpio_build.steps.engine import Engine
from kpio_build.steps.image import ImageStep, disk
from kpio_build.steps.kernel import KERNEL_ELF, KernelStep
from kpio_build.vm.config import MachineConfig


def kernel_file(engine: Engine, step: KernelStep) -> Path:
    """Return the kernel's file, after building it."""
    return engine.realise(step) / KERNEL_ELF


def direct_machine(
    settings: Settings, engine: Engine, image: ImageStep, *, accelerator: str
) -> MachineConfig:
    """Return the machine that starts the kernel directly with an image as its disk."""
    finding = find_accelerator(settings.tree, engine.site.toolchain, accelerator)
    settings.reporter.detail(f"accelerator {finding.accelerator.value}: {finding.reason}")
    return MachineConfig(
        kernel=kernel_file(engine, image.kernel),
        disk=disk(engine.realise(image)),
        accelerator=finding.accelerator,
        qemu=str(engine.site.toolchain.program("qemu").path),
    )
