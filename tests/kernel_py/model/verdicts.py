"""The loader's verdicts from both sides, in one shape: the kernel's code and the model."""

import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from kernel_py.abi.memory import PAGE_SIZE
from kernel_py.model.elf import Loaded, Refused, judge
from kpio_build.base.process import background

_PIPE: Final = -1
_MAX_PAGES_COMPARED: Final = 512  # as in tests/elf_verdict

Facts = dict[str, Any]


@dataclass(frozen=True)
class KernelLoader:
    """The program `elf-verdict`: the kernel's loader, compiled for this machine."""

    to: IO[bytes]
    answers: IO[bytes]

    def judge(self, binary: bytes) -> Facts:
        """Return what the kernel's loader says about a file.

        Fails with AssertionError when the program is gone: the loader has panicked.
        """
        try:
            self.to.write(len(binary).to_bytes(4, "little") + binary)
            self.to.flush()
            line = self.answers.readline()
        except BrokenPipeError:
            line = b""
        assert line, "the kernel's loader died on this file: see standard error"
        facts: Facts = json.loads(line)
        return facts


@contextmanager
def kernel_loader(program: Path) -> Iterator[KernelLoader]:
    """Run the program for the length of the block."""
    with background([program], stdin=_PIPE, stdout=_PIPE, stderr=2) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield KernelLoader(process.stdin, process.stdout)


def facts_of_model(binary: bytes) -> Facts:
    """Return what the model says about a file, in the shape of the kernel's answer."""
    verdict = judge(binary)
    if isinstance(verdict, Refused):
        return {"verdict": "refused", "name": verdict.name, "field": verdict.field}
    return _facts_of_loaded(verdict)


def _facts_of_loaded(program: Loaded) -> Facts:
    tls, relro = program.tls, program.relro
    patches = b"".join(
        place.to_bytes(8, "little") + value.to_bytes(8, "little")
        for place, value in program.patches
    )
    pages = sum(len(mapping.pages) for mapping in program.mappings) // PAGE_SIZE
    return {
        "verdict": "loaded",
        "bias": program.bias,
        "entry": program.entry,
        "segments": [
            [s.memory.start, len(s.memory), s.file_offset, len(s.content), s.permissions]
            for s in program.segments
        ],
        "mappings": [[m.pages.start, len(m.pages), m.permissions] for m in program.mappings],
        "tls": tls and [tls.address, tls.file_len, tls.memory_len, tls.align, tls.offset],
        "relro": relro and [relro.start, relro.stop],
        "phdr_address": program.phdr_address,
        "phdr_count": program.phdr_count,
        "requested_stack_len": program.requested_stack_len,
        "patches": len(program.patches),
        "patches_crc": zlib.crc32(patches),
        "image_pages": pages,
        "image_crc": _image_crc(program, is_small=pages <= _MAX_PAGES_COMPARED),
    }


def _image_crc(program: Loaded, *, is_small: bool) -> int:
    checksum = 0
    for mapping in program.mappings:
        starts = mapping.pages[::PAGE_SIZE]
        chosen = starts if is_small else sorted({starts[0], starts[-1]})
        for start in chosen:
            checksum = zlib.crc32(program.page(start), checksum)
    return checksum
