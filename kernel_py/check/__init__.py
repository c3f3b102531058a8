"""Rules the contract keeps: checked before anything is generated, reported all at once."""

from kernel_py.abi.contract import CONTRACT, Contract
from kernel_py.check import (
    append_only,
    arguments,
    explained,
    layouts,
    messages,
    regions,
    states,
    unique,
)
from kernel_py.check.violation import Violation
from kernel_py.emit.lock import Lock

__all__ = ["Violation", "check_all"]


def check_all(lock: Lock, contract: Contract = CONTRACT) -> list[Violation]:
    """Return every broken rule; `lock` is what is published, {} for nothing yet."""
    return [
        *unique.check(contract),
        *arguments.check(contract),
        *layouts.check(contract),
        *regions.check(contract),
        *messages.check(contract),
        *states.check(contract),
        *explained.check(contract),
        *append_only.check(contract, lock),
    ]
