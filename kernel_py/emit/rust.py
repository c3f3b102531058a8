"""The contract as Rust: the modules of the crate `kpio-abi`.

The text is formatted as rustfmt (edition 2024, its defaults) would, so that nothing has to run
after it; a test compares.
"""

from typing import Final

from kernel_py.abi.contract import Contract
from kernel_py.abi.errors import MAX_ERRNO
from kernel_py.abi.events import EVENT_PREFIX, TIME_FIELD, Event
from kernel_py.abi.flags import Flag, FlagGroup, FlagKind
from kernel_py.abi.layout import lay_out
from kernel_py.abi.syscalls import IOV_MAX, PATH_MAX, PIPE_BUF, Argument, Kind, Syscall
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
    if len(inner) + 2 <= _ARRAY_WIDTH and indent + before + len(one_line) + after <= LINE_WIDTH:
        return one_line
    pad = " " * (indent + 4)
    return "&[\n" + "".join(f"{pad}{element},\n" for element in elements) + " " * indent + "]"


def field_type(field: StructField) -> str:
    """Return the Rust type of a struct's field."""
    return f"[{field.type_name}; {field.count}]" if field.count > 1 else field.type_name


def trace_kind(argument: Argument) -> str:
    """Return the `ArgKind` that says how a trace shows the argument's word."""
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


def trace_arguments(call: Syscall) -> str:
    """Return the array literal of a call's entry in `SYSCALLS`."""
    elements = [f'("{a.name}", ArgKind::{trace_kind(a)})' for a in call.arguments]
    return array(elements, indent=8, before=len("args: "), after=1)


def event_fields(event: Event) -> str:
    """Return the array literal with the names of an event's fields."""
    names = [TIME_FIELD.name, *(f.name for f in event.fields)]
    return array([f'"{name}"' for name in names], indent=4, before=len("fields: "), after=1)


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
        "trace_arguments": trace_arguments,
        "event_fields": event_fields,
        "event_prefix": EVENT_PREFIX,
        "max_errno": MAX_ERRNO,
        "iov_max": IOV_MAX,
        "path_max": PATH_MAX,
        "pipe_buf": PIPE_BUF,
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
