import struct
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from hypothesis import given
from hypothesis import strategies as st

from kernel_py.abi import memory
from kpio_build.base.errors import KpioError
from kpio_build.base.process import run
from kpio_build.steps.ksyms import SECTION, Symbol, decode, encode, read_functions, write_symbols
from kpio_build.steps.step import Site

SYMBOLS = st.lists(st.builds(Symbol, st.integers(0, (1 << 64) - 1), st.text(max_size=40)))


@given(SYMBOLS)
def test_what_is_encoded_is_decoded_sorted_and_once(symbols: list[Symbol]) -> None:
    assert decode(encode(symbols)) == sorted(set(symbols))


def test_the_bytes_are_those_the_kernel_reads() -> None:
    table = encode([Symbol(0x2000, "beta"), Symbol(0x1000, "a")])
    entries = struct.pack("<QII", 0x1000, 0, 1) + struct.pack("<QII", 0x2000, 1, 4)
    assert table == struct.pack("<II", 2, 5) + entries + b"abeta"


def assemble(site: Site, directory: Path, text: str, *, ksyms_bytes: int) -> Path:
    """Return a linked file with a `.ksyms` of that size, if it is not 0."""
    source, compiled, linked = (directory / name for name in ("k.S", "k.o", "k"))
    section = f'.section {SECTION}, "a", @progbits\n.skip {ksyms_bytes}\n' if ksyms_bytes else ""
    source.write_text(f".text\n.globl _start\n_start: ret\n{text}\n{section}")
    program = site.toolchain.program
    run([program("clang").path, "--target=x86_64-unknown-none-elf", "-c", source, "-o", compiled])
    run([program("ld.lld").path, compiled, "-o", linked])
    return linked


def test_functions_and_labels_of_code_are_found_and_data_is_not(
    real_site: Site, tmp_path: Path
) -> None:
    text = """
    .type function, @function
function: ret
trap_entry: ret
__text_start:
    .data
variable: .quad 1
    """
    kernel = assemble(real_site, tmp_path, text, ksyms_bytes=4096)
    with kernel.open("rb") as file:
        names = {symbol.name for symbol in read_functions(ELFFile(file))}
    assert names == {"_start", "function", "trap_entry"}


def test_the_table_is_written_into_the_file_and_nothing_else_changes(
    real_site: Site, tmp_path: Path
) -> None:
    kernel = assemble(real_site, tmp_path, "other: ret", ksyms_bytes=4096)
    before = kernel.read_bytes()
    assert write_symbols(kernel) == 2
    after = kernel.read_bytes()
    with kernel.open("rb") as file:
        section = ELFFile(file).get_section_by_name(SECTION)
        assert section is not None
        start, size = section["sh_offset"], section["sh_size"]
        assert [symbol.name for symbol in decode(section.data())] == ["_start", "other"]
    assert before[:start] == after[:start]
    assert before[start + size :] == after[start + size :]


def test_a_table_that_does_not_fit_names_both_sizes(real_site: Site, tmp_path: Path) -> None:
    kernel = assemble(real_site, tmp_path, "", ksyms_bytes=16)
    with pytest.raises(KpioError, match=r"30 bytes, \.ksyms has 16") as caught:
        write_symbols(kernel)
    assert "KSYMS_SIZE" in caught.value.hint
    assert memory.KSYMS_SIZE > 16


def test_a_kernel_without_the_section_is_refused(real_site: Site, tmp_path: Path) -> None:
    kernel = assemble(real_site, tmp_path, "", ksyms_bytes=0)
    with pytest.raises(KpioError, match=r"no section \.ksyms"):
        write_symbols(kernel)


def test_a_stripped_kernel_is_refused(real_site: Site, tmp_path: Path) -> None:
    kernel = assemble(real_site, tmp_path, "", ksyms_bytes=4096)
    run([real_site.toolchain.program("objcopy").path, "--strip-all", kernel])
    with pytest.raises(KpioError, match="no symbol table"):
        write_symbols(kernel)


def test_what_is_no_elf_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "k").write_bytes(b"not ELF" * 10)
    with pytest.raises(KpioError, match="is not an ELF file"):
        write_symbols(tmp_path / "k")
