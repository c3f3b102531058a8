import json
from pathlib import Path

import pytest

from ci.bench import Bench, Variant
from ci.run import GATES, REPORT_NAME, VARIANTS, run_gates
from kpio_build.steps.dump import DUMP, DumpStep
from kpio_build.vm.command_line import CommandLine
from tests.boot.workshop import Workshop


@pytest.mark.parametrize(
    ("gate", "variant"), [(gate, variant) for gate in GATES for variant in VARIANTS[gate]]
)
def test_a_milestone_holds(workshop: Workshop, tmp_path: Path, gate: str, variant: Variant) -> None:
    machine = workshop.config(CommandLine(), image="default")
    dump = workshop.engine.realise(DumpStep()) / DUMP
    bench = Bench(machine, workshop.firmware(), tmp_path, page_dump=dump)
    report = run_gates([gate], bench, variants=[variant])
    report.require_passed()
    written = json.loads((tmp_path / REPORT_NAME).read_text(encoding="utf-8"))
    assert written["passed"] is True
    assert [row["name"] for row in written["rows"]] == [row.claim.name for row in report.rows]
