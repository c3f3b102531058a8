"""Rule: regions of memory lie on page boundaries, inside their half, and apart from each other."""

from collections.abc import Iterator
from typing import Final

from kernel_py.abi.contract import Contract
from kernel_py.abi.memory import PAGE_SIZE, USER_END, Half, MemoryRegion
from kernel_py.check.violation import Violation
from kernel_py.emit.template import hex_literal

_KERNEL_START: Final = 0xFFFF_8000_0000_0000
"""First address of the upper canonical half with 48-bit addresses."""
_ADDRESS_END: Final = 1 << 64

_LIMITS: Final = {Half.USER: (0, USER_END), Half.KERNEL: (_KERNEL_START, _ADDRESS_END)}


def check(contract: Contract) -> Iterator[Violation]:
    """Yield a violation for each region that is misplaced, and for each pair that overlaps."""
    regions = sorted(contract.memory_regions, key=lambda r: (r.base, r.end))
    for region in regions:
        yield from _placed(region)
    for i, low in enumerate(regions):
        for high in regions[i + 1 :]:
            if low.half is high.half and high.base < low.end:
                yield Violation(
                    f"region '{low.name}' ({low.place}) is {_range(low)} and overlaps "
                    f"'{high.name}' ({high.place}), {_range(high)}, by "
                    f"{hex_literal(min(low.end, high.end) - high.base)} bytes",
                    f"move '{high.name}' to {hex_literal(low.end)} or beyond, or make "
                    f"'{low.name}' at most {hex_literal(high.base - low.base)} bytes",
                )
    for constant in contract.memory_constants:
        if not 0 <= constant.value < _ADDRESS_END:
            yield Violation(
                f"memory constant '{constant.name}' ({constant.place}) is "
                f"{hex(constant.value)}, which does not fit 64 bits",
                "state a value from 0 to 0xFFFF_FFFF_FFFF_FFFF",
            )


def _placed(region: MemoryRegion) -> Iterator[Violation]:
    subject = f"region '{region.name}' ({region.place})"
    if region.size <= 0:
        yield Violation(f"{subject} has size {region.size}", "give it a page at least")
    for what, value in (("starts at", region.base), ("has size", region.size)):
        if value % PAGE_SIZE:
            yield Violation(
                f"{subject} {what} {hex_literal(value)}, which is not a multiple of PAGE_SIZE",
                f"the next multiple is {hex_literal(-(-value // PAGE_SIZE) * PAGE_SIZE)}",
            )
    if region.half in _LIMITS:
        low, high = _LIMITS[region.half]
        if region.base < low or region.end > high:
            yield Violation(
                f"{subject} is {_range(region)}, outside of the {region.half.value}'s half, "
                f"{hex_literal(low)} to {hex_literal(high)}",
                f"put it inside, or say whose it is: it is Half.{region.half.name} now",
            )


def _range(region: MemoryRegion) -> str:
    return f"{hex_literal(region.base)} to {hex_literal(region.end)}"
