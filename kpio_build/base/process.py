"""Other programs: run to their end, or kept in the background; always ended and reaped.

Every program gets a session of its own, so Ctrl-C reaches kpio alone, and kpio ends the whole
group.
"""

import contextlib
import os
import select
import selectors
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from kpio_build.base.errors import KpioError, ToolMissingError, no_space_error, says_no_space
from kpio_build.base.wait import FOREVER_S, Deadline

Argument = str | Path
LineSink = Callable[[str], None]

_TERMINATE_WITHIN_S: Final = 5.0
_READ_SIZE: Final = 1 << 16
_DETAIL_LINES: Final = 200


class ProcessError(KpioError):
    """A program ended with a status that says it failed."""

    def __init__(self, completed: "Completed", *, hint: str = "") -> None:
        lines = completed.output.rstrip("\n").splitlines()
        super().__init__(
            f"`{completed.command}` {completed.ending}",
            hint=hint,
            details="\n".join(lines[-_DETAIL_LINES:]),
        )
        self.completed = completed


@dataclass(frozen=True)
class Completed:
    """A program that has ended. `status` is negative for a signal, as in `subprocess`."""

    argv: tuple[str, ...]
    status: int
    stdout: str
    stderr: str
    elapsed_s: float

    @property
    def command(self) -> str:
        """The command line as one could type it, shortened to be read."""
        text = shlex.join(self.argv)
        return text if len(text) <= 200 else f"{text[:197]}..."

    @property
    def ending(self) -> str:
        """How it ended, in words."""
        if self.status < 0:
            return f"was ended by {signal_name(-self.status)}"
        return f"ended with status {self.status}"

    @property
    def output(self) -> str:
        """Both streams, standard output first."""
        return self.stdout + self.stderr


