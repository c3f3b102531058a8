"""What the guest's display shows, as pixels."""

import os
import re
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kpio_build.base.errors import KpioError
from kpio_build.base.paths import write_atomically
from kpio_build.vm.qmp import Qmp

BYTES_PER_PIXEL: Final = 3
_PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_PNG_RGB: Final = 2
_PPM_HEADER: Final = re.compile(rb"P6\s+(\d+)\s+(\d+)\s+255\s")


@dataclass(frozen=True)
class Frame:
    """Pixels as bytes of shape (height_px, width_px, 3), RGB, row-major, no padding."""

    width_px: int
    height_px: int
    pixels: bytes

    def __post_init__(self) -> None:
        """Refuse pixels that are not of the stated shape."""
        expected = self.width_px * self.height_px * BYTES_PER_PIXEL
        if len(self.pixels) != expected:
            raise ValueError(f"{len(self.pixels)} bytes of pixels, the shape needs {expected}")

    def cell(self, x_px: int, y_px: int, width_px: int, height_px: int) -> bytes:
        """Return the pixels of a rectangle that lies in the frame, as a frame has them."""
        if not (0 <= x_px <= self.width_px - width_px and 0 <= y_px <= self.height_px - height_px):
            raise ValueError(f"({x_px}, {y_px}) + {width_px} x {height_px} is outside the frame")
        row_bytes = self.width_px * BYTES_PER_PIXEL
        first = y_px * row_bytes + x_px * BYTES_PER_PIXEL
        starts = range(first, first + height_px * row_bytes, row_bytes)
        return b"".join(self.pixels[start : start + width_px * BYTES_PER_PIXEL] for start in starts)

    def png(self) -> bytes:
        """Return the frame as a PNG file. Source: W3C, "Portable Network Graphics", 3rd edition."""
        header = struct.pack(">IIBBBBB", self.width_px, self.height_px, 8, _PNG_RGB, 0, 0, 0)
        row_bytes = self.width_px * BYTES_PER_PIXEL
        rows = b"".join(
            b"\0" + self.pixels[start : start + row_bytes]
            for start in range(0, len(self.pixels), row_bytes)
        )
        chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
        return _PNG_SIGNATURE + b"".join(
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
            for kind, data in chunks
        )

    def save_png(self, path: Path) -> None:
        """Write the frame to `path`, whole or not at all."""
        write_atomically(path, self.png())


def screendump(qmp: Qmp, *, within_s: float) -> Frame:
    """Capture what scanout 0 shows.

    Raises QemuError without a scanout, DeadlineError after `within_s` seconds.
    Source: QEMU qapi/ui.json, `screendump`.
    """
    # QEMU writes to a name. This one leads to memory of ours: nothing to clean up after a kill.
    descriptor = os.memfd_create("screendump")
    try:
        name = f"/proc/{os.getpid()}/fd/{descriptor}"
        qmp.execute("screendump", {"filename": name}, within_s=within_s)
        return parse_ppm(os.pread(descriptor, os.fstat(descriptor).st_size, 0))
    finally:
        os.close(descriptor)


def parse_ppm(data: bytes) -> Frame:
    """Return the frame in a binary PPM of depth 255, the form QEMU writes.

    Raises KpioError for anything else. Source: netpbm, "ppm".
    """
    header = _PPM_HEADER.match(data)
    if header is None:
        raise KpioError(
            f"QEMU wrote a screenshot that is no PPM: {data[:20]!r}",
            hint="compare its version with `./kpio doctor`",
        )
    width_px, height_px = int(header[1]), int(header[2])
    pixels = data[header.end() :]
    if len(pixels) != width_px * height_px * BYTES_PER_PIXEL:
        raise KpioError(
            f"QEMU wrote a screenshot of {len(pixels)} bytes for {width_px} x {height_px} pixels",
            hint="a screenshot is kept in memory: is there any left?",
        )
    return Frame(width_px, height_px, pixels)
