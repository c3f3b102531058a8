import json
import os
import re
from pathlib import Path

import pytest

from kernel_py.abi.contract import CONTRACT
from kernel_py.abi.syscalls import SYSCALLS
from kernel_py.emit import all_files, drift, write_files
from kernel_py.emit.lock import LOCK_PATH, load, locked
from kernel_py.emit.template import comment, decimal_literal, hex_literal, octal_literal
from kpio_build.base.paths import Tree
from kpio_build.base.process import run
from kpio_build.steps.packages import RUSTFMT
from kpio_build.steps.toolchain import Toolchain

INCLUDE = "userspace/libkpio/include"
STRICT_C = (
    "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", "-ffreestanding",
    "-nostdlibinc", "--target=x86_64-unknown-linux-musl",
)  # fmt: skip


def test_committed_files_are_what_the_contract_generates(
    tree: Tree, generated: dict[str, str]
) -> None:
    assert drift(tree.root, generated) == [], "run `./kpio abi` and commit what it writes"


def test_generating_is_pure(generated: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    for name in list(os.environ):
        monkeypatch.delenv(name)
    assert all_files() == generated


def test_every_file_says_where_to_edit_instead(tree: Tree, generated: dict[str, str]) -> None:
    for path, text in generated.items():
        if path == LOCK_PATH:  # JSON has no comments
            continue
        named = re.search(r"Generated from (kernel_py/\S+?);", text.splitlines()[0])
        assert named, path
        assert (tree.root / named.group(1)).exists(), path


def test_no_generated_line_of_code_is_longer_than_100_columns(generated: dict[str, str]) -> None:
    long = [
        f"{path}: {line}"
        for path, text in generated.items()
        if path.endswith((".rs", ".h"))
        for line in text.splitlines()
        if len(line) > 100
    ]
    assert long == []


def test_writing_repairs_what_drifted_and_touches_nothing_else(
    tmp_path: Path, generated: dict[str, str]
) -> None:
    assert write_files(tmp_path, generated) == sorted(generated)
    assert write_files(tmp_path, generated) == []
    untouched = tmp_path / "docs/abi.md"
    before = untouched.stat().st_mtime_ns
    edited = tmp_path / INCLUDE / "kpio/errno.h"
    edited.write_text("edited by hand")
    left_over = tmp_path / INCLUDE / "kpio/flags/gone.h"
    left_over.write_text("of a group that was renamed")
    changed = [f"{INCLUDE}/kpio/errno.h", f"{INCLUDE}/kpio/flags/gone.h"]
    assert drift(tmp_path, generated) == changed
    assert write_files(tmp_path, generated) == changed
    assert edited.read_text() == generated[f"{INCLUDE}/kpio/errno.h"]
    assert not left_over.exists()
    assert untouched.stat().st_mtime_ns == before


def test_rust_is_formatted_as_emitted(
    tmp_path: Path, generated: dict[str, str], toolchain: Toolchain
) -> None:
    write_files(tmp_path, {p: t for p, t in generated.items() if p.endswith(".rs")})
    rustfmt = toolchain.program(RUSTFMT).path
    files = sorted(tmp_path.rglob("*.rs"))
    # mod.rs brings its neighbours in; naming them too is harmless.
    told = run(
        [rustfmt, "--edition", "2024", "--check", *files],
        cwd=tmp_path,
        env=toolchain.environment(),
        check=False,
    )
    assert (told.status, told.output) == (0, "")


@pytest.mark.parametrize("language", ["c -std=c99", "c -std=c17", "c -std=c23", "c++ -std=c++17"])
def test_headers_compile_on_their_own(
    language: str, tmp_path: Path, tree: Tree, generated: dict[str, str], clang: Path
) -> None:
    headers = sorted(p.removeprefix(INCLUDE + "/") for p in generated if p.endswith(".h"))
    assert len(headers) > 10
    for header in headers:
        # Twice: the second time its guard must hold.
        source = tmp_path / "header.c"
        source.write_text(f"#include <{header}>\n#include <{header}>\nextern int x;\n")
        older: tuple[str, ...] = ("-Wno-c11-extensions",) if "99" in language else ()
        run(
            [clang, *STRICT_C, *older, "-x", *language.split(), "-I", tree.root / INCLUDE, source],
        )


def test_all_headers_go_together(
    tmp_path: Path, tree: Tree, generated: dict[str, str], clang: Path
) -> None:
    headers = sorted(p.removeprefix(INCLUDE + "/") for p in generated if p.endswith(".h"))
    source = tmp_path / "all.c"
    source.write_text("".join(f"#include <{h}>\n" for h in headers))
    run([clang, *STRICT_C, "-I", tree.root / INCLUDE, source])


def test_static_asserts_of_the_headers_bite(
    tmp_path: Path, generated: dict[str, str], clang: Path
) -> None:
    text = generated[f"{INCLUDE}/kpio/types.h"]
    wider = text.replace("int64_t st_size;", "int64_t st_size, more;", 1)
    assert wider != text
    source = tmp_path / "types.c"
    source.write_text(wider)
    told = run([clang, *STRICT_C, source], check=False)
    assert told.status != 0
    failed = re.findall(r"static assertion failed.*?: (struct kpio_.*)$", told.stderr, re.MULTILINE)
    assert failed[:2] == ["struct kpio_stat", "struct kpio_stat st_blksize"]
    assert text.count("\nKPIO_ASSERT_FIELD(") == sum(len(s.fields) for s in CONTRACT.types)
    assert text.count("\nKPIO_ASSERT_TYPE(") == len(CONTRACT.types)


def test_document_tells_everything(generated: dict[str, str]) -> None:
    text = generated["docs/abi.md"]
    for call in SYSCALLS:
        section = text.split(f"\n### {call.number} {call.name}\n")[1].split("\n### ")[0]
        assert call.doc in section
        assert call.source in section
        for argument in call.arguments:
            assert f"| {argument.name} |" in section, (call.name, argument.name)
            assert argument.doc in section
        for case in call.errors:
            assert f"| {case.error} | {case.when} |" in section
        for note in call.not_yet:
            assert f"- {note}" in section
    rows = [
        *(f"| {e.number} | {e.name} | {e.message} |" for e in CONTRACT.errors),
        *(f"| {f.name} | " for group in CONTRACT.flags for f in group.flags),
        *(f"| {m.name} | " for m in CONTRACT.memory_constants),
        *(f"| {r.name} | {r.bit} |" for r in CONTRACT.rights),
        *(f"### {e.name}\n" for e in CONTRACT.events),
        *(f"### {s.name}\n" for s in CONTRACT.structs),
        *(f"| {c.name} | " for c in CONTRACT.exit_codes),
        *(f"| {c.name} | " for c in CONTRACT.boot_constants),
        *(f"| {c.name} | " for c in CONTRACT.ring_constants),
        *(f"| {c.name} | " for c in CONTRACT.message_constants),
        *(f"| {k.name} | " for k in CONTRACT.message_kinds),
    ]
    assert [row for row in rows if row not in text] == []


def test_tables_of_the_document_have_as_many_cells_as_heads(generated: dict[str, str]) -> None:
    width = 0
    for line in generated["docs/abi.md"].splitlines():
        if not line.startswith("|"):
            width = 0
            continue
        cells = len(re.findall(r"(?<!\\)\|", line))
        assert cells == (width or cells), line
        width = cells


def test_links_of_the_document_lead_somewhere(generated: dict[str, str]) -> None:
    text = generated["docs/abi.md"]
    heads = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^a-z0-9_ -]", "", head.lower()).replace(" ", "-") for head in heads}
    assert set(re.findall(r"\]\(#([^)]*)\)", text)) <= anchors


def test_lock_file_is_read_back_as_it_was_written(generated: dict[str, str]) -> None:
    assert load(generated[LOCK_PATH]) == json.loads(json.dumps(locked(CONTRACT)))


def test_lock_file_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match=r"abi\.lock\.json is not an object of objects"):
        load("[]")


def test_numbers_are_grouped_as_people_read_them() -> None:
    assert hex_literal(0xFFFF_8000_0000_0000) == "0xFFFF_8000_0000_0000"
    assert hex_literal(0x3F8) == "0x3F8"
    assert hex_literal(0x1_0000) == "0x0001_0000"
    assert octal_literal(0o170000) == "0o170_000"
    assert decimal_literal(4096) == "4096"
    assert decimal_literal(65536) == "65_536"


def test_comment_is_wrapped_at_100_columns() -> None:
    text = comment("word " * 60, "///", indent=4, hanging=2)
    lines = text.split("\n")
    assert max(len(line) for line in lines) <= 100
    assert lines[0].startswith("    /// word")
    assert lines[1].startswith("    ///   word")
