"""Each message of the rules beside the input that triggers it."""

import dataclasses
import re
from typing import Any, TypeVar

import pytest

from kernel_py.abi.boot import CommandLineKey, ExitCode
from kernel_py.abi.contract import CONTRACT, Contract
from kernel_py.abi.errors import ErrorAlias, ErrorCode
from kernel_py.abi.events import Event, EventField, ValueKind
from kernel_py.abi.flags import Flag, FlagGroup, FlagKind
from kernel_py.abi.memory import Half, MemoryConstant, MemoryRegion
from kernel_py.abi.messages import TAB_STATE_CHANGED, ChannelPart, MessageKind, Way
from kernel_py.abi.rights import Holder, Right
from kernel_py.abi.states import State, Transition
from kernel_py.abi.syscalls import Argument, Direction, ErrorCase, Kind, Syscall
from kernel_py.abi.types import SCALARS, Struct, StructField
from kernel_py.check import check_all
from kernel_py.emit.lock import Lock, locked

T = TypeVar("T")

EINVAL = ErrorCase("EINVAL", "A number is too wide.")
EFAULT = ErrorCase("EFAULT", "It cannot be read.")
NEXT = len(CONTRACT.syscalls)
"""The next free number of a call."""
TYPE_NAMES = ", ".join(sorted([*(s.name for s in SCALARS), *(s.name for s in CONTRACT.structs)]))
"""What a pointer can point to."""


def messages(contract: Contract, lock: Lock | None = None) -> str:
    """Return what is wrong with a contract, without line numbers: they move."""
    text = "\n".join(str(v) for v in check_all({} if lock is None else lock, contract))
    return re.sub(r"\.py:\d+", ".py:N", text)


def with_(**tables: Any) -> Contract:
    return dataclasses.replace(CONTRACT, **tables)


def call(*arguments: Argument, errors: tuple[ErrorCase, ...] = (), **more: Any) -> Contract:
    """Return the contract with one more call, which takes the next free number."""
    made = Syscall(
        **{
            "number": NEXT,
            "name": "NEW",
            "doc": "Do it.",
            "arguments": arguments,
            "returns": "0.",
            "errors": errors,
            "source": "POSIX",
            **more,
        }
    )
    return with_(syscalls=(*CONTRACT.syscalls, made))


def struct(*fields: StructField, size: int, align: int, doc: str = "X.") -> Contract:
    """Return the contract with one more struct."""
    return with_(types=(*CONTRACT.types, Struct("New", "kpio_new", size, align, doc, fields)))


def kind(number: int = 0x1FF, made: Struct = TAB_STATE_CHANGED, **more: Any) -> Contract:
    """Return the contract with one more kind of message to the kernel."""
    new = MessageKind("NEW", number, Way.TO_KERNEL, made, **more)
    return with_(message_kinds=(*CONTRACT.message_kinds, new))


def part(index: int, start: int, size: int) -> Contract:
    """Return the contract with one part of the browser's region elsewhere."""
    parts = list(CONTRACT.message_parts)
    parts[index] = ChannelPart(parts[index].name, start, size, "X.")
    return with_(message_parts=tuple(parts))


def changed(table: tuple[T, ...], name: str, **changes: Any) -> tuple[T, ...]:
    """Return a table with one entry changed."""
    return tuple(
        dataclasses.replace(e, **changes) if e.name == name else e  # type: ignore[type-var,attr-defined]
        for e in table
    )


def test_contract_keeps_every_rule(published: Lock) -> None:
    assert check_all(published) == []


def test_nothing_published_moves_but_new_entries_are_welcome(published: Lock) -> None:
    assert messages(call(), published) == ""


