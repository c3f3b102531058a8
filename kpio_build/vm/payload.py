"""Tiny guests in assembly: a few instructions that QEMU enters directly, without any kernel.

One tells whether an accelerator works (probe.S); tests have their own, that hang and crash.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kernel_py.abi import boot, memory
from kpio_build.base import process

LOAD_ADDRESS: Final = memory.KERNEL_PHYS_BASE
_WITHIN_S: Final = 60.0


@dataclass(frozen=True)
class Assembler:
    """The programs that turn assembly into a guest."""

    clang: str
    linker: str


def contract_symbols() -> dict[str, int]:
    """Return what every payload may use: the ports and exit codes of the contract."""
    symbols = {code.name: code.value for code in boot.EXIT_CODES}
    symbols["EXIT_PORT"] = boot.EXIT_PORT
    symbols["EVENT_PORT"] = boot.EVENT_PORT
    symbols["CONSOLE_PORT"] = boot.COM1_PORT
    return symbols


def assemble(
    source: Path, output: Path, assembler: Assembler, symbols: Mapping[str, int] | None = None
) -> Path:
    """Make `output`, a 32-bit ELF file for `-kernel`, from a source with a PVH note and `start`.

    Raises ToolMissingError, or ProcessError with what the assembler says.
    """
    defined = contract_symbols() | dict(symbols or {})
    unlinked = output.with_name(f"{output.name}.o")
    process.run(
        [
            *(assembler.clang, "--target=i386-unknown-none-elf", "-x", "assembler", "-c"),
            *(f"-Wa,-defsym,{name}={value}" for name, value in defined.items()),
            *("-o", unlinked, source),
        ],
        within_s=_WITHIN_S,
        hint=f"{source} does not assemble",
    )
    try:
        process.run(
            [
                *(assembler.linker, "-m", "elf_i386", "-nostdlib", "-static", "-z", "norelro"),
                *("-e", "start", f"--image-base={LOAD_ADDRESS:#x}", "-o", output, unlinked),
            ],
            within_s=_WITHIN_S,
            hint=f"{source} does not link",
        )
    finally:
        unlinked.unlink()
    return output
