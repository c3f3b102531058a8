"""Reference model of the ELF loader: what `kernel/src/loader` must decide about every file.

`judge` says whether a file may run and, if so, what its memory holds; if not, which error it is and
which field is at fault. The kernel's loader and this model share no code and no approach: here,
pyelftools reads the structures, numbers have no width, tables are read out of the loaded memory
rather than the file, and every rule is a line that must hold. What they share is the order of the
rules, because a file with two faults has one verdict: the module documentation of
`kernel/src/loader/mod.rs` states it.

Sources: System V gABI "ELF Header", "Program Header", "Dynamic Section"; x86-64 psABI "Relocation",
"Thread-Local Storage"; gABI proposal "DT_RELR".
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, Final

from elftools.elf.structs import ELFStructs

from kernel_py.abi import memory

HEADER_LEN: Final = 64
PROGRAM_HEADER_LEN: Final = 56
RELA_LEN: Final = 24
SYMBOL_LEN: Final = 24
WORD_LEN: Final = 8
RELR_BITMAP_WORDS: Final = 63
SHN_LORESERVE: Final = 0xFF00
DF_TEXTREL: Final = 4

_READ, _WRITE, _EXECUTE = 4, 2, 1  # p_flags
_WORD_MASK: Final = (1 << 64) - 1
_ADDRESS_END: Final = 1 << 64

_STRUCTS = ELFStructs(little_endian=True, elfclass=64)
_STRUCTS.create_basic_structs()
_STRUCTS.create_advanced_structs("ET_EXEC", "EM_X86_64", "ELFOSABI_SYSV")


@dataclass(frozen=True)
class Refused:
    """The file does not run: the name of the `ElfError`, and the ELF field it is about."""

    name: str
    field: str


@dataclass(frozen=True)
class Segment:
    """A PT_LOAD at its final address: what it claims, and what of it the file gives."""

    memory: range
    file_offset: int
    content: bytes = field(repr=False)
    permissions: str

    @property
    def pages(self) -> range:
        """The whole pages that hold the segment."""
        return range(_page_start(self.memory.start), -_page_start(-self.memory.stop))

    @property
    def from_file(self) -> range:
        """The addresses whose bytes come from the file."""
        return range(self.memory.start, self.memory.start + len(self.content))


@dataclass(frozen=True)
class Mapping:
    """Pages with one set of permissions: letters of `rwx`."""

    pages: range
    permissions: str


@dataclass(frozen=True)
class Tls:
    """The thread-local template; `offset` is how far below the thread pointer the block begins."""

    address: int
    file_len: int
    memory_len: int
    align: int
    offset: int


@dataclass(frozen=True)
class Loaded:
    """The file runs, and this is what the kernel makes of it."""

    bias: int
    entry: int
    segments: tuple[Segment, ...]
    phdr_address: int | None
    phdr_count: int
    requested_stack_len: int
    tls: Tls | None = None
    relro: range | None = None
    dynamic: range | None = None
    patches: tuple[tuple[int, int], ...] = ()

    @cached_property
    def mappings(self) -> tuple[Mapping, ...]:
        """What is mapped: each segment's pages, of which RELRO's are no longer writable."""
        found = []
        for segment in self.segments:
            sealed = range(0)
            if self.relro is not None and self.relro.start in segment.pages:
                sealed = self.relro
            edges = sorted({segment.pages.start, segment.pages.stop, *_edges(sealed)})
            for start, stop in pairwise(edges):
                letters = segment.permissions
                found.append(
                    Mapping(
                        range(start, stop),
                        letters.replace("w", "") if start in sealed else letters,
                    )
                )
        return tuple(found)

    def page(self, address: int) -> bytes:
        """Return the bytes of one page as the program's first instruction sees them."""
        page = bytearray(self.unrelocated(range(address, address + memory.PAGE_SIZE)))
        for place, value in self._patches_near(address):
            for index, byte in enumerate(value.to_bytes(WORD_LEN, "little")):
                if 0 <= place + index - address < len(page):
                    page[place + index - address] = byte
        return bytes(page)

    def unrelocated(self, wanted: range) -> bytes:
        """Return bytes of memory as they are before relocation."""
        result = bytearray(len(wanted))
        for segment in self.segments:
            common = _common(segment.from_file, wanted)
            if common:
                start = common.start - segment.memory.start
                result[common.start - wanted.start : common.stop - wanted.start] = segment.content[
                    start : start + len(common)
                ]
        return bytes(result)

    def loaded_bytes(self, wanted: range) -> bytes | None:
        """Return bytes of memory, provided that one segment takes all of them from the file."""
        segment = self.segment_with(wanted)
        return None if segment is None else self.unrelocated(wanted)

    def segment_with(self, wanted: range) -> Segment | None:
        """Return the first segment that takes all the wanted bytes from the file."""
        return next((s for s in self.segments if _holds(s.from_file, wanted)), None)

    @cached_property
    def _patches_by_page(self) -> dict[int, list[tuple[int, int]]]:
        pages: dict[int, list[tuple[int, int]]] = {}
        for place, value in self.patches:
            for page in {_page_start(place), _page_start(place + WORD_LEN - 1)}:
                pages.setdefault(page, []).append((place, value))
        return pages

    def _patches_near(self, page: int) -> list[tuple[int, int]]:
        return self._patches_by_page.get(page, [])


