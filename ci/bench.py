"""What gates are measured on."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from ci.report import Claim, Row
from kpio_build.vm.config import Firmware, MachineConfig
from kpio_build.vm.watch import OnConsole, OnEvent

OnRow = Callable[[Row], None]


class Variant(Enum):
    """The two ways to boot."""

    DIRECT = "direct"
    UEFI = "uefi"


@dataclass(frozen=True)
class Bench:
    """The machine of a gate, and where it leaves what it saw.

    `machine` starts the kernel directly, with the default image as its disk; through `firmware` the
    same disk boots by itself. `out` is a directory for screenshots and the report.
    """

    machine: MachineConfig
    firmware: Firmware
    out: Path
    page_dump: Path | None = None
    """What the host makes of the page that M3 parses."""

    is_traced: bool = False
    """Let the kernel tell every system call; a boot through the firmware has no way to ask."""

    def config(self, variant: Variant, command_line: str) -> MachineConfig:
        """Return the machine of a variant. The firmware's takes its command line from the disk."""
        if variant is Variant.DIRECT:
            trace = "trace " if self.is_traced else ""
            return replace(self.machine, command_line=trace + command_line)
        return replace(self.machine, kernel=None, firmware=self.firmware)


@dataclass(frozen=True)
class Watchers:
    """Who is told what goes on, as it goes on."""

    on_console: OnConsole | None = None
    on_event: OnEvent | None = None
    on_row: OnRow | None = None


class Measurements:
    """Collects the rows of one gate and variant; claims left unmeasured are rows that fail."""

    def __init__(
        self, gate: str, variant: Variant, claims: tuple[Claim, ...], on_row: OnRow | None
    ) -> None:
        self._gate = gate
        self._variant = variant.value
        self._claims = {claim.name: claim for claim in claims}
        self._on_row = on_row
        self.rows: list[Row] = []

    def add(self, name: str, measured: float | None, note: str = "") -> None:
        """Note what was measured for the claim called `name`. Each claim is measured once."""
        row = Row(self._gate, self._variant, self._claims.pop(name), measured, note)
        self.rows.append(row)
        if self._on_row is not None:
            self._on_row(row)

    def close(self, note: str) -> None:
        """Fail what has not been measured, for the reason in `note`."""
        for name in list(self._claims):
            self.add(name, None, note)
