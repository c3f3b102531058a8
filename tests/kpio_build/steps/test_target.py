import itertools
import json
import struct
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from kernel_py.abi import memory
from kpio_build.base.errors import KpioError
from kpio_build.base.process import run
from kpio_build.steps.engine import Engine
from kpio_build.steps.step import Site
from kpio_build.steps.target import (
    KERNEL_SCRIPT,
    KERNEL_TARGET,
    USER_TARGET,
    TargetStep,
    check_target,
    render_targets,
    target_json,
)
from kpio_build.steps.toolchain import Toolchain
from tests.kpio_build.steps.conftest import write_program

PVH_NOTE_TYPE = 18
"""XEN_ELFNOTE_PHYS32_ENTRY. Source: Xen's public/elfnote.h."""

KERNEL_ASSEMBLY = f"""
    .section .note.Xen, "a", @note
    .long 4, 4, {PVH_NOTE_TYPE}
    .asciz "Xen"
    .long start32 - {memory.KERNEL_IMAGE_BASE:#x}
    .section .text.other, "ax"
    .globl kernel_entry64
    .type kernel_entry64, @function
kernel_entry64:
    .cfi_startproc
    movq $constant, %rax
    movq $variable, %rax
    movq $zeroed, %rax
    ret
    .cfi_endproc
    .section .boot, "ax"
    .code32
start32:
    hlt
    .section .rodata.x, "a"
constant: .quad 1
    .section .extable, "a"
    .quad 2, 3
    .section .data.x, "aw"
variable: .quad 4
    .section .bss.x, "aw", @nobits
zeroed: .skip 10000
"""


@pytest.fixture(scope="session")
def output(real_site: Site) -> Path:
    return Engine(real_site).realise(TargetStep())