def judge(binary: bytes) -> Loaded | Refused:
    """Decide about a file: what it becomes, or the first rule it breaks."""
    try:
        header = _file_header(binary)
        headers = _ProgramHeaders.read(binary, header)
        program = _place(binary, header, headers)
        if program.dynamic is not None:
            program = replace(program, patches=_patches(program, program.dynamic))
    except _BrokenRuleError as broken:
        return Refused(broken.name, broken.field)
    return program


class _BrokenRuleError(Exception):
    def __init__(self, name: str, at_fault: str) -> None:
        super().__init__(name, at_fault)
        self.name = name
        self.field = at_fault


def _rule(holds: bool, name: str, at_fault: str) -> None:
    if not holds:
        raise _BrokenRuleError(name, at_fault)


# The file header.


def _file_header(binary: bytes) -> Any:
    _rule(binary[:4] == b"\x7fELF", "BadMagic", "EI_MAG")
    _rule(len(binary) >= HEADER_LEN, "HeaderTruncated", "file size")
    # These two say which structure to read; pyelftools has none for values of nobody's.
    _rule(binary[4] == 2, "Class", "EI_CLASS")
    _rule(binary[5] == 1, "ByteOrder", "EI_DATA")
    header = _STRUCTS.Elf_Ehdr.parse(binary[:HEADER_LEN])
    ident = header.e_ident
    _rule(ident.EI_VERSION == "EV_CURRENT", "IdentVersion", "EI_VERSION")
    _rule(ident.EI_OSABI in ("ELFOSABI_SYSV", "ELFOSABI_LINUX"), "OsAbi", "EI_OSABI")
    _rule(ident.EI_ABIVERSION == 0, "AbiVersion", "EI_ABIVERSION")
    _rule(header.e_type in ("ET_EXEC", "ET_DYN"), "FileType", "e_type")
    _rule(header.e_machine == "EM_X86_64", "Machine", "e_machine")
    _rule(header.e_version == "EV_CURRENT", "FileVersion", "e_version")
    _rule(header.e_flags == 0, "ProcessorFlags", "e_flags")
    _rule(header.e_ehsize == HEADER_LEN, "HeaderSize", "e_ehsize")
    _rule(header.e_phnum != 0, "NoProgramHeaders", "e_phnum")
    _rule(header.e_phnum != 0xFFFF, "ExtendedProgramHeaderCount", "e_phnum")
    limit = memory.ELF_MAX_PROGRAM_HEADERS
    _rule(header.e_phnum <= limit, "TooManyProgramHeaders", "e_phnum")
    _rule(header.e_phentsize == PROGRAM_HEADER_LEN, "ProgramHeaderSize", "e_phentsize")
    inside = _holds(range(len(binary)), _table_in_file(header))
    _rule(inside, "ProgramHeadersOutsideFile", "e_phoff")
    return header


def _table_in_file(header: Any) -> range:
    return _at(header.e_phoff, header.e_phnum * PROGRAM_HEADER_LEN)


# The program headers, each by itself.


@dataclass
class _ProgramHeaders:
    loads: list[Any]
    single: dict[str, Any]

    _SINGLE = ("PT_DYNAMIC", "PT_TLS", "PT_GNU_RELRO", "PT_PHDR", "PT_GNU_STACK")

    @classmethod
    def read(cls, binary: bytes, header: Any) -> "_ProgramHeaders":
        table = _table_in_file(header)
        found = cls([], {})
        for start in table[::PROGRAM_HEADER_LEN]:
            entry = _STRUCTS.Elf_Phdr.parse(binary[start : start + PROGRAM_HEADER_LEN])
            kind = entry.p_type
            _rule(kind != "PT_INTERP", "Interpreter", "p_type")
            _rule(kind not in found.single, "DuplicateProgramHeader", "p_type")
            for rule in _RULES_OF_KIND.get(kind, ()):
                rule(entry, len(binary))
            if kind in cls._SINGLE:
                found.single[kind] = entry
            elif kind == "PT_LOAD" and entry.p_memsz > 0:
                found.loads.append(entry)
        return found


