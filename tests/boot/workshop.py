"""Where tests that boot KPIO get their kernels, images and guests."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from kernel_py.abi import boot
from kpio_build.steps.engine import Engine
from kpio_build.steps.image import MANIFESTS, ImageFile, ImageStep, disk
from kpio_build.steps.kernel import KERNEL_ELF, KernelStep
from kpio_build.steps.packages import requirement
from kpio_build.vm.accel import choose
from kpio_build.vm.command_line import CommandLine
from kpio_build.vm.config import Firmware, MachineConfig
from kpio_build.vm.ending import Ending
from kpio_build.vm.events import Event
from kpio_build.vm.machine import Machine
from kpio_build.vm.payload import Assembler

TEST_DIRECTORY: Final = "/test"
BOOT_WITHIN_S: Final = 60.0
"""From power-on to a state that a boot reaches by itself, on a host that is busy."""


@dataclass(frozen=True)
class Outcome:
    """How a program that was process 1 came out. `signal` is 0 if it ended by itself."""

    status: int
    signal: int
    console: str
    events: tuple[Event, ...]


@dataclass(frozen=True)
class Workshop:
    """Builds through kpio_build.steps, and boots what was built. One for a run of pytest."""

    engine: Engine
    corpus: Path
    """The folder with the ELF files that elfrun starts, and their list."""

    def kernel(self, *features: str) -> Path:
        """Return a kernel built with these features."""
        return self.engine.realise(KernelStep(features)) / KERNEL_ELF

    def image(self, name: str) -> Path:
        """Return the disk of an image; the test image also has the ELF corpus."""
        files: tuple[ImageFile, ...] = ()
        if name == "test":
            files = tuple(
                ImageFile(f"{TEST_DIRECTORY}/elf/{path.name}", path)
                for path in sorted(self.corpus.iterdir())
            )
        return disk(self.engine.realise(ImageStep(name, files=files)))

    def image_with(self, files: tuple[ImageFile, ...]) -> Path:
        """Return the disk of the test image with further files."""
        return disk(self.engine.realise(ImageStep("test", files=files)))

    def manifest(self, name: str) -> Path:
        """Return the manifest of an image."""
        return self.engine.site.tree.root / MANIFESTS / f"{name}.toml"

    def firmware(self) -> Firmware:
        """Return the UEFI firmware."""
        code, variables = (Path(name) for name in requirement("ovmf").files)
        return Firmware(code, variables)

    def config(
        self, line: CommandLine, *, image: str = "test", features: tuple[str, ...] = ()
    ) -> MachineConfig:
        """Return the machine that starts a kernel directly, with an image as its disk."""
        toolchain = self.engine.site.toolchain
        finding = choose(
            "auto",
            cache=self.engine.site.tree.out / "accelerator",
            assembler=Assembler(
                clang=str(toolchain.program("clang").path),
                linker=str(toolchain.program("ld.lld").path),
            ),
            qemu=str(toolchain.program("qemu").path),
        )
        return MachineConfig(
            kernel=self.kernel(*features),
            disk=self.image(image),
            command_line=str(line),
            accelerator=finding.accelerator,
            qemu=str(toolchain.program("qemu").path),
        )

    @contextmanager
    def running(
        self, line: CommandLine, *, image: str = "test", features: tuple[str, ...] = ()
    ) -> Iterator[Machine]:
        """Give a machine that runs."""
        with Machine(self.config(line, image=image, features=features)) as machine:
            machine.start()
            yield machine

    def ending(
        self,
        line: CommandLine,
        *,
        features: tuple[str, ...] = (),
        within_s: float = BOOT_WITHIN_S,
    ) -> Ending:
        """Boot the test image and return how the machine ended."""
        with self.running(line, features=features) as machine:
            return machine.wait_end(within_s=within_s)

    def run_test(
        self,
        program: str,
        *arguments: str,
        stdin: bytes = b"",
        within_s: float = 120.0,
        memory_mib: int | None = None,
        features: tuple[str, ...] = (),
    ) -> Outcome:
        """Boot with /test/<program> as process 1 and return how it came out.

        `stdin` is typed at once, with an end behind it. Raises the guest's own error for any ending
        that is not the program's, GuestHangError after `within_s` seconds.
        """
        path = program if program.startswith("/") else f"{TEST_DIRECTORY}/{program}"
        line = CommandLine(init=path, arguments=arguments, is_quiet=True)
        config = self.config(line, features=features)
        if memory_mib is not None:
            config = replace(config, memory_mib=memory_mib)
        with Machine(config) as machine:
            machine.start()
            # What is typed before the kernel has taken the serial port over is lost.
            machine.events.wait("boot.ready", within_s=BOOT_WITHIN_S)
            machine.console.send(stdin + bytes([boot.CONSOLE_EOF]))
            exited = machine.events.wait("process.exited", pid=boot.INIT_PID, within_s=within_s)
            machine.wait_end(within_s=BOOT_WITHIN_S)
            return Outcome(
                status=exited.number("status"),
                signal=exited.number("signal"),
                console=machine.console.transcript.decode("utf-8", "replace"),
                events=machine.events.all,
            )
