"""What goes wrong in a guest ends within its deadline, with one clear error of its own."""

import dataclasses
import hashlib
import os
import re
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from images.assemble.manifest import FileSpec, load_manifest
from kernel_py.abi.memory import MIB, PAGE_SIZE
from kpio_build.base.errors import (
    EarlyPowerOffError,
    GuestHangError,
    InitError,
    KernelPanicError,
)
from kpio_build.vm.command_line import CommandLine
from kpio_build.vm.config import MachineConfig
from kpio_build.vm.ending import PoweredOff
from kpio_build.vm.machine import Machine
from kpio_build.vm.program import command_line, run_program
from tests.boot.workshop import BOOT_WITHIN_S, Workshop
from tests.guest.expectations import PASSED

HELLO = CommandLine(init="/bin/hello")
SELFTEST = ("selftest",)
INIT_LIST = "/etc/kpio/init.list"


def init_error(config: MachineConfig) -> InitError:
    with Machine(config) as machine:
        machine.start()
        error = machine.wait_end(within_s=BOOT_WITHIN_S).error()
    assert isinstance(error, InitError)
    assert error.exit_status == 12
    return error


def test_a_program_that_ends_well_is_a_success(workshop: Workshop) -> None:
    assert workshop.ending(HELLO) == PoweredOff(0)


def test_an_init_that_is_not_there(workshop: Workshop) -> None:
    error = init_error(workshop.config(CommandLine(init="/bin/nothing")))
    assert "/bin/nothing" in error.message


def test_an_init_that_is_no_program(workshop: Workshop) -> None:
    error = init_error(workshop.config(CommandLine(init="/etc/kpio/init.list")))
    assert "/etc/kpio/init.list" in error.message


def test_a_machine_without_a_disk(workshop: Workshop) -> None:
    init_error(dataclasses.replace(workshop.config(HELLO), disk=None))


def test_a_disk_without_a_file_system(workshop: Workshop, tmp_path: Path) -> None:
    empty = tmp_path / "empty.img"
    with empty.open("wb") as file:
        file.truncate(16 << 20)
    init_error(dataclasses.replace(workshop.config(HELLO), disk=empty))


def test_a_disk_that_was_overwritten(workshop: Workshop, tmp_path: Path) -> None:
    """The table is whole, the file system behind it is not."""
    config = workshop.config(HELLO, image="default")
    assert config.disk is not None
    damaged = tmp_path / "damaged.img"
    content = bytearray(config.disk.read_bytes())
    content[40 << 20 :] = b"\x5a" * (len(content) - (41 << 20)) + content[-(1 << 20) :]
    damaged.write_bytes(content)
    init_error(dataclasses.replace(config, disk=damaged))


def test_a_kernel_panic_shows_where(workshop: Workshop) -> None:
    ending = workshop.ending(CommandLine(selftest="panic"), features=SELFTEST)
    error = ending.error()
    assert isinstance(error, KernelPanicError)
    assert error.exit_status == 9
    assert "selftest=panic" in error.message
    # A frame of the backtrace: an address, and a symbol that names the function.
    assert re.search(r"^\s*0xffffffff8[0-9a-f]{7}.*selftest", error.details, re.MULTILINE), (
        error.details
    )


def test_a_kernel_that_stands_still_is_a_hang(workshop: Workshop) -> None:
    with workshop.running(CommandLine(selftest="hang"), features=SELFTEST) as machine:
        machine.events.wait("boot.ready", within_s=BOOT_WITHIN_S)
        with pytest.raises(GuestHangError) as raised:
            machine.wait_end(within_s=0.5)
    assert raised.value.exit_status == 7
    assert "at ip 0xffffffff8" in raised.value.message


def test_a_machine_that_ends_too_early(workshop: Workshop) -> None:
    with workshop.running(HELLO) as machine, pytest.raises(EarlyPowerOffError) as raised:
        machine.console.expect(b"press Enter", within_s=BOOT_WITHIN_S)
    assert raised.value.exit_status == 10


