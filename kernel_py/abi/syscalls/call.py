"""What a system call is: number, arguments, rights, results, errors."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from kernel_py.abi.place import Place, definition_place

MAX_ARGUMENTS: Final = 6
IOV_MAX: Final = 1024
PATH_MAX: Final = 4096
PIPE_BUF: Final = 4096


class Kind(Enum):
    """How the kernel reads an argument's 64-bit word, before the call's own code sees it."""

    I32 = "i32"
    """A signed number of 32 bits, sign- or zero-extended; anything else is EINVAL."""
    U32 = "u32"
    """An unsigned number of 32 bits; high bits that are not zero are EINVAL."""
    LOW_I32 = "low i32"
    """The low 32 bits; the high ones are ignored, because the call cannot fail."""
    I64 = "i64"
    """A signed number of 64 bits."""
    U64 = "u64"
    """An unsigned number of 64 bits."""
    FD = "fd"
    """A file descriptor: an I32 that is not negative; otherwise EBADF."""
    ADDRESS = "address"
    """An address the call checks itself, because what it must fulfil depends on the others."""
    BUFFER = "buffer"
    """Bytes of the process: with `length` they are checked to lie below USER_END, else EFAULT."""
    STRUCT = "struct"
    """A struct or scalar of the process, named by `target`; checked as a buffer is."""
    ARRAY = "array"
    """`length` structs in a row, at most `max_count`, more is EINVAL; checked as a buffer is."""
    PATH = "path"
    """A zero-terminated path, at most PATH_MAX bytes with the zero; longer: ENAMETOOLONG."""
    STRINGS = "strings"
    """An array of addresses of zero-terminated strings that ends with a null one."""
    LENGTH = "length"
    """The length of a buffer in bytes."""
    COUNT = "count"
    """The number of elements of an array."""
    SIZE = "size"
    """The size of a struct in bytes as the caller knows it; not the kernel's size: EINVAL."""

    @property
    def is_pointer(self) -> bool:
        """Whether the kernel reads or writes memory of the process through it."""
        return self in _POINTERS

    @property
    def is_measure(self) -> bool:
        """Whether it belongs to a pointer, and is decoded together with that."""
        return self in _MEASURES


_POINTERS: Final = frozenset({Kind.BUFFER, Kind.STRUCT, Kind.ARRAY, Kind.PATH, Kind.STRINGS})
_MEASURES: Final = frozenset({Kind.LENGTH, Kind.COUNT, Kind.SIZE})


class Direction(Enum):
    """Which way the bytes behind a pointer go, seen from the kernel."""

    VALUE = "value"
    IN = "in"
    OUT = "out"
    IN_OUT = "in, out"
    """Read and then written: a buffer or an array."""


@dataclass(frozen=True)
class Argument:
    """One argument, in register order.

    `unit` says what a number counts or which flags it holds. For pointers: `target` names a struct
    of `types.py` or a scalar, `length` the argument that says how much there is, `is_nullable`
    allows 0 for "not wanted". `is_deferred` is for a word that only some forms of the call use:
    the kernel must not judge it before it knows the form, so the call decodes it itself.
    """

    name: str
    kind: Kind
    doc: str
    unit: str = ""
    direction: Direction = Direction.VALUE
    target: str = ""
    length: str = ""
    is_nullable: bool = False
    is_deferred: bool = False
    max_count: int = 0
    place: Place = field(default_factory=definition_place, compare=False)


@dataclass(frozen=True)
class ErrorCase:
    """An error a call may give, and when."""

    error: str
    when: str
    place: Place = field(default_factory=definition_place, compare=False)


@dataclass(frozen=True)
class Syscall:
    """A system call. `returns` is what a success gives; empty: the call does not return.

    `rights` are names of `rights.py`: those of a handle are needed on the descriptor argument,
    those of a process on the caller. `source` cites the page whose behaviour the call follows. A
    call that `is_restarted` begins again after a handler with SA_RESTART, others end with EINTR;
    every call that waits begins again when no handler ran.
    """

    number: int
    name: str
    doc: str
    arguments: tuple[Argument, ...]
    returns: str
    errors: tuple[ErrorCase, ...]
    source: str
    rights: tuple[str, ...] = ()
    is_restarted: bool = False
    not_yet: tuple[str, ...] = ()
    place: Place = field(default_factory=definition_place, compare=False)
