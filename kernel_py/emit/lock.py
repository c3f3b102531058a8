"""The lock file: numbers and layouts that are published, and that `check` refuses to move.

It is generated like everything else, so a new entry is locked by the same `kpio abi` that publishes
it; what is locked already can only be extended (`check.append_only` compares before anything is
written).
"""

import json
from typing import Any, Final

from kernel_py.abi.contract import Contract
from kernel_py.abi.syscalls import Syscall
from kernel_py.abi.types import Struct

LOCK_PATH: Final = "kernel_py/abi.lock.json"

Lock = dict[str, Any]
"""Section -> name -> what is locked of it: a number, or a list for a call or a struct."""


def locked(contract: Contract) -> Lock:
    """Return what a contract publishes, as plain JSON values."""
    return {
        "boot_constants": {c.name: c.value for c in contract.boot_constants},
        "boot_texts": {t.name: t.value for t in contract.boot_texts},
        "command_line_keys": {k.name: k.value_name for k in contract.command_line_keys},
        "errors": {e.name: e.number for e in contract.errors},
        "events": {
            e.name: [f"{f.name}: {f.kind.value}" for f in e.fields] for e in contract.events
        },
        "exit_codes": {c.name: c.value for c in contract.exit_codes},
        "flags": {f.name: f.value for group in contract.flags for f in group.flags},
        "message_constants": {c.name: c.value for c in contract.message_constants},
        "message_kinds": {k.name: k.number for k in contract.message_kinds},
        "rights": {r.name: r.bit for r in contract.rights},
        "ring_constants": {c.name: c.value for c in contract.ring_constants},
        "structs": {s.name: _struct(s) for s in contract.structs},
        "syscalls": {c.name: _syscall(c) for c in contract.syscalls},
        "user_layout": {
            c.name: c.value
            for c in contract.memory_constants
            if c.name.startswith("USER_") or c.name == "PAGE_SIZE"
        },
    }


def _struct(struct: Struct) -> list[str]:
    return [
        f"size {struct.size}, align {struct.align}",
        *(f"{f.name}: {f.type_name}" + f"[{f.count}]" * (f.count > 1) for f in struct.fields),
    ]


def _syscall(call: Syscall) -> list[str]:
    return [f"number {call.number}", *(f"{a.name}: {a.kind.value}" for a in call.arguments)]


def dump(lock: Lock) -> str:
    """Return the text of the lock file: sorted, one entry a line, so that a diff is readable."""
    lines = ["{"]
    for i, (section, entries) in enumerate(sorted(lock.items())):
        lines.append(f"  {json.dumps(section)}: {{")
        rows = [f"    {json.dumps(name)}: {json.dumps(value)}" for name, value in entries.items()]
        lines.append(",\n".join(rows))
        lines.append("  }" + ("," if i + 1 < len(lock) else ""))
    return "\n".join([*lines, "}", ""])


def load(text: str) -> Lock:
    """Read a lock file's text. Raises ValueError if it is not a lock file."""
    read = json.loads(text)
    if not isinstance(read, dict) or not all(isinstance(v, dict) for v in read.values()):
        raise ValueError(f"{LOCK_PATH} is not an object of objects")
    return read


def files(contract: Contract) -> dict[str, str]:
    """Return the lock file: path -> text."""
    return {LOCK_PATH: dump(locked(contract))}
