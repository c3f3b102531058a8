import contextlib
import os
import signal
import subprocess  # noqa: TID251 - the signals go to a process of its own, as a shell sends them
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from kpio_build.base.errors import KpioError
from kpio_build.base.paths import Tree
from kpio_build.base.process import run
from kpio_build.cli import main as main_module
from kpio_build.cli.group import ExampleCommand
from kpio_build.cli.main import MODULES, cli
from kpio_build.cli.settings import Settings
from tests.kpio_build.cli.conftest import Kpio

ROOT = Tree.here().root
COMPILERS = ("cc", "c++")
"""Their options are clang's."""


def get_command(name: str) -> ExampleCommand:
    found = cli.get_command(click.Context(cli), name)
    assert isinstance(found, ExampleCommand)
    return found


@pytest.mark.parametrize("name", MODULES)
def test_every_command_has_help_with_examples(kpio: Kpio, name: str) -> None:
    outcome = kpio([name, "--help"])
    assert outcome.status == 0
    assert f"Usage: kpio {name}" in outcome.out
    assert "Examples:" in outcome.out
    assert f"kpio {name}" in outcome.out.split("Examples:")[1]
    of_kpio = () if name in COMPILERS else ("--verbose", "--no-install")
    for option in (*of_kpio, "--help"):
        assert option in outcome.out


@pytest.mark.parametrize("name", MODULES)
def test_every_option_and_example_can_be_parsed(name: str) -> None:
    command = get_command(name)
    for parameter in command.params:
        assert not isinstance(parameter, click.Option) or parameter.help, parameter.name
    for line, meaning in command.examples:
        assert meaning
        if "kpio" in line:
            assert line.split("kpio ", 1)[1].split()[0].rstrip('"') in MODULES, line


def test_the_overview_lists_every_command_and_imports_none() -> None:
    script = (
        "import sys\nfrom kpio_build.cli.main import main\nmain(['--help'])\n"
        "sys.exit(any(name in sys.modules for name in ('rich', 'jinja2', 'elftools', 'ci')))"
    )
    done = run([sys.executable, "-c", script], cwd=ROOT)
    for name, (_, summary) in MODULES.items():
        assert name in done.stdout
        assert summary.split()[0] in done.stdout


@pytest.mark.parametrize("name", ["boot", "run", "check", "test", "doctor", "build", "image"])
def test_the_overview_says_what_the_commands_say(name: str) -> None:
    assert MODULES[name][1].split()[0] == (get_command(name).help or "").split()[0]


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["biuld"], "'build'"),
        (["bot", "--qemu"], "'boot'"),
        (["build", "kernal"], "'kernel'"),
        (["boot", "--qmeu"], "'--qemu'"),
        (["completion", "bsh"], "'bash'"),
    ],
)
def test_a_typing_error_is_status_2_and_says_what_was_meant(
    kpio: Kpio, arguments: list[str], meant: str
) -> None:
    outcome = kpio(arguments)
    assert outcome.status == 2
    assert outcome.err.startswith("error: ")
    assert meant in outcome.err
    assert "--help` has examples" in outcome.err
    assert len(outcome.err.splitlines()) == 2


def test_boot_asks_where(kpio: Kpio) -> None:
    outcome = kpio(["boot"])
    assert outcome.status == 2
    assert "kpio boot --qemu" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["run"], "FILE"),
        (["run", "/no/such/file"], "cannot read"),
        (["run", str(ROOT / "pyproject.toml")], "not an ELF file"),
        (["run", "--tiemout", "5", "x"], "--timeout"),
        (["--verbose", "run", "/no/such/file"], "cannot read"),
    ],
)
def test_errors_of_run_itself_are_242(kpio: Kpio, arguments: list[str], word: str) -> None:
    outcome = kpio(arguments)
    assert outcome.status == 242
    assert word in outcome.err


