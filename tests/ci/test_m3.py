"""The gate of M3: what it concludes from the guest's report."""

import hashlib

from ci.bench import Measurements, Variant
from ci.gates import m3
from kpio_build.vm.events import Event

DUMP = "| <html>\n|   “é”\n".encode()
GOOD = {
    "page_bytes": "174057",
    "elements": "12",
    "css_tokens": "7",
    "dump_bytes": str(len(DUMP)),
    "sha256": hashlib.sha256(DUMP).hexdigest(),
}


def report(values: dict[str, str], name: str = "domdump") -> Event:
    text = " ".join([name, *(f"{key}={value}" for key, value in values.items())])
    return Event(1, "process.reported", {"pid": "1", "text": text})


def judged(*events: Event) -> dict[str, bool]:
    rows = Measurements("m3", Variant.DIRECT, m3.CLAIMS, None)
    m3.judge(events, DUMP, rows)
    return {row.claim.name: row.is_passed for row in rows.rows}


def test_the_same_dump_passes() -> None:
    assert judged(report(GOOD)) == {
        "page": True,
        "elements": True,
        "tokens": True,
        "same": True,
    }


def test_each_fact_is_looked_at() -> None:
    wrong = {
        "page_bytes": ("99999", "page"),
        "elements": ("0", "elements"),
        "css_tokens": ("0", "tokens"),
        "dump_bytes": (str(len(DUMP) + 1), "same"),
        "sha256": (hashlib.sha256(DUMP + b"x").hexdigest(), "same"),
    }
    for key, (value, claim) in wrong.items():
        verdicts = judged(report({**GOOD, key: value}))
        assert [name for name, passed in verdicts.items() if not passed] == [claim]
        verdicts = judged(report({k: v for k, v in GOOD.items() if k != key}))
        assert not verdicts[claim]


def test_without_a_report_nothing_passes() -> None:
    for events in ((), (report(GOOD, "other"),), (report(GOOD), report(GOOD))):
        assert not any(judged(*events).values())
