"""The contract as Rust: the modules of the crate `kpio-abi`.

The text is formatted as rustfmt (edition 2024, its defaults) would, so that nothing has to run
after it; a test compares.
"""

import re
from dataclasses import dataclass
from typing import Final

from kernel_py.abi.contract import Contract
from kernel_py.abi.errors import MAX_ERRNO
from kernel_py.abi.events import EVENT_PREFIX, TIME_FIELD, Event
from kernel_py.abi.flags import Flag, FlagGroup, FlagKind
from kernel_py.abi.layout import lay_out
from kernel_py.abi.messages import MessageKind
from kernel_py.abi.syscalls import (
    IOV_MAX,
    PATH_MAX,
    PIPE_BUF,
    Argument,
    Kind,
    Syscall,
    channels,
    system,
)
from kernel_py.abi.types import StructField
from kernel_py.emit.template import (
    LINE_WIDTH,
    comment,
    decimal_literal,
    environment,
    hex_literal,
    octal_literal,
)

CRATE_DIR: Final = "kernel/abi/src/generated"

_ARRAY_WIDTH: Final = 60
"""rustfmt's `array_width`: an array literal that is wider is split, one element a line."""


def flag_literal(flag: Flag, group: FlagGroup) -> str:
    """Return a flag's value the way its group is read: octal, decimal for choices, else hex."""
    if group.is_octal:
        return octal_literal(flag.value) if flag.value else "0"
    if group.kind is FlagKind.CHOICE:
        return decimal_literal(flag.value)
    return hex_literal(flag.value)


def array(elements: list[str], indent: int, before: int, after: int) -> str:
    """Return `&[…]` as rustfmt breaks it.

    `indent` is the column its line starts at, `before` and `after` are the widths of what stands
    on the line around it.
    """
    inner = ", ".join(elements)
    one_line = f"&[{inner}]"
    if len(inner) <= _ARRAY_WIDTH and indent + before + len(one_line) + after <= LINE_WIDTH:
        return one_line
    pad = " " * (indent + 4)
    return "&[\n" + "".join(f"{pad}{element},\n" for element in elements) + " " * indent + "]"


def field_type(field: StructField) -> str:
    """Return the Rust type of a struct's field."""
    return f"[{field.type_name}; {field.count}]" if field.count > 1 else field.type_name


_KINDS: Final = {"flags": FlagKind.BITS, "bits": FlagKind.BITS, "value": FlagKind.CHOICE}
"""What the last word of a unit says about its flags."""


@dataclass(frozen=True)
class FlagNames:
    """The names a trace has for the words of an argument: those of one or more groups."""

    groups: tuple[FlagGroup, ...]

    @property
    def constant(self) -> str:
        """The name of the Rust constant."""
        return "_".join(group.name.upper() for group in self.groups) + "_NAMES"

    @property
    def is_bits(self) -> bool:
        """Whether names are or-ed together."""
        return any(group.kind is FlagKind.BITS for group in self.groups)

    @property
    def declaration(self) -> str:
        """The constant in Rust."""
        elements = [
            f'({flag_literal(flag, group)}, "{flag.name}")'
            for group in self.groups
            for flag in group.flags
            if flag.value >= 0
        ]
        names = array(elements, indent=4, before=len("names: "), after=1)
        return (
            f"const {self.constant}: FlagNames = FlagNames {{\n"
            f"    is_bits: {str(self.is_bits).lower()},\n    names: {names},\n}};"
        )


def flag_names(argument: Argument, contract: Contract) -> FlagNames | None:
    """Return the names for an argument, found by its unit: `O_* flags`, `O_CLOEXEC or 0`.

    A prefix stands for the groups all of whose names begin with it, a name for the group that has
    it, `signal number` for the signals. None where the unit speaks of no flags.
    """
    if argument.kind not in (Kind.U32, Kind.I32):
        return None
    if argument.unit == "signal number":
        return FlagNames(tuple(g for g in contract.flags if g.name == "signal"))
    for word in re.findall(r"[A-Z][A-Z0-9_]*\*?", argument.unit):
        prefix = word.removesuffix("*")
        if prefix != word:
            found = [g for g in contract.flags if all(f.name.startswith(prefix) for f in g.flags)]
        else:
            found = [g for g in contract.flags if any(f.name == word for f in g.flags)]
        kind = _KINDS.get(argument.unit.rpartition(" ")[2])
        found = [g for g in found if kind in (None, g.kind)]
        if found:
            return FlagNames(tuple(found))
    return None


