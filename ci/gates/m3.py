"""M3, html5ever Runs: "Parse HTML and dump the DOM".

The machine boots the default image with /bin/domdump as its first program: std, html5ever and
cssparser as they come, around a page of the web that lies in the image. The same program has
dumped the same page on the host; the guest tells length and SHA-256 of its own dump.
"""

import hashlib
import time
from collections.abc import Sequence
from typing import Final

from ci.bench import Bench, Measurements, Variant, Watchers
from ci.report import Claim, Rule
from kpio_build.base.errors import KpioError
from kpio_build.vm.command_line import CommandLine
from kpio_build.vm.ending import PoweredOff
from kpio_build.vm.events import Event
from kpio_build.vm.machine import Machine

NAME: Final = "m3"
TITLE: Final = "html5ever Runs"
VARIANTS: Final = (Variant.DIRECT,)

_PROGRAM: Final = "/bin/domdump"
_PAGE: Final = "/usr/share/pages/underscore.html"
_ENDS_WITHIN_S: Final = 120.0
_KB: Final = 1000
_ISSUE: Final = "issue 5, gate M3"

CLAIMS: Final = (
    Claim("page", "of a saved page of the web were parsed", Rule.AT_LEAST, 100, "kB", _ISSUE),
    Claim("elements", "elements are in its tree", Rule.AT_LEAST, 1, "", _ISSUE),
    Claim("tokens", "tokens are in its style sheets", Rule.AT_LEAST, 1, "", "cssparser"),
    Claim(
        "same",
        "length and digest of the dump that are the host's",
        Rule.EQUAL,
        2,
        "of 2",
        _ISSUE,
    ),
    Claim("exit", "the program, and so the machine, ends with status", Rule.EQUAL, 0, "", _ISSUE),
    Claim("wall", "from QEMU's start to its end", Rule.AT_MOST, 60, "s", "set for busy hosts"),
)


def measure(
    bench: Bench, variant: Variant, watchers: Watchers
) -> tuple[Measurements, KpioError | None]:
    """Run the gate once; return its rows, and the guest's error if it ended the run early."""
    rows = Measurements(NAME, variant, CLAIMS, watchers.on_row)
    line = CommandLine(init=_PROGRAM, arguments=("--digest", _PAGE))
    config = bench.config(variant, str(line))
    started_s = time.monotonic()
    try:
        expected = _read_dump(bench)
        with Machine(config, on_console=watchers.on_console, on_event=watchers.on_event) as machine:
            machine.start()
            ending = machine.wait_end(within_s=_ENDS_WITHIN_S)
            events = machine.events.all
        judge(events, expected, rows)
        if not isinstance(ending, PoweredOff):
            raise ending.error() or KpioError("the machine ended otherwise than by power-off")
        rows.add("exit", ending.status)
        rows.add("wall", time.monotonic() - started_s)
    except KpioError as error:
        rows.close(error.message)
        return rows, error
    return rows, None


def judge(events: Sequence[Event], expected: bytes, rows: Measurements) -> None:
    """Add every row that follows from the events; `expected` is the host's dump."""
    told = [event["text"].split() for event in events if event.name == "process.reported"]
    if len(told) != 1 or told[0][0] != "domdump":
        for name in ("page", "elements", "tokens", "same"):
            rows.add(name, None, f"{len(told)} reports of a dump")
        return
    values = dict(word.split("=", 1) for word in told[0] if "=" in word)
    rows.add("page", _number(values, "page_bytes") / _KB)
    rows.add("elements", _number(values, "elements"))
    rows.add("tokens", _number(values, "css_tokens"))
    digest = hashlib.sha256(expected).hexdigest()
    is_same = (
        _number(values, "dump_bytes") == len(expected),
        values.get("sha256", "") == digest,
    )
    rows.add("same", sum(is_same), f"{len(expected)} bytes, SHA-256 {digest}")


def _number(values: dict[str, str], key: str) -> int:
    """Return a value that is a number, -1 if it is none or is missing."""
    text = values.get(key, "")
    return int(text) if text.isdecimal() else -1


def _read_dump(bench: Bench) -> bytes:
    if bench.page_dump is None:
        raise KpioError(
            "there is no dump of the host to compare with",
            hint="`kpio check m3` makes one (kpio_build/steps/dump.py)",
        )
    return bench.page_dump.read_bytes()
