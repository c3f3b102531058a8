"""The UEFI boot stub: what it starts, and what it says when it cannot."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from images.assemble.disk import assemble
from images.assemble.manifest import (
    FileSpec,
    Format,
    Manifest,
    PartitionSpec,
    PartitionType,
)
from kernel_py.abi import boot
from kpio_build.base.errors import EarlyPowerOffError
from kpio_build.steps.bootstub import BOOTSTUB_EFI, BootstubStep
from kpio_build.vm.command_line import CommandLine
from kpio_build.vm.config import MachineConfig
from kpio_build.vm.ending import PoweredOff
from kpio_build.vm.machine import Machine
from tests.boot.workshop import Workshop

FIRMWARE_WITHIN_S = 120.0
MakeConfig = Callable[..., MachineConfig]


@pytest.fixture
def stub_disk(workshop: Workshop, tmp_path: Path) -> MakeConfig:
    """Return a function that makes a machine from the files of a boot partition."""

    def make(files: dict[str, bytes | None]) -> MachineConfig:
        stub = workshop.engine.realise(BootstubStep()) / BOOTSTUB_EFI
        whole: dict[str, bytes | None] = {
            boot.ESP_STUB_PATH: stub.read_bytes(),
            boot.ESP_KERNEL_PATH: workshop.kernel().read_bytes(),
            boot.ESP_COMMAND_LINE_PATH: b"init=/bin/hello",
            **files,
        }
        specs = []
        for name, content in whole.items():
            if content is not None:
                path = tmp_path / name.replace("/", "-")
                path.write_bytes(content)
                specs.append(FileSpec(f"/{name}", path))
        part = PartitionSpec("esp", PartitionType.ESP, Format.FAT32, None, contents=tuple(specs))
        out = tmp_path / "out"
        out.mkdir()
        manifest = Manifest("stub", Path("stub.toml"), None, (part,))
        disk = assemble(manifest, artifacts={}, out=out).disk
        config = workshop.config(CommandLine())
        return dataclasses.replace(
            config, kernel=None, command_line="", disk=disk, firmware=workshop.firmware()
        )

    return make


def complaint(config: MachineConfig) -> str:
    """Return what the stub says when it gives up."""
    with Machine(config) as machine:
        machine.start()
        error = machine.wait_end(within_s=FIRMWARE_WITHIN_S).error()
    assert isinstance(error, EarlyPowerOffError), error
    line = error.details.splitlines()[-1]
    prefix, _, reason = line.partition("KPIO cannot be started: ")
    assert prefix == "", error.details
    return reason


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {boot.ESP_KERNEL_PATH: None},
            "kpio/kernel.elf: there is no such file on the boot partition",
        ),
        (
            {boot.ESP_COMMAND_LINE_PATH: None},
            "kpio/cmdline.txt: there is no such file on the boot partition",
        ),
        ({boot.ESP_KERNEL_PATH: b""}, "kpio/kernel.elf: it is not a whole ELF file"),
        ({boot.ESP_KERNEL_PATH: b"MZ" * 1000}, "kpio/kernel.elf: it is not a whole ELF file"),
    ],
)
def test_a_partition_that_lacks_something_is_told(
    stub_disk: MakeConfig, files: dict[str, bytes | None], expected: str
) -> None:
    assert complaint(stub_disk(files)) == expected


def test_a_kernel_that_was_cut_off_is_told(workshop: Workshop, stub_disk: MakeConfig) -> None:
    kernel = workshop.kernel().read_bytes()
    reason = complaint(stub_disk({boot.ESP_KERNEL_PATH: kernel[: len(kernel) // 2]}))
    assert reason.startswith("kpio/kernel.elf: ")


def test_a_program_is_no_kernel(workshop: Workshop, stub_disk: MakeConfig) -> None:
    """The stub itself is a program of another kind; a user's ELF file is linked elsewhere."""
    kernel = bytearray(workshop.kernel().read_bytes())
    # p_paddr of the first program header. Source: ELF-64 specification, "Program Header".
    kernel[64 + 24 : 64 + 32] = (0x40_0000).to_bytes(8, "little")
    reason = complaint(stub_disk({boot.ESP_KERNEL_PATH: bytes(kernel)}))
    assert reason.startswith(
        "kpio/kernel.elf: segment 0, at 0xffffffff80200000 for memory at 0x400000"
    )


@pytest.mark.parametrize("memory_mib", [128, 5 * 1024])
def test_the_disk_boots_by_itself_in_any_memory(workshop: Workshop, memory_mib: int) -> None:
    config = dataclasses.replace(
        workshop.config(CommandLine(), image="default"),
        kernel=None,
        command_line="",
        firmware=workshop.firmware(),
        memory_mib=memory_mib,
    )
    with Machine(config) as machine:
        machine.start()
        started = machine.events.wait("boot.started", within_s=FIRMWARE_WITHIN_S)
        assert started["front"] == "uefi"
        ready = machine.events.wait("boot.ready", within_s=FIRMWARE_WITHIN_S)
        machine.console.expect(b"press Enter", within_s=FIRMWARE_WITHIN_S)
        machine.console.send(b"\n")
        assert machine.wait_end(within_s=FIRMWARE_WITHIN_S) == PoweredOff(0)
    total_mib = ready.number("total_frames") * 4096 // (1 << 20)
    assert memory_mib * 0.8 < total_mib <= memory_mib


def test_the_command_line_is_read_to_its_end(stub_disk: MakeConfig) -> None:
    """A long one, with the line end an editor leaves; there is no root here, so init is refused."""
    line = b"init=/no/such/" + b"x" * 2000 + b"\r\n"
    with Machine(stub_disk({boot.ESP_COMMAND_LINE_PATH: line})) as machine:
        machine.start()
        error = machine.wait_end(within_s=FIRMWARE_WITHIN_S).error()
    assert error is not None
    assert error.exit_status == 12
