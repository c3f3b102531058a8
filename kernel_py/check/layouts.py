"""Rule: a struct has no hidden padding, and the size and alignment it says."""

from collections.abc import Iterator

from kernel_py.abi.contract import Contract
from kernel_py.abi.layout import lay_out
from kernel_py.abi.types import SCALARS, Struct
from kernel_py.check.violation import Violation


def check(contract: Contract) -> Iterator[Violation]:
    """Yield a violation for each struct whose layout is not what it says."""
    known: list[Struct] = []
    for struct in contract.structs:
        yield from _struct(struct, tuple(known))
        known.append(struct)


def _struct(struct: Struct, known: tuple[Struct, ...]) -> Iterator[Violation]:
    subject = f"struct '{struct.name}' ({struct.place})"
    if not struct.fields:
        yield Violation(f"{subject} has no field", "give it one, or remove it")
        return
    type_names = {s.name for s in SCALARS} | {s.name for s in known}
    unknown = [f for f in struct.fields if f.type_name not in type_names]
    for field in unknown:
        yield Violation(
            f"field '{field.name}' ({field.place}) of struct '{struct.name}' has type "
            f"'{field.type_name}', which is not known there",
            f"use one of {', '.join(s.name for s in SCALARS)}, or a struct that stands before it",
        )
    for field in struct.fields:
        if field.count < 1:
            yield Violation(
                f"field '{field.name}' ({field.place}) of struct '{struct.name}' is there "
                f"{field.count} times",
                "`count` is at least 1",
            )
    seen: dict[str, str] = {}
    for field in struct.fields:
        if field.name in seen:
            yield Violation(
                f"struct '{struct.name}' has two fields '{field.name}' ({seen[field.name]}) and "
                f"({field.place})",
                "give the newer one another name",
            )
        seen.setdefault(field.name, str(field.place))
    if unknown:
        return
    layout = lay_out(struct, known)
    for name, gap in layout.gaps:
        where = f"before '{name}'" if name else "at its end"
        yield Violation(
            f"{subject} has {gap} bytes of hidden padding {where}",
            f"add a field of {gap} bytes with is_padding=True {where}, or reorder the fields",
        )
    if layout.size != struct.size:
        yield Violation(
            f"{subject} says it has {struct.size} bytes, but its fields take {layout.size}",
            f"state size {layout.size}, or mend the fields",
        )
    if layout.align != struct.align:
        yield Violation(
            f"{subject} says it is aligned to {struct.align}, but its fields are aligned to "
            f"{layout.align}",
            f"state align {layout.align}, or mend the fields",
        )
