"""Everything in an image that is elsewhere random or taken from a clock.

Two images of the same content are the same bytes, so their identifiers are derived from the
content, and every time stamp is one fixed moment.
"""

import hashlib
import uuid
from dataclasses import dataclass
from typing import Final

EPOCH_S: Final = 1767225600
"""The time of every file in every image: 2026-01-01 00:00:00 UTC."""


@dataclass(frozen=True)
class Identity:
    """Gives names within one image their identifiers."""

    seed: str

    def uuid(self, name: str) -> uuid.UUID:
        """Return the UUID of `name`, of version 8 (custom).

        Source: RFC 9562, "UUID Version 8".
        """
        raw = bytearray(hashlib.sha256(f"{self.seed} {name}".encode()).digest()[:16])
        raw[6] = raw[6] & 0x0F | 0x80
        raw[8] = raw[8] & 0x3F | 0x80
        return uuid.UUID(bytes=bytes(raw))

    def serial(self, name: str) -> str:
        """Return the volume serial number of `name`: eight hex digits."""
        return hashlib.sha256(f"{self.seed} {name}".encode()).hexdigest()[:8]


def tool_environment(path: str) -> dict[str, str]:
    """Return the whole environment of the formatting tools: their clock, zone and configuration.

    `path` is where they are looked for. Nothing else of the caller's environment reaches them.
    """
    return {
        "PATH": f"{path}:/usr/sbin:/sbin",
        "LC_ALL": "C",
        "TZ": "UTC0",
        "SOURCE_DATE_EPOCH": str(EPOCH_S),  # mtools; e2fsprogs from 1.47.1
        "E2FSPROGS_FAKE_TIME": str(EPOCH_S),  # e2fsprogs of any version
        "MKE2FS_CONFIG": "/dev/null",  # the host's defaults differ between distributions
        "MTOOLSRC": "/dev/null",
    }