def _sizes_agree(entry: Any, _file_len: int) -> None:
    _rule(entry.p_filesz <= entry.p_memsz, "FileSizeAboveMemorySize", "p_filesz")


def _bytes_exist(entry: Any, file_len: int) -> None:
    wanted = _at(entry.p_offset, entry.p_filesz)
    _rule(not wanted or _holds(range(file_len), wanted), "SegmentOutsideFile", "p_offset")


def _does_not_wrap(entry: Any, _file_len: int) -> None:
    _rule(entry.p_vaddr + entry.p_memsz < _ADDRESS_END, "AddressOverflow", "p_vaddr")


def _is_aligned_at_most(limit: int) -> Callable[[Any, int], None]:
    def rule(entry: Any, _file_len: int) -> None:
        align = entry.p_align
        _rule(align.bit_count() <= 1, "AlignmentNotPowerOfTwo", "p_align")
        _rule(align <= limit, "AlignmentTooLarge", "p_align")

    return rule


def _is_congruent(entry: Any, _file_len: int) -> None:
    distance = entry.p_vaddr - entry.p_offset
    _rule(distance % max(entry.p_align, memory.PAGE_SIZE) == 0, "Misaligned", "p_vaddr")


def _is_not_both(entry: Any, _file_len: int) -> None:
    both = _WRITE | _EXECUTE
    _rule(entry.p_flags & both != both, "WritableAndExecutable", "p_flags")


def _is_no_code(entry: Any, _file_len: int) -> None:
    _rule(not entry.p_flags & _EXECUTE, "ExecutableStack", "p_flags")


def _fits_a_thread(entry: Any, _file_len: int) -> None:
    _rule(entry.p_memsz <= memory.ELF_MAX_IMAGE_BYTES, "TlsTooLarge", "p_memsz")


_EXTENT = (_sizes_agree, _bytes_exist, _does_not_wrap)
_RULES_OF_KIND: Final[dict[Any, tuple[Callable[[Any, int], None], ...]]] = {
    "PT_LOAD": (
        *_EXTENT,
        _is_aligned_at_most(memory.ELF_MAX_SEGMENT_ALIGN),
        _is_congruent,
        _is_not_both,
    ),
    "PT_DYNAMIC": _EXTENT,
    "PT_TLS": (*_EXTENT, _is_aligned_at_most(memory.ELF_MAX_TLS_ALIGN), _fits_a_thread),
    "PT_GNU_RELRO": (_does_not_wrap,),
    "PT_PHDR": (_does_not_wrap,),
    "PT_GNU_STACK": (_is_no_code,),
}


# The image.


