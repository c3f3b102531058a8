import io

from rich.console import Console

from kpio_build.cli.display import TerminalReporter
from kpio_build.cli.output import show_table, verdict


def shown(*, is_verbose: bool) -> str:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=100, color_system=None)
    reporter = TerminalReporter(is_verbose=is_verbose, console=console)
    assert reporter.is_terminal
    reporter.note("missing: [bold]frob[/bold]")
    reporter.step_started("kernel", "making the kernel")
    reporter.step_progress("\x1b[32mCompiling\x1b[0m kpio [1/2]")
    reporter.step_finished("kernel", 2, is_cached=False)
    reporter.step_finished("target", 0, is_cached=True)
    reporter.step_started("apps", "making the programs")
    reporter.step_failed("apps", 1)
    return stream.getvalue()


def test_finished_steps_stay_on_the_terminal() -> None:
    text = shown(is_verbose=False)
    assert "✓ kernel 2.0 s" in text
    assert "✗ apps 1.0 s" in text
    assert "target" not in text


def test_what_users_give_is_not_taken_for_markup() -> None:
    assert "missing: [bold]frob[/bold]" in shown(is_verbose=False)


def test_verbose_keeps_every_line_without_the_tools_own_colours() -> None:
    text = shown(is_verbose=True)
    assert "  Compiling kpio [1/2]" in text
    assert "✓ target up to date" in text


def test_a_table_that_nobody_watches_is_not_cut(capsys: object) -> None:
    long = "x" * 150
    show_table("", ["name", "state"], [[long, verdict(True)], ["[weird]", verdict(False)]])
    out = capsys.readouterr().out  # type: ignore[attr-defined]
    assert long in out
    assert "ok" in out
    assert "missing" in out
