"""Where the fields of a struct lie, as a C compiler for x86-64 puts them."""

from dataclasses import dataclass

from kernel_py.abi.types import SCALARS, Struct, StructField


@dataclass(frozen=True)
class PlacedField:
    """A field with its offset and its size, both in bytes, and its alignment."""

    field: StructField
    offset: int
    size: int
    align: int


@dataclass(frozen=True)
class Layout:
    """A struct laid out: `gaps` are (field name, bytes) of the padding a compiler would insert."""

    fields: tuple[PlacedField, ...]
    size: int
    align: int
    gaps: tuple[tuple[str, int], ...]


def lay_out(struct: Struct, known: tuple[Struct, ...]) -> Layout:
    """Lay `struct` out; its fields are scalars or structs of `known`.

    Raises KeyError with the name of a type that is neither.
    """
    scalars = {scalar.name: scalar for scalar in SCALARS}
    structs = {other.name: other for other in known if other is not struct}
    placed: list[PlacedField] = []
    gaps: list[tuple[str, int]] = []
    end = 0
    align = 1
    for field in struct.fields:
        if field.type_name in scalars:
            size = field_align = scalars[field.type_name].size
        else:
            inner = structs[field.type_name]
            size, field_align = inner.size, inner.align
        if struct.is_packed:
            field_align = 1
        offset = -(-end // field_align) * field_align
        if offset != end:
            gaps.append((field.name, offset - end))
        placed.append(PlacedField(field, offset, size * field.count, field_align))
        end = offset + size * field.count
        align = max(align, field_align)
    total = -(-end // align) * align
    if total != end:
        gaps.append(("", total - end))
    return Layout(tuple(placed), total, align, tuple(gaps))
