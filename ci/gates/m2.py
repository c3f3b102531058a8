"""M2, IPC Works: "Message passing between two processes".

The machine boots the default image with /bin/exchange as its first program, which starts pairs of
processes and tells as events what they have seen (userspace/apps/exchange). The gate chooses the
seed of what is exchanged and computes the digest itself, so a program that exchanges nothing does
not know it. Who was killed and when is the kernel's word, not the program's.

It boots directly only: that a boot through the firmware leads to the same system is M1's claim.
"""

import hashlib
import secrets
import struct
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from signal import SIGKILL
from typing import Final

from ci.bench import Bench, Measurements, Variant, Watchers
from ci.report import Claim, Rule
from kpio_build.base.errors import KpioError
from kpio_build.vm.command_line import CommandLine
from kpio_build.vm.ending import PoweredOff
from kpio_build.vm.events import Event
from kpio_build.vm.machine import Machine

NAME: Final = "m2"
TITLE: Final = "IPC Works"
VARIANTS: Final = (Variant.DIRECT,)

_EXCHANGE: Final = "/bin/exchange"
_MIB: Final = 1 << 20
_BYTES: Final = 64 * _MIB
_MESSAGES: Final = 64
_KILLS: Final = 10
"""Kills of each side mid-transfer, and as many at a random moment."""
_SEEDS: Final = 1 << 32
_ENDS_WITHIN_S: Final = 180.0
_MASK: Final = (1 << 64) - 1
_BASE_WORDS: Final = 8192
_MAX_BYTES: Final = 4096

_ISSUE: Final = "issue 4, gate M2"

CLAIMS: Final = (
    Claim("processes", "processes of the image exchange", Rule.EQUAL, 2, "", _ISSUE),
    Claim("exit", "of these end by themselves with status 0", Rule.EQUAL, 2, "", _ISSUE),
    Claim(
        "messages",
        "messages through a channel, each answered rightly",
        Rule.EQUAL,
        _MESSAGES,
        "",
        "userspace/apps/exchange",
    ),
    Claim(
        "handle",
        "uses of a passed handle that are allowed, or refused, as its rights say",
        Rule.EQUAL,
        3,
        "of 3",
        _ISSUE,
    ),
    Claim("moved", "came out of the ring", Rule.EQUAL, _BYTES / _MIB, "MiB", _ISSUE),
    Claim("waits", "times the sender waited for room in the ring", Rule.AT_LEAST, 1, "", _ISSUE),
    Claim(
        "digests",
        "digests of both sides, told and received, that are the host's",
        Rule.EQUAL,
        4,
        "of 4",
        _ISSUE,
    ),
    Claim("killed", "processes killed mid-transfer", Rule.EQUAL, 2 * _KILLS, "", _ISSUE),
    Claim(
        "survived",
        "of their peers that were told PeerDead, after bytes had come through",
        Rule.EQUAL,
        2 * _KILLS,
        "",
        _ISSUE,
    ),
    Claim(
        "killed-at-random",
        "processes killed at a random moment whose peers came to an end with a name",
        Rule.EQUAL,
        2 * _KILLS,
        "",
        _ISSUE,
    ),
    Claim(
        "told-within",
        "from a death to the peer's telling of it, at most",
        Rule.AT_MOST,
        1,
        "s",
        "everything that waits has a deadline",
    ),
    Claim(
        "left",
        "frames, processes, threads and handles more or less than before",
        Rule.EQUAL,
        0,
        "",
        "issue 4, Leaks",
    ),
    Claim("power-off", "the machine ends with status", Rule.EQUAL, 0, "", "kernel_py/abi/boot.py"),
    Claim("wall", "from QEMU's start to its end", Rule.AT_MOST, 120, "s", "set for busy hosts"),
)


