"""The bundled example, and real files from elsewhere where they are at hand: what the realms say is what is in them."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path

import pytest

import artifact_plane
from tests.journeys import shapes
from tests.journeys.driving import SHARED_DATA, Room

EXAMPLE = Path(artifact_plane.__file__).parent / "adapters" / "cli" / "example"
TABLES = [*sorted(EXAMPLE.glob("*.csv")), *sorted(SHARED_DATA.glob("*.csv"))]
PROCEDURES = [*sorted(EXAMPLE.glob("*.md")), *sorted(SHARED_DATA.glob("*.md"))]


@pytest.mark.parametrize("file", TABLES, ids=lambda file: file.name)
def test_a_table_is_counted_and_judged(room: Room, file: Path) -> None:
    rows = list(csv.reader(StringIO(file.read_text("utf-8"), newline="")))
    parsed = room.json("run", "parse_content", "--attach", f"data={file}")
    shapes.check(parsed, shapes.RUN)
    analysis = json.loads(room.ap("get", parsed["execution"]["references"][0]["artifact_id"]).ok().out)
    assert analysis["rows"] == len(rows) - 1
    judged = room.json("run", "assess_data_quality", "--attach", f"data={file}")
    report = json.loads(room.ap("get", judged["execution"]["references"][0]["artifact_id"]).ok().out)
    assert report["rows"] == len(rows) - 1
    columns = report["columns"]
    assert (columns if isinstance(columns, int) else len(columns)) == len(rows[0])


@pytest.mark.parametrize("file", PROCEDURES, ids=lambda file: file.name)
def test_a_procedure_becomes_a_workflow_whose_steps_follow_one_another(room: Room, file: Path) -> None:
    made = room.json("run", "create_workflow", "--attach", f"sop={file}")
    workflow = json.loads(room.ap("get", made["execution"]["references"][0]["artifact_id"]).ok().out)
    steps = {step["id"]: step for step in workflow["steps"]}
    assert steps
    for step in steps.values():
        assert {"id", "name", "kind", "role", "next"} <= step.keys()
