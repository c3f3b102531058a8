"""The generated Rust, compiled for the host and run.

The dispatch table is compiled with stand-ins for the kernel's calls that print what they were
given; what they print is compared with what the contract says of the same words.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from kernel_py.abi.contract import CONTRACT
from kernel_py.abi.events import Event
from kernel_py.abi.memory import USER_END
from kernel_py.abi.syscalls import SYSCALLS, Argument, Direction, Kind, Syscall
from kernel_py.abi.types import SCALARS
from kernel_py.emit.rust import CRATE_DIR
from kernel_py.emit.table import TABLE_PATH, handler_parameters, handler_signature, identifier
from kpio_build.base.paths import Tree
from kpio_build.base.process import run
from kpio_build.steps.packages import CLIPPY
from kpio_build.steps.toolchain import Toolchain

STAND_INS: Final = Path(__file__).with_name("table_stand_ins.rs")
BUILD_WITHIN_S: Final = 600.0


@dataclass(frozen=True)
class Library:
    """The crate kpio-abi built for the host, and where what it needs lies."""

    rlib: Path
    dependencies: Path


@pytest.fixture(scope="module")
def library(tree: Tree, toolchain: Toolchain) -> Library:
    told = run(
        [
            toolchain.rust.cargo, "build", "--locked", "--package", "kpio-abi",
            "--message-format", "json", "--target-dir", tree.cargo_target("kernel-py-tests"),
        ],
        cwd=tree.root,
        env=toolchain.environment(),
        within_s=BUILD_WITHIN_S,
    )  # fmt: skip
    for line in told.stdout.splitlines():
        message = json.loads(line)
        if message.get("reason") == "compiler-artifact" and message["target"]["name"] == "kpio_abi":
            rlib = Path(next(f for f in message["filenames"] if f.endswith(".rlib")))
            return Library(rlib, rlib.parent / "deps")
    raise AssertionError(f"cargo made no kpio_abi:\n{told.output}")


def rustc(toolchain: Toolchain, library: Library, source: Path, *more: str | Path) -> str:
    """Compile one file that may use kpio-abi; return what the compiler said, empty if nothing."""
    told = run(
        [
            toolchain.rust.rustc, "--edition", "2024", "-Dwarnings",
            "--extern", f"kpio_abi={library.rlib}",
            "-L", f"dependency={library.dependencies}",
            "--out-dir", source.parent, *more, source,
        ],
        env=toolchain.environment(),
        check=False,
    )  # fmt: skip
    assert (told.status == 0) == (told.output == ""), told.output
    return told.output


def test_crate_has_nothing_to_complain_about(tree: Tree, toolchain: Toolchain) -> None:
    toolchain.program(CLIPPY)
    run(
        [
            toolchain.rust.cargo, "clippy", "--locked", "--package", "kpio-abi",
            "--target-dir", tree.cargo_target("kernel-py-tests"),
            "--", "-D", "warnings", "-D", "clippy::all",
        ],
        cwd=tree.root,
        env=toolchain.environment(),
        within_s=BUILD_WITHIN_S,
    )  # fmt: skip


def test_crate_gives_out_no_unsafe_and_no_std(tree: Tree) -> None:
    text = (tree.root / CRATE_DIR).parent.joinpath("lib.rs").read_text(encoding="utf-8")
    assert "#![no_std]" in text
    assert "#![forbid(unsafe_code)]" in text


def test_every_layout_is_asserted_and_the_asserts_bite(
    tmp_path: Path, generated: dict[str, str], toolchain: Toolchain, library: Library
) -> None:
    text = "".join(
        generated[f"{CRATE_DIR}/{name}.rs"] for name in ("types", "boot", "ring", "messages")
    )
    fields = sum(len(s.fields) for s in CONTRACT.structs)
    assert text.count("const _: () = assert!(offset_of!(") == fields
    assert text.count("const _: () = assert!(size_of::<") == len(CONTRACT.structs)
    assert text.count("const _: () = assert!(align_of::<") == len(CONTRACT.structs)
    # Without its derives the module needs no other crate.
    types = generated[f"{CRATE_DIR}/types.rs"].replace("use zerocopy::", "// ")
    plain = re.sub(r"#\[derive\(.*?\)\]", "", types, flags=re.DOTALL)
    source = tmp_path / "types.rs"
    source.write_text(plain)
    assert rustc(toolchain, library, source, "--crate-type=lib") == ""
    source.write_text(plain.replace("pub st_size: i64,", "pub st_size: [i64; 2],"))
    complaint = rustc(toolchain, library, source, "--crate-type=lib")
    assert "assertion failed: size_of::<Stat>() == 144" in complaint
    assert "assertion failed: offset_of!(Stat, st_blksize) == 56" in complaint


def test_crate_knows_every_error(tmp_path: Path, toolchain: Toolchain, library: Library) -> None:
    source = tmp_path / "errors.rs"
    source.write_text(
        "use kpio_abi::errors::{Errno, MAX_ERRNO};\n"
        "fn main() {\n"
        "    for number in -1..=MAX_ERRNO {\n"
        "        let Some(error) = Errno::from_raw(number) else { continue };\n"
        "        assert_eq!(error.raw(), number);\n"
        '        println!("{number}|{}|{}|{error}", error.name(), error.strerror());\n'
        "    }\n"
        "    assert_eq!(Errno::EWOULDBLOCK, Errno::EAGAIN);\n"
        "}\n"
    )
    assert rustc(toolchain, library, source) == ""
    told = run([tmp_path / "errors"]).stdout.splitlines()
    assert told == [
        f"{e.number}|{e.name}|{e.message if e.in_musl_strerror else 'No error information'}"
        f"|{e.message} ({e.name})"
        for e in CONTRACT.errors
    ]


def test_constants_of_the_crate_are_those_of_the_contract(
    tmp_path: Path, toolchain: Toolchain, library: Library
) -> None:
    pairs = [
        *((f"memory::{m.name}", m.value) for m in CONTRACT.memory_constants),
        *((f"flags::{f.name}", f.value) for group in CONTRACT.flags for f in group.flags),
        *((f"boot::{c.name}", c.value) for c in CONTRACT.boot_constants),
        *((f"boot::{c.name}", c.value) for c in CONTRACT.exit_codes),
        *((f"ring::{c.name}", c.value) for c in CONTRACT.ring_constants),
        *((f"messages::{c.name}", c.value) for c in CONTRACT.message_constants),
        *((f"messages::MESSAGE_{k.name}", k.number) for k in CONTRACT.message_kinds),
        *((f"syscalls::SYS_{c.name}", c.number) for c in CONTRACT.syscalls),
        *((f"rights::Rights::{r.name}.bits()", r.value) for r in CONTRACT.rights),
    ]
    texts = [
        *((f"boot::{t.name}", t.value) for t in CONTRACT.boot_texts),
        *((f"boot::KEY_{k.name.upper()}", k.name) for k in CONTRACT.command_line_keys),
        ("boot::INIT_ENVIRONMENT.join(\"|\")", "|".join(CONTRACT.init_environment)),
        *((f'events::{e.constant}.fields.join("|")', _keys(e)) for e in CONTRACT.events),
        *((f"events::{e.constant}.name", e.name) for e in CONTRACT.events),
        *((f"syscalls::SYSCALLS[{c.number}].name", c.name.lower()) for c in CONTRACT.syscalls),
    ]  # fmt: skip
    source = tmp_path / "constants.rs"
    source.write_text(
        "use kpio_abi::*;\nfn main() {\n"
        + "".join(
            f"    assert_eq!({name} as i128, {value}, {name!r});\n" for name, value in pairs
        ).replace("'", '"')
        + "".join(f"    assert_eq!({name}, {json.dumps(value)});\n" for name, value in texts)
        + f"    assert_eq!(events::EVENTS.len(), {len(CONTRACT.events)});\n"
        + f"    assert_eq!(syscalls::SYSCALLS.len(), {len(CONTRACT.syscalls)});\n"
        + "}\n"
    )
    assert rustc(toolchain, library, source) == ""
    run([tmp_path / "constants"])


def _keys(event: Event) -> str:
    return "|".join(["t_ns", *(field.name for field in event.fields)])


def test_rights_can_only_be_taken_away(
    tmp_path: Path, toolchain: Toolchain, library: Library
) -> None:
    source = tmp_path / "rights.rs"
    source.write_text(
        "use kpio_abi::rights::Rights;\n"
        "fn main() {\n"
        "    let both = Rights::READ.union(Rights::WRITE);\n"
        "    assert!(both.contains(Rights::READ) && both.contains(Rights::NONE));\n"
        "    assert!(!Rights::READ.contains(both));\n"
        "    assert_eq!(both.intersection(Rights::READ.union(Rights::SEEK)), Rights::READ);\n"
        "}\n"
    )
    assert rustc(toolchain, library, source) == ""
    run([tmp_path / "rights"])


# The dispatch table.


@pytest.fixture(scope="module")
def table(
    tmp_path_factory: pytest.TempPathFactory,
    generated: dict[str, str],
    toolchain: Toolchain,
    library: Library,
) -> Path:
    """Build the table with its stand-ins: a program that reads `number word…` lines."""
    folder = tmp_path_factory.mktemp("table")
    (folder / "syscall").mkdir()
    (folder / "syscall/table.rs").write_text(generated[TABLE_PATH])
    calls = ["    pub mod table;\n"]
    for call in SYSCALLS:
        shown = "".join(f", {name}.show()" for name, _, _ in handler_parameters(call))
        calls.append(
            f"    pub mod {identifier(call.name)} {{\n"
            "        use super::*;\n"
            f"        {handler_signature(call)} {{\n"
            f'            caller.tell(vec!["{call.name}".to_owned(){shown}])\n'
            "        }\n"
            "    }\n"
        )
    stand_ins = STAND_INS.read_text(encoding="utf-8")
    marker = "    // CALLS\n"
    assert stand_ins.count(marker) == 1
    source = folder / "stand_ins.rs"
    source.write_text(stand_ins.replace(marker, "".join(calls)))
    assert rustc(toolchain, library, source) == ""
    return folder / "stand_ins"


def expected(number: int, words: list[int]) -> str:
    """Return what the contract says of a call with these words: the call as shown, or an error."""
    call = next((c for c in SYSCALLS if c.number == number), None)
    if call is None:
        return "ENOSYS"
    shown = [call.name]
    sizes = [a for a in call.arguments if a.kind is Kind.SIZE]
    for size in sizes:
        owner = next(a for a in call.arguments if a.length == size.name)
        if _word(call, size.name, words) != _size(owner.target):
            return "EINVAL"
    for argument in call.arguments:
        if argument.kind.is_measure:
            continue
        error, text = _decoded(call, argument, words)
        if error:
            return error
        shown.append(text)
    return " ".join(shown)


def _word(call: Syscall, name: str, words: list[int]) -> int:
    return words[[a.name for a in call.arguments].index(name)]


def _size(target: str) -> int:
    sizes = {s.name: s.size for s in CONTRACT.structs} | {s.name: s.size for s in SCALARS}
    return sizes[target]


def _decoded(call: Syscall, argument: Argument, words: list[int]) -> tuple[str, str]:
    word = _word(call, argument.name, words)
    side = {Direction.IN: "in", Direction.IN_OUT: "update"}.get(argument.direction, "out")
    signed64 = word - (1 << 64) if word >> 63 else word
    low = word & 0xFFFF_FFFF
    signed32 = low - (1 << 32) if low >> 31 else low
    if argument.is_deferred or argument.kind in (Kind.U64, Kind.ADDRESS):
        return "", f"u64:{word}"
    match argument.kind:
        case Kind.I64:
            return "", f"i64:{signed64}"
        case Kind.LOW_I32:
            return "", f"i32:{signed32}"
        case Kind.U32:
            return ("", f"u32:{word}") if word == low else ("EINVAL", "")
        case Kind.I32 | Kind.FD:
            if word != low and signed64 != signed32:
                return "EINVAL", ""
            if argument.kind is Kind.FD:
                return ("EBADF", "") if signed32 < 0 else ("", f"fd:{signed32}")
            return "", f"i32:{signed32}"
        case Kind.PATH | Kind.STRINGS:
            return _range(word, 1, f"{argument.kind.value}:{word}")
        case Kind.STRUCT:
            if argument.is_nullable and word == 0:
                return "", "none"
            size = _size(argument.target)
            found = _range(word, size, f"{side}:{word}+{size}")
            return (found[0], f"some:{found[1]}") if argument.is_nullable else found
        case Kind.BUFFER:
            length = _word(call, argument.length, words)
            return _range(word, length, f"{side}:{word}+{length}")
        case Kind.ARRAY:
            count = _word(call, argument.length, words)
            if count > argument.max_count:
                return "EINVAL", ""
            length = count * _size(argument.target)
            return _range(word, length, f"{side}:{word}+{length}")
        case _:
            raise AssertionError(argument.kind)


def _range(address: int, length: int, text: str) -> tuple[str, str]:
    return ("", text) if length == 0 or address + length <= USER_END else ("EFAULT", "")


WORDS: Final = st.one_of(
    st.sampled_from(
        [
            0,
            1,
            3,
            16,
            40,
            48,
            1024,
            1025,
            4096,
            0x7FFF_FFFF,
            0x8000_0000,
            0xFFFF_FFFF,
            1 << 32,
            USER_END - 144,
            USER_END - 16,
            USER_END - 1,
            USER_END,
            0xFFFF_8000_0000_0000,
            0xFFFF_FFFF_7FFF_FFFF,
            0xFFFF_FFFF_8000_0000,
            0xFFFF_FFFF_FFFF_FFFF,
            1 << 63,
        ]
    ),
    st.integers(0, (1 << 64) - 1),
    st.integers(0, 64),
)  # fmt: skip
NUMBERS: Final = st.one_of(
    st.integers(0, len(SYSCALLS) - 1), st.integers(0, (1 << 64) - 1), st.just(len(SYSCALLS))
)
CALLS: Final = st.tuples(NUMBERS, st.lists(WORDS, min_size=6, max_size=6))


def ask(table: Path, calls: list[tuple[int, list[int]]]) -> list[str]:
    lines = "".join(f"{number} {' '.join(map(str, words))}\n" for number, words in calls)
    return run([table], stdin=lines.encode()).stdout.splitlines()


# Each failing call is shown as it is; making the list of calls smaller would only cost time.
@settings(max_examples=60, deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate))
@given(calls=st.lists(CALLS, min_size=40, max_size=60))
def test_table_decodes_as_the_contract_says(
    table: Path, calls: list[tuple[int, list[int]]]
) -> None:
    told = ask(table, calls)
    wrong = [
        (call, got, expected(*call))
        for call, got in zip(calls, told, strict=True)
        if got != expected(*call)
    ]
    assert wrong == []


def valid_words(call: Syscall) -> Iterator[int]:
    """Return words every argument of the call accepts, all different where that is possible."""
    for i, argument in enumerate(call.arguments):
        if argument.kind is Kind.SIZE:
            owner = next(a for a in call.arguments if a.length == argument.name)
            yield _size(owner.target)
        elif argument.kind is Kind.COUNT:
            owner = next(a for a in call.arguments if a.length == argument.name)
            yield min(64 * (i + 1), owner.max_count - 1)
        else:
            yield 64 * (i + 1)
    yield from [7] * (6 - len(call.arguments))


@pytest.mark.parametrize("call", SYSCALLS, ids=lambda c: c.name)
def test_every_call_is_reached_with_its_arguments_in_register_order(
    call: Syscall, table: Path
) -> None:
    words = list(valid_words(call))
    told = ask(table, [(call.number, words)])
    assert told == [expected(call.number, words)]
    assert told[0].split()[0] == call.name
    assert len(told[0].split()) == 1 + sum(not a.kind.is_measure for a in call.arguments)