def measure(
    bench: Bench, variant: Variant, watchers: Watchers
) -> tuple[Measurements, KpioError | None]:
    """Run the gate once; return its rows, and the guest's error if it ended the run early."""
    rows = Measurements(NAME, variant, CLAIMS, watchers.on_row)
    seed = secrets.randbelow(_SEEDS)
    line = CommandLine(init=_EXCHANGE, arguments=(str(seed), str(_BYTES), str(_KILLS)))
    config = bench.config(variant, str(line))
    started_s = time.monotonic()
    try:
        with Machine(config, on_console=watchers.on_console, on_event=watchers.on_event) as machine:
            machine.start()
            ending = machine.wait_end(within_s=_ENDS_WITHIN_S)
            events = machine.events.all
        judge(events, seed, rows)
        if not isinstance(ending, PoweredOff):
            raise ending.error() or KpioError("the machine ended otherwise than by power-off")
        told = [event.number("status") for event in events if event.name == "power.off"]
        rows.add("power-off", ending.status if told == [ending.status] else None)
        rows.add("wall", time.monotonic() - started_s)
    except KpioError as error:
        rows.close(error.message)
        return rows, error
    return rows, None


@dataclass(frozen=True)
class _Report:
    """What a process told: the event, and the text's first word and its pairs."""

    event: Event
    name: str
    values: dict[str, str]

    @classmethod
    def parse(cls, event: Event) -> "_Report":
        name, *pairs = event["text"].split(" ")
        return cls(event, name, dict(pair.split("=", 1) for pair in pairs if "=" in pair))

    def number(self, key: str) -> int:
        """Return a value that is a number, -1 if it is none or is missing."""
        text = self.values.get(key, "")
        return int(text) if text.isdecimal() else -1


@dataclass
class _Seen:
    """The events of one run, by what they are about."""

    started: dict[int, Event] = field(default_factory=dict)
    exited: dict[int, Event] = field(default_factory=dict)
    reports: list[_Report] = field(default_factory=list)

    @classmethod
    def of(cls, events: Iterable[Event]) -> "_Seen":
        seen = cls()
        for event in events:
            match event.name:
                case "process.started":
                    seen.started[event.pid] = event
                case "process.exited":
                    seen.exited[event.pid] = event
                case "process.reported":
                    seen.reports.append(_Report.parse(event))
        return seen

    def named(self, name: str) -> list[_Report]:
        """Return the reports of this name, of programs that were started from the image."""
        return [
            report
            for report in self.reports
            if report.name == name
            and (start := self.started.get(report.event.pid)) is not None
            and start["path"] == _EXCHANGE
        ]


def judge(events: Sequence[Event], seed: int, rows: Measurements) -> None:
    """Add every row that follows from the events; `seed` is what the bytes follow from."""
    seen = _Seen.of(events)
    sides = [*seen.named("exchange.sender"), *seen.named("exchange.receiver")]
    pids = {side.event.pid for side in sides}
    rows.add("processes", len(pids), ", ".join(f"pid {pid}" for pid in sorted(pids)))
    ends = [seen.exited[pid] for pid in pids if pid in seen.exited]
    is_clean = [end.number("status") == end.number("signal") == 0 for end in ends]
    rows.add("exit", sum(is_clean))
    _judge_exchange(seen, digest(seed, _BYTES), rows)
    _judge_kills(seen, rows)
    _judge_counts(seen, rows)


def _judge_exchange(seen: _Seen, expected: str, rows: Measurements) -> None:
    senders, receivers = seen.named("exchange.sender"), seen.named("exchange.receiver")
    if len(senders) != 1 or len(receivers) != 1:
        told = f"{len(senders)} senders and {len(receivers)} receivers told of an exchange"
        for name in ("messages", "handle", "moved", "waits", "digests"):
            rows.add(name, None, told)
        return
    sender, receiver = senders[0], receivers[0]
    rows.add("messages", min(sender.number("messages"), receiver.number("messages")))
    wanted = {"look": "done", "write": "EACCES", "give-on": "EBADF"}
    found = {use: receiver.values.get(use, "not told") for use in wanted}
    note = ", ".join(f"{use}: {word}" for use, word in found.items())
    rows.add("handle", sum(found[use] == word for use, word in wanted.items()), note)
    is_whole = all(side.values.get("end") == "Closed" for side in (sender, receiver))
    is_same = sender.number("bytes") == receiver.number("bytes")
    rows.add("moved", receiver.number("bytes") / _MIB if is_whole and is_same else None)
    rows.add("waits", sender.number("waits"))
    sums = [side.values.get(key, "") for side in (sender, receiver) for key in ("own", "other")]
    rows.add("digests", sums.count(expected), f"SHA-256 {expected}")


