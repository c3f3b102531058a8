"""The browser's channel: its region has no holes, and a reader refuses what is wrong by name."""

import random
import struct
from itertools import pairwise

import pytest

from kernel_py.abi import messages, ring
from kernel_py.abi.layout import lay_out
from kernel_py.abi.messages import (
    CHANNEL_VERSION,
    KINDS,
    MESSAGE_MAX_BYTES,
    PARTS,
    STRUCTS,
    MessageKind,
    Way,
)
from kernel_py.model.messages import Reader, Refused

NAMES = {
    *("Oversized", "Truncated", "UnknownVersion", "OutOfOrder", "UnknownKind", "WrongLength"),
    "BadField",
}


def message(kind: MessageKind, sequence: int = 0, **fields: int) -> bytes:
    """Return a message whose other fields are 0."""
    made = bytearray(kind.struct.size)
    struct.pack_into("<HHI", made, 0, CHANNEL_VERSION, kind.number, sequence)
    for placed in lay_out(kind.struct, STRUCTS).fields:
        if placed.field.name in fields:
            code = {4: "<I", 8: "<Q"}[placed.size]
            struct.pack_into(code, made, placed.offset, fields[placed.field.name])
    return bytes(made)


def verdict(reader: Reader, read: bytes) -> str:
    try:
        return reader.read(read)[0].name
    except Refused as refused:
        return str(refused)


def kind(name: str) -> MessageKind:
    return next(k for k in KINDS if k.name == name)


def test_parts_lie_one_behind_another_and_are_the_region() -> None:
    assert PARTS[0].start == 0
    assert all(one.start + one.size == two.start for one, two in pairwise(PARTS))
    assert PARTS[-1].start + PARTS[-1].size == messages.CHANNEL_BYTES
    assert all(part.start % 4096 == 0 for part in PARTS)


def test_both_rings_have_their_place() -> None:
    sizes = {part.name: part.size for part in PARTS}
    end = messages.TO_BROWSER_CONTROL + ring.RING_CONTROL_BYTES
    assert end <= messages.TO_KERNEL_CONTROL
    assert sizes["CONTROL"] >= messages.TO_KERNEL_CONTROL + ring.RING_CONTROL_BYTES
    for name in ("TO_BROWSER", "TO_KERNEL"):
        assert ring.RING_MIN_CAPACITY <= sizes[name] <= ring.RING_MAX_CAPACITY
        assert sizes[name] & (sizes[name] - 1) == 0


def test_numbers_are_given_once() -> None:
    assert len({k.number for k in KINDS}) == len(KINDS)


def test_limits_and_spans_are_of_fields_and_parts_there_are() -> None:
    parts = {part.name for part in PARTS}
    for k in KINDS:
        fields = {f.name for f in k.struct.fields}
        assert {name for name, _ in k.limits} <= fields
        assert bool(k.span) == ({"offset", "len"} <= fields)
        assert not k.span or k.span in parts


@pytest.mark.parametrize("way", Way)
def test_every_kind_is_taken_in_its_way_and_in_order(way: Way) -> None:
    reader = Reader(way)
    ours = [k for k in KINDS if k.way is way]
    said = [verdict(reader, message(k, sequence)) for sequence, k in enumerate(ours)]
    assert said == [k.name for k in ours]


def test_sequence_goes_on_at_0() -> None:
    reader = Reader(Way.TO_KERNEL, sequence=(1 << 32) - 1)
    tab = kind("TAB_STATE_CHANGED")
    assert verdict(reader, message(tab, (1 << 32) - 1, state=3)) == "TAB_STATE_CHANGED"
    assert verdict(reader, message(tab, 0)) == "TAB_STATE_CHANGED"


GPU = kind("SUBMIT_GPU_WORK")
GOOD = message(GPU)
REFUSED = {
    "longer than any": (GOOD + bytes(MESSAGE_MAX_BYTES), "Oversized"),
    "nothing": (b"", "Truncated"),
    "half a header": (GOOD[:7], "Truncated"),
    "next version": (b"\x02" + GOOD[1:], "UnknownVersion"),
    "one left out": (message(GPU, 1), "OutOfOrder"),
    "no kind": (struct.pack("<HHI", CHANNEL_VERSION, 99, 0), "UnknownKind"),
    "of the other way": (message(kind("MEMORY_PRESSURE")), "UnknownKind"),
    "a byte short": (GOOD[:-1], "WrongLength"),
    "a byte long": (GOOD + b"\0", "WrongLength"),
    "state past the last": (message(kind("TAB_STATE_CHANGED"), state=4), "BadField"),
    "padding": (message(GPU, pad0=1), "BadField"),
    "past the part": (message(GPU, offset=(4 << 20) - 1, len=2), "BadField"),
    "sum past 32 bits": (message(GPU, offset=2**32 - 1, len=2**32 - 1), "BadField"),
}


@pytest.mark.parametrize(("read", "name"), REFUSED.values(), ids=REFUSED)
def test_what_is_wrong_is_refused_by_name_and_not_counted(read: bytes, name: str) -> None:
    reader = Reader(Way.TO_KERNEL)
    assert verdict(reader, read) == name
    whole = message(GPU, offset=(4 << 20) - 1, len=1)
    assert verdict(reader, whole) == "SUBMIT_GPU_WORK"


def test_any_bytes_get_a_verdict() -> None:
    source = random.Random(4)
    readers = [Reader(way) for way in Way]
    seen: set[str] = set()
    for _ in range(20_000):
        reader = source.choice(readers)
        read = bytearray(message(source.choice(KINDS), reader.sequence))
        for _ in range(source.randrange(3)):
            read[source.randrange(len(read))] = source.randrange(256)
        length = source.choice([len(read), len(read), source.randrange(MESSAGE_MAX_BYTES + 8)])
        seen.add(verdict(reader, bytes(read[:length].ljust(length, b"\0"))))
    assert seen == NAMES | {k.name for k in KINDS}
