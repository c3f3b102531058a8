"""The contract as C headers under `<kpio/…>`, for libkpio's own headers and for C programs.

Constants keep their standard names, so that libkpio's `<errno.h>` or `<fcntl.h>` are one `#include`
away from them; structs are `struct kpio_…`, because their standard names belong to those headers.
"""

from typing import Final

from kernel_py.abi.constant import Constant
from kernel_py.abi.contract import Contract
from kernel_py.abi.errors import MAX_ERRNO
from kernel_py.abi.flags import Flag, FlagGroup, FlagKind
from kernel_py.abi.layout import lay_out
from kernel_py.abi.syscalls import IOV_MAX, PATH_MAX, PIPE_BUF, Syscall, channels
from kernel_py.abi.types import SCALARS, StructField
from kernel_py.emit.template import LINE_WIDTH, comment, environment, hex_literal

INCLUDE_DIR: Final = "userspace/libkpio/include/kpio"

_C_SCALARS: Final = {scalar.name: scalar.c_name for scalar in SCALARS}


def c_flag(flag: Flag, group: FlagGroup) -> str:
    """Return a flag's value as a C literal in the radix people read the group in.

    A value that does not fit an `int` is unsigned.
    """
    suffix = "U" if flag.value > 0x7FFF_FFFF else ""
    if group.is_octal:
        return (f"0{flag.value:o}" if flag.value else "0") + suffix
    if group.kind is FlagKind.CHOICE:
        return str(flag.value) + suffix
    return f"0x{flag.value:X}{suffix}"


def c_constant(constant: Constant) -> str:
    """Return a constant's value as a C literal; one that is 64 bits wide in Rust is unsigned."""
    value = hex_literal(constant.value, group="") if constant.is_hex else str(constant.value)
    return value + ("UL" if constant.type_name in ("u64", "usize") else "")


def c_comment(text: str, indent: int = 0) -> str:
    """Return a block comment of at most 100 columns."""
    one_line = " " * indent + f"/* {text} */"
    if len(one_line) <= LINE_WIDTH:
        return one_line
    lines = comment(text, " *", indent).split("\n")
    lines[0] = " " * indent + "/*" + lines[0][indent + 2 :]
    if len(lines[-1]) + 3 <= LINE_WIDTH:
        return "\n".join([*lines[:-1], f"{lines[-1]} */"])
    return "\n".join([*lines, " " * indent + " */"])


def signature(call: Syscall) -> str:
    """Return `read(fd, buffer, len): …` for the comment above a number."""
    arguments = ", ".join(a.name for a in call.arguments)
    return f"{call.name.lower()}({arguments}): {call.doc}"


def files(contract: Contract) -> dict[str, str]:
    """Return the generated headers: path -> text."""
    names = {struct.name: struct.c_name for struct in contract.structs}
    env = environment()
    env.filters["c"] = c_comment
    env.filters["c_constant"] = c_constant
    common = {
        "contract": contract,
        "layout": lay_out,
        "signature": signature,
        "member": lambda field: _member(field, names),
        "c_flag": c_flag,
        "max_errno": MAX_ERRNO,
        "iov_max": IOV_MAX,
        "path_max": PATH_MAX,
        "pipe_buf": PIPE_BUF,
        "channels": channels,
        "constants": [m for m in contract.memory_constants if m.name.startswith(_FOR_PROGRAMS)],
    }
    made = {
        f"{INCLUDE_DIR}/{name}.h": env.get_template(f"c/{name}.h.j2").render(common)
        for name in (
            *("errno", "flags", "limits", "memory", "messages", "rights", "ring", "syscall"),
            "types",
        )
    }
    for group in contract.flags:
        text = env.get_template("c/flag_group.h.j2").render(common, group=group)
        made[f"{INCLUDE_DIR}/flags/{group.name}.h"] = text
    return made


_FOR_PROGRAMS: Final = ("PAGE_", "USER_", "START_")
"""First words of the memory constants that mean something to a program."""


def _member(field: StructField, structs: dict[str, str]) -> str:
    kind = _C_SCALARS.get(field.type_name) or f"struct {structs[field.type_name]}"
    count = f"[{field.count}]" if field.count > 1 else ""
    return f"{kind} {field.name}{count}"
