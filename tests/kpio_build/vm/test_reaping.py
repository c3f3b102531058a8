import os
import signal
import sys

import pytest

from kpio_build.base.paths import Tree
from kpio_build.base.process import background
from kpio_build.base.wait import Deadline, wait_readable
from tests.kpio_build.vm.conftest import MakeGuest
from tests.kpio_build.vm.payloads import HANG

WITHIN_S = 30.0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_no_qemu_outlives_its_parent(guest: MakeGuest, number: signal.Signals) -> None:
    kernel = guest(HANG).kernel
    assert kernel is not None
    ready, report = os.pipe()
    errors = os.memfd_create("errors")
    module = "tests.kpio_build.vm.machine_process"
    # A shell starts what it puts into the background with SIGINT ignored, these tests perhaps.
    command = ["env", "--default-signal", sys.executable, "-m", module, str(kernel)]
    with (
        background(command, cwd=Tree.here().root, stdout=report, stderr=errors) as parent,
        os.fdopen(ready, encoding="ascii") as answers,
    ):
        os.close(report)
        deadline = Deadline.after(WITHIN_S, "the guest's start")
        wait_readable([answers.fileno()], deadline)
        line = answers.readline()
        assert line, os.pread(errors, 10_000, 0).decode()
        qemu = os.pidfd_open(int(line))
        try:
            parent.send_signal(number)
            ended = wait_readable([qemu], Deadline.after(WITHIN_S, "QEMU's end"))
            assert ended == [qemu]
        finally:
            os.close(qemu)
            os.close(errors)
