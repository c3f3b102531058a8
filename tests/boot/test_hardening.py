"""Each hardening stops what it is for, and the test notices when it is compiled out."""

import pytest

from kpio_build.base.errors import KernelPanicError
from kpio_build.vm.command_line import CommandLine
from tests.boot.workshop import BOOT_WITHIN_S, Workshop

WITH = ("selftest",)
WITHOUT = (
    "selftest",
    "without-guard-pages",
    "without-nx",
    "without-smap",
    "without-smep",
    "without-wx",
)
"""One kernel without any of them: each attempt tries one mechanism only."""

ATTEMPTS = ("smep", "smap", "nx", "wx", "wx-direct-map", "guard-page")


def attempt(name: str) -> CommandLine:
    return CommandLine(selftest=name, is_quiet=True)


@pytest.mark.parametrize("name", ATTEMPTS)
def test_the_attempt_is_stopped(workshop: Workshop, name: str) -> None:
    with workshop.running(attempt(name), features=WITH) as machine:
        machine.events.wait("selftest.passed", name=name, within_s=BOOT_WITHIN_S)


@pytest.mark.parametrize("name", ATTEMPTS)
def test_without_the_mechanism_the_attempt_goes_through(workshop: Workshop, name: str) -> None:
    with workshop.running(attempt(name), features=WITHOUT) as machine:
        machine.events.wait("selftest.failed", name=name, within_s=BOOT_WITHIN_S)


def test_a_kernel_stack_overflow_is_a_panic_that_says_so(workshop: Workshop) -> None:
    error = workshop.ending(attempt("stack-overflow"), features=WITH).error()
    assert isinstance(error, KernelPanicError)
    assert "kernel stack overflow" in error.message
    # The backtrace goes on from the double fault's own stack into the code that ran over.
    assert "overflow_stack" in error.details, error.details
