"""Files for the loader: correct programs of every shape, and small changes to them."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from hypothesis import strategies as st

from kernel_py.abi import memory
from tests.guest.elf import elf_file
from tests.guest.elf.elf_file import (
    Addresses,
    ElfImage,
    Program,
    Relocation,
    Segment,
    Symbol,
    Tls,
    build,
)

_PAGE: Final = elf_file.PAGE
_DATA_WORDS: Final = 24
_NO_EXECUTE = (0, elf_file.PF_R, elf_file.PF_R | elf_file.PF_W, elf_file.PF_W)
_FLAGS: Final = (*_NO_EXECUTE, elf_file.PF_R | elf_file.PF_X, elf_file.PF_X)

# Types of relocations with a symbol of the kind they take: 1 an object, 2 absolute, 3 weak and
# undefined, 4 thread-local, 0 none.
_KINDS: Final = (
    (elf_file.R_RELATIVE, (0,)),
    (elf_file.R_64, (0, 1, 2, 3)),
    (elf_file.R_GLOB_DAT, (1, 2, 3)),
    (elf_file.R_JUMP_SLOT, (1, 3)),
    (elf_file.R_DTPMOD64, (0, 4)),
    (elf_file.R_DTPOFF64, (0, 4)),
    (elf_file.R_TPOFF64, (0, 4)),
    (0, (0, 99)),
)


def _symbols(addresses: Addresses) -> list[Symbol]:
    return [
        Symbol(addresses.data + 3),
        Symbol(0x1234_5678_9ABC, section=elf_file.SHN_ABS),
        Symbol(0, binding=elf_file.STB_WEAK, section=elf_file.SHN_UNDEF),
        Symbol(2, kind=elf_file.STT_TLS),
    ]


@dataclass(frozen=True)
class _Word:
    """A relocation of one word of the data segment."""

    kind: int
    symbol: int
    addend: int

    def at(self, place: int) -> Relocation:
        return Relocation(place, self.kind, self.symbol, self.addend)


@st.composite
def _words(draw: st.DrawFn, *, with_tls: bool) -> _Word:
    kinds = _KINDS if with_tls else _KINDS[:4]
    kind, symbols = draw(st.sampled_from(kinds))
    return _Word(kind, draw(st.sampled_from(symbols)), draw(st.integers(-(1 << 63), (1 << 63) - 1)))


@st.composite
def images(draw: st.DrawFn) -> ElfImage:
    """Correct programs: static or static-PIE, with and without every optional part."""
    kind = draw(st.sampled_from((elf_file.ET_EXEC, elf_file.ET_DYN)))
    tls = None
    if draw(st.booleans()):
        tls = Tls(
            content=bytes(draw(st.integers(0, 40))),
            bss_len=draw(st.integers(0, 200)),
            align=draw(st.sampled_from((0, 1, 8, 64, _PAGE))),
        )
    is_dynamic = draw(st.booleans())
    words = draw(st.lists(_words(with_tls=tls is not None), max_size=6)) if is_dynamic else []
    split = draw(st.integers(0, len(words)))
    # RELR takes the words behind those of RELA.
    relr = draw(st.lists(st.integers(0, 1 << 12), max_size=2)) if is_dynamic else []
    shift = draw(st.sampled_from((0, 0, 0, 3)))
    extra = st.builds(
        Segment,
        flags=st.sampled_from(_FLAGS),
        content=st.integers(0, 60).map(lambda length: b"\xa5" * length),
        bss_len=st.sampled_from((0, 1, 100, _PAGE, 5 * _PAGE)),
        align=st.sampled_from((0, 1, _PAGE, 1 << 16)),
        gap_pages=st.sampled_from((0, 0, 1, 1000)),
    )

    def relocations(first: int, chosen: list[_Word], addresses: Addresses) -> list[Relocation]:
        return [
            word.at(addresses.data + shift + 8 * number)
            for number, word in enumerate(chosen, start=first)
        ]

    def relr_words(addresses: Addresses) -> list[int]:
        if not relr:
            return []
        first = addresses.data + 8 * 8
        return [first, *(bits << 1 & 0xFFFF | 1 for bits in relr[:1])]

    return build(
        Program(
            code=b"\xf4" * draw(st.integers(1, 30)),
            kind=kind,
            base=draw(st.sampled_from((None, None, 0x1_0000, 0x1234_5000, 0x7000_0000_0000))),
            data=bytes(range(8 * _DATA_WORDS)),
            bss_len=draw(st.sampled_from((0, 5, 10 * _PAGE))),
            extra=tuple(draw(st.lists(extra, max_size=3))),
            tls=tls,
            has_phdr=draw(st.booleans()),
            has_relro=draw(st.booleans()),
            stack_flags=draw(st.sampled_from((None, elf_file.PF_R, elf_file.PF_R | elf_file.PF_W))),
            stack_len=draw(st.sampled_from((0, 1 << 20))),
            is_dynamic=is_dynamic,
            rela=lambda addresses: relocations(0, words[:split], addresses),
            jmprel=lambda addresses: relocations(split, words[split:], addresses),
            relr=relr_words,
            symbols=_symbols if words else lambda _: [],
            tags=draw(st.sampled_from(((), ((elf_file.DT_FLAGS, 8),), ((0x6FFF_FFFB, 1),)))),
            spare_headers=draw(st.sampled_from((0, 0, 0, 3, 110))),
            tail=bytes(draw(st.integers(0, 3))),
        )
    )


# Values that mean something in a field, by the end of its name.
_MEANING: Final[dict[str, tuple[int, ...]]] = {
    "p_type": (1, 2, 3, 4, 6, 7, 0x6474_E551, 0x6474_E552, 0x6474_E553),
    "p_flags": tuple(range(8)),
    "p_align": (0, 1, 16, _PAGE, 2 * _PAGE, 1 << 30, 1 << 31, 3 * _PAGE, _PAGE - 1),
    "d_tag": (0, 1, 2, 5, 6, 7, 8, 9, 11, 17, 18, 19, 20, 22, 23, 30, 35, 36, 37),
    "d_val": (0, 4, 7, 8, 17, 24, 48),
    "r_info": tuple(s << 32 | kind for s in (0, 1, 3, 4, 5) for kind in (*range(20), 36, 37, 38)),
    "st_info": tuple(bind << 4 | kind for bind in (0, 1, 2) for kind in (0, 1, 2, 3, 6, 10, 13)),
    "st_shndx": (0, 1, 0xFEFF, 0xFF00, 0xFFF1, 0xFFF2, 0xFFFF),
    "e_type": (0, 1, 2, 3, 4, 0xFE00),
    "e_machine": (3, 40, 62, 183, 243),
    "e_phnum": (0, 1, 2, 128, 129, 0xFFFF),
    "relr": (0, 1, 3, 1 << 63, (1 << 64) - 1),
}
_EVERYWHERE: Final = (
    0,
    1,
    _PAGE - 1,
    _PAGE,
    memory.USER_MIN - 1,
    memory.USER_MIN,
    memory.USER_TEXT_BASE,
    memory.ELF_MAX_IMAGE_BYTES,
    memory.ELF_MAX_IMAGE_BYTES + 1,
    1 << 40,
    memory.USER_MMAP_TOP - _PAGE,
    memory.USER_MMAP_TOP,
    memory.USER_END,
    memory.DIRECT_MAP_BASE,
    1 << 31,
    1 << 32,
    1 << 63,
    (1 << 64) - _PAGE,
    (1 << 64) - 8,
    (1 << 64) - 1,
)
_STEPS: Final = (-_PAGE, -24, -16, -8, -1, 1, 8, 16, 24, _PAGE, 1 << 32)
_BEFORE_EDGE: Final = (0, 1, 7, 8, 15, 16, 23, 24, 47, 48)


@dataclass(frozen=True)
class Change:
    """One small change. Its numbers choose among whatever the image has."""

    action: int
    where: int
    what: int

    def apply(self, image: ElfImage) -> None:
        """Change the image."""
        # Every table as often as the others, however long it is.
        tables = list(image.names_by_table.values())
        names = tables[self.where % len(tables)]
        name = names[self.where // len(tables) % len(names)]
        match self.action:
            case 0 | 1 | 2:
                meaning = _MEANING.get(name.rpartition(".")[2], ())
                values = (*meaning, *meaning, *_EVERYWHERE)
                image[name] = values[self.what % len(values)]
            case 3 | 4:
                image[name] += _STEPS[self.what % len(_STEPS)]
            case 5:
                image[name] = image[names[self.what % len(names)]]
            case 6:
                image[name] = len(image.data) + self.what % 3 - 1
            case 7:
                image[name] ^= 1 << self.what % 64
            case 11 | 12:
                image[name] = self._edge(image)
            case 8:
                self._copy_record(image, name, names)
            case 9 if self.what % 4 == 0:
                del image.data[self.where * 37 % (len(image.data) + 1) :]
            case _:
                start = self.where * 131 % max(len(image.data), 1)
                image.data[start : start + 1] = bytes([self.what % 256])

    def _edge(self, image: ElfImage) -> int:
        """Return an address at, or a few bytes before, the end of what a header describes."""
        headers = [name for name in image.fields if name.endswith(".p_vaddr")]
        header = headers[self.what % len(headers)].removesuffix(".p_vaddr")
        length = f"{header}.{'p_memsz' if self.action == 11 else 'p_filesz'}"
        before = _BEFORE_EDGE[self.what // len(headers) % len(_BEFORE_EDGE)]
        return image[f"{header}.p_vaddr"] + image[length] - before

    def _copy_record(self, image: ElfImage, name: str, names: list[str]) -> None:
        """Make a record the same as another of its table, such as a second PT_LOAD."""
        target = name.rpartition(".")[0]
        source = names[self.what % len(names)].rpartition(".")[0]
        for field in names:
            record, _, field_name = field.rpartition(".")
            if record == source:
                image[f"{target}.{field_name}" if target else field] = image[field]


def changes(seed: int, count: int) -> Iterator[list[Change]]:
    """Yield `count` lists of changes, each to be applied to a fresh copy.

    From a seed, because hypothesis repeats itself in what it draws, and draws slowly.
    """
    numbers = Random(seed)
    for _ in range(count):
        yield [
            Change(numbers.randrange(13), numbers.randrange(1 << 16), numbers.randrange(1 << 16))
            for _ in range(numbers.choice((1, 1, 1, 2, 3)))
        ]


SEEDS: Final = st.integers(0, (1 << 64) - 1)