def _place(binary: bytes, header: Any, headers: _ProgramHeaders) -> Loaded:
    _rule(bool(headers.loads), "NoLoadSegment", "p_type")
    bias = 0
    if header.e_type == "ET_DYN":
        align = max(memory.PAGE_SIZE, *(load.p_align for load in headers.loads))
        bias = -(-memory.USER_TEXT_BASE // align) * align
    segments = tuple(_segments(binary, headers.loads, bias))

    entry = header.e_entry + bias
    is_code = any("x" in s.permissions and entry in s.memory for s in segments)
    _rule(is_code, "EntryNotExecutable", "e_entry")

    stack = headers.single.get("PT_GNU_STACK")
    program = Loaded(
        bias=bias,
        entry=entry,
        segments=segments,
        phdr_address=_phdr_address(segments, _table_in_file(header)),
        phdr_count=header.e_phnum,
        requested_stack_len=0 if stack is None else stack.p_memsz,
    )
    phdr = headers.single.get("PT_PHDR")
    if phdr is not None:
        there = phdr.p_vaddr + bias == program.phdr_address
        _rule(there, "ProgramHeadersElsewhere", "p_vaddr")
    return replace(
        program,
        tls=_tls(program, headers.single.get("PT_TLS")),
        relro=_relro(program, headers.single.get("PT_GNU_RELRO")),
        dynamic=_dynamic(program, headers.single.get("PT_DYNAMIC")),
    )


def _segments(binary: bytes, loads: list[Any], bias: int) -> Iterator[Segment]:
    allowed = range(memory.USER_MIN, memory.USER_MMAP_TOP)
    previous: Segment | None = None
    total = 0
    for load in loads:
        segment = Segment(
            memory=_at(load.p_vaddr + bias, load.p_memsz),
            file_offset=load.p_offset,
            content=binary[load.p_offset : load.p_offset + load.p_filesz],
            permissions="".join(
                letter
                for letter, bit in (("r", _READ), ("w", _WRITE), ("x", _EXECUTE))
                if load.p_flags & bit
            ),
        )
        _rule(_holds(allowed, segment.memory), "OutsideUserSpace", "p_vaddr")
        if previous is not None:
            start = segment.memory.start
            _rule(start >= previous.memory.start, "SegmentsUnordered", "p_vaddr")
            _rule(start >= previous.memory.stop, "SegmentsOverlap", "p_vaddr")
            apart = not _common(previous.pages, segment.pages)
            _rule(apart, "SegmentsSharePage", "p_vaddr")
        total += len(segment.pages)
        _rule(total <= memory.ELF_MAX_IMAGE_BYTES, "ImageTooLarge", "p_memsz")
        previous = segment
        yield segment


def _phdr_address(segments: tuple[Segment, ...], table: range) -> int | None:
    for segment in segments:
        if _holds(_at(segment.file_offset, len(segment.content)), table):
            return segment.memory.start + table.start - segment.file_offset
    return None


def _is_loaded_from(program: Loaded, entry: Any) -> bool:
    """Tell whether a segment loads the header's bytes in the file at the header's address."""
    wanted = _at(entry.p_vaddr + program.bias, entry.p_filesz)
    segment = program.segment_with(wanted)
    if segment is None:
        return False
    distance_in_file: int = entry.p_offset - segment.file_offset
    return distance_in_file == wanted.start - segment.memory.start


def _tls(program: Loaded, entry: Any) -> Tls | None:
    if entry is None:
        return None
    is_there = entry.p_filesz == 0 or _is_loaded_from(program, entry)
    address = entry.p_vaddr + program.bias
    _rule(is_there and address < _ADDRESS_END, "TlsOutsideSegments", "p_vaddr")
    align = max(entry.p_align, 1)
    # The smallest distance that has room for the block and keeps p_vaddr's place in the alignment.
    offset = entry.p_memsz
    offset += (-entry.p_vaddr - offset) % align
    return Tls(address, entry.p_filesz, entry.p_memsz, align, offset)


def _relro(program: Loaded, entry: Any) -> range | None:
    if entry is None or entry.p_memsz == 0:
        return None
    wanted = _at(entry.p_vaddr + program.bias, entry.p_memsz)
    is_there = any(
        _holds(range(s.memory.start, s.pages.stop), wanted)
        for s in program.segments
        if "w" in s.permissions
    )
    _rule(is_there, "RelroOutsideSegment", "p_vaddr")
    return range(_page_start(wanted.start), _page_start(wanted.stop)) or None


def _dynamic(program: Loaded, entry: Any) -> range | None:
    if entry is None:
        return None
    _rule(_is_loaded_from(program, entry), "DynamicOutsideSegments", "p_vaddr")
    return _at(entry.p_vaddr + program.bias, entry.p_filesz)


# The dynamic table.

_REFUSED_TAGS: Final = {
    "DT_NEEDED": "SharedLibrary",
    "DT_TEXTREL": "TextRelocations",
    "DT_REL": "ImplicitAddends",
    "DT_RELSZ": "ImplicitAddends",
    "DT_RELENT": "ImplicitAddends",
}
_ENTRY_LENGTHS: Final = {
    "DT_RELAENT": RELA_LEN,
    "DT_SYMENT": SYMBOL_LEN,
    "DT_RELRENT": WORD_LEN,
}
_TABLES: Final = {"DT_RELR": "DT_RELRSZ", "DT_RELA": "DT_RELASZ", "DT_JMPREL": "DT_PLTRELSZ"}
_ONCE: Final = {*_ENTRY_LENGTHS, *_TABLES, *_TABLES.values(), "DT_PLTREL", "DT_SYMTAB"}
_DT_RELA_VALUE: Final = 7


def _dynamic_tags(program: Loaded, where: range) -> dict[str, int]:
    content = program.unrelocated(where)
    tags: dict[str, int] = {}
    for number in range(len(content) // 16):
        entry = _STRUCTS.Elf_Dyn.parse(content[number * 16 : number * 16 + 16])
        tag = entry.d_tag
        if tag == "DT_NULL":
            break
        _rule(number + 1 < memory.ELF_MAX_DYNAMIC_ENTRIES, "DynamicTooLong", "p_filesz")
        _rule(tag not in _REFUSED_TAGS, _REFUSED_TAGS.get(tag, ""), str(tag))
        is_textrel = tag == "DT_FLAGS" and bool(entry.d_val & DF_TEXTREL)
        _rule(not is_textrel, "TextRelocations", "DT_FLAGS")
        if tag in _ONCE:
            _rule(tag not in tags, "DuplicateDynamicEntry", tag)
            tags[tag] = entry.d_val
    else:
        raise _BrokenRuleError("DynamicUnterminated", "p_filesz")
    for tag, length in _ENTRY_LENGTHS.items():
        _rule(tags.get(tag, length) == length, "DynamicEntrySize", tag)
    _rule(tags.get("DT_PLTREL", _DT_RELA_VALUE) == _DT_RELA_VALUE, "PltFormat", "DT_PLTREL")
    return tags


def _table(program: Loaded, tags: dict[str, int], tag: str) -> bytes:
    len_tag = _TABLES[tag]
    if tag in tags:
        _rule(len_tag in tags, "MissingDynamicEntry", len_tag)
    elif tags.get(len_tag, 0):
        raise _BrokenRuleError("MissingDynamicEntry", tag)
    length = tags.get(len_tag, 0)
    if length == 0:
        return b""
    entry_len = WORD_LEN if tag == "DT_RELR" else RELA_LEN
    _rule(length % entry_len == 0, "TableSize", len_tag)
    content = program.loaded_bytes(_at(tags[tag] + program.bias, length))
    if content is None:
        raise _BrokenRuleError("TableOutsideSegments", tag)
    return content


# The relocations.


@dataclass(frozen=True)
class _Context:
    program: Loaded
    symtab: int | None

    def place(self, offset: int) -> int:
        """Return the final address of a word to relocate."""
        word = _at(offset + self.program.bias, WORD_LEN)
        segments = (s for s in self.program.segments if "w" in s.permissions)
        is_writable = any(_holds(s.memory, word) for s in segments)
        _rule(is_writable, "RelocationTarget", "r_offset")
        return word.start

    def symbol(self, number: int) -> Any:
        """Return an entry of the symbol table, or None for number 0, which is no symbol."""
        if number == 0:
            return None
        if self.symtab is None:
            raise _BrokenRuleError("MissingDynamicEntry", "DT_SYMTAB")
        start = self.symtab + self.program.bias
        # The whole table up to the entry, not just the entry: it does not jump between segments.
        table = _at(start, (number + 1) * SYMBOL_LEN)
        _rule(self.program.segment_with(table) is not None, "SymbolOutsideTable", "r_info")
        symbol = _STRUCTS.Elf_Sym.parse(self.program.unrelocated(table[-SYMBOL_LEN:]))
        section = symbol.st_shndx
        if section == "SHN_UNDEF":
            _rule(symbol.st_info.bind == "STB_WEAK", "UndefinedSymbol", "st_shndx")
        else:
            ordinary = section == "SHN_ABS" or (
                isinstance(section, int) and section < SHN_LORESERVE
            )
            _rule(ordinary, "SymbolSection", "st_shndx")
        return symbol

    def address(self, number: int) -> int:
        """S of the psABI."""
        symbol = self.symbol(number)
        if symbol is None or symbol.st_shndx == "SHN_UNDEF":
            return 0
        kind = symbol.st_info.type
        # 10 is STT_GNU_IFUNC, which pyelftools calls by the name of its range.
        _rule(kind not in ("STT_GNU_IFUNC", "STT_LOOS", 10), "IndirectFunction", "st_info")
        _rule(kind != "STT_TLS", "SymbolType", "st_info")
        base = 0 if symbol.st_shndx == "SHN_ABS" else self.program.bias
        value: int = symbol.st_value
        return value + base

    def in_tls(self, number: int) -> int:
        """Return where in the thread-local block a symbol lies."""
        _rule(self.program.tls is not None, "MissingTls", "r_info")
        symbol = self.symbol(number)
        if symbol is None:
            return 0
        _rule(symbol.st_shndx != "SHN_UNDEF", "UndefinedSymbol", "st_shndx")
        _rule(symbol.st_info.type == "STT_TLS", "SymbolType", "st_info")
        value: int = symbol.st_value
        return value

    def below_thread_pointer(self) -> int:
        """Return the distance from the start of the block to the thread pointer."""
        return 0 if self.program.tls is None else self.program.tls.offset


def _module_number(context: _Context, symbol: int, _addend: int) -> int:
    context.in_tls(symbol)
    return 1


# What each type writes, from its symbol's number and its addend.
_FORMULAS: Final[dict[int, Callable[[_Context, int, int], int]]] = {
    1: lambda c, symbol, addend: c.address(symbol) + addend,  # 64
    6: lambda c, symbol, _: c.address(symbol),  # GLOB_DAT
    7: lambda c, symbol, _: c.address(symbol),  # JUMP_SLOT
    8: lambda c, _, addend: c.program.bias + addend,  # RELATIVE
    16: _module_number,  # DTPMOD64
    17: lambda c, symbol, addend: c.in_tls(symbol) + addend,  # DTPOFF64
    18: lambda c, symbol, addend: c.in_tls(symbol) + addend - c.below_thread_pointer(),  # TPOFF64
}
_R_NONE, _R_IRELATIVE = 0, 37


def _patches(program: Loaded, dynamic: range) -> tuple[tuple[int, int], ...]:
    tags = _dynamic_tags(program, dynamic)
    tables = {tag: _table(program, tags, tag) for tag in _TABLES}
    words = [
        int.from_bytes(tables["DT_RELR"][start : start + WORD_LEN], "little")
        for start in range(0, len(tables["DT_RELR"]), WORD_LEN)
    ]
    total = 0
    for tag, count in (
        ("DT_RELR", sum(1 if word % 2 == 0 else word.bit_count() - 1 for word in words)),
        ("DT_RELA", len(tables["DT_RELA"]) // RELA_LEN),
        ("DT_JMPREL", len(tables["DT_JMPREL"]) // RELA_LEN),
    ):
        total += count
        _rule(total <= memory.ELF_MAX_RELOCATIONS, "TooManyRelocations", tag)

    context = _Context(program, tags.get("DT_SYMTAB"))
    found: dict[tuple[int, int], None] = {}
    for place in map(context.place, _relr_places(words)):
        addend = int.from_bytes(program.unrelocated(_at(place, WORD_LEN)), "little")
        found[place, addend + program.bias & _WORD_MASK] = None
    for table in (tables["DT_RELA"], tables["DT_JMPREL"]):
        for start in range(0, len(table), RELA_LEN):
            rela = _STRUCTS.Elf_Rela.parse(table[start : start + RELA_LEN])
            kind = rela.r_info_type
            if kind == _R_NONE:
                continue
            _rule(kind != _R_IRELATIVE, "IndirectFunction", "r_info")
            _rule(kind in _FORMULAS, "UnsupportedRelocation", "r_info")
            place = context.place(rela.r_offset)
            value = _FORMULAS[kind](context, rela.r_info_sym, rela.r_addend)
            found[place, value & _WORD_MASK] = None

    patches = tuple(sorted(found))
    for (first, _), (second, _) in pairwise(patches):
        _rule(second - first >= WORD_LEN, "RelocationsConflict", "r_offset")
    return patches


def _relr_places(words: list[int]) -> Iterator[int]:
    """Yield the words that RELR names, in its order."""
    next_place: int | None = None
    for word in words:
        if word % 2 == 0:
            yield word
            next_place = word + WORD_LEN
        else:
            if next_place is None:
                raise _BrokenRuleError("RelrBitmapFirst", "DT_RELR")
            for bit in range(1, RELR_BITMAP_WORDS + 1):
                if word >> bit & 1:
                    yield next_place + (bit - 1) * WORD_LEN
            next_place += RELR_BITMAP_WORDS * WORD_LEN


# Ranges of addresses.


def _at(start: int, length: int) -> range:
    return range(start, start + length)


def _holds(outer: range, inner: range) -> bool:
    return outer.start <= inner.start and inner.stop <= outer.stop


def _common(first: range, second: range) -> range:
    return range(max(first.start, second.start), min(first.stop, second.stop))


def _edges(pages: range) -> tuple[int, ...]:
    return (pages.start, pages.stop) if pages else ()


def _page_start(address: int) -> int:
    return address // memory.PAGE_SIZE * memory.PAGE_SIZE