def _judge_kills(seen: _Seen, rows: Measurements) -> None:
    """Each survivor is the peer of the process that died last before it told.

    The exchanges follow one another, and the first half of the kills is mid-transfer.
    """
    ends = (event for event in seen.exited.values() if event["path"] == _EXCHANGE)
    deaths = [event for event in ends if event.number("signal") == SIGKILL]
    pairs = list(_pairs(deaths, seen.named("exchange.survivor")))
    mid, at_random = pairs[: 2 * _KILLS], pairs[2 * _KILLS :]
    rows.add("killed", len(mid))
    survived = [
        report
        for _, report in mid
        if report.values.get("end") == "PeerDead" and report.number("bytes") > 0
    ]
    sides = sorted(report.values.get("side", "") for report in survived)
    both = f"{sides.count('sender')} senders, {sides.count('receiver')} receivers"
    rows.add("survived", len(survived) if len(set(sides)) == 2 else None, both)
    named = [report.values["end"] for _, report in at_random if report.values.get("end")]
    tally = ", ".join(f"{name} {named.count(name)}" for name in sorted(set(named)))
    rows.add("killed-at-random", len(named), tally)
    delays_s = [report.event.t_s - death.t_s for death, report in pairs]
    rows.add("told-within", max(delays_s) if delays_s else None)


def _pairs(
    deaths: Sequence[Event], survivors: Sequence[_Report]
) -> Iterator[tuple[Event, _Report]]:
    """Yield each survivor's report with the last death before it; a death counts once."""
    rest = sorted(deaths, key=lambda death: death.seq)
    for report in survivors:
        before = [death for death in rest if death.seq < report.event.seq]
        if before:
            rest = rest[len(before) :]
            yield before[-1], report


def _judge_counts(seen: _Seen, rows: Measurements) -> None:
    reports = seen.named("exchange.counts")
    if len(reports) != 1:
        rows.add("left", None, f"told {len(reports)} times")
        return
    before, after = _figures(reports[0], "before"), _figures(reports[0], "after")
    left = None
    if before and len(before) == len(after):
        left = sum(abs(was - now) for was, now in zip(before, after, strict=True))
    rows.add("left", left, f"{before} before, {after} after")


def _figures(report: _Report, key: str) -> list[int]:
    words = report.values.get(key, "").split(",")
    return [int(word) for word in words] if all(map(str.isdecimal, words)) else []


def digest(seed: int, len_bytes: int) -> str:
    """Return the SHA-256 of the bytes of a seed: those of userspace/apps/exchange/src/data.rs."""
    state = seed
    words = []
    for _ in range(_BASE_WORDS):
        state = _following(state)
        words.append(state)
    base = struct.pack(f"<{_BASE_WORDS}Q", *words)
    starts = len(base) - _MAX_BYTES
    sha256 = hashlib.sha256()
    left = len_bytes
    for index in count():
        if left == 0:
            return sha256.hexdigest()
        state = _following(state)
        length = min(left, _MAX_BYTES, 1 + (state >> 33) % _MAX_BYTES)
        state = _following(state)
        start = (state >> 33) % starts
        message = base[start : start + length]
        if length >= 8:
            message = struct.pack("<Q", index) + message[8:]
        sha256.update(message)
        left -= length
    raise AssertionError("counting has ended")


def _following(state: int) -> int:
    """Return the number after `state`. Source: MMIX's linear congruential generator."""
    return (state * 6364136223846793005 + 1442695040888963407) & _MASK