def test_run_takes_only_what_is_a_file(kpio: Kpio, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    outcome = kpio(["run", str(tmp_path / "pipe")])
    assert (outcome.status, "is no regular file" in outcome.err) == (242, True)
    outcome = kpio(["run", str(tmp_path)])
    assert (outcome.status, "Is a directory" in outcome.err) == (242, True)


def fail_with(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Make `kpio clean` fail."""

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("kpio_build.cli.clean.disk_usage_bytes", fail)
    monkeypatch.setattr("kpio_build.cli.clean._all_outputs", lambda *_, **__: iter([Path("x")]))


def test_an_error_is_shown_in_its_lines_and_gives_its_status(
    kpio: Kpio, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_with(monkeypatch, KpioError("it broke", hint="mend it", details="said"))
    outcome = kpio(["clean", "--dry-run"])
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err == "said\nerror: it broke\nhint: mend it\n"


@pytest.mark.parametrize(
    ("error", "status", "word"),
    [
        (OSError(28, "No space left on device", "/x"), 4, "/x"),
        (PermissionError(13, "Permission denied", "/x"), 1, "Permission denied: /x"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_other_ends_have_their_status_and_no_traceback(
    kpio: Kpio, monkeypatch: pytest.MonkeyPatch, error: BaseException, status: int, word: str
) -> None:
    fail_with(monkeypatch, error)
    outcome = kpio(["clean", "--dry-run"])
    assert outcome.status == status
    assert word in outcome.err
    assert "Traceback" not in outcome.err


DEFECT = """
import sys
from kpio_build.cli import clean
from kpio_build.cli.main import main
clean.disk_usage_bytes = lambda _: {}["no such key"]
clean._all_outputs = lambda *_, **__: iter([clean.Path("x")])
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("is_verbose", [False, True])
def test_a_defect_is_called_one_and_its_traceback_is_for_who_asks(is_verbose: bool) -> None:
    arguments = ["clean", "--dry-run", *(["--verbose"] if is_verbose else [])]
    done = run([sys.executable, "-c", DEFECT, *arguments], cwd=ROOT, check=False)
    assert done.status == 1
    assert "error: a defect in kpio itself, at clean.py:" in done.stderr
    assert "KeyError: 'no such key'" in done.stderr
    assert ("Traceback" in done.stderr) is is_verbose


WAITING = """
import signal, sys
from kpio_build.base.process import run
from kpio_build.cli import clean
from kpio_build.cli.main import main
def wait(_):
    run(["sh", "-c", "echo $$; exec sleep 1000"], on_line=lambda line: print(line, flush=True))
clean.disk_usage_bytes = wait
clean._all_outputs = lambda *_, **__: iter([clean.Path("x")])
sys.exit(main(["clean", "--dry-run"]))
"""


@contextlib.contextmanager
def waiting_kpio(option: str) -> Iterator[tuple["subprocess.Popen[str]", int]]:
    """Give a kpio that waits for a program, and the program's id. `option` is one of env(1)."""
    with subprocess.Popen(
        ["env", option, sys.executable, "-c", WAITING],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield process, int(process.stdout.readline())
        finally:
            process.terminate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_kpio_and_what_it_runs(number: signal.Signals) -> None:
    # A shell starts what it puts into the background with SIGINT ignored, these tests perhaps.
    with waiting_kpio("--default-signal") as (process, pid):
        process.send_signal(number)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert err.strip() == "error: interrupted"
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_signal_that_is_ignored_from_the_start_stays_ignored(number: signal.Signals) -> None:
    """As under nohup."""
    with waiting_kpio(f"--ignore-signal={number.name}") as (process, pid):
        process.send_signal(number)
        os.kill(pid, signal.SIGTERM)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "was ended by SIGTERM" in err


def test_a_reader_that_goes_away_is_no_error() -> None:
    script = "import sys\nfrom kpio_build.cli.main import main\nsys.exit(main(['--help']))"
    reading, writing = os.pipe()
    os.close(reading)
    try:
        process = subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            stdout=writing,
            stderr=subprocess.PIPE,
            check=False,
        )
    finally:
        os.close(writing)
    assert b"Traceback" not in process.stderr
    assert b"Exception" not in process.stderr


def test_a_full_disk_behind_standard_output_is_one_clear_error() -> None:
    script = "import sys\nfrom kpio_build.cli.main import main\nsys.exit(main(['--help']))"
    with Path("/dev/full").open("wb") as full:
        process = subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert process.returncode == 4
    assert process.stderr.startswith("error: no disk space left")
    assert "Exception" not in process.stderr


def test_options_may_come_before_the_command_or_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[bool, bool]] = []

    def look(settings: Settings, *_: object, **__: object) -> None:
        seen.append((settings.is_verbose, settings.may_install))
        raise KpioError("enough")

    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr("kpio_build.cli.settings.Settings.engine", look)
    for line in (["--no-install", "-v", "target"], ["target", "--no-install", "-v"], ["target"]):
        main_module.main(line)
    assert seen == [(True, False), (True, False), (False, True)]


FULL_DISK = """
import os, sys
from pathlib import Path
from kpio_build.base.paths import Tree
from kpio_build.cli.main import main
from kpio_build.cli.settings import Settings
settings = Settings(Tree(Tree.here().root, Path(sys.argv[1])), dict(os.environ))
Settings.here = classmethod(lambda _: settings)
sys.exit(main(["build", "target"]))
"""


def test_a_disk_that_is_full_ends_with_its_status_and_leaves_nothing_half_made(
    tmp_path: Path,
) -> None:
    # A file system of 8 KiB, in a mount namespace of the test's own.
    script = (
        f"mount -t tmpfs -o size=8k none {tmp_path} && "
        f'"{sys.executable}" -c "$1" {tmp_path}; status=$?; '
        f"ls {tmp_path}/target | grep -v '^lock$' >&2; exit $status"
    )
    namespace = ["unshare", "--map-root-user", "--mount"]
    if run([*namespace, "true"], check=False).status != 0:
        pytest.skip("this machine allows no mount namespace")
    done = run([*namespace, "sh", "-c", script, "sh", FULL_DISK], cwd=ROOT, check=False)
    assert done.status == 4, done.stderr
    assert done.stderr.splitlines()[-2:] == [
        f"error: no disk space left: step target, in {tmp_path / 'target'}",
        "hint: free some space, for example with `./kpio clean`, and run the same command again",
    ]
