"""Facts of the contract that come from elsewhere: the checklist, QEMU, the processor."""

from pathlib import Path

import pytest

from kernel_py.abi import boot, events, memory, ring
from kernel_py.abi.contract import CONTRACT
from kernel_py.abi.layout import lay_out
from kernel_py.abi.place import Place
from kernel_py.abi.syscalls import SYSCALLS
from kernel_py.check.unique import Entry

CHECKLIST = (
    "EXIT",
    "READ",
    "WRITE",
    "OPEN",
    "CLOSE",
    "MMAP",
    "MUNMAP",
    "THREAD_CREATE",
    "THREAD_EXIT",
    "FUTEX",
)


def test_first_ten_numbers_are_those_of_the_checklist() -> None:
    assert [(c.number, c.name) for c in SYSCALLS[:10]] == list(enumerate(CHECKLIST))


def test_user_layout_is_that_of_the_checklist() -> None:
    assert memory.USER_TEXT_BASE == 0x0000_0000_0040_0000
    assert memory.USER_STACK_TOP == 0x0000_7FFF_FFFF_F000


def test_half_of_a_layout_is_stated_once() -> None:
    by_name = {c.name: c.value for c in memory.CONSTANTS}
    module = {name: getattr(memory, name) for name in by_name}
    assert module == by_name


@pytest.mark.parametrize("code", boot.EXIT_CODES, ids=lambda c: c.name)
def test_status_of_qemu_is_what_nothing_else_produces(code: boot.ExitCode) -> None:
    # qemu: `exit((val << 1) | 1)`, of which the parent sees the low 8 bits. Shells use 126 and
    # above, QEMU itself 0 and 1.
    assert code.qemu_status == (code.value * 2 + 1) % 256
    assert 2 < code.qemu_status < 126


def test_kernel_constants_of_python_are_those_of_the_tables() -> None:
    stated = {c.name: c.value for c in (*boot.CONSTANTS, *boot.EXIT_CODES)}
    assert {name: getattr(boot, name) for name in stated} == stated
    texts = {t.name: t.value for t in boot.TEXTS}
    assert {name: getattr(boot, name) for name in texts} == texts


def test_ring_constants_of_python_are_those_of_the_tables() -> None:
    stated = {c.name: c.value for c in ring.CONSTANTS}
    assert {name: getattr(ring, name) for name in stated} == stated


def test_words_of_an_mpsc_ring_are_64_bits() -> None:
    common = ring.RING_OWNER_BITS + ring.RING_LENGTH_BITS
    assert common + ring.RING_POSITION_BITS == 64
    assert common + ring.RING_STATE_BITS + ring.RING_LAP_BITS == 64
    assert ring.RING_MAX_PRODUCERS < 1 << ring.RING_OWNER_BITS
    # A position is lap and cell: with the fewest cells the lap is longest.
    assert ring.RING_POSITION_BITS - (ring.RING_MIN_CELLS.bit_length() - 1) <= ring.RING_LAP_BITS


def test_words_of_a_ring_that_different_sides_write_share_no_cache_line() -> None:
    fields = lay_out(ring.RING_CONTROL, CONTRACT.structs).fields
    lines = {p.field.name: p.offset // ring.CACHE_LINE_BYTES for p in fields}
    assert len({lines["magic"], lines["tail"], lines["head"], lines["producer_state"]}) == 4
    # What nobody writes while both sides are busy may be together.
    calm = ("producer_state", "consumer_state", "producer_sleeps", "consumer_sleeps")
    assert len({lines[name] for name in calm}) == 1
    assert ring.RING_CONTROL_BYTES % ring.CACHE_LINE_BYTES == 0


def test_constant_of_an_event_is_its_name_in_capitals() -> None:
    assert [e.constant for e in events.EVENTS][:3] == ["BOOT_STARTED", "BOOT_READY", "ROOT_MOUNTED"]


def test_place_of_an_entry_is_the_line_that_names_it() -> None:
    package = Path(memory.__file__).parent.parent
    entries: list[Entry] = [
        *CONTRACT.errors,
        *CONTRACT.rights,
        *(flag for group in CONTRACT.flags for flag in group.flags),
        *CONTRACT.command_line_keys,
    ]
    for entry in entries:
        lines = (package / entry.place.path).read_text(encoding="utf-8").splitlines()
        # The name is on the line itself, or on the next one if the call was broken.
        assert f'"{entry.name}"' in "".join(lines[entry.place.line - 1 :][:2]), entry


def test_place_outside_of_the_package_is_the_bare_file_name() -> None:
    here = boot.CommandLineKey("x", "", "X.")
    assert here.place == Place("test_contract.py", here.place.line)
    assert 'CommandLineKey("x"' in Path(__file__).read_text().splitlines()[here.place.line - 1]
