"""The contract as a document: docs/abi.md."""

from typing import Final

from kernel_py.abi import messages
from kernel_py.abi.contract import Contract
from kernel_py.abi.errors import MAX_ERRNO
from kernel_py.abi.events import EVENT_PREFIX, TIME_FIELD
from kernel_py.abi.flags import FlagKind
from kernel_py.abi.layout import lay_out
from kernel_py.abi.rights import Holder
from kernel_py.abi.states import Transition
from kernel_py.abi.syscalls import IOV_MAX, PATH_MAX, Argument, Direction, Kind
from kernel_py.emit.c import c_flag
from kernel_py.emit.template import environment, hex_literal

DOC_PATH: Final = "docs/abi.md"

_REGISTERS: Final = ("rdi", "rsi", "rdx", "r10", "r8", "r9")


def argument_type(argument: Argument) -> str:
    """Return how the table of a call names an argument's type."""
    base = {
        Kind.LOW_I32: "i32",
        Kind.BUFFER: "bytes",
        Kind.ARRAY: f"{argument.target}[]",
        Kind.STRUCT: argument.target,
        Kind.PATH: "path",
        Kind.STRINGS: "strings",
        Kind.LENGTH: "u64",
        Kind.COUNT: "u64",
        Kind.SIZE: "u64",
    }.get(argument.kind, argument.kind.value)
    marks = [argument.direction.value] if argument.direction is not Direction.VALUE else []
    if argument.length:
        marks.append(f"see {argument.length}")
    if argument.is_nullable:
        marks.append("or 0")
    return f"{base} ({', '.join(marks)})" if marks else base


def cell(text: str) -> str:
    """Return text that may stand in a table of Markdown."""
    return text.replace("|", "\\|").replace("\n", " ")


def state_after(transitions: tuple[Transition, ...], state: str, event: str) -> str:
    """Return what `event` makes of `state`; empty where it cannot happen."""
    found = [step.after for step in transitions if (step.state, step.event) == (state, event)]
    return found[0] if found else ""


def files(contract: Contract) -> dict[str, str]:
    """Return the document: path -> text."""
    env = environment()
    env.filters["cell"] = cell
    env.filters["state_after"] = state_after
    rendered = env.get_template("docs/abi.md.j2").render(
        contract=contract,
        registers=_REGISTERS,
        argument_type=argument_type,
        c_flag=c_flag,
        kinds=Kind,
        kind_is_bits=lambda group: group.kind is FlagKind.BITS,
        layout=lay_out,
        hex_address=lambda value: hex_literal(value, digits=16),
        handle=Holder.HANDLE,
        max_errno=MAX_ERRNO,
        iov_max=IOV_MAX,
        path_max=PATH_MAX,
        event_prefix=EVENT_PREFIX,
        time_field=TIME_FIELD,
        messages=messages,
        ring={c.name: c.value for c in contract.ring_constants},
    )
    return {DOC_PATH: rendered}
