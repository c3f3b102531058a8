"""Rule: the browser's region has no holes, and a reader can judge every kind of message."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from kernel_py.abi import messages, ring
from kernel_py.abi.contract import Contract
from kernel_py.abi.memory import PAGE_SIZE
from kernel_py.abi.messages import ChannelPart, MessageKind, Way
from kernel_py.check.violation import Violation
from kernel_py.emit.template import hex_literal

_RINGS: Final = ("TO_BROWSER", "TO_KERNEL")
_SPAN_FIELDS: Final = frozenset({"offset", "len"})
_CONTROL: Final = (
    ("TO_BROWSER_CONTROL", messages.TO_BROWSER_CONTROL, ring.RING_CONTROL_BYTES),
    ("CHANNEL_HEADER", messages.CHANNEL_HEADER, messages.REGION_HEADER.size),
    ("TO_KERNEL_CONTROL", messages.TO_KERNEL_CONTROL, ring.RING_CONTROL_BYTES),
)
"""What lies in the part CONTROL: name, offset, bytes."""


def check(contract: Contract) -> Iterator[Violation]:
    """Yield a violation for each part that is misplaced and each kind that cannot be judged."""
    yield from _parts(contract.message_parts)
    parts = {part.name for part in contract.message_parts}
    for kind in contract.message_kinds:
        yield from _kind(kind, parts)


def _parts(parts: tuple[ChannelPart, ...]) -> Iterator[Violation]:
    end = 0
    for part in parts:
        if part.start != end:
            yield Violation(
                f"part '{part.name}' ({part.place}) starts at {hex_literal(part.start)}, but what "
                f"lies before ends at {hex_literal(end)}",
                f"start it at {hex_literal(end)}",
            )
        if part.start % PAGE_SIZE:
            yield Violation(
                f"part '{part.name}' ({part.place}) starts at {hex_literal(part.start)}, which is "
                "not a multiple of PAGE_SIZE",
                "give whole pages to the parts before it",
            )
        end = part.start + part.size
    if end != messages.CHANNEL_BYTES:
        yield Violation(
            f"the parts end at {hex_literal(end)}, but the region has "
            f"{hex_literal(messages.CHANNEL_BYTES)} bytes",
            "make the last part end there",
        )
    sizes = {part.name: part.size for part in parts}
    for part in parts:
        is_power = part.size > 0 and part.size & (part.size - 1) == 0
        is_ring = is_power and ring.RING_MIN_CAPACITY <= part.size <= ring.RING_MAX_CAPACITY
        if part.name in _RINGS and not is_ring:
            yield Violation(
                f"part '{part.name}' ({part.place}) has {hex_literal(part.size)} bytes, which no "
                "ring has",
                "a ring has a power of two from RING_MIN_CAPACITY to RING_MAX_CAPACITY",
            )
    for (low, start, size), (high, above, _) in pairwise(_CONTROL):
        if start + size > above:
            yield Violation(f"{low} overlaps {high}", f"move {high} to {start + size} or beyond")
    last, start, size = _CONTROL[-1]
    if start + size > sizes.get("CONTROL", 0):
        yield Violation(
            f"the part CONTROL has {sizes.get('CONTROL', 0)} bytes and no room for {last}",
            f"give it {start + size} bytes at least",
        )


def _kind(kind: MessageKind, parts: set[str]) -> Iterator[Violation]:
    subject = f"message kind '{kind.name}' ({kind.place})"
    first = messages.FIRST_TO_KERNEL
    numbers = range(1, first) if kind.way is Way.TO_BROWSER else range(first, 1 << 16)
    if kind.number not in numbers:
        yield Violation(
            f"{subject} goes from {kind.way.value} and has number {hex_literal(kind.number)}",
            f"give it one from {hex_literal(numbers.start)} to {hex_literal(numbers.stop - 1)}",
        )
    fields = {field.name: field for field in kind.struct.fields}
    head = kind.struct.fields[0] if kind.struct.fields else None
    if head is None or head.type_name != messages.HEADER.name:
        yield Violation(
            f"{subject} does not begin with a {messages.HEADER.name}",
            "make it the first field of the struct",
        )
    if kind.struct.size > messages.MESSAGE_MAX_BYTES:
        yield Violation(
            f"{subject} has {kind.struct.size} bytes; a message has "
            f"{messages.MESSAGE_MAX_BYTES} at most",
            "refer to what is long with `offset` and `len` in a part",
        )
    judged = [name for name, _ in kind.limits]
    judged += [field.name for field in kind.struct.fields if field.is_padding]
    judged += sorted(_SPAN_FIELDS & fields.keys())
    for name in judged:
        field = fields.get(name)
        if field is None or field.type_name != "u32" or field.count != 1:
            yield Violation(
                f"{subject} has its field '{name}' judged, which is no single u32 of its struct",
                "a reader judges fields of 32 bits",
            )
    for name, count in kind.limits:
        if not 0 < count < 1 << 32:
            yield Violation(
                f"{subject} allows {count} values in '{name}'", "state from 1 to 0xFFFF_FFFF"
            )
    if bool(kind.span) != (fields.keys() >= _SPAN_FIELDS):
        yield Violation(
            f"{subject} has `offset` and `len` without a part, or a part without them",
            "state in `span` which part they lie in",
        )
    elif kind.span and kind.span not in parts:
        yield Violation(
            f"{subject} refers to the part '{kind.span}', which is none",
            "use one of " + ", ".join(sorted(parts)),
        )
