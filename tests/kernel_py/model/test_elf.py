from collections import Counter
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.relocation import RelocationSection
from elftools.elf.sections import SymbolTableSection
from hypothesis import HealthCheck, given, settings

from kernel_py.abi.memory import PAGE_SIZE, USER_TEXT_BASE
from kernel_py.model.elf import Loaded, Refused, judge
from kpio_build.base.process import run
from kpio_build.steps.toolchain import Toolchain
from tests.guest.elf.elf_file import ElfImage
from tests.guest.elf.nasty import CASES, Case, IsRefused, write_corpus
from tests.kernel_py.model.elf_strategies import SEEDS, changes, images
from tests.kernel_py.model.verdicts import KernelLoader, facts_of_model

MIN_FILES: Final = 10_000
EXAMPLES: Final = 450
CHANGED_FILES_EACH: Final = 32

# Errors that small changes to small files bring about rarely or never; all but the first are those
# of nasty files.
NOT_BY_CHANGE: Final = {"OutOfMemory"} | {
    case.expected.error for case in CASES if isinstance(case.expected, IsRefused)
}


def assert_same_verdict(kernel: KernelLoader, binary: bytes) -> str:
    """Compare both sides; return the error's name, or `loaded`."""
    said = kernel.judge(binary)
    said.pop("reason", None)
    assert said == facts_of_model(binary)
    return str(said.get("name", "loaded"))


def test_model_and_kernel_agree_on_generated_and_changed_files(
    kernel: KernelLoader, elf_verdict: Path, tmp_path: Path
) -> None:
    distinct: set[bytes] = set()
    verdicts: Counter[str] = Counter()

    def judge_both(binary: bytes) -> str:
        (tmp_path / "latest.elf").write_bytes(binary)
        verdict = assert_same_verdict(kernel, binary)
        verdicts[verdict] += 1
        distinct.add(binary)
        return verdict

    # derandomize: a red run can be repeated, and leaves the file at fault in tmp_path.
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(images(), SEEDS)
    def agree(image: ElfImage, seed: int) -> None:
        assert judge_both(bytes(image)) == "loaded"
        for several in changes(seed, CHANGED_FILES_EACH):
            other = image.copy()
            for change in several:
                change.apply(other)
            if bytes(other) not in distinct:
                judge_both(bytes(other))

    agree()
    assert len(distinct) >= MIN_FILES
    every_name = set(run([elf_verdict, "--errors"]).stdout.split())
    assert every_name - set(verdicts) <= NOT_BY_CHANGE


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_nasty_file_is_judged_as_expected(kernel: KernelLoader, case: Case) -> None:
    binary = case.make()
    assert_same_verdict(kernel, binary)
    verdict = judge(binary)
    if isinstance(case.expected, IsRefused):
        assert verdict == Refused(case.expected.error, case.expected.field)
    else:
        assert isinstance(verdict, Loaded)


def test_there_are_fifty_nasty_files_with_fifty_names() -> None:
    assert len({case.name for case in CASES}) == len(CASES) == 50


def test_corpus_is_written_with_what_the_guest_expects(tmp_path: Path) -> None:
    write_corpus(tmp_path)
    lines = (tmp_path / "expected.list").read_text().splitlines()
    assert [line.split()[0] for line in lines] == [case.name for case in CASES]
    assert "smallest exit=7" in lines
    assert "runs-data signal=11" in lines
    assert (tmp_path / "shell-script").read_bytes().startswith(b"#!")
    assert (tmp_path / "empty-file").read_bytes() == b""


# What clang and lld make, and what Linux programs are.

POINTERS_AND_TLS: Final = """
_Thread_local int counted = 42;
_Thread_local int zeroed[7];
static int here = 5;
int *pointers[40] = {&here, &here};
int *const sealed[] = {&here, &here};
struct __attribute__((packed)) { char c; int *p; } unaligned = {1, &here};
void _start(void) { counted += zeroed[1] + *pointers[0] + **sealed + *unaligned.p; for (;;) ; }
"""
SYMBOLS: Final = """
extern int other(void) __attribute__((weak));
_Thread_local int t = 3;
int visible = 9;
int *points_to_visible = &visible;
int (*volatile weak_pointer)(void) = other;
int get(void) { return visible + t; }
void _start(void) { if (other) other(); get(); for (;;) ; }
"""
TLS_GET_ADDR: Final = "void *__tls_get_addr(void *index) { return index; }"


@dataclass(frozen=True)
class Linker:
    """Makes programs with the tools KPIO's own programs are made with."""

    toolchain: Toolchain
    folder: Path

    def link(self, source: str, *options: str) -> bytes:
        source_file, output = self.folder / "program.c", self.folder / "program"
        objects = self.folder / "program.o"
        source_file.write_text(source)
        clang = self.toolchain.program("clang").path
        target = "--target=x86_64-unknown-linux-musl"
        run([clang, target, "-ffreestanding", "-fPIC", "-O1", "-c", source_file, "-o", objects])
        run([self.toolchain.program("ld.lld").path, *options, objects, "-o", output])
        return output.read_bytes()


