import os
import select
import signal
import subprocess  # noqa: TID251 - the parent that is killed must not be run by what is tested
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from kpio_build.base.errors import DeadlineError, NoSpaceError, ToolMissingError
from kpio_build.base.process import ProcessError, background, find_program, require_program, run

ENDS_WITHIN_S = 10.0


def require_end(pid: int) -> None:
    """Fail unless the process ends in its time. It need not be ours to reap."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        ready, _, _ = select.select([descriptor], [], [], ENDS_WITHIN_S)
    finally:
        os.close(descriptor)
    assert ready, f"process {pid} runs on"


def test_both_streams_come_back_and_lines_are_seen_as_they_come() -> None:
    seen: list[str] = []
    done = run(["sh", "-c", "echo one; echo two >&2; printf three"], on_line=seen.append)
    assert (done.stdout, done.stderr, done.status) == ("one\nthree", "two\n", 0)
    assert sorted(seen) == ["one", "three", "two"]


def test_input_larger_than_a_pipe_arrives_whole() -> None:
    data = os.urandom(1 << 19).hex().encode()
    assert run(["cat"], stdin=data).stdout.encode() == data


def test_a_program_that_reads_no_input_does_not_block() -> None:
    assert run(["true"], stdin=b"x" * (1 << 20)).status == 0


def test_failure_shows_the_command_its_status_and_what_it_said() -> None:
    with pytest.raises(ProcessError) as caught:
        run(["sh", "-c", "echo why >&2; exit 7"], hint="do this")
    assert "sh -c" in caught.value.message
    assert "status 7" in caught.value.message
    assert caught.value.details == "why"
    assert caught.value.hint == "do this"


def test_a_signal_is_named() -> None:
    with pytest.raises(ProcessError, match="SIGKILL"):
        run(["sh", "-c", "kill -KILL $$"])


def test_a_status_is_data_when_it_is_not_to_be_checked() -> None:
    assert run(["false"], check=False).status == 1


def test_a_tool_that_meets_a_full_disk_is_the_error_for_it() -> None:
    with pytest.raises(NoSpaceError, match="no disk space"):
        run(["sh", "-c", "cat /dev/zero > /dev/full"])


def test_a_missing_program_is_named() -> None:
    with pytest.raises(ToolMissingError, match="no-such-program"):
        run(["no-such-program"])


def test_programs_are_looked_for_where_administration_tools_are(tmp_path: Path) -> None:
    assert find_program("mke2fs", {"PATH": str(tmp_path)}) == Path("/usr/sbin/mke2fs")


def test_a_file_that_cannot_be_run_is_no_program(tmp_path: Path) -> None:
    (tmp_path / "tool").write_text("")
    with pytest.raises(ToolMissingError, match="tool"):
        require_program("tool", {"PATH": str(tmp_path)})


def test_after_the_deadline_the_program_and_its_children_are_gone(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    script = f"sleep 1000 & echo $! $$ > {pids}; wait"
    with pytest.raises(DeadlineError, match=r"within 0\.5 s"):
        run(["sh", "-c", script], within_s=0.5)
    for pid in pids.read_text().split():
        require_end(int(pid))


def test_an_interrupt_ends_the_program_and_its_children() -> None:
    pids: list[int] = []

    def interrupt(line: str) -> None:
        pids.extend(int(word) for word in line.split())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(["sh", "-c", "sleep 1000 & echo $! $$; wait"], on_line=interrupt)
    assert len(pids) == 2
    for pid in pids:
        require_end(pid)


def test_a_program_that_ignores_sigterm_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kpio_build.base.process._TERMINATE_WITHIN_S", 0.2)
    with pytest.raises(DeadlineError):
        run(["sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"], within_s=0.3)


def test_no_descriptor_is_left_open() -> None:
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - counts, needs no paths
    for _ in range(3):
        run(["true"])
        with background(["sleep", "1000"]):
            pass
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_a_background_program_ends_with_the_block() -> None:
    with background(["sleep", "1000"]) as process:
        assert process.poll() is None
        name = Path(f"/proc/{process.pid}/comm").read_text
        wait_for(lambda: name() == "sleep\n")
    assert process.returncode == -signal.SIGTERM


def wait_for(is_so: Callable[[], bool]) -> None:
    """Wait for something that gives no event to wait for: exec in another process."""
    pause = threading.Event()
    for _ in range(int(ENDS_WITHIN_S / 0.01)):
        if is_so():
            return
        pause.wait(0.01)
    raise AssertionError("it did not come to be so")


def test_a_background_program_dies_when_we_are_killed() -> None:
    script = (
        "import sys, signal\n"
        "from kpio_build.base.process import background\n"
        "with background(['sh', '-c', 'echo $$; exec sleep 1000'], stdout=sys.stdout.fileno()):\n"
        "    signal.pause()\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
        require_end(pid)
