"""The fifty nastiest ELF files: each has one reason why a loader might get it wrong.

Thirty-two must be refused, with a named reason; the process that spawned them sees ENOEXEC. The
others are correct files whose programs try something: they end by themselves or by a fault. After
any of them the kernel and the next program run on.

`python -m tests.guest.elf.nasty FOLDER` writes the files, and `expected.list` for the guest program
that starts them: a line for each, `<file name> refused` | `<file name> exit=<status>` |
`<file name> signal=<number>`. The files are the same bytes on every machine.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from signal import Signals
from typing import Final

from kernel_py.abi import memory
from kernel_py.abi.syscalls.process import EXIT, GETPID
from kernel_py.abi.syscalls.time import CLOCK_GET
from tests.guest.elf.elf_file import (
    DT_NEEDED,
    ET_DYN,
    PAGE,
    PF_R,
    PF_W,
    PF_X,
    PT_INTERP,
    PT_LOAD,
    PT_NOTE,
    R_64,
    R_GLOB_DAT,
    R_IRELATIVE,
    R_RELATIVE,
    R_TPOFF64,
    SHN_UNDEF,
    STB_WEAK,
    Addresses,
    ElfImage,
    Program,
    Relocation,
    Segment,
    Symbol,
    Tls,
    build,
)

_BIAS: Final = memory.USER_TEXT_BASE
_LAST: Final = (1 << 64) - 1
_HEADERS_LEN: Final = 64 + 56  # the file header and one program header


@dataclass(frozen=True)
class IsRefused:
    """SPAWN fails with ENOEXEC. `error` is the name of the `ElfError`, `field` what it is about."""

    error: str
    field: str

    def __str__(self) -> str:
        return "refused"


@dataclass(frozen=True)
class Exits:
    """The program ends by itself."""

    status: int

    def __str__(self) -> str:
        return f"exit={self.status}"


@dataclass(frozen=True)
class IsKilled:
    """A fault ends the program; WAIT reports the signal."""

    signal: Signals

    def __str__(self) -> str:
        return f"signal={self.signal.value}"


Expected = IsRefused | Exits | IsKilled


@dataclass(frozen=True)
class Case:
    """One file. `why` says what a careless loader or kernel would do with it."""

    name: str
    why: str
    make: Callable[[], bytes]
    expected: Expected


def write_corpus(folder: Path) -> None:
    """Write every file and the list of what is expected of them."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for case in CASES:
        path = folder / case.name
        path.write_bytes(case.make())
        path.chmod(0o755)
        lines.append(f"{case.name} {case.expected}\n")
    (folder / "expected.list").write_text("".join(lines), encoding="ascii")


# Machine code, Intel SDM vol. 2. Registers are clobbered freely.

_UD2: Final = b"\x0f\x0b"
_SYSCALL: Final = b"\x0f\x05"


def _rax(value: int) -> bytes:
    """Mov rax, imm64."""
    return b"\x48\xb8" + (value & _LAST).to_bytes(8, "little")


def _eax(value: int) -> bytes:
    """Mov eax, imm32."""
    return b"\xb8" + value.to_bytes(4, "little")


def _edi(value: int) -> bytes:
    """Mov edi, imm32."""
    return b"\xbf" + value.to_bytes(4, "little")


def _exit(status: int) -> bytes:
    return _edi(status) + _exit_edi()


def _exit_edi() -> bytes:
    # The ud2 behind it turns a call that returns into a fault of its own.
    return _eax(EXIT.number) + _SYSCALL + _UD2


def _store_at_rax() -> bytes:
    """Mov qword [rax], rax."""
    return b"\x48\x89\x00"


def _exit_byte_at(address: int, *, add: int = 0) -> bytes:
    """Movzx edi, byte [address]; lea edi, [rdi + add]; exit(edi)."""
    return _rax(address) + b"\x0f\xb6\x38\x8d\x7f" + bytes([add]) + _exit_edi()


def _set_flags(bits: int) -> bytes:
    """Pushfq; or qword [rsp], imm32; popfq."""
    return b"\x9c\x48\x81\x0c\x24" + bits.to_bytes(4, "little") + b"\x9d"


# Files.


def _file(program: Program, *changes: tuple[str, int]) -> Callable[[], bytes]:
    """Return the file of a program, with fields set. `LOAD0.` means the first PT_LOAD."""

    def make() -> bytes:
        image = build(program)
        for name, value in changes:
            image[_resolve(image, name)] = value
        return bytes(image)

    return make


