import struct
import zlib
from pathlib import Path

import pytest

from kpio_build.base.errors import KpioError
from kpio_build.vm.machine import Machine
from kpio_build.vm.screen import Frame, parse_ppm, screendump
from tests.kpio_build.vm.conftest import MakeGuest
from tests.kpio_build.vm.payloads import HANG

TINY = Frame(2, 2, bytes(range(12)))


def test_a_ppm_is_read_whatever_its_pixels_look_like() -> None:
    """Pixels that are white space, digits or a comment sign belong to no header."""
    pixels = b"\n 1#5\t255 \n\r"
    assert parse_ppm(b"P6\n2 2\n255\n" + pixels) == Frame(2, 2, pixels)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"P5\n1 1\n255\nx",
        b"P6\n1 1\n65535\n123456",
        b"P6\n2 2\n255\n123",
        b"P6\n1 1\n255\n1234",
    ],
)
def test_another_picture_is_refused(data: bytes) -> None:
    with pytest.raises(KpioError, match="screenshot"):
        parse_ppm(data)


def test_a_frame_has_the_pixels_of_its_shape() -> None:
    with pytest.raises(ValueError, match="11 bytes"):
        Frame(2, 2, bytes(11))


def test_a_cell_is_cut_out_of_its_rows() -> None:
    assert TINY.cell(1, 0, 1, 2) == bytes([3, 4, 5, 9, 10, 11])
    assert TINY.cell(0, 1, 2, 1) == bytes(range(6, 12))
    with pytest.raises(ValueError, match="outside"):
        TINY.cell(1, 1, 2, 1)


def test_a_png_holds_the_same_pixels(tmp_path: Path) -> None:
    TINY.save_png(tmp_path / "tiny.png")
    png = (tmp_path / "tiny.png").read_bytes()
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    chunks: dict[bytes, bytes] = {}
    rest = png[8:]
    while rest:
        length, kind = struct.unpack(">I4s", rest[:8])
        chunks[kind] = rest[8 : 8 + length]
        assert struct.unpack(">I", rest[8 + length : 12 + length])[0] == zlib.crc32(
            rest[4 : 8 + length]
        )
        rest = rest[12 + length :]
    assert struct.unpack(">IIBBBBB", chunks[b"IHDR"]) == (2, 2, 8, 2, 0, 0, 0)
    assert zlib.decompress(chunks[b"IDAT"]) == b"\0" + TINY.pixels[:6] + b"\0" + TINY.pixels[6:]


def test_the_display_of_a_machine_is_captured(guest: MakeGuest) -> None:
    with Machine(guest(HANG)) as machine:
        machine.start()
        frame = screendump(machine.qmp, within_s=30)
    assert frame.width_px >= 640
    assert frame.height_px >= 480
