from pathlib import Path

import pytest

from kpio_build.base.errors import UsageError
from kpio_build.vm.config import (
    COMMAND_LINE_MAX_BYTES,
    Accelerator,
    Firmware,
    MachineConfig,
    WireFds,
    argv,
)

GOLDEN = Path(__file__).parents[2] / "golden" / "qemu"
WIRES = WireFds(console=7, events=8, control=9)
DISK = Path("/images/disk.img")
KERNEL = Path("/kernel/kernel.elf")
FIRMWARE = Firmware(Path("/firmware/code.fd"), Path("/firmware/variables.fd"))


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("direct", MachineConfig(disk=DISK, kernel=KERNEL, command_line="init=/bin/init -- a,b")),
        ("uefi", MachineConfig(disk=DISK, firmware=FIRMWARE)),
        (
            "everything",
            MachineConfig(
                disk=Path("/a,b/disk.img"),
                kernel=KERNEL,
                memory_mib=2048,
                nr_cpus=2,
                accelerator=Accelerator.KVM,
                gdb_port=1234,
                devices=("-device", "virtio-rng-pci"),
                qemu="/opt/qemu",
            ),
        ),
        (
            "counted",
            MachineConfig(
                kernel=Path("/linux/vmlinuz"),
                initrd=Path("/linux/initrd"),
                command_line="console=ttyS0 -- row",
                cpu="max,-erms",
                icount_shift=0,
            ),
        ),
    ],
)
def test_the_command_line_is_what_it_was(name: str, config: MachineConfig) -> None:
    """One word a line. After a wanted change, copy what the failure shows into the golden file."""
    assert argv(config, WIRES) == (GOLDEN / f"{name}.txt").read_text().splitlines()


def test_a_guest_cannot_run_or_reset_unnoticed() -> None:
    words = argv(MachineConfig(kernel=KERNEL), WIRES)
    assert "-S" in words
    assert words[words.index("-action") + 1] == "reboot=shutdown,shutdown=pause"
    assert "-nodefaults" in words


def test_a_command_line_that_qemu_would_not_pass_on_whole_is_refused() -> None:
    longest = "x" * COMMAND_LINE_MAX_BYTES
    assert argv(MachineConfig(kernel=KERNEL, command_line=longest), WIRES)[-1] == longest
    with pytest.raises(UsageError, match="4096 bytes"):
        MachineConfig(kernel=KERNEL, command_line=f"{longest}x")