def signal_name(number: int) -> str:
    """Return the name of a signal, such as SIGKILL."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def run(
    argv: Sequence[Argument],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    within_s: float = FOREVER_S,
    on_line: LineSink | None = None,
    check: bool = True,
    hint: str = "",
) -> Completed:
    """Run a program to its end and return what it printed.

    `env` is the whole environment; None hands ours on. `on_line` sees each line of both streams as
    it comes, without its line end. With `check`, a status other than 0 raises ProcessError with the
    output as details, or NoSpaceError when the output names a full disk.

    Raises ToolMissingError when there is no such program, DeadlineError after `within_s` seconds.
    The program and all its children are gone when this function is left, however it is left.
    """
    words = tuple(str(word) for word in argv)
    started_s = time.monotonic()
    deadline = Deadline.after(within_s, f"the end of `{shlex.join(words)}`")
    process = _start(words, cwd=cwd, env=env)
    try:
        streams = _communicate(process, stdin, deadline, on_line)
        if not _has_ended(process, deadline.remaining_s()):
            raise deadline.error()
    finally:
        status = _end_group(process)
    completed = Completed(
        argv=words,
        status=status,
        stdout=streams[0],
        stderr=streams[1],
        elapsed_s=time.monotonic() - started_s,
    )
    if check and status != 0:
        if says_no_space(completed.output):
            raise no_space_error(f"`{completed.command}`", details=completed.output)
        raise ProcessError(completed, hint=hint)
    return completed


@contextlib.contextmanager
def background(
    argv: Sequence[Argument],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: int | IO[bytes] = subprocess.DEVNULL,
    stdout: int | IO[bytes] = subprocess.DEVNULL,
    stderr: int | IO[bytes] = subprocess.DEVNULL,
    pass_fds: Sequence[int] = (),
) -> Iterator["subprocess.Popen[bytes]"]:
    """Keep a program running for the length of the block; it is ended and reaped after it.

    It also dies when this process is killed outright: `setpriv --pdeathsig` (util-linux) asks the
    kernel for that. The request belongs to the thread that starts the program, so start it from one
    that lives on.

    Raises ToolMissingError when there is no such program.
    """
    words = tuple(str(word) for word in argv)
    require_program(words[0], env)
    process = subprocess.Popen(
        ("setpriv", "--pdeathsig", "KILL", "--", *words),
        cwd=cwd,
        env=env,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        pass_fds=tuple(pass_fds),
        start_new_session=True,
    )
    try:
        yield process
    finally:
        _end_group(process)


def find_program(name: str, env: Mapping[str, str] | None = None) -> Path | None:
    """Return the path of a program, looking in PATH and in the places for administration tools."""
    if "/" in name:
        return Path(name) if os.access(name, os.X_OK) else None
    environment = os.environ if env is None else env
    for directory in [*environment.get("PATH", os.defpath).split(":"), "/usr/sbin", "/sbin"]:
        candidate = Path(directory or ".", name)
        # Not Path.is_file: it raises PermissionError for a directory that may not be searched.
        if os.path.isfile(candidate) and os.access(candidate, os.X_OK):  # noqa: PTH113
            return candidate
    return None


def require_program(name: str, env: Mapping[str, str] | None = None) -> Path:
    """Return the path of a program; raise ToolMissingError when it is not installed."""
    found = find_program(name, env)
    if found is None:
        raise ToolMissingError(
            f"the program {name} is not installed",
            hint="`./kpio doctor` names the package each tool comes from",
        )
    return found


def _start(
    words: tuple[str, ...], *, cwd: Path | None, env: Mapping[str, str] | None
) -> "subprocess.Popen[bytes]":
    program = require_program(words[0], env)
    return subprocess.Popen(
        (str(program), *words[1:]),
        cwd=cwd,
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def _communicate(
    process: "subprocess.Popen[bytes]", stdin: bytes, deadline: Deadline, on_line: LineSink | None
) -> tuple[str, str]:
    """Feed and drain the program until both its streams are closed; return what came out."""
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    collected = {process.stdout: bytearray(), process.stderr: bytearray()}
    unfinished = {process.stdout: bytearray(), process.stderr: bytearray()}
    unsent = memoryview(stdin)
    with selectors.DefaultSelector() as selector:
        for stream in collected:
            selector.register(stream, selectors.EVENT_READ)
        if unsent:
            os.set_blocking(process.stdin.fileno(), False)
            selector.register(process.stdin, selectors.EVENT_WRITE)
        else:
            process.stdin.close()
        while selector.get_map():
            remaining = deadline.remaining_s()
            ready = selector.select(None if remaining == FOREVER_S else remaining)
            if not ready:
                deadline.check()
            for key, _ in ready:
                if key.fileobj is process.stdin:
                    unsent = _feed(process.stdin, unsent)
                    if not unsent:
                        selector.unregister(process.stdin)
                        process.stdin.close()
                    continue
                stream = process.stdout if key.fileobj is process.stdout else process.stderr
                chunk = os.read(stream.fileno(), _READ_SIZE)
                if not chunk:
                    selector.unregister(stream)
                    stream.close()
                collected[stream] += chunk
                if on_line is not None:
                    _emit_lines(unfinished[stream], chunk, on_line, is_end=not chunk)
    texts = [bytes(data).decode("utf-8", "replace") for data in collected.values()]
    return texts[0], texts[1]


def _feed(stream: IO[bytes], unsent: memoryview) -> memoryview:
    try:
        return unsent[os.write(stream.fileno(), unsent[:_READ_SIZE]) :]
    except BlockingIOError:
        return unsent
    except BrokenPipeError:
        return unsent[len(unsent) :]


def _emit_lines(pending: bytearray, chunk: bytes, on_line: LineSink, *, is_end: bool) -> None:
    pending += chunk
    *whole, rest = bytes(pending).split(b"\n")
    if is_end and rest:
        whole.append(rest)
        rest = b""
    pending[:] = rest
    for line in whole:
        on_line(line.decode("utf-8", "replace").rstrip("\r"))


def _has_ended(process: "subprocess.Popen[bytes]", within_s: float) -> bool:
    """Wait for the program to end, without reaping it: until then nobody else can get its id."""
    descriptor = os.pidfd_open(process.pid)
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(None if within_s == FOREVER_S else within_s * 1000))
    finally:
        os.close(descriptor)


def _end_group(process: "subprocess.Popen[bytes]") -> int:
    """End the program and everything in its session, reap it, and return its status."""
    if process.returncode is None:
        if not _has_ended(process, 0):
            _signal_group(process, signal.SIGTERM)
            _has_ended(process, _TERMINATE_WITHIN_S)
        _signal_group(process, signal.SIGKILL)
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            with contextlib.suppress(BrokenPipeError):
                stream.close()
    return process.wait()


def _signal_group(process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    """Signal the session of a program not yet reaped. One run through sudo is out of reach."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
