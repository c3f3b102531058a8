"""The reader that kernel and programs use, and the model, judge one script and must agree."""

import struct
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

import pytest

from kernel_py.abi.layout import lay_out
from kernel_py.abi.messages import (
    CHANNEL_VERSION,
    CONSTANTS,
    HEADER,
    KINDS,
    MESSAGE_MAX_BYTES,
    PARTS,
    STRUCTS,
    MessageKind,
    Way,
)
from kernel_py.model.messages import Reader, Refused
from kpio_build.base.process import run

SEEDS: Final = (1, 2, 3)
MESSAGES: Final = 40_000
WAYS: Final = (Way.TO_BROWSER, Way.TO_KERNEL)
WRAP: Final = 1 << 32

_REASONS: Final = {
    "".join(word.capitalize() for word in c.name.split("_")[1:]): c.value
    for c in CONSTANTS
    if c.name.startswith("REFUSED_")
}
"""Reasons by the names a reader gives: REFUSED_OUT_OF_ORDER is `OutOfOrder`."""

_SIZES: Final = {part.name: part.size for part in PARTS}


class Record(NamedTuple):
    """A message of the script; see tests/message_verdict."""

    way: Way
    is_ring: bool
    expected: int
    message: bytes

    def packed(self) -> bytes:
        """Return the record as bytes."""
        head = struct.pack(
            "<BBHI", WAYS.index(self.way), self.is_ring, len(self.message), self.expected
        )
        return head + self.message


def _message(numbers: Random, kind: MessageKind, sequence: int) -> bytearray:
    """Return a message that is good, with fields at their edges or anything."""
    made = bytearray(numbers.randbytes(kind.struct.size))
    limits = dict(kind.limits)
    size = _SIZES.get(kind.span, 0)
    begin = numbers.choice((0, 1, size - 1, size, numbers.randrange(size + 1))) if size else 0
    most = size - begin
    span = {"offset": begin, "len": numbers.choice((0, most, numbers.randrange(most + 1)))}
    for placed in lay_out(kind.struct, STRUCTS).fields:
        name = placed.field.name
        if placed.field.is_padding:
            value = 0
        elif name in limits:
            value = numbers.randrange(limits[name])
        elif name in span and kind.span:
            value = span[name]
        else:
            continue
        struct.pack_into("<I", made, placed.offset, value)
    struct.pack_into("<HHI", made, 0, CHANNEL_VERSION, kind.number, sequence)
    return made


def _change(numbers: Random, message: bytearray) -> bytearray:
    """Return a message with one small change, such as a reader must see."""
    match numbers.randrange(8):
        case 0:
            message[numbers.randrange(len(message))] = numbers.randrange(256)
        case 1:
            struct.pack_into("<H", message, 0, numbers.choice((0, 2, 0x100, 0xFFFF)))
        case 2:
            sequence = struct.unpack_from("<I", message, 4)[0] + numbers.choice((-1, 1, 1 << 31))
            struct.pack_into("<I", message, 4, sequence % WRAP)
        case 3:
            number = numbers.choice([kind.number for kind in KINDS] + [0, 6, 0x105, 0xFFFF])
            struct.pack_into("<H", message, 2, number)
        case 4:
            del message[numbers.randrange(len(message)) :]
        case 5:
            message += numbers.randbytes(numbers.choice((1, 4, 8, 16, 64, 65, 200)))
        case 6:
            at = numbers.randrange(8, len(message) - 3, 4) if len(message) > 11 else 4
            edge = numbers.choice((0, 1, 3, 4, *_SIZES.values(), WRAP - 1, WRAP // 2))
            struct.pack_into("<I", message, at, edge)
        case _:
            message = bytearray(numbers.randbytes(numbers.randrange(MESSAGE_MAX_BYTES + 9)))
    return message


def _script(seed: int, readers: dict[Way, Reader]) -> Iterator[tuple[Record, str]]:
    """Yield messages with the model's verdict: the name of the kind, or of the reason."""
    numbers = Random(seed)
    for _ in range(MESSAGES):
        way = numbers.choice(WAYS)
        is_ring = numbers.random() < 0.6
        edge = numbers.choice((0, 1, WRAP - 1, WRAP // 2, numbers.randrange(WRAP)))
        expected = readers[way].sequence if is_ring else edge
        others = numbers.random() < 0.05
        kind = numbers.choice([k for k in KINDS if (k.way is way) != others])
        message = _message(numbers, kind, expected)
        for _ in range(numbers.choice((0, 0, 1, 1, 1, 2))):
            message = _change(numbers, message) if len(message) >= HEADER.size else message
        reader = readers[way] if is_ring else Reader(way, expected)
        record = Record(way, is_ring, expected, bytes(message))
        try:
            verdict = reader.read(record.message)[0].name
        except Refused as refused:
            verdict = str(refused)
        yield record, verdict


@pytest.mark.parametrize("seed", SEEDS)
def test_reader_and_model_agree(message_verdict: Path, tmp_path: Path, seed: int) -> None:
    judged = list(_script(seed, {way: Reader(way) for way in WAYS}))
    script, verdicts = tmp_path / "script", tmp_path / "verdicts"
    script.write_bytes(b"".join(record.packed() for record, _ in judged))
    run([message_verdict, script, verdicts], within_s=120)
    names = {kind.number: kind.name for kind in KINDS}
    reasons = {value: name for name, value in _REASONS.items()}
    said = struct.iter_unpack("<HH", verdicts.read_bytes())
    seen: Counter[str] = Counter()
    for at, ((record, verdict), (number, reason)) in enumerate(zip(judged, said, strict=True)):
        assert (names.get(number) or reasons[reason]) == verdict, f"seed {seed}, {at}: {record}"
        seen[verdict] += 1
    of_reader = [name for name, value in _REASONS.items() if value <= _REASONS["BadField"]]
    assert set(seen) == {*names.values(), *of_reader}
    assert min(seen.values()) > 100
