"""Rule: a number or name means one thing.

Numbers of calls also have no gap, because the generated table is indexed by them.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Protocol, TypeVar

from kernel_py.abi.contract import Contract
from kernel_py.abi.flags import FlagKind
from kernel_py.abi.place import Place
from kernel_py.check.violation import Violation


class Entry(Protocol):
    """What every entry of the contract has."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def place(self) -> Place:
        """Where it is written."""


E = TypeVar("E", bound=Entry)


def check(contract: Contract) -> Iterator[Violation]:
    """Yield a violation for each pair that shares a number or a name."""
    yield from _numbers(contract)
    yield from _choices(contract)
    yield from _names(contract)


def _numbers(contract: Contract) -> Iterator[Violation]:
    calls = contract.syscalls
    yield from _pairs(
        "syscall number {key} is both",
        calls,
        lambda c: c.number,
        _next_free([c.number for c in calls]),
    )
    numbers = {c.number for c in calls}
    for missing in sorted(set(range(max(numbers, default=-1) + 1)) - numbers):
        above = next(c for c in calls if c.number > missing)
        yield Violation(
            f"no syscall has number {missing}, but '{above.name}' ({above.place}) has "
            f"{above.number}",
            "numbers have no gap; a call that is given up keeps its entry and returns ENOSYS",
        )
    yield from _pairs(
        "error number {key} is both",
        contract.errors,
        lambda e: e.number,
        "error numbers are musl's; a second name of one is an ErrorAlias",
    )
    kinds = contract.message_kinds
    yield from _pairs(
        "message number {key} is both",
        kinds,
        lambda k: k.number,
        "give the newer one the next free number of its way",
    )
    bits = [r.bit for r in contract.rights]
    yield from _pairs("right bit {key} is both", contract.rights, lambda r: r.bit, _next_free(bits))
    for right in contract.rights:
        if not 0 <= right.bit < 32:
            yield Violation(
                f"right '{right.name}' ({right.place}) has bit {right.bit}; rights are 32 bits",
                _next_free(bits),
            )
    codes = contract.exit_codes
    yield from _pairs(
        "exit status {key} of QEMU means both",
        codes,
        lambda c: c.qemu_status,
        "give the newer one a value whose low 7 bits nobody else has",
    )
    for code in codes:
        if code.qemu_status in (0, 1):
            yield Violation(
                f"exit code '{code.name}' ({code.place}) makes QEMU end with {code.qemu_status}, "
                "which QEMU also does by itself",
                "give it a value of which the low 7 bits are not 0",
            )


def _choices(contract: Contract) -> Iterator[Violation]:
    for group in contract.flags:
        if group.kind is FlagKind.CHOICE:
            yield from _pairs(
                "value {key} of group '" + group.name + "' is both",
                group.flags,
                lambda f: f.value,
                "one value of a choice has one name; if they are or-ed together, the group is "
                "FlagKind.BITS",
            )


def _names(contract: Contract) -> Iterator[Violation]:
    rename = "give the newer one another name"
    flags = [flag for group in contract.flags for flag in group.flags]
    c_macros: list[Entry] = [*contract.errors, *contract.error_aliases, *flags]
    boot: list[Entry] = [*contract.boot_constants, *contract.boot_texts, *contract.exit_codes]
    groups: tuple[tuple[str, Iterable[Entry]], ...] = (
        ("syscall name", contract.syscalls),
        ("error or flag name", c_macros),
        ("flag group name", contract.flags),
        ("right name", contract.rights),
        ("struct name", contract.structs),
        ("memory constant name", contract.memory_constants),
        ("memory region name", contract.memory_regions),
        ("boot constant name", boot),
        ("message constant name", contract.message_constants),
        ("message kind name", contract.message_kinds),
        ("message part name", contract.message_parts),
        ("ring constant name", contract.ring_constants),
        ("command line key", contract.command_line_keys),
    )
    for what, entries in groups:
        yield from _pairs(what + " '{key}' is given twice:", entries, lambda e: e.name, rename)
    yield from _pairs(
        "C struct name '{key}' is given twice:", contract.structs, lambda s: s.c_name, rename
    )
    yield from _pairs(
        "Rust constant '{key}' is given to two events:",
        contract.events,
        lambda e: e.constant,
        rename,
    )


def _pairs(
    text: str, entries: Iterable[E], key: Callable[[E], Hashable], hint: str
) -> Iterator[Violation]:
    first: dict[Hashable, E] = {}
    for entry in entries:
        other = first.setdefault(key(entry), entry)
        if other is not entry:
            yield Violation(
                f"{text.format(key=key(entry))} '{other.name}' ({other.place}) and "
                f"'{entry.name}' ({entry.place})",
                hint,
            )


def _next_free(numbers: Iterable[int]) -> str:
    return f"give the newer one the next free number, {max(numbers, default=-1) + 1}"