CASES: dict[str, tuple[Contract, str]] = {
    "two calls with one number": (
        with_(
            syscalls=(
                *CONTRACT.syscalls,
                dataclasses.replace(CONTRACT.syscalls[7], name="VM_MAP"),
            )
        ),
        "error: syscall number 7 is both 'THREAD_CREATE' (abi/syscalls/thread.py:N) and 'VM_MAP' "
        f"(abi/syscalls/thread.py:N)\nhint: give the newer one the next free number, {NEXT}",
    ),
    "two calls with one name": (
        call(name="READ"),
        "error: syscall name 'READ' is given twice: 'READ' (abi/syscalls/files.py:N) and 'READ' "
        "(test_check.py:N)\nhint: give the newer one another name",
    ),
    "two ways for one event": (
        with_(transitions=(*CONTRACT.transitions, Transition("RUNNING", "END", "ENDED"))),
        "error: in state RUNNING the event END leads to ENDING (abi/states.py:N) and to ENDED "
        "(test_check.py:N)\nhint: remove one of them",
    ),
    "a state without a way to it": (
        with_(states=(*CONTRACT.states, State("LIMBO", "Nowhere."))),
        "error: no transition leads to state LIMBO (test_check.py:N)\n"
        "hint: add one, or remove the state",
    ),
    "an unknown event": (
        with_(transitions=(*CONTRACT.transitions, Transition("RUNNING", "JUMP", "ENDED"))),
        "error: a transition (test_check.py:N) names 'JUMP', which is stated nowhere\n"
        "hint: use one of CONTINUE, END, LAST_THREAD, REAP, STOP",
    ),
    "a gap in the numbers": (
        call(number=NEXT + 1),
        f"error: no syscall has number {NEXT}, but 'NEW' (test_check.py:N) has {NEXT + 1}\n"
        "hint: numbers have no gap; a call that is given up keeps its entry and returns ENOSYS",
    ),
    "two errors with one number": (
        with_(errors=(*CONTRACT.errors, ErrorCode(2, "ENOTHERE", "Not there"))),
        "error: error number 2 is both 'ENOENT' (abi/errors.py:N) and 'ENOTHERE' "
        "(test_check.py:N)\n"
        "hint: error numbers are musl's; a second name of one is an ErrorAlias",
    ),
    "a flag with the name of an error": (
        with_(
            flags=(
                *CONTRACT.flags,
                FlagGroup("g", "G", FlagKind.BITS, "u32", "g.h", (Flag("ENOENT", 1, "X."),)),
            )
        ),
        "error: error or flag name 'ENOENT' is given twice: 'ENOENT' (abi/errors.py:N) and "
        "'ENOENT' (test_check.py:N)\nhint: give the newer one another name",
    ),
    "two names of one choice": (
        with_(
            flags=(
                *CONTRACT.flags,
                FlagGroup(
                    "g",
                    "G",
                    FlagKind.CHOICE,
                    "u32",
                    "g.h",
                    (Flag("G_A", 1, "X."), Flag("G_B", 1, "X.")),
                ),
            )
        ),
        "error: value 1 of group 'g' is both 'G_A' (test_check.py:N) and 'G_B' (test_check.py:N)\n"
        "hint: one value of a choice has one name; if they are or-ed together, the group is "
        "FlagKind.BITS",
    ),
    "two rights with one bit": (
        with_(rights=(*CONTRACT.rights, Right("JIT", 1, Holder.PROCESS, "X."))),
        "error: right bit 1 is both 'WRITE' (abi/rights.py:N) and 'JIT' (test_check.py:N)\n"
        "hint: give the newer one the next free number, "
        f"{max(right.bit for right in CONTRACT.rights) + 1}",
    ),
    "a right beyond 32 bits": (
        with_(rights=(*CONTRACT.rights, Right("JIT", 32, Holder.PROCESS, "X."))),
        "error: right 'JIT' (test_check.py:N) has bit 32; rights are 32 bits\n"
        "hint: give the newer one the next free number, 33",
    ),
    "two exit codes with one status of QEMU": (
        with_(exit_codes=(*CONTRACT.exit_codes, ExitCode("EXIT_X", 0xAA, "X."))),
        "error: exit status 85 of QEMU means both 'EXIT_SUCCESS' (abi/boot.py:N) and 'EXIT_X' "
        "(test_check.py:N)\nhint: give the newer one a value whose low 7 bits nobody else has",
    ),
    "an exit code QEMU itself ends with": (
        with_(exit_codes=(*CONTRACT.exit_codes, ExitCode("EXIT_X", 0x80, "X."))),
        "error: exit code 'EXIT_X' (test_check.py:N) makes QEMU end with 1, which QEMU also does "
        "by itself\nhint: give it a value of which the low 7 bits are not 0",
    ),
    "two events with one constant": (
        with_(events=(*CONTRACT.events, Event("boot_ready", "X.", ()))),
        "error: Rust constant 'BOOT_READY' is given to two events: 'boot.ready' (abi/events.py:N) "
        "and 'boot_ready' (test_check.py:N)\nhint: give the newer one another name",
    ),
    "hidden padding inside": (
        struct(StructField("a", "u32", "X."), StructField("b", "u64", "X."), size=16, align=8),
        "error: struct 'New' (test_check.py:N) has 4 bytes of hidden padding before 'b'\n"
        "hint: add a field of 4 bytes with is_padding=True before 'b', or reorder the fields",
    ),
    "hidden padding at the end": (
        struct(StructField("a", "u64", "X."), StructField("b", "u8", "X."), size=16, align=8),
        "error: struct 'New' (test_check.py:N) has 7 bytes of hidden padding at its end\n"
        "hint: add a field of 7 bytes with is_padding=True at its end, or reorder the fields",
    ),
    "a size that is not so": (
        struct(StructField("a", "u64", "X."), StructField("t", "Timespec", "X."), size=16, align=8),
        "error: struct 'New' (test_check.py:N) says it has 16 bytes, but its fields take 24\n"
        "hint: state size 24, or mend the fields",
    ),
    "an alignment that is not so": (
        struct(StructField("a", "u16", "X.", count=4), size=8, align=8),
        "error: struct 'New' (test_check.py:N) says it is aligned to 8, but its fields are aligned "
        "to 2\nhint: state align 2, or mend the fields",
    ),
    "a field of an unknown type": (
        struct(StructField("a", "usize", "X."), size=8, align=8),
        "error: field 'a' (test_check.py:N) of struct 'New' has type 'usize', which is not known "
        "there\nhint: use one of u8, u16, u32, u64, i16, i32, i64, or a struct that stands "
        "before it",
    ),
    "a struct inside itself": (
        struct(StructField("a", "New", "X."), size=8, align=8),
        "error: field 'a' (test_check.py:N) of struct 'New' has type 'New', which is not known "
        "there\nhint: use one of u8, u16, u32, u64, i16, i32, i64, or a struct that stands "
        "before it",
    ),
    "two fields with one name": (
        struct(StructField("a", "u8", "X."), StructField("a", "u8", "X."), size=2, align=1),
        "error: struct 'New' has two fields 'a' (test_check.py:N) and (test_check.py:N)\n"
        "hint: give the newer one another name",
    ),
    "a field that is there no times": (
        struct(
            StructField("a", "u8", "X."), StructField("b", "u8", "X.", count=0), size=1, align=1
        ),
        "error: field 'b' (test_check.py:N) of struct 'New' is there 0 times\n"
        "hint: `count` is at least 1",
    ),
    "a struct without fields": (
        struct(size=0, align=1),
        "error: struct 'New' (test_check.py:N) has no field\nhint: give it one, or remove it",
    ),
    "regions that overlap": (
        with_(
            memory_regions=(
                *CONTRACT.memory_regions,
                MemoryRegion("heap", Half.KERNEL, 0xFFFF_D0FF_FFFF_F000, 0x2000, "X."),
            )
        ),
        "error: region 'kernel mappings' (abi/memory.py:N) is 0xFFFF_D000_0000_0000 to "
        "0xFFFF_D100_0000_0000 and overlaps 'heap' (test_check.py:N), 0xFFFF_D0FF_FFFF_F000 to "
        "0xFFFF_D100_0000_1000, by 0x1000 bytes\n"
        "hint: move 'heap' to 0xFFFF_D100_0000_0000 or beyond, or make 'kernel mappings' at most "
        "0x00FF_FFFF_F000 bytes",
    ),
    "a region off the page": (
        with_(
            memory_regions=(
                *CONTRACT.memory_regions,
                MemoryRegion("heap", Half.KERNEL, 0xFFFF_E000_0000_0010, 0x1000, "X."),
            )
        ),
        "error: region 'heap' (test_check.py:N) starts at 0xFFFF_E000_0000_0010, which is not a "
        "multiple of PAGE_SIZE\nhint: the next multiple is 0xFFFF_E000_0000_1000",
    ),
    "a region in the other half": (
        with_(
            memory_regions=(
                *CONTRACT.memory_regions,
                MemoryRegion("heap", Half.USER, 0xFFFF_E000_0000_0000, 0x1000, "X."),
            )
        ),
        "error: region 'heap' (test_check.py:N) is 0xFFFF_E000_0000_0000 to 0xFFFF_E000_0000_1000, "
        "outside of the user's half, 0x0 to 0x7FFF_FFFF_F000\n"
        "hint: put it inside, or say whose it is: it is Half.USER now",
    ),
    "a region of nothing": (
        with_(
            memory_regions=(
                *CONTRACT.memory_regions,
                MemoryRegion("heap", Half.KERNEL, 0xFFFF_E000_0000_0000, 0, "X."),
            )
        ),
        "error: region 'heap' (test_check.py:N) has size 0\nhint: give it a page at least",
    ),
    "two kinds of messages with one number": (
        kind(0x101),
        "error: message number 257 is both 'TAB_STATE_CHANGED' (abi/messages.py:N) and 'NEW' "
        "(test_check.py:N)\nhint: give the newer one the next free number of its way",
    ),
    "a number of the other way": (
        kind(6),
        "error: message kind 'NEW' (test_check.py:N) goes from browser to kernel and has number "
        "0x6\nhint: give it one from 0x100 to 0xFFFF",
    ),
    "a message without a header": (
        kind(made=Struct("New", "new", 8, 8, "X.", (StructField("a", "u64", "X."),))),
        "error: message kind 'NEW' (test_check.py:N) does not begin with a MessageHeader\n"
        "hint: make it the first field of the struct",
    ),
    "a message that is too long": (
        kind(
            made=Struct(
                "New",
                "new",
                72,
                4,
                "X.",
                (
                    StructField("header", "MessageHeader", "X."),
                    StructField("a", "u32", "X.", count=16),
                ),
            )
        ),
        "error: message kind 'NEW' (test_check.py:N) has 72 bytes; a message has 64 at most\n"
        "hint: refer to what is long with `offset` and `len` in a part",
    ),
    "a limit of no field": (
        kind(limits=(("level", 3),)),
        "error: message kind 'NEW' (test_check.py:N) has its field 'level' judged, which is no "
        "single u32 of its struct\nhint: a reader judges fields of 32 bits",
    ),
    "a limit that allows nothing": (
        kind(limits=(("state", 0),)),
        "error: message kind 'NEW' (test_check.py:N) allows 0 values in 'state'\n"
        "hint: state from 1 to 0xFFFF_FFFF",
    ),
    "a part for nothing": (
        kind(span="GPU"),
        "error: message kind 'NEW' (test_check.py:N) has `offset` and `len` without a part, or a "
        "part without them\nhint: state in `span` which part they lie in",
    ),
    "a part nobody knows": (
        kind(made=CONTRACT.message_kinds[-1].struct, span="SOUND"),
        "error: message kind 'NEW' (test_check.py:N) refers to the part 'SOUND', which is none\n"
        "hint: use one of CONTROL, GPU, NETWORK, TO_BROWSER, TO_KERNEL, WASM",
    ),
    "a hole in the region": (
        part(5, 0x80_2000, 0x7F_E000),
        "error: part 'WASM' (test_check.py:N) starts at 0x0080_2000, but what lies before ends at "
        "0x0080_1000\nhint: start it at 0x0080_1000",
    ),
    "a region that is too short": (
        part(5, 0x80_1000, 0x7F_E000),
        "error: the parts end at 0x00FF_F000, but the region has 0x0100_0000 bytes\n"
        "hint: make the last part end there",
    ),
    "parts that overlap": (
        part(4, 0x40_0000, 0x40_1000),
        "error: part 'GPU' (test_check.py:N) starts at 0x0040_0000, but what lies before ends at "
        "0x0040_1000\nhint: start it at 0x0040_1000",
    ),
    "a constant of more than 64 bits": (
        with_(
            memory_constants=(*CONTRACT.memory_constants, MemoryConstant("X", 1 << 64, "b", "X."))
        ),
        "error: memory constant 'X' (test_check.py:N) is 0x10000000000000000, which does not fit "
        "64 bits\nhint: state a value from 0 to 0xFFFF_FFFF_FFFF_FFFF",
    ),
    "seven arguments": (
        call(*(Argument(f"a{i}", Kind.ADDRESS, "X.") for i in range(7))),
        "error: syscall 'NEW' (test_check.py:N) has 7 arguments; there are 6 registers for them\n"
        "hint: pass a struct that holds them, with its size",
    ),
    "an argument the table uses itself": (
        call(Argument("caller", Kind.ADDRESS, "X.")),
        "error: argument 'caller' (test_check.py:N) of 'NEW' has a name the generated code cannot "
        "use\nhint: use lower case, digits and _, and none of args, caller, number",
    ),
    "two arguments with one name": (
        call(Argument("a", Kind.ADDRESS, "X."), Argument("a", Kind.ADDRESS, "X.")),
        "error: argument 'a' (test_check.py:N) of 'NEW' has a name another one has too\n"
        "hint: rename one of them\n"
        "error: argument 'a' (test_check.py:N) of 'NEW' has a name another one has too\n"
        "hint: rename one of them",
    ),
    "a number without a unit": (
        call(Argument("a", Kind.U64, "X.")),
        "error: argument 'a' (test_check.py:N) of 'NEW' is a number without a unit\n"
        "hint: say in `unit` what it counts, or which flags it holds",
    ),
    "a pointer without a direction": (
        call(Argument("a", Kind.STRUCT, "X.", target="Stat"), errors=(EFAULT,)),
        "error: argument 'a' (test_check.py:N) of 'NEW' is struct with direction value\n"
        "hint: a pointer is Direction.IN or Direction.OUT, everything else Direction.VALUE",
    ),
    "a path that is written": (
        call(
            Argument("a", Kind.PATH, "X.", direction=Direction.OUT),
            errors=(EFAULT, ErrorCase("ENAMETOOLONG", "X.")),
        ),
        "error: argument 'a' (test_check.py:N) of 'NEW' is path that the kernel would write\n"
        "hint: use IN",
    ),
    "a struct that is updated": (
        call(
            Argument("a", Kind.STRUCT, "X.", direction=Direction.IN_OUT, target="Stat"),
            errors=(EFAULT,),
        ),
        "error: argument 'a' (test_check.py:N) of 'NEW' is struct that the kernel would read and "
        "write\nhint: only a Kind.BUFFER or Kind.ARRAY can be Direction.IN_OUT",
    ),
    "a pointer to nothing known": (
        call(
            Argument("a", Kind.STRUCT, "X.", direction=Direction.IN, target="Statx"),
            errors=(EFAULT,),
        ),
        "error: argument 'a' (test_check.py:N) of 'NEW' points to 'Statx', which is no struct and "
        "no scalar\nhint: add it to abi/types.py, or use one of " + TYPE_NAMES,
    ),
    "a number that points": (
        call(Argument("a", Kind.U64, "X.", unit="bytes", target="Stat")),
        "error: argument 'a' (test_check.py:N) of 'NEW' is u64 and cannot point to 'Stat'\n"
        "hint: use Kind.STRUCT or Kind.ARRAY, or remove `target`",
    ),
    "a path that may be 0": (
        call(
            Argument("a", Kind.PATH, "X.", direction=Direction.IN, is_nullable=True),
            errors=(EFAULT, ErrorCase("ENAMETOOLONG", "X.")),
        ),
        "error: argument 'a' (test_check.py:N) of 'NEW' is path and cannot be 0 for `not wanted`\n"
        "hint: only a Kind.STRUCT can",
    ),
    "a number with a maximum": (
        call(Argument("a", Kind.U64, "X.", unit="bytes", max_count=5)),
        "error: argument 'a' (test_check.py:N) of 'NEW' is u64 with max_count 5\n"
        "hint: an array states the most elements it may have; nothing else does",
    ),
    "a buffer without a length": (
        call(Argument("a", Kind.BUFFER, "X.", direction=Direction.IN), errors=(EFAULT,)),
        "error: argument 'a' (test_check.py:N) of 'NEW' is measured by '', which is no argument of "
        "the call\nhint: a buffer is measured by Kind.LENGTH",
    ),
    "a buffer measured by a descriptor": (
        call(
            Argument("a", Kind.BUFFER, "X.", direction=Direction.IN, length="fd"),
            Argument("fd", Kind.FD, "X."),
            errors=(EFAULT, EINVAL, ErrorCase("EBADF", "X.")),
        ),
        "error: argument 'a' (test_check.py:N) of 'NEW' is measured by 'fd', which is a fd of the "
        "call\nhint: a buffer is measured by Kind.LENGTH",
    ),
    "a length of nothing": (
        call(Argument("len", Kind.LENGTH, "X.", unit="bytes")),
        "error: argument 'len' (test_check.py:N) of 'NEW' is a length of 0 pointers\n"
        "hint: name it as `length` of exactly one argument",
    ),
    "a right nobody knows": (
        call(rights=("FLY",)),
        "error: syscall 'NEW' (test_check.py:N) needs the right 'FLY', which nothing defines\n"
        "hint: add it to abi/rights.py, or use one of CHANGE, DUPLICATE, INSPECT, MAP, POWER, "
        "READ, REVOKE, SEEK, SERVE, SIGNAL, TRANSFER, WRITE",
    ),
    "a right to no handle": (
        call(rights=("READ",)),
        "error: syscall 'NEW' (test_check.py:N) needs the right 'READ' (abi/rights.py:N) on a "
        "handle, but takes no descriptor\nhint: add an argument of Kind.FD, or remove the right",
    ),
    "an error that is none": (
        call(errors=(ErrorCase("EWHAT", "X."),)),
        "error: error 'EWHAT' (test_check.py:N) of 'NEW' is not an error\n"
        "hint: add it to abi/errors.py, or use one that is there",
    ),
    "an error without its condition": (
        call(errors=(ErrorCase("EIO", ""),)),
        "error: error 'EIO' (test_check.py:N) of 'NEW' is not explained\n"
        "hint: say in one sentence what it is",
    ),
    "an error with half a sentence": (
        call(errors=(ErrorCase("EIO", "The medium"),)),
        "error: error 'EIO' (test_check.py:N) of 'NEW' is explained by 'The medium', which does "
        "not end\nhint: write a sentence with a full stop",
    ),
    "an error given twice": (
        call(errors=(ErrorCase("EIO", "X."), ErrorCase("EIO", "Y."))),
        "error: error 'EIO' (test_check.py:N) of 'NEW' is given twice, first at test_check.py:N\n"
        "hint: put both conditions into one sentence",
    ),
    "an error of decoding that is kept back": (
        call(Argument("a", Kind.U32, "X.", unit="flags")),
        "error: syscall 'NEW' (test_check.py:N) can fail with EINVAL, because of argument 'a' "
        "(test_check.py:N), but does not say so\n"
        "hint: add an ErrorCase for EINVAL that says when",
    ),
    "a call without a source": (
        call(source=""),
        "error: syscall 'NEW' (test_check.py:N) has no source\n"
        "hint: cite the page whose behaviour it follows",
    ),
    "a call without a sentence": (
        call(doc=""),
        "error: syscall 'NEW' (test_check.py:N) is not explained\n"
        "hint: say in one sentence what it is",
    ),
    "an error message with a full stop": (
        with_(errors=(*CONTRACT.errors, ErrorCode(200, "ENEW", "New."))),
        "error: error 'ENEW' (test_check.py:N) has the message 'New.'\n"
        "hint: say what happened, as `strerror` does: without a full stop",
    ),
    "an alias of nothing": (
        with_(error_aliases=(*CONTRACT.error_aliases, ErrorAlias("ENEW", "EOLD"))),
        "error: alias 'ENEW' (test_check.py:N) stands for 'EOLD', which is no error\n"
        "hint: name an error of abi/errors.py",
    ),
    "a flag answered with nothing known": (
        with_(
            flags=(
                *CONTRACT.flags,
                FlagGroup(
                    "g", "G", FlagKind.BITS, "u32", "g.h", (Flag("G_A", 1, "X.", not_yet="no"),)
                ),
            )
        ),
        "error: flag 'G_A' (test_check.py:N) is answered with 'no' while it is not served, which "
        "is no error\nhint: name an error of abi/errors.py, or 'ignored'",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_message(name: str) -> None:
    contract, expected = CASES[name]
    assert messages(contract) == expected


LOCKED = locked(CONTRACT)

MOVES: dict[str, tuple[Contract, str]] = {
    "a number of a call": (
        with_(syscalls=changed(CONTRACT.syscalls, "GETPPID", number=NEXT)),
        f"syscall 'GETPPID' (abi/syscalls/process.py:N) is now [number {NEXT}], but published as "
        "[number 25] "
        "(kernel_py/abi.lock.json)",
    ),
    "the arguments of a call": (
        with_(syscalls=changed(CONTRACT.syscalls, "CLOSE", arguments=())),
        "syscall 'CLOSE' (abi/syscalls/files.py:N) is now [number 4], but published as "
        "[number 4, fd: fd] (kernel_py/abi.lock.json)",
    ),
    "a value of a flag": (
        with_(
            flags=tuple(
                dataclasses.replace(g, flags=changed(g.flags, "O_CREAT", value=0o200))
                for g in CONTRACT.flags
            )
        ),
        "flag 'O_CREAT' (abi/flags.py:N) is now 128, but published as 64 (kernel_py/abi.lock.json)",
    ),
    "a bit of a right": (
        with_(rights=changed(CONTRACT.rights, "POWER", bit=9)),
        "right 'POWER' (abi/rights.py:N) is now 9, but published as 4 (kernel_py/abi.lock.json)",
    ),
    "an exit code": (
        with_(exit_codes=changed(CONTRACT.exit_codes, "EXIT_PANIC", value=0x40)),
        "exit code 'EXIT_PANIC' (abi/boot.py:N) is now 64, but published as 44 "
        "(kernel_py/abi.lock.json)",
    ),
    "a user address": (
        with_(memory_constants=changed(CONTRACT.memory_constants, "USER_MIN", value=0x2_0000)),
        "memory constant 'USER_MIN' (abi/memory.py:N) is now 131072, but published as 65536 "
        "(kernel_py/abi.lock.json)",
    ),
    "an error that is gone": (
        with_(errors=tuple(e for e in CONTRACT.errors if e.name != "EHWPOISON")),
        "error 'EHWPOISON' is published (kernel_py/abi.lock.json), but gone from the contract",
    ),
    "a struct of fixed size that grows": (
        with_(
            types=changed(
                CONTRACT.types,
                "IoVec",
                size=24,
                fields=(*CONTRACT.types[2].fields, StructField("flags", "u64", "X.")),
            )
        ),
        "struct 'IoVec' (abi/types.py:N) is now [size 24, align 8, iov_base: u64, iov_len: u64, "
        "flags: u64], but published as [size 16, align 8, iov_base: u64, iov_len: u64] "
        "(kernel_py/abi.lock.json)",
    ),
    "an event that loses a field": (
        with_(events=changed(CONTRACT.events, "process.output", fields=())),
        "event 'process.output' (abi/events.py:N) is now [], but published as [pid: decimal] "
        "(kernel_py/abi.lock.json)",
    ),
}


@pytest.mark.parametrize("name", MOVES)
def test_what_is_published_does_not_move(name: str) -> None:
    contract, expected = MOVES[name]
    lines = messages(contract, LOCKED).splitlines()
    assert f"error: {expected}" in lines


def test_struct_whose_size_is_passed_may_grow_at_its_end() -> None:
    info = next(t for t in CONTRACT.types if t.name == "SystemInfo")
    grown = (*info.fields, StructField("pipes", "u64", "X."))
    contract = with_(types=changed(CONTRACT.types, "SystemInfo", size=info.size + 8, fields=grown))
    assert messages(contract, LOCKED) == ""


def test_struct_whose_size_is_passed_does_not_grow_in_front() -> None:
    info = next(t for t in CONTRACT.types if t.name == "SystemInfo")
    grown = (StructField("pipes", "u64", "X."), *info.fields)
    contract = with_(types=changed(CONTRACT.types, "SystemInfo", size=info.size + 8, fields=grown))
    assert "struct 'SystemInfo' (abi/types.py:N) is now" in messages(contract, LOCKED)


def test_event_may_get_a_field_at_its_end() -> None:
    old = CONTRACT.events[0]
    more = (*old.fields, EventField("smp", ValueKind.DECIMAL, "X."))
    assert messages(with_(events=changed(CONTRACT.events, old.name, fields=more)), LOCKED) == ""


def test_all_broken_rules_are_reported_at_once() -> None:
    contract = with_(
        rights=(*CONTRACT.rights, Right("JIT", 1, Holder.PROCESS, "X")),
        command_line_keys=(*CONTRACT.command_line_keys, CommandLineKey("init", "", "X.")),
        exit_codes=(*CONTRACT.exit_codes, ExitCode("EXIT_X", 0, "")),
    )
    found = messages(contract)
    for part in ("right bit 1", "line key 'init'", "'EXIT_X' (test_check.py:N) makes QEMU", "'X'"):
        assert part in found
    assert found.count("error: ") == 5