@pytest.fixture
def linker(toolchain: Toolchain, tmp_path: Path) -> Linker:
    return Linker(toolchain, tmp_path)


def load(kernel: KernelLoader, binary: bytes) -> Loaded:
    assert assert_same_verdict(kernel, binary) == "loaded"
    verdict = judge(binary)
    assert isinstance(verdict, Loaded)
    return verdict


def address_of(binary: bytes, name: str) -> int:
    symbols = ELFFile(BytesIO(binary)).get_section_by_name(".symtab")
    assert isinstance(symbols, SymbolTableSection)
    found = symbols.get_symbol_by_name(name)
    assert found, name
    address: int = found[0]["st_value"]
    return address


def relocation_types(binary: bytes) -> set[int]:
    return {
        relocation["r_info_type"]
        for section in ELFFile(BytesIO(binary)).iter_sections()
        if isinstance(section, RelocationSection)
        for relocation in section.iter_relocations()
    }


def word_at(program: Loaded, address: int) -> int:
    start = address // PAGE_SIZE * PAGE_SIZE
    pages = program.page(start) + program.page(start + PAGE_SIZE)
    return int.from_bytes(pages[address - start :][:8], "little")


STATIC_PIE: Final = ("-static", "-pie", "--no-dynamic-linker")


def test_static_executable_is_loaded_where_it_says(kernel: KernelLoader, linker: Linker) -> None:
    binary = linker.link(POINTERS_AND_TLS, "-static", "--image-base=0x400000")
    program = load(kernel, binary)
    assert program.bias == 0
    assert program.entry == address_of(binary, "_start")
    assert program.patches == ()
    assert [mapping.permissions for mapping in program.mappings] == ["r", "rx", "r", "rw"]
    assert program.tls is not None
    assert (program.tls.file_len, program.tls.memory_len) == (4, 44)


@pytest.mark.parametrize("packing", ["none", "relr"])
def test_static_pie_has_its_pointers_relocated(
    kernel: KernelLoader, linker: Linker, packing: str
) -> None:
    binary = linker.link(POINTERS_AND_TLS, *STATIC_PIE, f"--pack-dyn-relocs={packing}")
    program = load(kernel, binary)
    assert program.bias == USER_TEXT_BASE
    here = address_of(binary, "here") + program.bias
    for place in ("pointers", "sealed"):
        assert word_at(program, address_of(binary, place) + program.bias) == here
    assert word_at(program, address_of(binary, "unaligned") + program.bias + 1) == here
    assert len(program.patches) == 5
    sealed = address_of(binary, "sealed") + program.bias
    home = next(mapping for mapping in program.mappings if sealed in mapping.pages)
    assert home.permissions == "r"


def test_large_pages_move_the_base(kernel: KernelLoader, linker: Linker) -> None:
    binary = linker.link(POINTERS_AND_TLS, *STATIC_PIE, "-z", "max-page-size=0x1000000")
    assert load(kernel, binary).bias == 0x100_0000


def test_symbols_are_resolved_within_the_program(kernel: KernelLoader, linker: Linker) -> None:
    binary = linker.link(SYMBOLS + TLS_GET_ADDR, "-shared", "--entry=_start")
    program = load(kernel, binary)
    # 64, GLOB_DAT, JUMP_SLOT, DTPMOD64, DTPOFF64
    assert relocation_types(binary) == {1, 6, 7, 16, 17}
    visible = address_of(binary, "visible") + program.bias
    assert word_at(program, address_of(binary, "points_to_visible") + program.bias) == visible
    assert word_at(program, address_of(binary, "weak_pointer") + program.bias) == 0


def test_symbol_that_nobody_defines_is_refused(kernel: KernelLoader, linker: Linker) -> None:
    binary = linker.link(SYMBOLS, "-shared", "--entry=_start")
    assert assert_same_verdict(kernel, binary) == "UndefinedSymbol"


def test_omagic_file_is_refused(kernel: KernelLoader, linker: Linker) -> None:
    binary = linker.link(POINTERS_AND_TLS, "-static", "--omagic")
    assert assert_same_verdict(kernel, binary) == "WritableAndExecutable"


def test_object_file_is_refused(kernel: KernelLoader, linker: Linker) -> None:
    binary = linker.link(POINTERS_AND_TLS, "-r")
    assert assert_same_verdict(kernel, binary) == "FileType"


@pytest.mark.parametrize("program", ["/bin/ls", "/bin/sh", "/usr/bin/env"])
def test_program_of_the_host_wants_an_interpreter(kernel: KernelLoader, program: str) -> None:
    assert assert_same_verdict(kernel, Path(program).read_bytes()) == "Interpreter"


def test_changed_real_files_get_the_same_verdict(kernel: KernelLoader, linker: Linker) -> None:
    binary = linker.link(POINTERS_AND_TLS, *STATIC_PIE, "--pack-dyn-relocs=relr")
    # Every byte of the headers and of the loaded tables, one at a time.
    for position in range(0x360):
        changed = bytearray(binary)
        changed[position] ^= 0x21
        assert_same_verdict(kernel, bytes(changed))
    for length in range(0, len(binary), 7):
        assert_same_verdict(kernel, binary[:length])
