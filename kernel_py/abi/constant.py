"""A number that both sides of a border must agree on."""

from dataclasses import dataclass, field

from kernel_py.abi.place import Place, definition_place


@dataclass(frozen=True)
class Constant:
    """A number with the scalar type it has in Rust; `is_hex` is how people read it."""

    name: str
    value: int
    type_name: str
    doc: str
    is_hex: bool = False
    place: Place = field(default_factory=definition_place, compare=False)
