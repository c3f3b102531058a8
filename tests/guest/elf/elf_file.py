"""ELF files built field by field, and changed by the names of their fields.

`build` makes a correct program from a description. The result knows where each field lies, so that
`image["ph1.p_flags"] = 7` makes it wrong in exactly one place. Nothing here decides what is right.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

PAGE: Final = 4096

ET_EXEC, ET_DYN = 2, 3
PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_NOTE, PT_PHDR, PT_TLS = 1, 2, 3, 4, 6, 7
PT_GNU_STACK, PT_GNU_RELRO = 0x6474E551, 0x6474E552
PF_X, PF_W, PF_R = 1, 2, 4
DT_NULL, DT_NEEDED, DT_PLTRELSZ, DT_SYMTAB, DT_RELA, DT_RELASZ, DT_RELAENT = 0, 1, 2, 6, 7, 8, 9
DT_STRTAB, DT_SYMENT, DT_REL, DT_RELSZ, DT_RELENT, DT_PLTREL, DT_TEXTREL = 5, 11, 17, 18, 19, 20, 22
DT_JMPREL, DT_FLAGS, DT_RELRSZ, DT_RELR, DT_RELRENT = 23, 30, 35, 36, 37
R_64, R_GLOB_DAT, R_JUMP_SLOT, R_RELATIVE = 1, 6, 7, 8
R_DTPMOD64, R_DTPOFF64, R_TPOFF64, R_IRELATIVE = 16, 17, 18, 37
STB_GLOBAL, STB_WEAK = 1, 2
STT_OBJECT, STT_FUNC, STT_TLS, STT_GNU_IFUNC = 1, 2, 6, 10
SHN_UNDEF, SHN_ABS = 0, 0xFFF1

_EHDR: Final = (
    ("EI_MAG", 4),
    ("EI_CLASS", 1),
    ("EI_DATA", 1),
    ("EI_VERSION", 1),
    ("EI_OSABI", 1),
    ("EI_ABIVERSION", 1),
    ("EI_PAD", 7),
    ("e_type", 2),
    ("e_machine", 2),
    ("e_version", 4),
    ("e_entry", 8),
    ("e_phoff", 8),
    ("e_shoff", 8),
    ("e_flags", 4),
    ("e_ehsize", 2),
    ("e_phentsize", 2),
    ("e_phnum", 2),
    ("e_shentsize", 2),
    ("e_shnum", 2),
    ("e_shstrndx", 2),
)
_PHDR: Final = (
    ("p_type", 4),
    ("p_flags", 4),
    ("p_offset", 8),
    ("p_vaddr", 8),
    ("p_paddr", 8),
    ("p_filesz", 8),
    ("p_memsz", 8),
    ("p_align", 8),
)
_DYN: Final = (("d_tag", 8), ("d_val", 8))
_RELA: Final = (("r_offset", 8), ("r_info", 8), ("r_addend", 8))
_SYM: Final = (
    ("st_name", 4),
    ("st_info", 1),
    ("st_other", 1),
    ("st_shndx", 2),
    ("st_value", 8),
    ("st_size", 8),
)
_RELR: Final = (("relr", 8),)
_LEN: Final = {"ehdr": 64, "ph": 56, "dyn": 16, "rela": 24, "jmprel": 24, "sym": 24, "relr": 8}


@dataclass(frozen=True)
class Relocation:
    """An Elf64_Rela. `place` is an address of the file, without the bias."""

    place: int
    kind: int
    symbol: int = 0
    addend: int = 0

    @property
    def info(self) -> int:
        """The field r_info."""
        return self.symbol << 32 | self.kind


@dataclass(frozen=True)
class Symbol:
    """An Elf64_Sym; defined in section 1 unless it says otherwise."""

    value: int
    kind: int = STT_OBJECT
    binding: int = STB_GLOBAL
    section: int = 1


@dataclass(frozen=True)
class Segment:
    """A PT_LOAD beside those every program has."""

    flags: int
    content: bytes = b""
    bss_len: int = 0
    align: int = PAGE
    gap_pages: int = 0


@dataclass(frozen=True)
class Tls:
    """A PT_TLS."""

    content: bytes
    bss_len: int = 0
    align: int = 8


@dataclass(frozen=True)
class Addresses:
    """Where things lie in memory, without the bias: what code and relocations refer to.

    `tables` holds the headers and relocation tables, `relro` the dynamic table and TLS, `data` the
    bytes of `Program.data`, `extra` the segments of `Program.extra`.
    """

    tables: int
    relro: int
    data: int
    extra: tuple[int, ...]
    code: int


Code = bytes | Callable[[Addresses], bytes]


@dataclass(frozen=True)
class Program:
    """What to build.

    In memory, by ascending address: headers with the relocation tables (r), dynamic table and TLS
    (rw, RELRO), data and bss (rw), the extra segments, code (rx), which may refer to all of them.
    `relocations` and the rest are given the addresses.
    """

    code: Code
    kind: int = ET_EXEC
    base: int | None = None
    data: bytes = b""
    bss_len: int = 0
    extra: tuple[Segment, ...] = ()
    tls: Tls | None = None
    has_phdr: bool = True
    has_relro: bool = True
    stack_flags: int | None = PF_R | PF_W
    stack_len: int = 0
    is_dynamic: bool = False
    rela: Callable[[Addresses], list[Relocation]] = field(default=lambda _: [])
    jmprel: Callable[[Addresses], list[Relocation]] = field(default=lambda _: [])
    relr: Callable[[Addresses], list[int]] = field(default=lambda _: [])
    symbols: Callable[[Addresses], list[Symbol]] = field(default=lambda _: [])
    tags: tuple[tuple[int, int], ...] = ()
    spare_headers: int = 0
    tail: bytes = b""


class ElfImage:
    """The bytes of a file, with its fields by name: `e_phnum`, `ph0.p_type`, `rela2.r_info`."""

    def __init__(self, data: bytes) -> None:
        self.data = bytearray(data)
        self.fields: dict[str, tuple[int, int]] = {}

    def __getitem__(self, name: str) -> int:
        start, width = self.fields[name]
        return int.from_bytes(self.data[start : start + width], "little")

    def __setitem__(self, name: str, value: int) -> None:
        start, width = self.fields[name]
        wrapped = value & (1 << 8 * width) - 1
        self.data[start : start + width] = wrapped.to_bytes(width, "little")

    def copy(self) -> "ElfImage":
        """Return an image with bytes of its own."""
        other = ElfImage(bytes(self.data))
        other.fields = self.fields
        other.__dict__["names_by_table"] = self.names_by_table
        return other

    @cached_property
    def names_by_table(self) -> dict[str, list[str]]:
        """The names of all fields: of the file header under "", others under `ph`, `dyn`, ..."""
        tables: dict[str, list[str]] = {}
        for name in self.fields:
            record = name.rpartition(".")[0]
            tables.setdefault(record.rstrip("0123456789"), []).append(name)
        return tables

    def header_of(self, kind: int) -> str:
        """Return the name of the first program header of a type, such as `ph3`."""
        count = self["e_phnum"]
        return next(f"ph{i}" for i in range(count) if self[f"ph{i}.p_type"] == kind)

    def tag(self, wanted: int) -> str:
        """Return the name of the first dynamic entry with a tag, such as `dyn2`."""
        numbers = (i for i in range(len(self.fields)) if f"dyn{i}.d_tag" in self.fields)
        return next(f"dyn{i}" for i in numbers if self[f"dyn{i}.d_tag"] == wanted)

    def name_record(self, record: str, start: int, layout: tuple[tuple[str, int], ...]) -> None:
        """Give names to the fields of a structure at `start`."""
        for name, width in layout:
            self.fields[f"{record}.{name}" if record else name] = (start, width)
            start += width

    def __bytes__(self) -> bytes:
        return bytes(self.data)


def build(program: Program) -> ElfImage:
    """Make the file of a program. Correct as long as the description is."""
    return _Builder(program).image()


@dataclass
class _Header:
    kind: int
    flags: int
    offset: int
    address: int
    file_len: int
    memory_len: int
    align: int


class _Builder:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.file = bytearray()
        self.headers: list[_Header] = []
        self.next_address = program.base
        if self.next_address is None:
            self.next_address = 0x40_0000 if program.kind == ET_EXEC else 0

    def image(self) -> ElfImage:
        program = self.program
        # Lengths do not depend on addresses, so a first pass with invented ones finds them.
        guess = Addresses(0, 0, 0, (0,) * len(program.extra), 0)
        counts = {
            "rela": len(program.rela(guess)),
            "jmprel": len(program.jmprel(guess)),
            "relr": len(program.relr(guess)),
            "sym": len(program.symbols(guess)) + 1 if program.symbols(guess) else 0,
        }
        starts: dict[str, int] = {}
        position = _LEN["ehdr"] + _LEN["ph"] * self._header_count()
        for name, count in counts.items():
            starts[name] = position
            position += count * _LEN[name]
        self.file = bytearray(position)
        tables = self._load(PF_R, bytes(position), offset=0)
        tags = self._tags(tables, starts, counts)

        relro, data, extra = 0, 0, []
        template = program.tls.content if program.tls else b""
        if tags or program.tls:
            relro = self._load_relro(tags, template)
        if program.data or program.bss_len:
            data = self._load(PF_R | PF_W, program.data, program.bss_len)
        for segment in program.extra:
            self._skip(segment.gap_pages * PAGE, segment.align)
            extra.append(self._load(segment.flags, segment.content, segment.bss_len, segment.align))
        # The code's address does not depend on its length.
        self._align_file()
        code = self._peek(PAGE)
        addresses = Addresses(tables, relro, data, tuple(extra), code)
        content = program.code if isinstance(program.code, bytes) else program.code(addresses)
        self._load(PF_R | PF_X, content)
        self.file += program.tail

        image = ElfImage(bytes(self.file))
        self._write_headers(image, code)
        self._write_tables(image, addresses, starts, tags)
        return image

    @property
    def _has_relro_segment(self) -> bool:
        tls = self.program.tls
        return self.program.is_dynamic or (tls is not None and bool(tls.content))

    def _header_count(self) -> int:
        program = self.program
        loads = 2 + bool(program.data or program.bss_len) + len(program.extra)
        loads += self._has_relro_segment
        others = program.is_dynamic + (program.tls is not None) + (program.stack_flags is not None)
        others += program.has_phdr + (program.has_relro and self._has_relro_segment)
        return loads + others + program.spare_headers

    def _tags(
        self, tables: int, starts: dict[str, int], counts: dict[str, int]
    ) -> list[tuple[int, int]]:
        if not self.program.is_dynamic:
            return []
        tags = list(self.program.tags)
        if counts["rela"]:
            tags += [(DT_RELA, tables + starts["rela"]), (DT_RELASZ, 24 * counts["rela"])]
            tags += [(DT_RELAENT, 24)]
        if counts["jmprel"]:
            tags += [(DT_JMPREL, tables + starts["jmprel"]), (DT_PLTRELSZ, 24 * counts["jmprel"])]
            tags += [(DT_PLTREL, DT_RELA)]
        if counts["relr"]:
            tags += [(DT_RELR, tables + starts["relr"]), (DT_RELRSZ, 8 * counts["relr"])]
            tags += [(DT_RELRENT, 8)]
        if counts["sym"]:
            tags += [(DT_SYMTAB, tables + starts["sym"]), (DT_SYMENT, 24)]
        return [*tags, (DT_NULL, 0)]

    def _load_relro(self, tags: list[tuple[int, int]], template: bytes) -> int:
        tls = self.program.tls
        dynamic = b"".join(
            tag.to_bytes(8, "little") + value.to_bytes(8, "little") for tag, value in tags
        )
        align = tls.align if tls else 8
        # The template follows the table, at an address of its alignment.
        self._align_file()
        address = self._peek(PAGE)
        padding = -(address + len(dynamic)) % max(align, 1)
        offset = len(self.file)
        if self._has_relro_segment:
            self._load(PF_R | PF_W, dynamic + bytes(padding) + template)
        if tags:
            self._note(PT_DYNAMIC, PF_R | PF_W, offset, address, len(dynamic), len(dynamic), 8)
        if tls:
            skip = len(dynamic) + padding
            length = len(template)
            self._note(
                PT_TLS, PF_R, offset + skip, address + skip, length, length + tls.bss_len, align
            )
        if self.program.has_relro and self._has_relro_segment:
            length = len(dynamic) + padding + len(template)
            to_page_end = -(-(address + length) // PAGE) * PAGE - address
            self._note(PT_GNU_RELRO, PF_R, offset, address, length, to_page_end, 1)
        return address

    def _skip(self, length: int, align: int) -> None:
        assert self.next_address is not None
        self.next_address += length
        self.next_address += -self.next_address % max(align, PAGE)

    def _peek(self, align: int) -> int:
        """Return the address the next segment will get: its offset in the file, a page further."""
        assert self.next_address is not None
        span = max(align, PAGE)
        return self.next_address + (len(self.file) - self.next_address) % span

    def _load(
        self,
        flags: int,
        content: bytes,
        bss_len: int = 0,
        align: int = PAGE,
        offset: int | None = None,
    ) -> int:
        if offset is None:
            self._align_file()
            offset = len(self.file)
            address = self._peek(align)
            self.file += content
        else:
            assert self.next_address is not None
            address = self.next_address + offset
        length = len(content) + bss_len
        self._note(PT_LOAD, flags, offset, address, len(content), length, align)
        self.next_address = -(-(address + max(length, 1)) // PAGE) * PAGE
        return address

    def _align_file(self) -> None:
        self.file += bytes(-len(self.file) % 16)

    def _note(self, kind: int, flags: int, *rest: int) -> None:
        self.headers.append(_Header(kind, flags, *rest))

    def _write_headers(self, image: ElfImage, entry: int) -> None:
        program = self.program
        if program.has_phdr:
            length = _LEN["ph"] * self._header_count()
            first = self.headers[0]
            table = _Header(PT_PHDR, PF_R, 64, first.address + 64, length, length, 8)
            self.headers.insert(0, table)
        if program.stack_flags is not None:
            self._note(PT_GNU_STACK, program.stack_flags, 0, 0, 0, program.stack_len, 16)
        for _ in range(program.spare_headers):
            self._note(PT_NOTE, PF_R, 0, 0, 0, 0, 4)
        image.name_record("", 0, _EHDR)
        for name, value in {
            "EI_MAG": int.from_bytes(b"\x7fELF", "little"),
            "EI_CLASS": 2,
            "EI_DATA": 1,
            "EI_VERSION": 1,
            "e_type": program.kind,
            "e_machine": 62,
            "e_version": 1,
            "e_entry": entry,
            "e_phoff": _LEN["ehdr"],
            "e_ehsize": _LEN["ehdr"],
            "e_phentsize": _LEN["ph"],
            "e_phnum": len(self.headers),
            "e_shentsize": 64,
        }.items():
            image[name] = value
        for number, header in enumerate(self.headers):
            record = f"ph{number}"
            image.name_record(record, _LEN["ehdr"] + number * _LEN["ph"], _PHDR)
            for name, value in {
                "p_type": header.kind,
                "p_flags": header.flags,
                "p_offset": header.offset,
                "p_vaddr": header.address,
                "p_paddr": header.address,
                "p_filesz": header.file_len,
                "p_memsz": header.memory_len,
                "p_align": header.align,
            }.items():
                image[f"{record}.{name}"] = value

    def _write_tables(
        self,
        image: ElfImage,
        addresses: Addresses,
        starts: dict[str, int],
        tags: list[tuple[int, int]],
    ) -> None:
        program = self.program
        for table in ("rela", "jmprel"):
            relocations = program.rela if table == "rela" else program.jmprel
            for number, relocation in enumerate(relocations(addresses)):
                record = f"{table}{number}"
                image.name_record(record, starts[table] + number * 24, _RELA)
                image[f"{record}.r_offset"] = relocation.place
                image[f"{record}.r_info"] = relocation.info
                image[f"{record}.r_addend"] = relocation.addend
        for number, word in enumerate(program.relr(addresses)):
            image.name_record(f"relr{number}", starts["relr"] + number * 8, _RELR)
            image[f"relr{number}.relr"] = word
        for number, symbol in enumerate(program.symbols(addresses), start=1):
            record = f"sym{number}"
            image.name_record(record, starts["sym"] + number * 24, _SYM)
            image[f"{record}.st_info"] = symbol.binding << 4 | symbol.kind
            image[f"{record}.st_shndx"] = symbol.section
            image[f"{record}.st_value"] = symbol.value
        dynamic = next((h.offset for h in self.headers if h.kind == PT_DYNAMIC), 0)
        for number, _ in enumerate(tags):
            image.name_record(f"dyn{number}", dynamic + number * 16, _DYN)