def used_flag_names(contract: Contract) -> list[FlagNames]:
    """Return the names that arguments use, each once."""
    used = {
        names.constant: names
        for call in contract.syscalls
        for argument in call.arguments
        if (names := flag_names(argument, contract)) is not None
    }
    return [used[constant] for constant in sorted(used)]


def trace_kind(argument: Argument, contract: Contract) -> str:
    """Return the `ArgKind` that says how a trace shows the argument's word."""
    names = flag_names(argument, contract)
    if names is not None:
        return f"Flags(&{names.constant})"
    match argument.kind:
        case Kind.I32 | Kind.LOW_I32 | Kind.I64:
            return "Signed"
        case Kind.FD:
            return "Fd"
        case Kind.PATH:
            return "Path"
        case Kind.ADDRESS | Kind.BUFFER | Kind.STRUCT | Kind.ARRAY | Kind.STRINGS:
            return "Address"
        case _:
            return "Unsigned"


def trace_arguments(call: Syscall, contract: Contract) -> str:
    """Return the array literal of a call's entry in `SYSCALLS`."""
    elements = [f'("{a.name}", ArgKind::{trace_kind(a, contract)})' for a in call.arguments]
    return array(elements, indent=8, before=len("args: "), after=1)


def event_fields(event: Event) -> str:
    """Return the array literal with the names of an event's fields."""
    names = [TIME_FIELD.name, *(f.name for f in event.fields)]
    return array([f'"{name}"' for name in names], indent=4, before=len("fields: "), after=1)


def message_limits(kind: MessageKind) -> str:
    """Return the array literal of the fields whose values have limits: padding has one value."""
    padding = [(f.name, 1) for f in kind.struct.fields if f.is_padding]
    elements = [
        f"(offset_of!({kind.struct.name}, {name}), {decimal_literal(limit)})"
        for name, limit in (*kind.limits, *padding)
    ]
    return array(elements, indent=8, before=len("limits: "), after=1)


def _constant_array(declaration: str, elements: list[str]) -> str:
    return array(elements, indent=0, before=len(f"pub const {declaration} = "), after=1)


def files(contract: Contract) -> dict[str, str]:
    """Return the generated Rust files: path -> text."""
    env = environment()
    env.filters["rust"] = lambda text, indent=0: comment(text, "///", indent)
    env.filters["camel"] = lambda name: "".join(part.capitalize() for part in name.split("_"))
    env.filters["rust_item"] = lambda text: comment(text, "///", hanging=2)
    common = {
        "contract": contract,
        "layout": lay_out,
        "field_type": field_type,
        "flag_literal": flag_literal,
        "trace_arguments": lambda call: trace_arguments(call, contract),
        "used_flag_names": used_flag_names(contract),
        "event_fields": event_fields,
        "message_limits": message_limits,
        "event_prefix": EVENT_PREFIX,
        "max_errno": MAX_ERRNO,
        "iov_max": IOV_MAX,
        "path_max": PATH_MAX,
        "pipe_buf": PIPE_BUF,
        "channels": channels,
        "system": system,
        "environment_array": _constant_array(
            "INIT_ENVIRONMENT: &[&str]", [f'"{e}"' for e in contract.init_environment]
        ),
        "event_array": _constant_array(
            "EVENTS: &[EventKind]", [e.constant for e in contract.events]
        ),
    }
    names = (
        *("boot", "errors", "events", "flags", "memory", "messages", "mod", "rights"),
        *("ring", "states", "syscalls", "types"),
    )
    return {
        f"{CRATE_DIR}/{name}.rs": env.get_template(f"rust/{name}.rs.j2").render(common)
        for name in names
    }
