"""Rule: every argument of a call is typed, so that the table decodes it and the docs explain it."""

import re
from collections.abc import Iterator
from typing import Final

from kernel_py.abi.contract import Contract
from kernel_py.abi.rights import Holder
from kernel_py.abi.syscalls import MAX_ARGUMENTS, Argument, Direction, Kind, Syscall
from kernel_py.abi.types import SCALARS
from kernel_py.check.violation import Violation

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_RESERVED: Final = frozenset({"args", "caller", "number"})
"""Names the generated table uses itself."""
_MEASURE_OF: Final = {
    Kind.BUFFER: frozenset({Kind.LENGTH}),
    Kind.ARRAY: frozenset({Kind.COUNT}),
    Kind.STRUCT: frozenset({Kind.SIZE}),
}
_NEEDS_UNIT: Final = frozenset(
    {Kind.I32, Kind.U32, Kind.LOW_I32, Kind.I64, Kind.U64, Kind.LENGTH, Kind.COUNT, Kind.SIZE}
)
_UPDATED: Final = frozenset({Kind.BUFFER, Kind.ARRAY})
_READ_ONLY: Final = frozenset({Kind.PATH, Kind.STRINGS})


def check(contract: Contract) -> Iterator[Violation]:
    """Yield a violation for each argument or right that the table could not use."""
    targets = {s.name for s in SCALARS} | {s.name for s in contract.structs}
    rights = {r.name: r for r in contract.rights}
    for call in contract.syscalls:
        subject = f"syscall '{call.name}' ({call.place})"
        if len(call.arguments) > MAX_ARGUMENTS:
            yield Violation(
                f"{subject} has {len(call.arguments)} arguments; there are {MAX_ARGUMENTS} "
                "registers for them",
                "pass a struct that holds them, with its size",
            )
        for argument in call.arguments:
            yield from _argument(call, argument, targets)
        for name in call.rights:
            right = rights.get(name)
            if right is None:
                yield Violation(
                    f"{subject} needs the right '{name}', which nothing defines",
                    "add it to abi/rights.py, or use one of " + ", ".join(sorted(rights)),
                )
            elif right.holder is Holder.HANDLE and not any(
                a.kind is Kind.FD for a in call.arguments
            ):
                yield Violation(
                    f"{subject} needs the right '{name}' ({right.place}) on a handle, but takes "
                    "no descriptor",
                    "add an argument of Kind.FD, or remove the right",
                )


def _argument(call: Syscall, argument: Argument, targets: set[str]) -> Iterator[Violation]:
    subject = f"argument '{argument.name}' ({argument.place}) of '{call.name}'"
    kind = argument.kind
    if not _NAME.fullmatch(argument.name) or argument.name in _RESERVED:
        yield Violation(
            f"{subject} has a name the generated code cannot use",
            f"use lower case, digits and _, and none of {', '.join(sorted(_RESERVED))}",
        )
    if sum(a.name == argument.name for a in call.arguments) > 1:
        yield Violation(f"{subject} has a name another one has too", "rename one of them")
    if kind in _NEEDS_UNIT and not argument.unit:
        yield Violation(
            f"{subject} is a number without a unit",
            "say in `unit` what it counts, or which flags it holds",
        )
    wants_direction = kind.is_pointer
    if wants_direction != (argument.direction is not Direction.VALUE):
        yield Violation(
            f"{subject} is {kind.value} with direction {argument.direction.value}",
            "a pointer is Direction.IN or Direction.OUT, everything else Direction.VALUE",
        )
    elif argument.direction is Direction.IN_OUT and kind not in _UPDATED:
        yield Violation(
            f"{subject} is {kind.value} that the kernel would read and write",
            "only a Kind.BUFFER or Kind.ARRAY can be Direction.IN_OUT",
        )
    elif kind in _READ_ONLY and argument.direction is not Direction.IN:
        yield Violation(f"{subject} is {kind.value} that the kernel would write", "use IN")
    yield from _target(subject, argument, targets)
    yield from _measure(subject, call, argument)


def _target(subject: str, argument: Argument, targets: set[str]) -> Iterator[Violation]:
    typed = argument.kind in (Kind.STRUCT, Kind.ARRAY)
    if typed and argument.target not in targets:
        yield Violation(
            f"{subject} points to '{argument.target}', which is no struct and no scalar",
            "add it to abi/types.py, or use one of " + ", ".join(sorted(targets)),
        )
    if not typed and argument.target:
        yield Violation(
            f"{subject} is {argument.kind.value} and cannot point to '{argument.target}'",
            "use Kind.STRUCT or Kind.ARRAY, or remove `target`",
        )
    if argument.is_nullable and argument.kind is not Kind.STRUCT:
        yield Violation(
            f"{subject} is {argument.kind.value} and cannot be 0 for `not wanted`",
            "only a Kind.STRUCT can",
        )
    if (argument.kind is Kind.ARRAY) != (argument.max_count > 0):
        yield Violation(
            f"{subject} is {argument.kind.value} with max_count {argument.max_count}",
            "an array states the most elements it may have; nothing else does",
        )


def _measure(subject: str, call: Syscall, argument: Argument) -> Iterator[Violation]:
    kind = argument.kind
    wanted = _MEASURE_OF.get(kind, frozenset())
    if kind in (Kind.BUFFER, Kind.ARRAY) or argument.length:
        measure = next((a for a in call.arguments if a.name == argument.length), None)
        if measure is None or measure.kind not in wanted:
            found = "no argument" if measure is None else f"a {measure.kind.value}"
            expected = " or ".join(sorted(f"Kind.{k.name}" for k in wanted)) or "nothing"
            yield Violation(
                f"{subject} is measured by '{argument.length}', which is {found} of the call",
                f"a {kind.value} is measured by {expected}",
            )
    if kind.is_measure:
        owners = [a for a in call.arguments if a.length == argument.name]
        if len(owners) != 1:
            yield Violation(
                f"{subject} is a {kind.value} of {len(owners)} pointers",
                "name it as `length` of exactly one argument",
            )
