"""What a rule of the contract has to say when it is broken."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Violation:
    """One broken rule: `message` names each definition with its place, `hint` the mend."""

    message: str
    hint: str

    def __str__(self) -> str:
        """Return the two lines a person reads."""
        return f"error: {self.message}\nhint: {self.hint}"