@pytest.fixture(scope="session")
def kernel(real_site: Site, output: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small file linked as the kernel is."""
    directory = tmp_path_factory.mktemp("kernel")
    source, compiled, linked = (directory / name for name in ("k.S", "k.o", "kernel"))
    source.write_text(KERNEL_ASSEMBLY)
    program = real_site.toolchain.program
    target = ("--target=x86_64-unknown-none-elf", "-c")
    run([program("clang").path, *target, source, "-o", compiled])
    script = output / KERNEL_SCRIPT
    run([program("ld.lld").path, "-T", script, "--gc-sections", compiled, "-o", linked])
    return linked


def symbols(elf: ELFFile) -> dict[str, int]:
    table = elf.get_section_by_name(".symtab")
    return {symbol.name: symbol["st_value"] for symbol in table.iter_symbols()}  # type: ignore[union-attr]


def test_the_rustc_in_use_accepts_both_targets(output: Path) -> None:
    names = sorted(path.name for path in output.iterdir())
    assert names == sorted([KERNEL_SCRIPT, f"{KERNEL_TARGET}.json", f"{USER_TARGET}.json"])


def test_rust_from_rustup_accepts_them_too(real_site: Site, output: Path, tmp_path: Path) -> None:
    rust = real_site.toolchain.rust
    bin_dir = tmp_path / ".rustup/toolchains" / f"{rust.version}-x86_64-unknown-linux-gnu/bin"
    for name in ("rustc", "cargo"):
        write_program(bin_dir / name, f'exec {rust.bin_dir / name} "$@"')
    toolchain = Toolchain(rust.version, {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"})
    assert toolchain.rust.provider == "rustup"
    site = Site(real_site.tree, toolchain, real_site.reporter)
    for target in (KERNEL_TARGET, USER_TARGET):
        check_target(site, target_json(output, target), target)


def test_the_user_target_is_a_linux_libc_of_kpio(output: Path) -> None:
    spec = json.loads(target_json(output, USER_TARGET).read_text())
    assert (spec["os"], spec["env"], spec["vendor"]) == ("linux", "musl", "kpio")
    assert spec["linker"].startswith("ld.lld-")
    assert spec["target-pointer-width"] == 64


def test_the_kernel_target_holds_its_linker_script_and_no_path(
    real_site: Site, output: Path
) -> None:
    text = target_json(output, KERNEL_TARGET).read_text()
    assert json.loads(text)["link-script"] == (output / KERNEL_SCRIPT).read_text()
    assert str(real_site.tree.root) not in text
    assert str(real_site.tree.out) not in text


@pytest.mark.parametrize(
    ("target", "old", "new", "complaint"),
    [
        (USER_TARGET, '"env": "musl"', '"env": "gnu"', 'target_env="musl"'),
        (KERNEL_TARGET, ",+soft-float", ",+soft-float,+sse2", None),
        (KERNEL_TARGET, '"vendor": "kpio"', '"vendor": "other"', 'target_vendor="kpio"'),
        (USER_TARGET, '"arch": "x86_64"', '"arch": "x86_65"', None),
        (USER_TARGET, '"vendor": "kpio"', '"vendor": "kpio", "no-such-key": 1', None),
    ],
)
def test_a_wrong_specification_is_refused(
    real_site: Site,
    output: Path,
    tmp_path: Path,
    target: str,
    old: str,
    new: str,
    complaint: str | None,
) -> None:
    text = target_json(output, target).read_text()
    assert old in text
    wrong = tmp_path / f"{target}.json"
    wrong.write_text(text.replace(old, new))
    with pytest.raises(KpioError, match=target) as caught:
        check_target(real_site, wrong, target)
    if complaint is not None:
        assert complaint in caught.value.message
    assert f"targets/{target}.json.j2" in caught.value.hint


def test_addresses_come_from_the_contract(tree_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "KERNEL_IMAGE_BASE", 0xFFFF_FFFF_9000_0000)
    monkeypatch.setattr(memory, "KSYMS_SIZE", 0x1234_000)
    rendered = render_targets(tree_copy / "targets", linker="ld", data_layout="e")
    assert "KERNEL_IMAGE_BASE = 0xffffffff90000000;" in rendered[KERNEL_SCRIPT]
    assert "KSYMS_SIZE = 0x1234000;" in rendered[KERNEL_SCRIPT]


def test_a_template_with_an_unknown_name_is_an_error(tree_copy: Path) -> None:
    template = tree_copy / "targets" / f"{KERNEL_SCRIPT}.j2"
    template.write_text(template.read_text() + "{{ no_such_value }}")
    with pytest.raises(KpioError, match="no_such_value"):
        render_targets(tree_copy / "targets", linker="ld", data_layout="e")


def test_a_changed_template_changes_the_id(tree_copy: Path, toy_site: Site) -> None:
    site = Site(toy_site.tree.at(tree_copy), Toolchain.of_tree(tree_copy, {}), toy_site.reporter)
    before = Engine(site).content_id(TargetStep())
    with (tree_copy / "targets" / f"{USER_TARGET}.json.j2").open("a") as template:
        template.write("\n")
    assert Engine(site).content_id(TargetStep()) != before


def test_the_kernel_is_linked_high_and_loaded_low(kernel: Path) -> None:
    with kernel.open("rb") as file:
        elf = ELFFile(file)
        loads = [segment for segment in elf.iter_segments() if segment["p_type"] == "PT_LOAD"]
        assert [segment["p_flags"] for segment in loads] == [5, 4, 6], "R-X, R--, RW-"
        for segment in loads:
            assert segment["p_vaddr"] - segment["p_paddr"] == memory.KERNEL_IMAGE_BASE
            assert segment["p_vaddr"] % memory.PAGE_SIZE == 0
        assert loads[0]["p_paddr"] == memory.KERNEL_PHYS_BASE
        assert elf.header["e_entry"] == symbols(elf)["kernel_entry64"]


def test_no_two_segments_share_a_page(kernel: Path) -> None:
    with kernel.open("rb") as file:
        loads = [s for s in ELFFile(file).iter_segments() if s["p_type"] == "PT_LOAD"]
    for first, second in itertools.pairwise(loads):
        last_page = (first["p_vaddr"] + first["p_memsz"] - 1) // memory.PAGE_SIZE
        assert last_page < second["p_vaddr"] // memory.PAGE_SIZE


def test_qemu_finds_the_pvh_entry_at_its_physical_address(kernel: Path) -> None:
    with kernel.open("rb") as file:
        elf = ELFFile(file)
        note = next(s for s in elf.iter_segments() if s["p_type"] == "PT_NOTE")
        data = note.data()
        entry = symbols(elf)["start32"] - memory.KERNEL_IMAGE_BASE
    name_len, value_len, kind = struct.unpack_from("<III", data)
    assert (name_len, value_len, kind, data[12:16]) == (4, 4, PVH_NOTE_TYPE, b"Xen\0")
    assert struct.unpack_from("<I", data, 16) == (entry,)
    assert entry == memory.KERNEL_PHYS_BASE, "the 32-bit front comes first"


def test_the_symbols_the_kernel_relies_on_bound_its_parts(kernel: Path) -> None:
    with kernel.open("rb") as file:
        elf = ELFFile(file)
        at = symbols(elf)
        ksyms = elf.get_section_by_name(".ksyms")
        assert ksyms is not None
        assert ksyms["sh_type"] == "SHT_PROGBITS", "its bytes are in the file"
        assert ksyms["sh_size"] >= memory.KSYMS_SIZE
        assert elf.get_section_by_name(".eh_frame") is None
    assert at["__ksyms_end"] - at["__ksyms_start"] == memory.KSYMS_SIZE
    assert at["__extable_end"] - at["__extable_start"] == 16
    order = "kernel_start text_start text_end rodata_start rodata_end data_start data_end "
    order += "bss_start bss_end kernel_end"
    places = [at[f"__{name}"] for name in order.split()]
    assert places == sorted(places)
    assert all(place % memory.PAGE_SIZE == 0 for place in places)
    assert at["__rodata_start"] < at["__ksyms_start"] < at["__rodata_end"]
    assert at["__bss_end"] - at["__bss_start"] >= 10000
