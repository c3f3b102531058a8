"""What the benchmark program says on a console: numbered, checksummed lines, read strictly.

The form is stated in userspace/bench/main.c. A line that is lost, damaged or unknown is an error: a
figure that was not measured must not look like one that was.
"""

import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from kpio_build.base.errors import KpioError

_PREFIX: Final = b"bench "
_LINE: Final = re.compile(r"bench (\d+) ([0-9a-f]{8}) (\S+(?: \S+)*)")
_FIELDS: Final = {
    "calibration": ("operations", "ticks", "ns"),
    "row": ("name", "operations", "ticks", "ns"),
    "missing": ("name", "what", "errno"),
    "failed": ("name", "what", "errno"),
    "end": (),
}
_NUMBERS: Final = frozenset({"operations", "ticks", "ns", "errno"})
_HINT: Final = "something else wrote into the line, or the programs are older than this kpio"


class LinesError(KpioError):
    """What the benchmark program wrote is not an unbroken sequence of its lines."""


@dataclass(frozen=True)
class Measured:
    """What so many operations took, in ticks of the processor's counter and in ns of the clock."""

    operations: int
    ticks: int
    ns: int

    @property
    def ticks_each(self) -> float:
        """Ticks an operation."""
        return self.ticks / self.operations

    @property
    def ns_each(self) -> float:
        """Nanoseconds an operation."""
        return self.ns / self.operations


@dataclass(frozen=True)
class Missing:
    """A row the system cannot run yet, because it has no `what`."""

    what: str


Reading = Measured | Missing


@dataclass(frozen=True)
class Run:
    """One run of the program: a loop of known length, and the rows by name."""

    calibration: Measured
    rows: Mapping[str, Reading]


def parse(console: bytes, expected: Sequence[str]) -> Run:
    """Return the run that a console shows; lines that are not the program's are passed over.

    Raises LinesError unless every line is whole, each expected row is there once, and the last line
    is the end; KpioError for a row that failed.
    """
    calibration: Measured | None = None
    rows: dict[str, Reading] = {}
    is_ended = False
    for kind, fields in _lines(console):
        if is_ended:
            raise LinesError(f"a line of kind {kind} comes after the end", hint=_HINT)
        match kind:
            case "calibration":
                calibration = _measured(fields)
            case "row" | "missing":
                name = fields["name"]
                if name in rows:
                    raise LinesError(f"the row {name} is there twice", hint=_HINT)
                is_row = kind == "row"
                rows[name] = _measured(fields) if is_row else Missing(fields["what"])
            case "failed":
                raise KpioError(
                    f"the row {fields['name']} failed: {fields['what']}, errno {fields['errno']}",
                    hint="userspace/bench/rows/ has its source",
                )
            case _:
                is_ended = True
    if calibration is None or not is_ended:
        raise LinesError(
            "the benchmark program did not come to its end",
            hint="what the guest wrote is above",
            details=console.decode("utf-8", "replace"),
        )
    if list(rows) != list(expected):
        raise LinesError(
            f"the rows are {', '.join(rows) or 'none'}; expected {', '.join(expected)}", hint=_HINT
        )
    return Run(calibration, rows)


def _lines(console: bytes) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield kind and fields of the program's lines."""
    ours = [line for line in console.splitlines() if line.startswith(_PREFIX)]
    for number, line in enumerate(ours):
        shown = line.decode("ascii", "backslashreplace")
        found = _LINE.fullmatch(shown)
        if found is None:
            raise LinesError(f"line {number} is not of the known form: {shown!r}", hint=_HINT)
        seq, checksum, text = found.groups()
        computed = f"{zlib.crc32(f'{seq} {text}'.encode()):08x}"
        if checksum != computed:
            raise LinesError(f"line {number} has a bad checksum: {shown!r}", hint=_HINT)
        if seq != str(number):
            raise LinesError(f"line {number} is missing; there is {shown!r}", hint=_HINT)
        kind, *words = text.split(" ")
        pairs = [word.partition("=") for word in words]
        if tuple(name for name, _, _ in pairs) != _FIELDS.get(kind):
            raise LinesError(f"line {number} has other fields than it should: {shown!r}")
        fields = {name: value for name, _, value in pairs}
        if not all(fields[name].isdigit() for name in _NUMBERS & fields.keys()):
            raise LinesError(f"line {number} has something else for a number: {shown!r}")
        yield kind, fields


def _measured(fields: Mapping[str, str]) -> Measured:
    operations, ticks, ns = (int(fields[name]) for name in ("operations", "ticks", "ns"))
    if operations == 0:
        raise LinesError("a line tells of no operations", hint=_HINT)
    return Measured(operations, ticks, ns)
