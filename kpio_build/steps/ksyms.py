"""The kernel's own symbol table, for its backtraces: written into `.ksyms` after the link.

Layout, little endian: u32 count, u32 names_len, then count entries of u64 address, u32 name_offset,
u32 name_len, sorted by address, then the names (mangled, UTF-8, one after the other).
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from elftools.common.exceptions import ELFError
from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import Section, SymbolTableSection

from kpio_build.base.errors import KpioError

SECTION: Final = ".ksyms"
_HEADER: Final = struct.Struct("<II")
_ENTRY: Final = struct.Struct("<QII")
_SCRIPT_PREFIX: Final = "__"
"""Names the linker script defines, such as __text_start, name places and not functions."""


@dataclass(frozen=True, order=True)
class Symbol:
    """One function: its first address, and its mangled name."""

    address: int
    name: str


def encode(symbols: list[Symbol]) -> bytes:
    """Return the table's bytes, for symbols in any order."""
    ordered = sorted(set(symbols))
    names = bytearray()
    entries = bytearray()
    for symbol in ordered:
        name = symbol.name.encode("utf-8")
        entries += _ENTRY.pack(symbol.address, len(names), len(name))
        names += name
    return _HEADER.pack(len(ordered), len(names)) + bytes(entries) + bytes(names)


def decode(table: bytes) -> list[Symbol]:
    """Return the symbols of a table; the inverse of `encode`."""
    count, _ = _HEADER.unpack_from(table)
    names_start = _HEADER.size + count * _ENTRY.size
    symbols: list[Symbol] = []
    for index in range(count):
        address, offset, length = _ENTRY.unpack_from(table, _HEADER.size + index * _ENTRY.size)
        name = table[names_start + offset : names_start + offset + length]
        symbols.append(Symbol(address, name.decode("utf-8")))
    return symbols


def read_functions(elf: ELFFile) -> list[Symbol]:
    """Return the functions of a linked file, those written in assembly included."""
    table = elf.get_section_by_name(".symtab")
    if not isinstance(table, SymbolTableSection):
        raise KpioError(
            "the kernel has no symbol table, so its backtraces would be bare numbers",
            hint="remove `strip` from [profile.release] in Cargo.toml",
        )
    executable = {
        index
        for index, section in enumerate(elf.iter_sections())
        if section["sh_flags"] & SH_FLAGS.SHF_EXECINSTR
    }
    symbols: list[Symbol] = []
    for symbol in table.iter_symbols():
        kind = symbol["st_info"]["type"]
        is_function = kind == "STT_FUNC"
        is_label = kind == "STT_NOTYPE" and not symbol.name.startswith(_SCRIPT_PREFIX)
        if symbol.name and symbol["st_shndx"] in executable and (is_function or is_label):
            symbols.append(Symbol(symbol["st_value"], symbol.name))
    return symbols


def kernel_functions(kernel: Path) -> list[Symbol]:
    """Return the functions of a kernel's file. Raises KpioError if it is not one."""
    try:
        with kernel.open("rb") as file:
            return read_functions(ELFFile(file))
    except ELFError as error:
        raise KpioError(f"{kernel} is not an ELF file: {error}", hint="see the linker") from error


def write_symbols(kernel: Path) -> int:
    """Write the symbol table of a linked kernel into its own `.ksyms`; return how many there are.

    Raises KpioError when the file is not such a kernel, or the table does not fit.
    """
    try:
        with kernel.open("rb") as file:
            elf = ELFFile(file)
            section = _require_section(elf)
            table = encode(read_functions(elf))
            offset, size = section["sh_offset"], section["sh_size"]
    except ELFError as error:
        raise KpioError(f"{kernel} is not an ELF file: {error}", hint="see the linker") from error
    if len(table) > size:
        raise KpioError(
            f"the kernel's symbol table has {len(table)} bytes, {SECTION} has {size}",
            hint="raise KSYMS_SIZE in kernel_py/abi/memory.py and run `./kpio abi`",
        )
    with kernel.open("r+b") as file:
        file.seek(offset)
        file.write(table)
    return len(decode(table))


def _require_section(elf: ELFFile) -> Section:
    section = elf.get_section_by_name(SECTION)
    if section is None or section["sh_type"] != "SHT_PROGBITS":
        raise KpioError(
            f"the kernel has no section {SECTION} with bytes in the file",
            hint="targets/kernel.ld.j2 makes it",
        )
    return section
