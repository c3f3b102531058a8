"""Pulling the plug: QEMU is killed while a program writes; what it was told is safe must be there.

Killing QEMU loses what is in the guest's memory and keeps what reached its disk; that writes which
were not flushed get lost or mixed up is the business of the units in kernel/src/fs/power_cut.rs.
"""

import random
import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pytest

from images.assemble.manifest import PartitionType
from images.assemble.table import find
from kpio_build.base.process import Completed, run
from kpio_build.steps.image import ImageStep, disk
from kpio_build.vm.command_line import CommandLine
from kpio_build.vm.machine import Machine
from tests.boot.workshop import BOOT_WITHIN_S, TEST_DIRECTORY, Workshop

NR_CUTS: Final = 100
SEED: Final = 4
RECORD_BYTES: Final = 1000
"""As in tests/guest/powercut, like the next."""
MAX_RECORDS: Final = 3000
WITHIN_S: Final = 60.0
_PROGRAM: Final = f"{TEST_DIRECTORY}/powercut"


@dataclass(frozen=True)
class Said:
    """What the program said before the plug was pulled.

    `begins_again`: it is about to make the file of records empty, or has.
    """

    found: int
    safe: int
    begins_again: bool


def record(number: int) -> bytes:
    return number.to_bytes(8, "little") + bytes([number % 256]) * (RECORD_BYTES - 8)


def cut(workshop: Workshop, data: Path, nr_rounds: int) -> Said:
    """Let the program write some rounds and more, kill QEMU, return what was said until then."""
    line = CommandLine(init=_PROGRAM, is_quiet=True)
    config = replace(workshop.config(line), data=data)
    with Machine(config) as machine:
        machine.start()
        start = machine.console.expect_match(rb"found \d+\r?\n", within_s=BOOT_WITHIN_S)
        found = int(re.findall(rb"found (\d+)\r?\n", start)[-1])
        marker = rb"safe %d\r?\n" % ((found + nr_rounds) % MAX_RECORDS)
        machine.console.expect_match(marker, within_s=BOOT_WITHIN_S)
        machine.kill()
        said = re.findall(rb"(again|safe \d+)\r?\n", machine.console.transcript)
    safe = [int(line.removeprefix(b"safe ")) for line in said if line != b"again"]
    # It is said before it is done, but may not have come through.
    begins_again = said[-1] == b"again" or safe[-1] == MAX_RECORDS - 1
    return Said(found, safe[-1], begins_again)


def partition(data: Path, to: Path) -> Path:
    """Copy the file system out of a disk."""
    place = find(data, PartitionType.DATA)
    assert place is not None
    with data.open("rb") as source, to.open("wb") as target:
        source.seek(place.first_byte)
        target.write(source.read(place.len_bytes))
    return to


def fsck(file_system: Path, flag: str) -> Completed:
    return run(["e2fsck", flag, file_system], check=False, within_s=WITHIN_S)


def content(file_system: Path, path: str, to: Path) -> bytes:
    run(["debugfs", "-R", f"dump {path} {to}", file_system], within_s=WITHIN_S)
    return to.read_bytes()


@pytest.fixture
def data(workshop: Workshop, tmp_path: Path) -> Path:
    file = tmp_path / "data.img"
    shutil.copyfile(disk(workshop.engine.realise(ImageStep("data"))), file)
    return file


def test_what_was_synced_survives_a_power_cut(
    workshop: Workshop, data: Path, tmp_path: Path
) -> None:
    numbers = random.Random(SEED)
    before: Said | None = None
    for nr_cut in range(NR_CUTS):
        said = cut(workshop, data, numbers.randrange(60))
        # The kernel itself replayed the journal of the cut before, and lost nothing.
        if before and not (before.begins_again and said.found <= 1):
            lost = f"cut {nr_cut}: {before.safe} was safe, {said.found} were found"
            assert said.found > before.safe, lost
        before = said
        file_system = partition(data, tmp_path / "data.ext4")
        preened = fsck(file_system, "-fp")
        assert preened.status in (0, 1), f"cut {nr_cut}: {preened.output}"
        checked = fsck(file_system, "-fn")
        assert checked.status == 0, f"cut {nr_cut}: {checked.output}"
        records = content(file_system, "/records", tmp_path / "records")
        expected = b"".join(record(number) for number in range(said.safe + 1))
        current = int(content(file_system, "/current", tmp_path / "current"))
        if said.begins_again and len(records) <= RECORD_BYTES:
            assert record(0).startswith(records), f"cut {nr_cut}: the first record is damaged"
            assert current in (MAX_RECORDS - 1, 0), f"cut {nr_cut}: current is {current}"
            continue
        assert records.startswith(expected), f"cut {nr_cut}: of {said.safe} records some are lost"
        assert said.safe <= current <= said.safe + 1, f"cut {nr_cut}: current is {current}"
