"""Which accelerator the guest runs on: kpio_build.vm decides, with this tree's tools and cache."""

from typing import Final

from kpio_build.base.paths import Tree
from kpio_build.steps.toolchain import Toolchain
from kpio_build.vm.accel import Finding, choose
from kpio_build.vm.config import Accelerator
from kpio_build.vm.payload import Assembler

ACCELERATOR_CHOICES: Final = ("auto", *(accelerator.value for accelerator in Accelerator))


def find_accelerator(tree: Tree, toolchain: Toolchain, wanted: str) -> Finding:
    """Return the accelerator for `wanted`: `auto`, `tcg` or `kvm`.

    KVM is chosen only after a probe has finished on it. Raises ToolMissingError without the tools.
    """
    return choose(
        wanted,
        cache=tree.out / "accelerator",
        assembler=Assembler(
            clang=str(toolchain.program("clang").path),
            linker=str(toolchain.program("ld.lld").path),
        ),
        qemu=str(toolchain.program("qemu").path),
    )
