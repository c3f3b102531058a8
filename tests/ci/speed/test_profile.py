from pathlib import Path

import pytest

from ci.speed.profile import (
    OUTSIDE,
    PROGRAMS,
    count_functions,
    demangle,
    read_counts,
    without_generics,
)
from kernel_py.abi import memory
from kpio_build.base.process import require_program
from kpio_build.steps.ksyms import Symbol

KERNEL = memory.KERNEL_IMAGE_BASE
SYMBOLS = [Symbol(KERNEL + 0x100, "later"), Symbol(KERNEL, "first")]


def test_an_address_belongs_to_the_function_that_starts_before_it() -> None:
    text = f"{KERNEL:x} 3\n{KERNEL + 0xFF:x} 4\n{KERNEL + 0x100:x} 5\n400000 7\n"
    found = count_functions(read_counts(text), SYMBOLS)
    assert found == {"first": 7, "later": 5, PROGRAMS: 7}


def test_an_address_before_every_function_is_no_functions() -> None:
    assert count_functions({KERNEL - 1: 2}, SYMBOLS) == {OUTSIDE: 2}


def test_names_of_rust_become_readable_and_others_stay() -> None:
    names = ["_RNvCs1234_7mycrate3foo", "memcpy", PROGRAMS]
    shown = demangle(names, Path(require_program("c++filt")))
    assert [shown[name] for name in names] == ["mycrate::foo", "memcpy", PROGRAMS]


@pytest.mark.parametrize(
    ("long", "short"),
    [
        (
            "<talc[f8]::base::Talc<kpio[8]::Source, talc[f8]::B>>::allocate",
            "<talc::base::Talc>::allocate",
        ),
        ("<a::B<C> as d::E<F>>::g::<H>", "<a::B as d::E>::g"),
        (
            "<[usize; 3: usize] as talc::BitField>::scan",
            "<[usize; 3: usize] as talc::BitField>::scan",
        ),
        ("a::b::<fn(u8) -> Vec<u8>>::{closure#0}", "a::b::{closure#0}"),
        ("<&alloc::Box<dyn A + core::Send> as T>::f", "<&alloc::Box as T>::f"),
    ],
)
def test_a_name_is_shown_without_its_generic_arguments(long: str, short: str) -> None:
    assert without_generics(long) == short
