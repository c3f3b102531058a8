"""What the gates measured, as rows: for the table a user sees, and for report.json."""

import json
import operator
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from kpio_build.base.errors import GateError
from kpio_build.base.paths import write_atomically


class Rule(Enum):
    """How what was measured is compared with the threshold."""

    EQUAL = "="
    AT_MOST = "≤"
    AT_LEAST = "≥"


_COMPARE: Final[dict[Rule, Callable[[float, float], bool]]] = {
    Rule.EQUAL: operator.eq,
    Rule.AT_MOST: operator.le,
    Rule.AT_LEAST: operator.ge,
}


@dataclass(frozen=True)
class Claim:
    """One thing a milestone says, in numbers.

    `source` is where the claim comes from: the checklist, a contract, a measurement.
    """

    name: str
    text: str
    rule: Rule
    threshold: float
    unit: str
    source: str


@dataclass(frozen=True)
class Row:
    """A claim, on one way to boot, and what came out; `measured` is None if nothing did."""

    gate: str
    variant: str
    claim: Claim
    measured: float | None
    note: str = ""

    @property
    def is_passed(self) -> bool:
        """Whether the claim holds."""
        return self.measured is not None and _COMPARE[self.claim.rule](
            self.measured, self.claim.threshold
        )

    def __str__(self) -> str:
        """Return the row as a sentence."""
        measured = "nothing" if self.measured is None else f"{self.measured:g} {self.claim.unit}"
        limit = f"{self.claim.rule.value} {self.claim.threshold:g} {self.claim.unit}"
        note = f" ({self.note})" if self.note else ""
        return (
            f"{self.gate} {self.variant}: {self.claim.text}: measured {measured}, "
            f"claimed {limit}{note}"
        )


@dataclass(frozen=True)
class Report:
    """The rows of one run, in the order they were measured."""

    rows: tuple[Row, ...]

    @property
    def is_passed(self) -> bool:
        """Whether there are rows and all of them passed."""
        return bool(self.rows) and all(row.is_passed for row in self.rows)

    def require_passed(self) -> None:
        """Raise GateError naming every row that did not pass."""
        failed = [row for row in self.rows if not row.is_passed]
        if failed or not self.rows:
            raise GateError(
                f"{len(failed)} of {len(self.rows)} claims do not hold",
                hint="the console of the guest, above, has what it did",
                details="\n".join(map(str, failed)),
            )

    def write(self, path: Path) -> None:
        """Write the rows as JSON, whole or not at all."""
        rows = [
            {
                "gate": row.gate,
                "variant": row.variant,
                **asdict(row.claim),
                "rule": row.claim.rule.value,
                "measured": row.measured,
                "passed": row.is_passed,
                "note": row.note,
            }
            for row in self.rows
        ]
        text = json.dumps({"passed": self.is_passed, "rows": rows}, indent=2, ensure_ascii=False)
        write_atomically(path, f"{text}\n")
