from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from ci.bench import Bench, Variant, Watchers
from ci.report import Claim, Report, Row, Rule
from ci.run import GATES
from kpio_build.base.errors import GuestHangError, KpioError
from kpio_build.cli import gates
from kpio_build.vm.config import Firmware, MachineConfig
from tests.kpio_build.cli.conftest import Kpio

CLAIM = Claim("hello", "Hello is on the console", Rule.EQUAL, 1, "line", "a test")

Guest = Callable[[Watchers], Report]


def report_of(measured: float | None) -> Guest:
    """Return a guest that prints a line, and what is then measured."""

    def run(watchers: Watchers) -> Report:
        if watchers.on_console is not None:
            watchers.on_console(b"Hello\n")
        row = Row("m1", "direct", CLAIM, measured)
        assert watchers.on_row is not None
        watchers.on_row(row)
        return Report((row,))

    return run


@pytest.fixture
def boot(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Guest], list[object]]:
    """Return what puts a guest in the place of QEMU; it returns what is asked of it."""

    def use(guest: Guest) -> list[object]:
        asked: list[object] = []
        machine = MachineConfig(kernel=tmp_path / "kernel.elf", disk=tmp_path / "disk.img")
        bench = Bench(machine, Firmware(tmp_path / "code", tmp_path / "variables"), tmp_path)

        def run_gates(
            names: Sequence[str],
            given: Bench,
            *,
            variants: Sequence[Variant],
            watchers: Watchers,
        ) -> Report:
            asked.extend([tuple(names), tuple(variants)])
            assert given is bench
            return guest(watchers)

        def make_bench(_: object, wish: gates.Wish) -> Bench:
            asked.append(wish)
            return bench

        monkeypatch.setattr(gates, "_bench", make_bench)
        monkeypatch.setattr(gates, "run_gates", run_gates)
        return asked

    return use


def test_boot_shows_the_console_and_then_the_milestones(
    kpio: Kpio, boot: Callable[[Guest], list[object]]
) -> None:
    asked = boot(report_of(1))
    outcome = kpio(["boot", "--qemu"])
    assert outcome.status == 0, outcome.err
    assert outcome.out.startswith("Hello\n")
    table = outcome.out.split("\n", 1)[1]
    assert "Hello is on the console" in table
    assert "passed" in table
    assert asked == [gates.Wish(), tuple(GATES), (Variant.DIRECT,)]


def test_a_claim_that_does_not_hold_is_status_11_and_in_the_table(
    kpio: Kpio, boot: Callable[[Guest], list[object]]
) -> None:
    boot(report_of(0))
    outcome = kpio(["boot", "--qemu"])
    assert outcome.status == 11
    assert "failed" in outcome.out
    assert "1 of 1 claims do not hold" in outcome.err


def test_no_claim_at_all_is_no_success(kpio: Kpio, boot: Callable[[Guest], list[object]]) -> None:
    boot(lambda _: Report(()))
    assert kpio(["boot", "--qemu"]).status == 11


def test_a_guest_that_did_not_come_through_gives_its_own_status_below_the_table(
    kpio: Kpio, boot: Callable[[Guest], list[object]]
) -> None:
    def hang(watchers: Watchers) -> Report:
        report_of(1)(watchers)
        raise GuestHangError("boot.ready did not happen within 30 s")

    boot(hang)
    outcome = kpio(["boot", "--qemu"])
    assert outcome.status == 7
    assert "Hello is on the console" in outcome.out
    assert "boot.ready did not happen" in outcome.err


def test_json_is_all_there_is_on_standard_output(
    kpio: Kpio, boot: Callable[[Guest], list[object]]
) -> None:
    boot(report_of(None))
    outcome = kpio(["boot", "--qemu", "--json"])
    assert outcome.status == 11
    assert outcome.json["passed"] is False
    assert outcome.json["rows"][0]["claim"] == "Hello is on the console"
    assert outcome.json["rows"][0]["measured"] is None


def test_what_the_user_wishes_reaches_the_machine(
    kpio: Kpio, boot: Callable[[Guest], list[object]]
) -> None:
    asked = boot(report_of(1))
    line = "boot --qemu --firmware uefi --accel tcg --memory 256 --gdb 1234"
    assert kpio(line.split()).status == 0
    wish = gates.Wish(accelerator="tcg", memory_mib=256, gdb_port=1234)
    assert asked == [wish, tuple(GATES), (Variant.UEFI,)]


def test_check_measures_on_every_way_to_boot(
    kpio: Kpio, boot: Callable[[Guest], list[object]]
) -> None:
    asked = boot(report_of(1))
    assert kpio(["check", "m1"]).status == 0
    assert asked[1:] == [("m1",), tuple(Variant)]


@pytest.mark.parametrize("error", [KpioError("x"), GuestHangError("x")])
def test_no_error_of_a_guest_is_a_success(
    kpio: Kpio, boot: Callable[[Guest], list[object]], error: KpioError
) -> None:
    def fail(_: Watchers) -> Report:
        raise error

    boot(fail)
    assert kpio(["boot", "--qemu"]).status == error.exit_status != 0