def _resolve(image: ElfImage, name: str) -> str:
    record, _, field = name.partition(".")
    if record.startswith("LOAD"):
        headers = [f"ph{number}" for number in range(image["e_phnum"])]
        loads = [header for header in headers if image[f"{header}.p_type"] == PT_LOAD]
        return f"{loads[int(record[4:])]}.{field}"
    return f"{image.header_of(PT_NOTE)}.{field}" if record == "NOTE" else name


def _relocated(relocation: Callable[[Addresses], Relocation]) -> Callable[[], bytes]:
    """Return a static-PIE with one relocation, which would exit with 1."""
    return _file(
        Program(
            _exit(1),
            kind=ET_DYN,
            is_dynamic=True,
            data=bytes(64),
            rela=lambda addresses: [relocation(addresses)],
        )
    )


def _only_segment(address: int, content: bytes) -> Callable[[], bytes]:
    """Return a program that consists of one executable segment at any address."""

    def make() -> bytes:
        image = build(Program(content, has_phdr=False))
        start = image["ph1.p_offset"]
        # The offset in the file must be congruent to the address.
        padding = (address - start) % PAGE
        image.data[start:start] = bytes(padding)
        image["ph0.p_type"] = PT_NOTE
        image["ph1.p_offset"] = start + padding
        image["ph1.p_vaddr"] = image["e_entry"] = address
        return bytes(image)

    return make


def _smallest() -> bytes:
    code = _exit(7)
    image = build(Program(code, has_phdr=False, stack_flags=None))
    length = _HEADERS_LEN + len(code)
    image.data[_HEADERS_LEN:] = code
    image["e_phnum"] = 1
    image["e_entry"] = image["ph0.p_vaddr"] + _HEADERS_LEN
    image["ph0.p_flags"] = PF_R | PF_X
    image["ph0.p_filesz"] = image["ph0.p_memsz"] = length
    return bytes(image)


def _cut_off() -> bytes:
    return _file(Program(bytes(3 * PAGE)))()[: -2 * PAGE]


def _swapped() -> bytes:
    image = build(Program(_exit(1), data=b"x"))
    for field in ("p_flags", "p_offset", "p_vaddr", "p_filesz", "p_memsz"):
        one, other = (_resolve(image, f"LOAD{number}.{field}") for number in (1, 2))
        image[one], image[other] = image[other], image[one]
    return bytes(image)


