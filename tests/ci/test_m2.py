"""The gate judges events; here they are made up, and one step is left out at a time."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from ci.bench import Bench, Measurements, Variant
from ci.gates import m2
from ci.report import Row
from ci.run import run_gates
from kernel_py.abi import boot
from kpio_build.vm.config import Firmware
from kpio_build.vm.events import Event
from tests.kpio_build.vm.conftest import MakeGuest
from tests.kpio_build.vm.payloads import events as payload_events
from tests.kpio_build.vm.payloads import exit_with, send_events

SEED = 5
SMALL = 1 << 20
"""Bytes of the made-up exchange: computing 64 MiB for each test would take long."""
KILLS = 2


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(m2, "_BYTES", SMALL)
    monkeypatch.setattr(m2, "_KILLS", KILLS)
    small_ones = {"moved": 1, "killed": 2 * KILLS, "survived": 2 * KILLS}
    small_ones["killed-at-random"] = 2 * KILLS
    claims = [
        replace(claim, threshold=small_ones.get(claim.name, claim.threshold)) for claim in m2.CLAIMS
    ]
    monkeypatch.setattr(m2, "CLAIMS", tuple(claims))


@dataclass
class Story:
    """The events of a run, as a program that does everything would make them."""

    events: list[Event] = field(default_factory=list)
    next_pid: int = 1

    def add(self, name: str, **fields: object) -> None:
        values = {"t_ns": len(self.events) * 1_000_000, **fields}
        texts = {key: str(value) for key, value in values.items()}
        self.events.append(Event(len(self.events), name, texts))

    def start(self, path: str = "/bin/exchange") -> int:
        pid, self.next_pid = self.next_pid, self.next_pid + 1
        self.add("process.started", pid=pid, ppid=0, path=path)
        return pid

    def exit(self, pid: int, *, signal: int = 0) -> None:
        self.add("process.exited", pid=pid, path="/bin/exchange", status=0, signal=signal)

    def report(self, pid: int, text: str) -> None:
        self.add("process.reported", pid=pid, text=text)

    def cut_off(self, end: str, side: str) -> None:
        victim, survivor = self.start(), self.start()
        self.exit(victim, signal=9)
        self.report(survivor, f"exchange.survivor side={side} end={end} bytes=4096")
        self.exit(survivor)


def whole() -> Story:
    story = Story()
    driver = story.start()
    sum_ = m2.digest(SEED, SMALL)
    sender, receiver = story.start(), story.start()
    both = f"end=Closed bytes={SMALL} messages=64"
    sums = f"own={sum_} other={sum_}"
    story.report(sender, f"exchange.sender {both} waits=7 {sums}")
    story.exit(sender)
    uses = "look=done write=EACCES give-on=EBADF"
    story.report(receiver, f"exchange.receiver {both} waits=3 {uses} {sums}")
    story.exit(receiver)
    for end in ("PeerDead", "EPIPE"):
        for _ in range(KILLS):
            story.cut_off(end, "receiver")
            story.cut_off(end, "sender")
    story.report(driver, "exchange.counts before=100,2,2,6 after=100,2,2,6")
    return story


def judged(story: Story, seed: int = SEED) -> dict[str, Row]:
    rows = Measurements("m2", Variant.DIRECT, m2.CLAIMS, None)
    m2.judge(story.events, seed, rows)
    rows.add("power-off", 0)
    rows.add("wall", 1.0)
    return {row.claim.name: row for row in rows.rows}


def failed(story: Story, seed: int = SEED) -> set[str]:
    return {name for name, row in judged(story, seed).items() if not row.is_passed}


def changed(name: str, change: Callable[[str], str]) -> Story:
    """Return the whole story with the texts of the reports of one name changed."""
    story = whole()
    for index, event in enumerate(story.events):
        text = event.fields.get("text", "")
        if text.startswith(name):
            fields = {**event.fields, "text": change(text)}
            story.events[index] = replace(event, fields=fields)
    return story


def without(name: str, **fields: object) -> Story:
    """Return the whole story without the first event of this name and these values."""
    story = whole()
    story.events.remove(next(event for event in story.events if event.matches(name, fields)))
    return story


def test_a_program_that_does_everything_passes() -> None:
    assert failed(whole()) == set()
    assert set(judged(whole())) == {claim.name for claim in m2.CLAIMS}


def test_the_digest_is_of_bytes_that_follow_from_the_seed() -> None:
    assert m2.digest(1, 10_000) != m2.digest(2, 10_000)
    assert m2.digest(1, 0) == hashlib.sha256().hexdigest()


def test_a_digest_of_another_seed_does_not_pass() -> None:
    assert failed(whole(), seed=SEED + 1) == {"digests"}


@pytest.mark.parametrize(
    ("name", "was", "becomes", "claims"),
    [
        ("exchange.sender", "own=", "own=0", {"digests"}),
        ("exchange.receiver", "own=", "own=0", {"digests"}),
        ("exchange.receiver", "other=", "else=", {"digests"}),
        ("exchange.sender", "waits=7", "waits=0", {"waits"}),
        ("exchange.sender", " waits=7", "", {"waits"}),
        ("exchange.receiver", "messages=64", "messages=63", {"messages"}),
        ("exchange.receiver", f"bytes={SMALL}", "bytes=4096", {"moved"}),
        ("exchange.sender", "end=Closed", "end=PeerDead", {"moved"}),
        ("exchange.receiver", "write=EACCES", "write=done", {"handle"}),
        ("exchange.receiver", "give-on=EBADF", "give-on=done", {"handle"}),
        ("exchange.receiver", "look=done", "look=EACCES", {"handle"}),
        ("exchange.receiver", " look=done write=EACCES give-on=EBADF", "", {"handle"}),
        ("exchange.survivor", "end=PeerDead", "end=Closed", {"survived"}),
        ("exchange.survivor", "bytes=4096", "bytes=0", {"survived"}),
        ("exchange.survivor", "side=sender", "side=receiver", {"survived"}),
        ("exchange.survivor", "end=EPIPE", "ended", {"killed-at-random"}),
        ("exchange.counts", "after=100", "after=99", {"left"}),
        ("exchange.counts", "after=100,2,2,6", "after=100,2,2", {"left"}),
        ("exchange.counts", "after=100,2,2,6", "", {"left"}),
    ],
)
def test_a_step_that_is_left_out_does_not_pass(
    name: str, was: str, becomes: str, claims: set[str]
) -> None:
    assert failed(changed(name, lambda text: text.replace(was, becomes))) == claims


@pytest.mark.parametrize("side", ["exchange.sender", "exchange.receiver"])
def test_a_side_that_tells_nothing_does_not_pass(side: str) -> None:
    story = changed(side, lambda text: text.replace(side, "exchange.silent"))
    wanted = {"processes", "exit", "messages", "handle", "moved", "waits", "digests"}
    assert failed(story) == wanted


def test_what_one_process_tells_for_both_does_not_pass() -> None:
    story = whole()
    story.events = [
        replace(event, fields={**event.fields, "pid": "2"})
        if event.name == "process.reported" and event["pid"] == "3"
        else event
        for event in story.events
    ]
    assert failed(story) == {"processes", "exit"}


def test_a_process_that_is_not_of_the_image_does_not_count() -> None:
    story = whole()
    story.events = [
        replace(event, fields={**event.fields, "path": "/bin/other"})
        if event.matches("process.started", {"pid": 2})
        else event
        for event in story.events
    ]
    assert "processes" in failed(story)


def test_a_side_that_was_killed_does_not_pass() -> None:
    assert "exit" in failed(without("process.exited", pid=2))


def test_a_kill_that_did_not_happen_does_not_pass() -> None:
    assert failed(without("process.exited", signal=9)) == {"survived", "killed-at-random"}


def test_a_survivor_that_hangs_does_not_pass() -> None:
    story = whole()
    told = [event for event in story.events if event.fields.get("text", "").find("survivor") > 0]
    story.events.remove(told[0])
    assert "killed-at-random" in failed(story)


def test_an_end_that_is_told_late_does_not_pass() -> None:
    story = whole()
    last = max(
        index
        for index, event in enumerate(story.events)
        if event.fields.get("text", "").startswith("exchange.survivor")
    )
    late = {**story.events[last].fields, "t_ns": "9000000000"}
    story.events[last] = replace(story.events[last], fields=late)
    assert failed(story) == {"told-within"}


def test_a_run_that_tells_nothing_fails_every_claim_about_it() -> None:
    passed = {name for name, row in judged(Story()).items() if row.is_passed}
    assert passed == {"power-off", "wall"}


def test_a_guest_that_only_powers_off_does_not_pass(guest: MakeGuest, tmp_path: Path) -> None:
    off = send_events(payload_events(("power.off", {"status": 0})))
    config = guest(off, exit_with(boot.EXIT_SUCCESS))
    bench = Bench(config, Firmware(Path("code.fd"), Path("variables.fd")), tmp_path)
    report = run_gates(["m2"], bench, variants=list(Variant))
    assert {row.claim.name for row in report.rows if row.is_passed} == {"power-off", "wall"}


def test_an_end_that_is_not_told_does_not_pass(guest: MakeGuest, tmp_path: Path) -> None:
    config = guest(exit_with(boot.EXIT_SUCCESS))
    bench = Bench(config, Firmware(Path("code.fd"), Path("variables.fd")), tmp_path)
    report = run_gates(["m2"], bench)
    assert {row.claim.name for row in report.rows if row.is_passed} == {"wall"}


def test_every_claim_says_where_it_comes_from() -> None:
    assert all(claim.source and claim.text for claim in m2.CLAIMS)
    assert len({claim.name for claim in m2.CLAIMS}) == len(m2.CLAIMS)