@pytest.mark.parametrize("memory_mib", [16, 64, 5 * 1024])
def test_memory_of_any_size_is_used(workshop: Workshop, memory_mib: int) -> None:
    """More than 4 GiB lies beyond the hole for devices."""
    config = dataclasses.replace(workshop.config(HELLO), memory_mib=memory_mib)
    with Machine(config) as machine:
        machine.start()
        ready = machine.events.wait("boot.ready", within_s=BOOT_WITHIN_S)
        assert machine.wait_end(within_s=BOOT_WITHIN_S) == PoweredOff(0)
    taken_bytes = memory_mib * MIB - ready.number("total_frames") * PAGE_SIZE
    with workshop.kernel().open("rb") as file:
        segments = ELFFile(file).iter_segments(type="PT_LOAD")
        image_bytes = sum(segment["p_memsz"] for segment in segments)
    # What is not given out: the first MiB, the kernel itself, and what it notes about each frame.
    assert 0 <= taken_bytes < image_bytes + 1.5 * MIB + memory_mib * MIB / 50


def test_a_memory_too_small_for_init_is_told(workshop: Workshop) -> None:
    config = dataclasses.replace(workshop.config(HELLO), memory_mib=8)
    assert "memory" in init_error(config).message


def test_an_unknown_word_of_the_command_line_is_no_reason_to_stop(workshop: Workshop) -> None:
    config = workshop.config(HELLO)
    config = dataclasses.replace(config, command_line=f"colour=blue {config.command_line}")
    with Machine(config) as machine:
        machine.start()
        machine.console.expect(b"colour", within_s=BOOT_WITHIN_S)
        assert machine.wait_end(within_s=BOOT_WITHIN_S) == PoweredOff(0)


def test_a_program_runs_with_its_console_and_status(workshop: Workshop) -> None:
    """A sum over a file of the root is that of the host's copy; without a file it ends with 2."""
    config = workshop.config(CommandLine())
    listed = next(
        file
        for part in load_manifest(workshop.manifest("default")).partitions
        for file in part.contents
        if isinstance(file, FileSpec) and file.path == INIT_LIST
    )
    assert isinstance(listed.content, str)
    digest = hashlib.sha256(listed.content.encode()).hexdigest()
    expected = f"{digest}  {INIT_LIST}\n".encode()
    assert output_of(config, INIT_LIST) == (0, expected)
    assert output_of(config) == (2, b"usage: sha256sum FILE...\n")


def output_of(config: MachineConfig, *arguments: str) -> tuple[int, bytes]:
    """Return the status and the output of sha256sum."""
    line = str(command_line("/bin/sha256sum", arguments))
    stdout = os.memfd_create("stdout")
    try:
        config = dataclasses.replace(config, command_line=line)
        status = run_program(config, stdin=None, stdout=stdout, within_s=BOOT_WITHIN_S)
        return status, os.pread(stdout, 65536, 0)
    finally:
        os.close(stdout)


def test_input_arrives_whole_with_its_end(workshop: Workshop) -> None:
    """From the first byte on, as from a pipe: a last line without its line end, then the end."""
    config = workshop.config(command_line("/test/stdin", ()))
    stdin, stdout = os.memfd_create("stdin"), os.memfd_create("stdout")
    try:
        os.write(stdin, b"abc\ndef")
        os.lseek(stdin, 0, os.SEEK_SET)
        status = run_program(config, stdin=stdin, stdout=stdout, within_s=BOOT_WITHIN_S)
        output = os.pread(stdout, 65536, 0).decode().splitlines()
    finally:
        os.close(stdin)
        os.close(stdout)
    assert output == [
        "stdin: ready",
        "stdin: 3 bytes: abc",
        "stdin: 3 bytes: def",
        "stdin: the end after 2 lines",
    ]
    assert status == PASSED