def _million_relocations() -> bytes:
    # One address and bitmaps of 63 words each: 126 bytes of memory for each byte of the file.
    bitmaps = -(-memory.ELF_MAX_RELOCATIONS // 63)
    return _file(
        Program(
            _exit(1),
            kind=ET_DYN,
            is_dynamic=True,
            bss_len=8 * (63 * bitmaps + 1),
            relr=lambda addresses: [addresses.data, *([_LAST] * bitmaps)],
        )
    )()


def _long_table() -> bytes:
    tags = tuple((0x6000_000F, number) for number in range(memory.ELF_MAX_DYNAMIC_ENTRIES))
    return _file(Program(_exit(1), kind=ET_DYN, is_dynamic=True, tags=tags))()


def _two_words(addresses: Addresses) -> list[Relocation]:
    # The first word crosses the border of two pages; the second lies apart from it.
    border = (addresses.data // PAGE + 1) * PAGE
    return [
        Relocation(border - 3, R_RELATIVE, addend=0x1122_3344_5566_7788 - _BIAS),
        Relocation(border + 8, R_RELATIVE, addend=addresses.code),
    ]


def _after_border(addresses: Addresses) -> bytes:
    """Exit with the byte of the first word that lies behind the border: 0x55."""
    border = (addresses.data // PAGE + 1) * PAGE
    return _exit_byte_at(_BIAS + border)


def _iret_to_ring_0() -> bytes:
    # rip, cs, rflags, rsp, ss; whatever the selectors mean, a return cannot raise the privilege.
    return b"\x6a\x10\x54\x9c\x6a\x08\x48\x8d\x05\x00\x00\x00\x00\x50\x48\xcf" + _UD2


_ONE_GIB_EACH: Final = tuple(
    Segment(PF_R | PF_W, bss_len=1 << 24) for _ in range(memory.ELF_MAX_IMAGE_BYTES >> 24)
)
_SEGV: Final = IsKilled(Signals.SIGSEGV)

REFUSED: Final = (
    Case(
        "empty-file",
        "there is no header to read",
        lambda: b"",
        IsRefused("BadMagic", "EI_MAG"),
    ),
    Case(
        "shell-script",
        "it is executable, and not ELF",
        lambda: b"#!/bin/sh\nexit 0\n",
        IsRefused("BadMagic", "EI_MAG"),
    ),
    Case(
        "header-cut-short",
        "the last field of the header is missing",
        lambda: _file(Program(_exit(1)))()[:63],
        IsRefused("HeaderTruncated", "file size"),
    ),
    Case(
        "class-32",
        "the rest would be read at the wrong offsets",
        _file(Program(_exit(1)), ("EI_CLASS", 1)),
        IsRefused("Class", "EI_CLASS"),
    ),
    Case(
        "object-file",
        "it has not been linked",
        _file(Program(_exit(1)), ("e_type", 1)),
        IsRefused("FileType", "e_type"),
    ),
    Case(
        "phnum-elsewhere",
        "the count of headers is in a section header nobody reads",
        _file(Program(_exit(1)), ("e_phnum", 0xFFFF)),
        IsRefused("ExtendedProgramHeaderCount", "e_phnum"),
    ),
    Case(
        "headers-too-many",
        "one more than the limit",
        _file(Program(_exit(1), spare_headers=memory.ELF_MAX_PROGRAM_HEADERS - 3)),
        IsRefused("TooManyProgramHeaders", "e_phnum"),
    ),
    Case(
        "headers-wrap",
        "offset plus length is small again",
        _file(Program(_exit(1)), ("e_phoff", _LAST - 55)),
        IsRefused("ProgramHeadersOutsideFile", "e_phoff"),
    ),
    Case(
        "interpreter",
        "its code expects another program to have run first",
        _file(Program(_exit(1), spare_headers=1), ("NOTE.p_type", PT_INTERP)),
        IsRefused("Interpreter", "p_type"),
    ),
    Case(
        "code-writable",
        "a page both writable and executable",
        _file(Program(_exit(1)), ("LOAD1.p_flags", PF_R | PF_W | PF_X)),
        IsRefused("WritableAndExecutable", "p_flags"),
    ),
    Case(
        "stack-executable",
        "the same for the stack",
        _file(Program(_exit(1), stack_flags=PF_R | PF_W | PF_X)),
        IsRefused("ExecutableStack", "p_flags"),
    ),
    Case(
        "bss-terabyte",
        "a few bytes of file ask for 1 TiB of memory",
        _file(Program(_exit(1), data=b"x", bss_len=1 << 40)),
        IsRefused("ImageTooLarge", "p_memsz"),
    ),
    Case(
        "bss-in-pieces",
        "each segment is small, all together are too large",
        _file(Program(_exit(1), extra=_ONE_GIB_EACH)),
        IsRefused("ImageTooLarge", "p_memsz"),
    ),
    Case(
        "file-above-memory",
        "more bytes to copy than there is room",
        _file(Program(_exit(1)), ("LOAD1.p_memsz", 1)),
        IsRefused("FileSizeAboveMemorySize", "p_filesz"),
    ),
    Case(
        "cut-off",
        "the code is not in the file",
        _cut_off,
        IsRefused("SegmentOutsideFile", "p_offset"),
    ),
    Case(
        "offset-wraps",
        "offset plus length is a valid place in the file",
        _file(Program(_exit(1)), ("LOAD1.p_offset", _LAST - 15)),
        IsRefused("SegmentOutsideFile", "p_offset"),
    ),
    Case(
        "address-wraps",
        "the segment begins in the kernel and ends in user space",
        _file(Program(_exit(1)), ("LOAD1.p_vaddr", _LAST - 4095), ("LOAD1.p_memsz", 1 << 24)),
        IsRefused("AddressOverflow", "p_vaddr"),
    ),
    Case(
        "kernel-text",
        "the segment is where the kernel is",
        _file(
            Program(_exit(1)), ("LOAD1.p_vaddr", memory.KERNEL_IMAGE_BASE), ("LOAD1.p_offset", 0)
        ),
        IsRefused("OutsideUserSpace", "p_vaddr"),
    ),
    Case(
        "null-page",
        "null pointers would no longer fault",
        _file(Program(_exit(1), base=0)),
        IsRefused("OutsideUserSpace", "p_vaddr"),
    ),
    Case(
        "over-the-stack",
        "the segment is where the stack goes",
        _file(
            Program(_exit(1)),
            ("LOAD1.p_vaddr", memory.USER_STACK_TOP - PAGE),
            ("LOAD1.p_offset", 0),
            ("LOAD1.p_memsz", PAGE),
        ),
        IsRefused("OutsideUserSpace", "p_vaddr"),
    ),
    Case(
        "pie-pushed-out",
        "inside user space in the file, outside once the bias is added",
        _file(Program(_exit(1), kind=ET_DYN, base=memory.USER_MMAP_TOP - PAGE)),
        IsRefused("OutsideUserSpace", "p_vaddr"),
    ),
    Case(
        "align-enormous",
        "a power of two that no base can satisfy",
        _file(Program(_exit(1)), ("LOAD1.p_align", 1 << 63)),
        IsRefused("AlignmentTooLarge", "p_align"),
    ),
    Case(
        "offset-incongruent",
        "pages of the file are not pages of memory",
        _file(
            Program(_exit(1)), ("LOAD0.p_offset", 8), ("LOAD0.p_filesz", 64), ("LOAD0.p_memsz", 64)
        ),
        IsRefused("Misaligned", "p_vaddr"),
    ),
    Case(
        "segments-overlap",
        "whose bytes are in memory depends on the order of copying",
        _file(Program(_exit(1)), ("LOAD0.p_memsz", 4 * PAGE)),
        IsRefused("SegmentsOverlap", "p_vaddr"),
    ),
    Case(
        "segments-share-page",
        "one page is to be read-only and executable",
        _file(Program(_exit(1)), ("LOAD0.p_memsz", PAGE + 8)),
        IsRefused("SegmentsSharePage", "p_vaddr"),
    ),
    Case(
        "segments-descend",
        "the lower segment comes second",
        _swapped,
        IsRefused("SegmentsUnordered", "p_vaddr"),
    ),
    Case(
        "entry-in-data",
        "the first instruction is data",
        _file(Program(_exit(1)), ("e_entry", memory.USER_TEXT_BASE)),
        IsRefused("EntryNotExecutable", "e_entry"),
    ),
    Case(
        "shared-library-needed",
        "half of the program is in another file",
        _file(Program(_exit(1), kind=ET_DYN, is_dynamic=True, tags=((DT_NEEDED, 1),))),
        IsRefused("SharedLibrary", "DT_NEEDED"),
    ),
    Case(
        "dynamic-endless",
        "the end of the table lies beyond the limit",
        _long_table,
        IsRefused("DynamicTooLong", "p_filesz"),
    ),
    Case(
        "relocates-kernel",
        "the loader is asked to write into the kernel",
        _relocated(lambda _: Relocation(memory.KERNEL_IMAGE_BASE, R_RELATIVE)),
        IsRefused("RelocationTarget", "r_offset"),
    ),
    Case(
        "relocates-million",
        "a small file with more relocations than the limit",
        _million_relocations,
        IsRefused("TooManyRelocations", "DT_RELR"),
    ),
    Case(
        "indirect-function",
        "the loader is asked to run user code",
        _relocated(lambda addresses: Relocation(addresses.data, R_IRELATIVE)),
        IsRefused("IndirectFunction", "r_info"),
    ),
)

STARTED: Final = (
    Case(
        "smallest",
        "headers and code are one segment of 134 bytes",
        _smallest,
        Exits(7),
    ),
    Case(
        "lowest-address",
        "directly above what is never mapped",
        _only_segment(memory.USER_MIN, _exit(21)),
        Exits(21),
    ),
    Case(
        "highest-address",
        "the call's return address is the first one above all programs",
        _only_segment(memory.USER_MMAP_TOP - 7, _eax(GETPID.number) + _SYSCALL),
        _SEGV,
    ),
    Case(
        "headers-as-many-as-allowed",
        "exactly the limit",
        _file(Program(_exit(22), spare_headers=memory.ELF_MAX_PROGRAM_HEADERS - 4)),
        Exits(22),
    ),
    Case(
        "segments-far-apart",
        "two pages, 64 TiB between them: page tables on every level",
        _file(
            Program(
                lambda addresses: _exit_byte_at(addresses.extra[0]),
                extra=(Segment(PF_R, b"\x17", gap_pages=1 << 34),),
            )
        ),
        Exits(0x17),
    ),
    Case(
        "bss-touched",
        "16 MiB of zeros, of which the last is read",
        _file(
            Program(
                lambda addresses: _exit_byte_at(addresses.data + (1 << 24), add=26),
                data=b"x",
                bss_len=1 << 24,
            )
        ),
        Exits(26),
    ),
    Case(
        "relocation-across-pages",
        "eight bytes that lie in two pages",
        _file(
            Program(
                _after_border, kind=ET_DYN, is_dynamic=True, rela=_two_words, data=bytes(2 * PAGE)
            )
        ),
        Exits(0x55),
    ),
    Case(
        "weak-undefined",
        "a symbol nobody defines is 0, and the addend counts",
        _file(
            Program(
                lambda addresses: _exit_byte_at(_BIAS + addresses.data),
                kind=ET_DYN,
                is_dynamic=True,
                data=bytes(16),
                symbols=lambda _: [Symbol(0, binding=STB_WEAK, section=SHN_UNDEF)],
                rela=lambda addresses: [
                    Relocation(addresses.data, R_64, symbol=1, addend=23),
                    Relocation(addresses.data + 8, R_GLOB_DAT, symbol=1),
                ],
            )
        ),
        Exits(23),
    ),
    Case(
        "thread-pointer-offset",
        "offsets in the thread-local block are negative",
        _file(
            Program(
                lambda addresses: _exit_byte_at(_BIAS + addresses.data),
                kind=ET_DYN,
                is_dynamic=True,
                data=bytes(16),
                tls=Tls(b"abc", bss_len=5, align=64),
                rela=lambda addresses: [Relocation(addresses.data, R_TPOFF64, addend=2)],
            )
        ),
        Exits((2 - 64) & 0xFF),
    ),
    Case(
        "writes-own-code",
        "code is not writable",
        _file(Program(lambda addresses: _rax(addresses.code) + _store_at_rax() + _exit(1))),
        _SEGV,
    ),
    Case(
        "writes-relro",
        "what relocation has written is sealed",
        _file(
            Program(
                lambda addresses: _rax(_BIAS + addresses.relro) + _store_at_rax() + _exit(1),
                kind=ET_DYN,
                is_dynamic=True,
            )
        ),
        _SEGV,
    ),
    Case(
        "runs-data",
        "data is not executable",
        _file(Program(lambda addresses: _rax(addresses.data) + b"\xff\xe0", data=_exit(1))),
        _SEGV,
    ),
    Case(
        "touches-no-access",
        "a segment with p_flags 0 may not even be read",
        _file(
            Program(
                lambda addresses: _exit_byte_at(addresses.extra[0]), extra=(Segment(0, b"secret"),)
            )
        ),
        _SEGV,
    ),
    Case(
        "jumps-non-canonical",
        "the address is in nobody's half",
        _file(Program(_rax(1 << 47) + b"\xff\xe0")),
        _SEGV,
    ),
    Case(
        "stack-in-kernel",
        "rsp points into the kernel when it calls: nothing may be pushed there",
        _file(Program(_rax(memory.KERNEL_IMAGE_BASE + 0x20_1000) + b"\x48\x89\xc4" + _exit(24))),
        Exits(24),
    ),
    Case(
        "single-step-into-call",
        "the trap flag is set when it calls: the trap belongs to user code",
        _file(Program(_eax(GETPID.number) + _set_flags(0x100) + _SYSCALL + b"\x90\x90" + _exit(1))),
        IsKilled(Signals.SIGTRAP),
    ),
    Case(
        "direction-flag-into-call",
        "string instructions of the kernel would run backwards",
        # sub rsp, 64; mov rsi, rsp; std; CLOCK_GET(0, rsi); exit(25 + result)
        _file(
            Program(
                b"\x48\x83\xec\x40\x48\x89\xe6\xfd"
                + _edi(0)
                + _eax(CLOCK_GET.number)
                + _SYSCALL
                + b"\x8d\x78\x19"
                + _exit_edi()
            )
        ),
        Exits(25),
    ),
    Case(
        "return-to-ring-0",
        "an iretq with a kernel's selectors",
        _file(Program(_iret_to_ring_0())),
        _SEGV,
    ),
)

CASES: Final[Sequence[Case]] = (*REFUSED, *STARTED)

if __name__ == "__main__":
    write_corpus(Path(sys.argv[1]))
