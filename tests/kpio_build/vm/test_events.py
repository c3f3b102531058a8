from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel_py.abi.events import EVENTS, TIME_FIELD, ValueKind
from kpio_build.vm.events import MAX_LINE_BYTES, Event, EventParser, EventStreamError
from tests.kpio_build.vm.payloads import event_line, events

STARTED: Mapping[str, object] = {"t_ns": 5, "pid": 1, "ppid": 0, "path": "/bin/init"}
_VALUES = {
    ValueKind.DECIMAL: st.integers(0, 2**64 - 1).map(str),
    ValueKind.HEX: st.integers(0, 2**64 - 1).map(hex),
    ValueKind.TEXT: st.text(st.characters(exclude_categories=["Cs"])),
}


def parse(data: bytes) -> list[Event]:
    parser = EventParser()
    parsed = list(parser.feed(data))
    parser.finish()
    return parsed


@st.composite
def any_event(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    declared = draw(st.sampled_from(EVENTS))
    return declared.name, {
        entry.name: draw(_VALUES[entry.kind]) for entry in (TIME_FIELD, *declared.fields)
    }


@given(st.lists(any_event(), max_size=6), st.data())
def test_every_event_comes_back_as_it_was_sent(
    sent: list[tuple[str, dict[str, str]]], data: st.DataObject
) -> None:
    stream = b"".join(event_line(seq, name, fields) for seq, (name, fields) in enumerate(sent))
    cut = data.draw(st.integers(0, len(stream)))
    parser = EventParser()
    received = [*parser.feed(stream[:cut]), *parser.feed(stream[cut:])]
    parser.finish()
    assert [(event.name, dict(event.fields)) for event in received] == sent
    assert [event.seq for event in received] == list(range(len(sent)))


def test_fields_are_read_as_text_and_as_numbers() -> None:
    fault = {"t_ns": 2_500_000_000, "pid": 3, "vector": 14, "error": "0x7", "address": "0xffff8000"}
    [event] = parse(event_line(0, "process.fault", {**fault, "ip": "0x401000"}))
    assert event["address"] == "0xffff8000"
    assert event.number("address") == 0xFFFF_8000
    assert (event.pid, event.t_s) == (3, 2.5)
    assert event.matches("process.fault", {"pid": 3, "vector": 14})
    assert not event.matches("process.fault", {"pid": 4})
    assert not event.matches("process.exited", {})
    assert not event.matches("process.fault", {"status": 0})


def flipped(line: bytes, index: int) -> bytes:
    return line[:index] + bytes([line[index] ^ 1]) + line[index + 1 :]


@given(st.integers(0, len(event_line(0, "process.started", STARTED)) - 2))
def test_any_flipped_bit_is_noticed(index: int) -> None:
    with pytest.raises(EventStreamError):
        parse(flipped(event_line(0, "process.started", STARTED), index))


@pytest.mark.parametrize(
    ("stream", "complaint"),
    [
        (event_line(1, "process.started", STARTED), "out of sequence: expected number 0"),
        (
            events(("process.output", {"pid": 1})) * 2,
            "event line 1 is out of sequence: expected number 1",
        ),
        (flipped(event_line(0, "process.started", STARTED), 40), "bad checksum"),
        (event_line(0, "process.started", STARTED).replace(b"KPIO1", b"KPIO2"), "not of the form"),
        (b"SeaBIOS (version 1.16)\n", "not of the form"),
        (b"\n", "not of the form"),
        (event_line(0, "process.vanished", {"t_ns": 1}), "'process.vanished', which no event has"),
        (event_line(0, "process.output", {"t_ns": 1}), "fields t_ns; expected t_ns, pid"),
        (event_line(0, "process.output", {"pid": 1, "t_ns": 1}), "expected t_ns, pid"),
        (event_line(0, "process.output", {"t_ns": 1, "pid": -1}), "pid=-1, which is not decimal"),
        (event_line(0, "process.output", {"t_ns": "", "pid": 1}), "t_ns=, which is not decimal"),
        (b"x" * (MAX_LINE_BYTES + 1), "has no end"),
        (event_line(0, "process.started", STARTED)[:-1], "was cut off"),
    ],
)
def test_what_is_not_the_next_event_is_an_error_that_says_so(stream: bytes, complaint: str) -> None:
    with pytest.raises(EventStreamError, match=complaint) as raised:
        parse(stream)
    assert raised.value.hint
