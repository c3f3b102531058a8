import json
from pathlib import Path

import pytest

from ci.bench import Bench, Variant, Watchers
from ci.gates import m1
from ci.report import Row
from ci.run import GATES, REPORT_NAME, TITLES, run_gates
from kernel_py.abi import boot
from kpio_build.base.errors import EarlyPowerOffError, KernelPanicError, UsageError
from kpio_build.vm.config import Firmware, MachineConfig
from tests.kpio_build.vm.conftest import MakeGuest
from tests.kpio_build.vm.payloads import ECHO_UNTIL_EOF, events, exit_with, say, send_events

FIRMWARE = Firmware(Path("code.fd"), Path("variables.fd"))
HELLO = b"Hello from a stand-in\n"
HOLD = b"init: ready to power off, press Enter\n"
MOUNTED = ("root.mounted", {"device": "x", "kind": "ext4"})
OUTPUT = ("process.output", {"pid": 2})
OFF = ("power.off", {"status": 0})
# A newline ends the echo, as it ends init's waiting.
WAIT_FOR_ENTER = ECHO_UNTIL_EOF.replace(f"cmpb    ${boot.CONSOLE_EOF}", "cmpb    $10")


def exited(status: int, signal: int = 0) -> tuple[str, dict[str, object]]:
    fields = {"pid": 2, "path": "/bin/hello", "status": status, "signal": signal}
    return ("process.exited", fields)


def stand_in(guest: MakeGuest, *, ends: tuple[str, dict[str, object]] = exited(0)) -> MachineConfig:
    """Return a guest that does what M1 asks for, but for showing it on the screen."""
    return guest(
        send_events(events(MOUNTED, OUTPUT, ends, OFF)),
        say(HELLO + HOLD),
        WAIT_FOR_ENTER,
        exit_with(boot.EXIT_SUCCESS),
    )


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(m1, "_SCREEN_WITHIN_S", 1.0)


def rows_of(config: MachineConfig, tmp_path: Path) -> dict[str, Row]:
    bench = Bench(config, FIRMWARE, tmp_path)
    report = run_gates(["m1"], bench, variants=[Variant.DIRECT])
    assert not report.is_passed
    return {row.claim.name: row for row in report.rows}


def test_a_guest_that_shows_nothing_does_not_pass(guest: MakeGuest, tmp_path: Path) -> None:
    rows = rows_of(stand_in(guest), tmp_path)
    assert {name for name, row in rows.items() if not row.is_passed} == {"screen"}
    assert set(rows) == {claim.name for claim in m1.claims(Variant.DIRECT)}
    assert (tmp_path / "m1-direct.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads((tmp_path / REPORT_NAME).read_text())["passed"] is False


@pytest.mark.parametrize("ends", [exited(1), exited(0, 11)])
def test_a_hello_that_fails_does_not_pass(
    guest: MakeGuest, tmp_path: Path, ends: tuple[str, dict[str, object]]
) -> None:
    assert not rows_of(stand_in(guest, ends=ends), tmp_path)["exit"].is_passed


def test_a_status_that_is_not_the_event_s_does_not_pass(guest: MakeGuest, tmp_path: Path) -> None:
    config = guest(
        send_events(events(MOUNTED, OUTPUT, exited(0), ("power.off", {"status": 1}))),
        say(HELLO + HOLD),
        WAIT_FOR_ENTER,
        exit_with(boot.EXIT_SUCCESS),
    )
    assert not rows_of(config, tmp_path)["power-off"].is_passed


def test_a_guest_that_panics_is_reported_and_raised(guest: MakeGuest, tmp_path: Path) -> None:
    panic = ("kernel.panic", {"message": "no root"})
    config = guest(send_events(events(panic)), say(HELLO), exit_with(boot.EXIT_PANIC))
    seen: list[Row] = []
    bench = Bench(config, FIRMWARE, tmp_path)
    watchers = Watchers(on_row=seen.append)
    with pytest.raises(KernelPanicError, match="no root"):
        run_gates(["m1"], bench, variants=[Variant.DIRECT], watchers=watchers)
    rows = json.loads((tmp_path / REPORT_NAME).read_text())["rows"]
    assert len(rows) == len(m1.claims(Variant.DIRECT)) == len(seen)
    assert [row["name"] for row in rows if row["passed"]] == ["console"]
    assert "the kernel panicked: no root" in rows[-1]["note"]


def test_a_power_off_without_hello_is_an_early_one(guest: MakeGuest, tmp_path: Path) -> None:
    bench = Bench(guest(exit_with(boot.EXIT_SUCCESS)), FIRMWARE, tmp_path)
    with pytest.raises(EarlyPowerOffError):
        run_gates(["m1"], bench, variants=[Variant.DIRECT])
    assert json.loads((tmp_path / REPORT_NAME).read_text())["passed"] is False


def test_a_gate_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no gate 'm9'") as raised:
        run_gates(["m9"], Bench(MachineConfig(), FIRMWARE, tmp_path))
    assert raised.value.hint == "there are: m1, m2, m3"


def test_a_variant_decides_who_starts_the_kernel(tmp_path: Path) -> None:
    machine = MachineConfig(kernel=Path("kernel.elf"), disk=Path("disk.img"))
    bench = Bench(machine, FIRMWARE, tmp_path)
    direct = bench.config(Variant.DIRECT, "init=/x")
    assert (direct.kernel, direct.firmware, direct.command_line) == (
        machine.kernel,
        None,
        "init=/x",
    )
    uefi = bench.config(Variant.UEFI, "init=/x")
    assert (uefi.kernel, uefi.firmware, uefi.disk) == (None, FIRMWARE, machine.disk)


@pytest.mark.parametrize("variant", list(Variant))
def test_every_claim_says_where_it_comes_from(variant: Variant) -> None:
    claims = m1.claims(variant)
    assert all(claim.source and claim.text for claim in claims)
    assert len({claim.name for claim in claims}) == len(claims)


def test_every_gate_has_a_title() -> None:
    assert list(GATES) == list(TITLES)
