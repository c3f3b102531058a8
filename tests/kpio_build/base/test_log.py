import io

from kpio_build.base.log import PlainReporter


def lines_of(*, is_verbose: bool) -> list[str]:
    stream = io.StringIO()
    reporter = PlainReporter(stream, is_verbose=is_verbose)
    reporter.note("hear")
    reporter.warn("careful")
    reporter.detail("by the way")
    reporter.step_started("kernel", "making the kernel")
    reporter.step_progress("Compiling x")
    reporter.step_finished("kernel", 1.25, is_cached=False)
    reporter.step_finished("target", 0, is_cached=True)
    reporter.step_failed("apps", 2)
    return stream.getvalue().splitlines()


def test_plain_lines_say_what_begins_and_ends() -> None:
    assert lines_of(is_verbose=False) == [
        "hear",
        "warning: careful",
        "kernel: making the kernel ...",
        "kernel: done in 1.2 s",
        "apps: failed after 2.0 s",
    ]


def test_details_are_for_those_who_ask() -> None:
    more = set(lines_of(is_verbose=True)) - set(lines_of(is_verbose=False))
    assert more == {"by the way", "  Compiling x", "target: up to date"}
