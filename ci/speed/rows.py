"""The rows: what one operation of each is. userspace/bench/rows.c has them under the same names."""

from dataclasses import dataclass
from typing import Final

from kpio_build.base.errors import UsageError


@dataclass(frozen=True)
class Row:
    """One microbenchmark. `operation` is what one operation does, on both systems."""

    name: str
    title: str
    operation: str


ROWS: Final = (
    Row("null-call", "null call", "GETPID, by its number"),
    Row("read", "read", "4 KiB of a file that is in memory"),
    Row("write", "write", "4 KiB over those of a file that is in memory"),
    Row("open-close", "open, close", "a file two directories deep"),
    Row("stat", "stat", "a file two directories deep"),
    Row("mmap-fault", "mmap fault", "the first write to a page; 256 share one mmap and munmap"),
    Row("fork-exit", "fork, exit", "a child that exits, and its parent's wait"),
    Row("fork-exec", "fork, exec", "a child that executes an empty program, and the wait"),
    Row("spawn", "spawn", "posix_spawn of an empty program, and the wait"),
    Row("pipe-ping-pong", "pipe ping-pong", "one byte to another thread and one back"),
    Row("futex-ping-pong", "futex ping-pong", "waking another thread and being woken by it"),
    Row("context-switch", "context switch", "from one yielding thread to the other"),
    Row("thread", "thread create, join", "a thread that does nothing"),
    Row("ring-message", "ring message", "64 bytes through a ring in shared memory"),
    Row("channel", "channel round trip", "a message with a handle there and back"),
    Row("memory-copy", "memory copy", "memcpy of 64 KiB"),
    Row("memory-fill", "memory fill", "memset of 64 KiB"),
    Row("string-length", "string length", "strlen of 4 KiB"),
)


def rows_named(names: tuple[str, ...]) -> tuple[Row, ...]:
    """Return the rows of these names, in the order they run; all of them for no name.

    Raises UsageError for a name that no row has.
    """
    known = [row.name for row in ROWS]
    for name in names:
        if name not in known:
            raise UsageError(f"there is no row {name}", hint=f"there is: {', '.join(known)}")
    return tuple(row for row in ROWS if not names or row.name in names)
