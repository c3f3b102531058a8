import zlib
from collections.abc import Sequence


def console_of(texts: Sequence[str]) -> bytes:
    """Return the program's lines for these texts, numbered and checksummed."""
    numbered = [f"{seq} {text}" for seq, text in enumerate(texts)]
    lines: list[str] = []
    for seq, text in enumerate(texts):
        checksum = zlib.crc32(numbered[seq].encode())
        lines.append(f"bench {seq} {checksum:08x} {text}\r\n")
    return "".join(lines).encode()
