"""The kernel's dispatch table in Rust: number -> decoded arguments -> `super::<call>::<call>`.

What the contract says of an argument is checked here, once, before a call's own code runs.
"""

from typing import Final

from kernel_py.abi.contract import Contract
from kernel_py.abi.syscalls import Argument, Direction, Kind, Syscall
from kernel_py.abi.types import SCALARS
from kernel_py.emit.template import LINE_WIDTH, environment

TABLE_PATH: Final = "kernel/src/syscall/table.rs"

_KEYWORDS: Final = frozenset({"yield"})
_SCALAR_NAMES: Final = frozenset(scalar.name for scalar in SCALARS)
_CALL_WIDTH: Final = 60
"""rustfmt's `fn_call_width`: wider arguments are split, one a line."""
_VIEWS: Final = (
    *("UserCStr", "UserCStrArray", "UserIn", "UserOut"),
    *("UserRead", "UserUpdate", "UserWrite"),
)


def identifier(name: str) -> str:
    """Return `name` in lower case as a Rust identifier; a reserved word becomes a raw one."""
    lower = name.lower()
    return f"r#{lower}" if lower in _KEYWORDS else lower


def handler_parameters(call: Syscall) -> list[tuple[str, str, str]]:
    """Return a handler's parameters after `caller`: name, Rust type, expression that decodes it.

    The expression reads the words `args[0]` to `args[5]`.
    """
    return [
        (identifier(a.name), *_decoded(a, call)) for a in call.arguments if not a.kind.is_measure
    ]


def _decoded(argument: Argument, call: Syscall) -> tuple[str, str]:
    position = {a.name: i for i, a in enumerate(call.arguments)}
    word = f"args[{position[argument.name]}]"
    if argument.is_deferred:
        return "u64", word
    match argument.kind:
        case Kind.I32:
            return "i32", f"int_arg_i32({word})?"
        case Kind.U32:
            return "u32", f"int_arg_u32({word})?"
        case Kind.LOW_I32:
            return "i32", f"low_i32({word})"
        case Kind.I64:
            return "i64", f"{word}.cast_signed()"
        case Kind.U64 | Kind.ADDRESS:
            return "u64", word
        case Kind.FD:
            return "Fd", f"Fd::from_arg({word})?"
        case Kind.PATH:
            return "UserCStr", f"UserCStr::new({word})?"
        case Kind.STRINGS:
            return "UserCStrArray", f"UserCStrArray::new({word})?"
        case Kind.BUFFER:
            view = _view(argument)
            return view, f"{view}::new({word}, args[{position[argument.length]}])?"
        case Kind.ARRAY:
            view = _view(argument)
            count = f"args[{position[argument.length]}]"
            size = f"size_of::<{argument.target}>()"
            length = f"array_bytes({count}, {argument.max_count}, {size})?"
            made = f"{view}::new({word}, {length})?"
            if len(f"{word}, {length}") > _CALL_WIDTH:
                pad = " " * 16
                made = f"{view}::new(\n{pad}{word},\n{pad}{length},\n            )?"
            return view, made
        case Kind.STRUCT:
            side = "UserIn" if argument.direction is Direction.IN else "UserOut"
            made = f"{side}::<{argument.target}>::new({word})?"
            plain = f"{side}<{argument.target}>"
            if argument.is_nullable:
                found = f"Some({side}::<{argument.target}>::new(address)?)"
                return f"Option<{plain}>", (
                    f"match {word} {{\n"
                    f"                0 => None,\n"
                    f"                address => {found},\n"
                    f"            }}"
                )
            return plain, made
        case _:
            raise ValueError(f"{argument.kind} is decoded with its pointer")


def _view(argument: Argument) -> str:
    views = {Direction.IN: "UserRead", Direction.OUT: "UserWrite", Direction.IN_OUT: "UserUpdate"}
    return views[argument.direction]


def dispatch_arm(call: Syscall) -> str:
    """Return the match arm of a call, as rustfmt writes it, with its indentation."""
    name = identifier(call.name)
    parameters = handler_parameters(call)
    pattern = f"numbers::SYS_{call.name}"
    path = f"super::{name}::{name}"
    sizes = [a for a in call.arguments if a.kind is Kind.SIZE]
    if not parameters:
        return f"        {pattern} => {path}(caller),"
    lines = [f"        {pattern} => {{"]
    position = {a.name: i for i, a in enumerate(call.arguments)}
    for size in sizes:
        owner = next(a for a in call.arguments if a.length == size.name)
        lines.append(
            f"            struct_size(args[{position[size.name]}], size_of::<{owner.target}>())?;"
        )
    lines += [_let(n, expression) for n, _, expression in parameters]
    lines.append(f"            {_call(path, ['caller', *(n for n, _, _ in parameters)], 12)}")
    lines.append("        }")
    return "\n".join(lines)


def _let(name: str, expression: str) -> str:
    line = f"            let {name} = {expression};"
    if len(line) <= LINE_WIDTH or "\n" in expression:
        return line
    return f"            let {name} =\n                {expression};"


def _call(path: str, arguments: list[str], indent: int) -> str:
    inner = ", ".join(arguments)
    if len(inner) <= _CALL_WIDTH and indent + len(path) + len(inner) + 2 <= LINE_WIDTH:
        return f"{path}({inner})"
    pad = " " * (indent + 4)
    return f"{path}(\n" + "".join(f"{pad}{a},\n" for a in arguments) + " " * indent + ")"


def handler_signature(call: Syscall) -> str:
    """Return the signature the kernel implements for a call, on one line."""
    name = identifier(call.name)
    parameters = "".join(f", {n}: {kind}" for n, kind, _ in handler_parameters(call))
    return f"pub fn {name}(caller: &Caller{parameters}) -> Result<u64, Errno>"


def _table_imports(contract: Contract) -> dict[str, list[str]]:
    used = " ".join(
        f"{kind} {expression}"
        for call in contract.syscalls
        for _, kind, expression in handler_parameters(call)
    )
    targets = {
        a.target
        for call in contract.syscalls
        for a in call.arguments
        if a.target and a.target not in _SCALAR_NAMES and not a.is_deferred
    }
    return {
        "types": sorted(targets),
        "views": [v for v in _VIEWS if f"{v}::" in used],
    }


def files(contract: Contract) -> dict[str, str]:
    """Return the table: path -> text."""
    imports = _table_imports(contract)
    rendered = (
        environment()
        .get_template("rust/table.rs.j2")
        .render(
            contract=contract,
            arm=dispatch_arm,
            use_types=use("kpio_abi::types", imports["types"]),
            use_views=use("crate::memory::user", imports["views"]),
        )
    )
    return {TABLE_PATH: rendered}


def use(path: str, names: list[str]) -> str:
    """Return a `use` statement of several names, as rustfmt breaks it."""
    one_line = f"use {path}::{{{', '.join(names)}}};"
    if len(one_line) <= LINE_WIDTH:
        return one_line
    lines: list[str] = []
    line = "   "
    for name in names:
        if len(line) + len(name) + 2 >= LINE_WIDTH:
            lines.append(line)
            line = "   "
        line += f" {name},"
    return "\n".join([f"use {path}::{{", *lines, line, "};"])
