"""`./kpio run FILE ARG…`: the way anybody tries their own program."""

import hashlib
import shutil
from pathlib import Path

import pytest

from kpio_build.base.process import Completed, run
from kpio_build.steps.apps import AppsStep
from tests.boot.workshop import Workshop

WITHIN_S = 300.0


@pytest.fixture(scope="session")
def programs(workshop: Workshop) -> Path:
    return workshop.engine.realise(AppsStep()) / "bin"


def kpio_run(workshop: Workshop, *arguments: str | Path, typed: bytes = b"") -> Completed:
    root = workshop.engine.site.tree.root
    command = [root / "kpio", "run", *arguments]
    return run(command, cwd=root, stdin=typed, check=False, within_s=WITHIN_S)


def test_a_rust_program_reads_itself(workshop: Workshop, programs: Path) -> None:
    program = programs / "sha256sum"
    done = kpio_run(workshop, program, "/run/sha256sum")
    digest = hashlib.sha256(program.read_bytes()).hexdigest()
    assert (done.status, done.stdout) == (0, f"{digest}  /run/sha256sum\n")


def test_a_c_program_gets_its_arguments(workshop: Workshop, programs: Path) -> None:
    done = kpio_run(workshop, programs / "hello-c", "two words", "", "--option")
    assert done.status == 0
    # It sorts them; the empty one comes first.
    sorted_arguments = "\n--option\n/run/hello-c\ntwo words\n"
    assert done.stdout.startswith(f"Hello from C\narguments: 4\n{sorted_arguments}")


def test_what_kpio_cc_makes_runs(workshop: Workshop, tmp_path: Path) -> None:
    (tmp_path / "main.c").write_text(
        '#include <stdio.h>\nint main(void) { return printf("%.2f\\n", 0.125); }\n'
    )
    kpio = workshop.engine.site.tree.root / "kpio"
    # As a build system calls it: in two steps, from a directory of its own.
    run([kpio, "cc", "-O2", "-c", "main.c"], cwd=tmp_path)
    run([kpio, "cc", "-o", "program", "main.o", "-lm"], cwd=tmp_path)
    done = kpio_run(workshop, tmp_path / "program")
    assert (done.status, done.stdout) == (5, "0.12\n")


def test_a_program_given_by_its_path_passes_its_status(
    workshop: Workshop, programs: Path, tmp_path: Path
) -> None:
    # Neither ASCII nor free of what the image's tools take for syntax.
    elsewhere = tmp_path / 'ein "schönes" Programm'
    shutil.copy(programs / "sha256sum", elsewhere)
    done = kpio_run(workshop, elsewhere, "/nowhere")
    assert done.status == 1
    assert "/nowhere" in done.stdout


def test_a_file_that_is_no_program_is_not_booted(workshop: Workshop, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\n")
    done = kpio_run(workshop, script)
    assert (done.status, done.stdout) == (242, "")
    assert "is not an ELF file" in done.stderr


def test_a_program_of_another_system_is_refused_by_name(workshop: Workshop) -> None:
    """The host's own are linked dynamically."""
    done = kpio_run(workshop, "/bin/true")
    assert done.status == 252
    assert "KPIO does not start this program: /run/true: Interpreter: " in done.stderr
    assert "hint: `kpio build sdk`" in done.stderr


def test_a_disk_of_data_keeps_what_was_written(
    workshop: Workshop, programs: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data.img"
    for _ in range(2):
        # The first time it is made, the second time found.
        done = kpio_run(workshop, "--data", data, programs / "sha256sum", "/data/tmp")
        assert data.stat().st_size > 0
        assert "not mounted" not in done.stderr + done.stdout


def test_a_file_that_is_no_disk_of_data_is_left_alone(
    workshop: Workshop, programs: Path, tmp_path: Path
) -> None:
    data = tmp_path / "letter.txt"
    data.write_text("Dear Sir or Madam")
    done = kpio_run(workshop, "--data", data, programs / "sha256sum", "/data/tmp")
    assert (done.status, done.stdout) == (242, "")
    assert "is no disk of data" in done.stderr
    assert data.read_text() == "Dear Sir or Madam"


def test_a_trace_names_calls_arguments_and_results(workshop: Workshop, programs: Path) -> None:
    done = kpio_run(workshop, "--trace", programs / "sha256sum", "/nowhere")
    assert done.status == 1
    said = done.stdout + done.stderr
    assert 'open(path="/nowhere", flags=O_RDONLY' in said, said
    assert "= -1 ENOENT (No such file or directory)" in said
    assert "prot=PROT_READ|PROT_WRITE, flags=MAP_PRIVATE|MAP_ANONYMOUS, fd=-1" in said
    assert "exit(status=1) = 0" in said
