"""Rule: everything has its sentence, and every error a call can give says when it arises."""

from collections.abc import Iterator
from typing import Final, Protocol

from kernel_py.abi.contract import Contract
from kernel_py.abi.place import Place
from kernel_py.abi.syscalls import Kind, Syscall
from kernel_py.check.violation import Violation

_IGNORED: Final = "ignored"
"""The answer to a flag that is not served and does no harm."""


class Documented(Protocol):
    """What has a sentence."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def doc(self) -> str:
        """Its sentence."""

    @property
    def place(self) -> Place:
        """Where it is written."""


def check(contract: Contract) -> Iterator[Violation]:
    """Yield a violation for each missing or unfinished explanation."""
    for what, entry in _documented(contract):
        yield from _sentence(f"{what} '{entry.name}' ({entry.place})", entry.doc)
    for code in contract.errors:
        if not code.message or code.message.endswith("."):
            yield Violation(
                f"error '{code.name}' ({code.place}) has the message '{code.message}'",
                "say what happened, as `strerror` does: without a full stop",
            )
    known = {code.name for code in contract.errors}
    for alias in contract.error_aliases:
        if alias.target not in known:
            yield Violation(
                f"alias '{alias.name}' ({alias.place}) stands for '{alias.target}', which is no "
                "error",
                "name an error of abi/errors.py",
            )
    for group in contract.flags:
        for flag in group.flags:
            if flag.not_yet and flag.not_yet != _IGNORED and flag.not_yet not in known:
                yield Violation(
                    f"flag '{flag.name}' ({flag.place}) is answered with '{flag.not_yet}' while "
                    "it is not served, which is no error",
                    f"name an error of abi/errors.py, or '{_IGNORED}'",
                )
    for call in contract.syscalls:
        yield from _call(call, known)


def _documented(contract: Contract) -> Iterator[tuple[str, Documented]]:
    for call in contract.syscalls:
        yield "syscall", call
        for argument in call.arguments:
            yield f"argument of '{call.name}'", argument
    for struct in contract.structs:
        yield "struct", struct
        for field in struct.fields:
            yield f"field of '{struct.name}'", field
    for group in contract.flags:
        for flag in group.flags:
            yield "flag", flag
    for event in contract.events:
        yield "event", event
        for event_field in event.fields:
            yield f"field of '{event.name}'", event_field
    tables: tuple[tuple[str, tuple[Documented, ...]], ...] = (
        ("right", contract.rights),
        ("memory constant", contract.memory_constants),
        ("memory region", contract.memory_regions),
        ("boot constant", contract.boot_constants),
        ("boot text", contract.boot_texts),
        ("exit code", contract.exit_codes),
        ("message constant", contract.message_constants),
        ("ring constant", contract.ring_constants),
        ("command line key", contract.command_line_keys),
    )
    for what, entries in tables:
        for entry in entries:
            yield what, entry


def _sentence(subject: str, text: str) -> Iterator[Violation]:
    if not text:
        yield Violation(f"{subject} is not explained", "say in one sentence what it is")
    elif not text.endswith("."):
        yield Violation(
            f"{subject} is explained by '{text}', which does not end",
            "write a sentence with a full stop",
        )


def _call(call: Syscall, known: set[str]) -> Iterator[Violation]:
    subject = f"syscall '{call.name}' ({call.place})"
    if not call.source:
        yield Violation(f"{subject} has no source", "cite the page whose behaviour it follows")
    seen: dict[str, Place] = {}
    for case in call.errors:
        where = f"error '{case.error}' ({case.place}) of '{call.name}'"
        if case.error not in known:
            yield Violation(
                f"{where} is not an error", "add it to abi/errors.py, or use one that is there"
            )
        yield from _sentence(where, case.when)
        if case.error in seen:
            yield Violation(
                f"{where} is given twice, first at {seen[case.error]}",
                "put both conditions into one sentence",
            )
        seen.setdefault(case.error, case.place)
    for error, cause in sorted(_decoding_errors(call).items()):
        if error not in seen:
            yield Violation(
                f"{subject} can fail with {error}, because of {cause}, but does not say so",
                f"add an ErrorCase for {error} that says when",
            )


def _decoding_errors(call: Syscall) -> dict[str, str]:
    """Return the errors that reading the arguments alone can give: error -> the argument."""
    found: dict[str, str] = {}
    for argument in call.arguments:
        errors: tuple[str, ...] = ()
        if argument.kind.is_pointer:
            errors += ("EFAULT",)
        if argument.kind is Kind.FD:
            errors += ("EBADF",)
        if argument.kind is Kind.PATH:
            errors += ("ENAMETOOLONG",)
        if argument.kind in (Kind.FD, Kind.I32, Kind.U32, Kind.ARRAY, Kind.SIZE):
            errors += ("EINVAL",)
        for error in errors:
            found.setdefault(error, f"argument '{argument.name}' ({argument.place})")
    return found
