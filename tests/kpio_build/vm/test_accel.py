import json
import os
from pathlib import Path

import pytest

from kernel_py.abi import boot
from kpio_build.base.errors import KpioError, ToolMissingError, UsageError
from kpio_build.base.process import run
from kpio_build.vm.accel import PROBE_SOURCE, choose, examine, probe
from kpio_build.vm.config import QEMU, Accelerator
from kpio_build.vm.payload import Assembler, assemble
from tests.kpio_build.vm.conftest import MakeGuest
from tests.kpio_build.vm.payloads import HANG, TRIPLE_FAULT, exit_with


@pytest.fixture
def device(tmp_path: Path) -> Path:
    """Return a file that opens, as a /dev/kvm does that is of no use."""
    path = tmp_path / "kvm"
    path.touch()
    return path


def test_the_probe_finishes_where_interrupts_work(assembler: Assembler, tmp_path: Path) -> None:
    program = assemble(PROBE_SOURCE, tmp_path / "probe.elf", assembler)
    assert probe(program, Accelerator.TCG) == ""


def test_the_probe_does_not_finish_without_its_timer(assembler: Assembler, tmp_path: Path) -> None:
    """It is the interrupts that are probed: with them masked it must not come to its end."""
    source = tmp_path / "masked.S"
    unmask = "movb    $0xFE, %al"
    text = PROBE_SOURCE.read_text(encoding="ascii")
    assert text.count(unmask) == 1
    source.write_text(text.replace(unmask, "movb    $0xFF, %al"), encoding="ascii")
    program = assemble(source, tmp_path / "masked.elf", assembler)
    assert "the guest hangs" in probe(program, Accelerator.TCG, within_s=1)


@pytest.mark.parametrize("step", [HANG, TRIPLE_FAULT, exit_with(boot.EXIT_PANIC)])
def test_a_probe_that_does_not_finish_is_a_failure(guest: MakeGuest, step: str) -> None:
    kernel = guest(step).kernel
    assert kernel is not None
    assert "did not finish" in probe(kernel, Accelerator.TCG, within_s=1)


def test_a_probe_without_qemu_is_no_finding(guest: MakeGuest, tmp_path: Path) -> None:
    with pytest.raises(ToolMissingError):
        probe(tmp_path / "probe.elf", Accelerator.KVM, qemu="qemu-of-another-planet")


def test_tcg_is_chosen_where_there_is_no_kvm(assembler: Assembler, tmp_path: Path) -> None:
    missing = tmp_path / "no-kvm"
    finding = choose("auto", cache=tmp_path, assembler=assembler, device=missing)
    assert finding.accelerator is Accelerator.TCG
    assert f"{missing} is not there" in finding.reason
    assert list(tmp_path.iterdir()) == []


def test_what_the_probe_found_is_kept(assembler: Assembler, tmp_path: Path, device: Path) -> None:
    cache = tmp_path / "cache"
    first = examine(cache=cache, assembler=assembler, device=device)
    [entry] = cache.iterdir()
    kept = json.loads(entry.read_text(encoding="utf-8"))
    assert (kept["kvm_failure"] == "") == (first.accelerator is Accelerator.KVM)
    entry.write_text(json.dumps({"kvm_failure": "it was Monday"}), encoding="utf-8")
    again = examine(cache=cache, assembler=Assembler("no-clang", "no-lld"), device=device)
    assert (again.accelerator, again.reason) == (
        Accelerator.TCG,
        "KVM cannot be used: it was Monday",
    )
    entry.write_text(json.dumps({"kvm_failure": ""}), encoding="utf-8")
    assert examine(cache=cache, assembler=assembler, device=device).accelerator is Accelerator.KVM


def test_another_qemu_is_probed_anew(assembler: Assembler, tmp_path: Path, device: Path) -> None:
    """The stand-in answers with a version of its own and comes to nothing as a machine."""
    other = tmp_path / "qemu"
    other.write_text("#!/bin/sh\n[ $1 = --version ] && echo 1.0\n", encoding="ascii")
    other.chmod(0o755)
    cache = tmp_path / "cache"
    examine(cache=cache, assembler=assembler, device=device)
    finding = examine(cache=cache, assembler=assembler, qemu=str(other), device=device)
    assert len(list(cache.iterdir())) == 2
    assert finding.accelerator is Accelerator.TCG
    assert "ended with status 1" in finding.reason


def test_kvm_is_never_forced_onto_a_host_where_it_fails(
    assembler: Assembler, tmp_path: Path
) -> None:
    with pytest.raises(KpioError, match="is not there") as raised:
        choose("kvm", cache=tmp_path, assembler=assembler, device=tmp_path / "no-kvm")
    assert "auto" in raised.value.hint
    with pytest.raises(UsageError, match="xen"):
        choose("xen", cache=tmp_path, assembler=assembler)


def test_tcg_is_not_probed(tmp_path: Path) -> None:
    finding = choose("tcg", cache=tmp_path, assembler=Assembler("no-clang", "no-lld"))
    assert finding.accelerator is Accelerator.TCG


def test_this_host_s_kvm_is_used_only_if_the_probe_says_so(
    assembler: Assembler, tmp_path: Path
) -> None:
    finding = choose("auto", cache=tmp_path, assembler=assembler)
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        assert finding.accelerator is Accelerator.TCG
        return
    program = assemble(PROBE_SOURCE, tmp_path / "probe.elf", assembler)
    worked = probe(program, Accelerator.KVM) == ""
    assert (finding.accelerator is Accelerator.KVM) == worked


def test_qemu_is_called_by_its_name() -> None:
    assert "QEMU" in run([QEMU, "--version"], within_s=30).stdout
