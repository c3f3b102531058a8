"""What runs the guest: TCG, which always works, or KVM, once it has shown that it does.

A /dev/kvm that opens proves nothing: there are hosts on which it starts firmware and then hangs. So
KVM is used only after a probe has *finished* on it: a program that turns paging and long mode on
and takes timer interrupts (probe.S). What was found is kept, for as long as QEMU, the host's kernel
and the probe are the same.
"""

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kpio_build.base import process
from kpio_build.base.errors import KpioError, QemuError, UsageError
from kpio_build.base.ids import content_id, file_digest
from kpio_build.base.paths import write_atomically
from kpio_build.vm.config import QEMU, Accelerator, MachineConfig
from kpio_build.vm.ending import PoweredOff
from kpio_build.vm.machine import Machine
from kpio_build.vm.payload import Assembler, assemble

PROBE_SOURCE: Final = Path(__file__).with_name("probe.S")
PROBE_WITHIN_S: Final = 10.0
KVM_DEVICE: Final = Path("/dev/kvm")
_VERSION_WITHIN_S: Final = 30.0


@dataclass(frozen=True)
class Finding:
    """The accelerator to use, and why, in words a user reads."""

    accelerator: Accelerator
    reason: str


def choose(
    wanted: str,
    *,
    cache: Path,
    assembler: Assembler,
    qemu: str = QEMU,
    device: Path = KVM_DEVICE,
) -> Finding:
    """Return the accelerator for `wanted`: `auto`, `tcg` or `kvm`.

    `cache` is a directory for what the probe found. Raises KpioError when KVM is demanded and
    the probe did not finish on it, UsageError for another word.
    """
    if wanted == Accelerator.TCG.value:
        return Finding(Accelerator.TCG, "as asked")
    if wanted not in {"auto", Accelerator.KVM.value}:
        raise UsageError(f"no accelerator is called '{wanted}'", hint="auto, tcg or kvm")
    finding = examine(cache=cache, assembler=assembler, qemu=qemu, device=device)
    if wanted == Accelerator.KVM.value and finding.accelerator is not Accelerator.KVM:
        raise KpioError(finding.reason, hint="leave the choice to KPIO: --accel auto")
    return finding


def examine(
    *, cache: Path, assembler: Assembler, qemu: str = QEMU, device: Path = KVM_DEVICE
) -> Finding:
    """Find out whether KVM can be trusted; from the cache if nothing has changed since.

    Raises ToolMissingError without QEMU or assembler.
    """
    if not os.access(device, os.R_OK | os.W_OK):
        why = "may not be opened" if device.exists() else "is not there"
        return Finding(Accelerator.TCG, f"KVM cannot be used: {device} {why}")
    entry = cache / f"{_key(qemu)}.json"
    if entry.is_file():
        failure = json.loads(entry.read_text(encoding="utf-8"))["kvm_failure"]
    else:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="probe-", dir=cache) as directory:
            program = assemble(PROBE_SOURCE, Path(directory, "probe.elf"), assembler)
            failure = probe(program, Accelerator.KVM, qemu=qemu)
        write_atomically(entry, json.dumps({"kvm_failure": failure}))
    if failure:
        return Finding(Accelerator.TCG, f"KVM cannot be used: {failure}")
    return Finding(Accelerator.KVM, "a probe that takes timer interrupts finished on it")


def probe(
    program: Path,
    accelerator: Accelerator,
    *,
    qemu: str = QEMU,
    within_s: float = PROBE_WITHIN_S,
) -> str:
    """Run the probe; return why it did not finish, or an empty text when it did.

    Raises ToolMissingError without QEMU.
    """
    process.require_program(qemu)
    config = MachineConfig(kernel=program, accelerator=accelerator, qemu=qemu)
    error: KpioError | None
    try:
        with Machine(config) as machine:
            machine.start()
            ending = machine.wait_end(within_s=within_s)
        if ending == PoweredOff(0):
            return ""
        error = ending.error()
    except KpioError as failure:
        error = failure
    if error is None:
        return "the probe powered off"
    said = error.details.strip().splitlines()[:1] if isinstance(error, QemuError) else []
    return ": ".join(["the probe did not finish on it", error.message, *said])


def _key(qemu: str) -> str:
    version = process.run([qemu, "--version"], within_s=_VERSION_WITHIN_S).stdout
    return content_id([version, os.uname().release, file_digest(PROBE_SOURCE)])
