import os

import pytest

from kpio_build.base.errors import DeadlineError
from kpio_build.base.wait import Deadline, wait_readable


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_a_deadline_counts_down_to_zero_and_no_further() -> None:
    clock = Clock()
    deadline = Deadline.after(5, "the event", clock=clock)
    assert deadline.remaining_s() == 5
    clock.now_s += 7
    assert deadline.remaining_s() == 0
    assert deadline.is_over


def test_checking_is_an_error_only_when_it_is_over() -> None:
    clock = Clock()
    deadline = Deadline.after(5, "boot.ready", clock=clock)
    deadline.check()
    clock.now_s += 5
    with pytest.raises(DeadlineError, match=r"boot\.ready did not happen within 5 s"):
        deadline.check()


def test_waiting_returns_what_is_readable() -> None:
    reading, writing = os.pipe()
    silent, other = os.pipe()
    try:
        os.write(writing, b"x")
        ready = wait_readable([reading, silent], Deadline.after(10, "bytes"))
        assert ready == [reading]
    finally:
        for descriptor in (reading, writing, silent, other):
            os.close(descriptor)


def test_waiting_for_nothing_ends_at_the_deadline() -> None:
    reading, writing = os.pipe()
    try:
        with pytest.raises(DeadlineError, match="bytes did not happen"):
            wait_readable([reading], Deadline.after(0.05, "bytes"))
    finally:
        os.close(reading)
        os.close(writing)
