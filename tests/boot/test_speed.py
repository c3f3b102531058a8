"""KPIO beside Linux, as `kpio bench` runs them; two rows show that both count alike."""

from ci.speed.comparison import check_calibration
from ci.speed.guests import run_guest
from ci.speed.lines import Measured
from kpio_build.cli.bench import guests
from tests.boot.workshop import Workshop

ROWS = ["null-call", "memory-copy"]
MOST_INSTRUCTIONS_OF_A_CALL = 2000
WITHIN_S = 120.0


def test_both_systems_count_the_same_loop_and_run_the_same_rows(workshop: Workshop) -> None:
    runs = {
        guest.name: run_guest(guest, ROWS, is_counted=True, within_s=WITHIN_S)
        for guest in guests(workshop.engine)
    }
    check_calibration(runs["KPIO"], runs["Linux"])
    for run in runs.values():
        call, copy = (run.rows[name] for name in ROWS)
        assert isinstance(call, Measured)
        assert isinstance(copy, Measured)
        # The call's own instruction and its way in and out; not more than any system takes.
        assert 10 < call.ticks_each < MOST_INSTRUCTIONS_OF_A_CALL
        # 64 KiB, at least a byte and at most 64 bytes an instruction.
        assert 1 << 10 < copy.ticks_each < 1 << 17


def test_a_second_boot_counts_the_same(workshop: Workshop) -> None:
    kpio, _ = guests(workshop.engine)
    first, second = (
        run_guest(kpio, ["null-call"], is_counted=True, within_s=WITHIN_S).rows["null-call"]
        for _ in range(2)
    )
    assert isinstance(first, Measured)
    assert isinstance(second, Measured)
    assert abs(first.ticks - second.ticks) <= first.ticks // 1000
