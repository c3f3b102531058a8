"""Rule: what is published stays. The lock file says what is; new entries may only be added."""

from collections.abc import Iterator
from typing import Any

from kernel_py.abi.contract import Contract
from kernel_py.abi.place import Place
from kernel_py.abi.syscalls import Kind
from kernel_py.check.violation import Violation
from kernel_py.emit.lock import LOCK_PATH, Lock, locked

_GROWING_SECTIONS = frozenset({"events"})
"""Sections whose lists may get more elements at their end: readers look keys up by name."""


def check(contract: Contract, lock: Lock) -> Iterator[Violation]:
    """Yield a violation for each published entry that moved or is gone.

    A struct may grow at its end if whoever passes it states its size.
    """
    now = locked(contract)
    places = _places(contract)
    growing = _structs_with_size(contract)
    for section, entries in sorted(lock.items()):
        have = now.get(section, {})
        for name, old in entries.items():
            subject = f"{_singular(section)} '{name}'"
            if name not in have:
                yield Violation(
                    f"{subject} is published ({LOCK_PATH}), but gone from the contract",
                    "put it back; what is not served any more keeps its entry",
                )
                continue
            new = have[name]
            may_grow = section in _GROWING_SECTIONS or (section == "structs" and name in growing)
            if not _is_kept(section, old, new, may_grow=may_grow):
                place = places.get((section, name))
                where = f" ({place})" if place else ""
                yield Violation(
                    f"{subject}{where} is now {_show(new)}, but published as {_show(old)} "
                    f"({LOCK_PATH})",
                    f"put it back to {_show(old)}, and give what is new a name of its own",
                )


def _is_kept(section: str, old: Any, new: Any, *, may_grow: bool) -> bool:
    if not may_grow or not isinstance(old, list) or not isinstance(new, list):
        return bool(old == new)
    head = 1 if section == "structs" else 0
    if head and _align(old[0]) != _align(new[0]):
        return False
    return bool(new[head : len(old)] == old[head:])


def _align(head: str) -> str:
    return head.partition("align ")[2]


def _structs_with_size(contract: Contract) -> set[str]:
    measured = {
        argument.target
        for call in contract.syscalls
        for argument in call.arguments
        if argument.kind is Kind.STRUCT and argument.length
    }
    own = {s.name for s in contract.structs if any(f.name == "size" for f in s.fields)}
    return measured | own


def _places(contract: Contract) -> dict[tuple[str, str], Place]:
    tables: dict[str, Any] = {
        "boot_constants": contract.boot_constants,
        "boot_texts": contract.boot_texts,
        "command_line_keys": contract.command_line_keys,
        "errors": contract.errors,
        "events": contract.events,
        "exit_codes": contract.exit_codes,
        "flags": [flag for group in contract.flags for flag in group.flags],
        "message_constants": contract.message_constants,
        "message_kinds": contract.message_kinds,
        "rights": contract.rights,
        "ring_constants": contract.ring_constants,
        "structs": contract.structs,
        "syscalls": contract.syscalls,
        "user_layout": contract.memory_constants,
    }
    return {
        (section, entry.name): entry.place for section, table in tables.items() for entry in table
    }


def _singular(section: str) -> str:
    return {
        "boot_constants": "boot constant",
        "boot_texts": "boot text",
        "command_line_keys": "command line key",
        "exit_codes": "exit code",
        "message_constants": "message constant",
        "message_kinds": "message kind",
        "ring_constants": "ring constant",
        "user_layout": "memory constant",
    }.get(section, section.removesuffix("s"))


def _show(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(str(v) for v in value) + "]"
    return repr(value) if isinstance(value, str) else str(value)
