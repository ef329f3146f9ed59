"""The Outcomes realm: roadmaps, proofs of concept and solutions that cite artifacts by their id."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import artifact_plane.adapters.cli
from artifact_plane.adapters.realms.outcomes import OutcomesRealm
from artifact_plane.domain.model.errors import NotFound
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.json import Json, JsonObject, admit_object
from artifact_plane.domain.model.rendering import BytesSource, Renderable
from artifact_plane.domain.model.result import Output
from artifact_plane.ports.realm import ArtifactReader, RefusedInput
from tests.adapters.realms.conftest import MemoryShelf
from tests.adapters.realms.outcomes_stage import BLUEPRINT, QUALITY, WORKFLOW

EXAMPLE = Path(artifact_plane.adapters.cli.__file__).parent / "example"


def full_shelf() -> MemoryShelf:
    shelf = MemoryShelf()
    shelf.put("q", "quality_report", QUALITY)
    shelf.put("b", "blueprint", BLUEPRINT)
    shelf.put("w", "workflow", WORKFLOW)
    return shelf


async def ask(intent_type: str, shelf: ArtifactReader | None = None, /, **parameters: Json) -> Output:
    intent = Intent(
        intent_id="i",
        intent_type=intent_type,
        tenant_id="t",
        session_id="s",
        solution_id="s",
        parameters=parameters,
    )
    result = await OutcomesRealm().handle(intent, ExecutionContext(tenant_id="t"), shelf or MemoryShelf())
    (output,) = result.artifacts.values()
    assert tuple(result.artifacts) == (output.result_type,)
    return output


async def refusal(intent_type: str, shelf: ArtifactReader | None = None, /, **parameters: Json) -> RefusedInput:
    with pytest.raises(RefusedInput) as caught:
        await ask(intent_type, shelf, **parameters)
    assert caught.value.remedy
    return caught.value


def objects(payload: Json, key: str) -> list[JsonObject]:
    assert isinstance(payload, dict)
    assert isinstance(payload[key], list)
    return list(payload[key])


def column(payload: Json, key: str, name: str) -> list[Json]:
    return [one[name] for one in objects(payload, key)]


def formats(output: Output) -> list[str]:
    return [one.format for one in output.renderings if isinstance(one, Renderable)]


def test_the_realm_names_its_intent_types() -> None:
    assert OutcomesRealm().name == "outcomes"
    assert OutcomesRealm().intent_types == {"generate_roadmap", "create_poc", "create_solution"}


async def test_phases_keep_dependencies_and_put_what_is_urgent_first() -> None:
    goals: Json = [
        {"title": "Pay", "depends_on": ["Clean"], "priority": "high"},
        {"title": "Clean", "priority": "high"},
        {"title": "Later", "priority": "low"},
        "Some time",
    ]
    payload = (await ask("generate_roadmap", goals=goals)).semantic_payload
    assert column(payload, "phases", "goals") == [["goal-2"], ["goal-1", "goal-4"], ["goal-3"]]
    assert column(payload, "phases", "depends_on") == [[], ["phase-1"], []]
    assert column(payload, "phases", "starts_after") == [None, "phase-1", "phase-2"]
    assert payload["dependencies"] == [{"from": "goal-2", "to": "goal-1"}]
    assert payload["order"] == ["goal-2", "goal-1", "goal-4", "goal-3"]


async def test_findings_of_cited_artifacts_become_work_items_that_name_them() -> None:
    output = await ask("generate_roadmap", full_shelf(), goals=["Pay"], artifact_ids=["b", "q"])
    payload = output.semantic_payload
    assert [(one["title"], one["artifact_id"]) for one in objects(payload, "work_items")] == [
        ("3 steps without a role", "b"),
        ("2 steps done by hand", "b"),
        ("90 missing values in the data", "q"),
        ("2 duplicate rows in the data", "q"),
    ]
    first, second = objects(payload, "phases")
    assert (len(first["work_items"]), first["goals"]) == (4, [])  # type: ignore[arg-type]
    assert second["depends_on"] == ["phase-1"]
    assert output.derived_from == ("b", "q")
    assert payload["sources"] == [
        {"artifact_id": "b", "version": 3, "type": "blueprint", "title": "Blueprint: Pay"},
        {"artifact_id": "q", "version": 3, "type": "quality_report", "title": "Claims"},
    ]


async def test_what_a_report_itself_calls_findings_is_taken_but_for_what_is_no_problem() -> None:
    shelf = MemoryShelf()
    findings: Json = [{"finding": "Too late", "severity": "high"}, {"finding": "All well", "severity": "info"}]
    shelf.put("q", "quality_report", QUALITY | {"findings": findings, "outliers": [{"count": 3}, {"count": 4}]})
    payload = (await ask("generate_roadmap", shelf, artifact_ids="q")).semantic_payload
    assert column(payload, "work_items", "title") == ["Too late"]
    assert {one["name"]: one["value"] for one in objects(payload, "figures")}["outliers"] == 7


async def test_an_artifact_without_findings_gives_something_to_confirm_where_there_is_no_goal() -> None:
    shelf = MemoryShelf()
    shelf.put("x", "analysis_result", {"rows": 3})
    payload = (await ask("generate_roadmap", shelf, artifact_ids="x")).semantic_payload
    assert column(payload, "work_items", "kind") == ["confirm"]
    assert column(payload, "phases", "work_items") == [["work-1"]]


async def test_the_criteria_of_a_poc_are_measured_by_figures_of_cited_artifacts() -> None:
    payload = (await ask("create_poc", full_shelf(), goals=["Pay"], artifact_ids=["b", "q"])).semantic_payload
    measured = {
        one["figure"]: (one["today"], one["target"], one["artifact_id"])
        for one in objects(payload, "success_criteria")
        if "figure" in one
    }
    assert measured == {
        "handovers": (7, 4, "b"),
        "steps": (12, 12, "b"),
        "rows": (120, 120, "q"),
        "missing": (90, 45, "q"),
        "duplicates": (2, 0, "q"),
        "missing_share_percent": (7.5, 3.75, "q"),
    }
    assert "handovers from 7 to at most 4" in str(payload["hypothesis"])


async def test_the_risks_of_a_poc_come_from_figures_and_from_what_is_not_said() -> None:
    cited = (await ask("create_poc", full_shelf(), goals=["Pay"], artifact_ids=["b", "q"])).semantic_payload
    risks = [str(text) for text in column(cited, "risks", "text")]
    assert any(text.startswith("7.5 % of the values are missing") for text in risks)
    assert any("handed over 7 times" in text for text in risks)
    bare = (await ask("create_poc", goals=["Pay"])).semantic_payload
    assert any("No figure is cited" in str(text) for text in column(bare, "risks", "text"))


@pytest.mark.parametrize("intent_type", ["generate_roadmap", "create_poc"])
async def test_goals_or_artifacts_are_needed_and_an_unknown_id_is_the_reader_s_own_answer(intent_type: str) -> None:
    assert "needs goals, artifacts to cite, or both" in (await refusal(intent_type)).message
    with pytest.raises(NotFound):
        await ask(intent_type, goals=["A"], artifact_ids=["none"])


@pytest.mark.parametrize(
    ("parameters", "where"),
    [
        ({"goal": ["A"]}, "parameter 'goal'"),
        ({"goals": ["A"], "artifact_ids": ["a:b"]}, "parameter 'artifact_ids'"),
        ({"goals": ["A"], "artifact_ids": [f"a{number}" for number in range(51)]}, "parameter 'artifact_ids'"),
        ({"goals": ["A"], "formats": ["svgs"]}, "parameter 'formats'"),
        ({"goals": ["A"], "labels": [":"]}, "parameter 'labels'"),
    ],
)
async def test_a_wrong_parameter_is_refused_by_name_before_anything_is_read(
    parameters: dict[str, Json], where: str
) -> None:
    shelf = full_shelf()
    assert where in str(await refusal("generate_roadmap", shelf, **parameters))
    assert shelf.asked == []


async def test_a_poc_has_no_steps_to_draw_a_process_from() -> None:
    assert formats(await ask("create_poc", goals=["A"])) == ["markdown", "html"]
    assert "'svg'" in (await refusal("create_poc", goals=["A"], formats=["svg"])).message


async def test_formats_and_labels_can_be_asked_for() -> None:
    output = await ask("create_poc", goals=["A"], formats=["pdf"], labels="draft", title="T")
    assert (formats(output), output.labels) == (["pdf"], ("draft",))
    assert output.semantic_payload["title"] == "T"


async def test_attachments_are_not_taken() -> None:
    intent = Intent(
        intent_id="i",
        intent_type="create_poc",
        tenant_id="t",
        session_id="s",
        solution_id="s",
        attachments={"goals": BytesSource(b"[]")},
    )
    with pytest.raises(RefusedInput, match="attachment 'goals'"):
        await OutcomesRealm().handle(intent, ExecutionContext(tenant_id="t"), MemoryShelf())


async def with_outcomes() -> MemoryShelf:
    shelf = full_shelf()
    goals: Json = [{"title": "Pay", "effort": 5, "owner": "Desk"}, {"title": "Close", "depends_on": ["Pay"]}]
    for artifact_id, intent_type in (("r", "generate_roadmap"), ("p", "create_poc")):
        output = await ask(intent_type, shelf, goals=goals, artifact_ids=["b"])
        shelf.put(artifact_id, output.result_type, output.semantic_payload)
    return shelf


@pytest.mark.parametrize(
    ("source", "artifact_id", "packages"), [("roadmap", "r", 3), ("poc", "p", 5), ("blueprint", "b", 1)]
)
async def test_a_solution_is_made_from_an_artifact_by_its_id(source: str, artifact_id: str, packages: int) -> None:
    output = await ask("create_solution", await with_outcomes(), solution_source=source, source_id=artifact_id)
    payload = output.semantic_payload
    assert output.derived_from == (artifact_id,)
    assert payload["source"] == {"artifact_id": artifact_id, "version": 3, "type": source}
    assert len(objects(payload, "work_packages")) == packages
    assert payload["acceptance_criteria"]
    assert payload["open_points"]


async def test_a_source_of_another_type_is_refused_with_both_types() -> None:
    error = await refusal("create_solution", await with_outcomes(), solution_source="poc", source_id="r")
    assert "'roadmap'" in error.message
    assert "'poc'" in error.message
    assert "solution_source=roadmap" in (error.remedy or "")


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"source_id": "r"}, "'solution_source' is missing"),
        ({"solution_source": "roadmap"}, "'source_id' is missing"),
        ({"solution_source": "roadmp", "source_id": "r"}, "not known"),
        ({"solution_source": "roadmap", "source_id": "r/../x"}, "not a valid id"),
        ({"solution_source": "roadmap", "source": "r"}, "takes no parameter"),
    ],
)
async def test_a_solution_needs_its_source_and_its_id(parameters: dict[str, Json], says: str) -> None:
    assert says in (await refusal("create_solution", full_shelf(), **parameters)).message


async def test_the_bundled_goals_give_a_roadmap_without_open_points() -> None:
    shelf = MemoryShelf()
    goals = json.loads((EXAMPLE / "goals.json").read_text("utf-8"))
    output = await ask("generate_roadmap", shelf, goals=goals)
    assert column(output.semantic_payload, "phases", "goals") == [
        ["clean-data"],
        ["fast-answer", "no-copying"],
        ["fewer-handovers"],
    ]
    shelf.put("r", "roadmap", output.semantic_payload)
    assert (await ask("create_solution", shelf, solution_source="roadmap", source_id="r")).semantic_payload[
        "open_points"
    ] == []


LISTS = ("gaps", "changes", "steps", "goals", "phases", "milestones", "plan", "risks", "success_criteria", "criteria")
FIELDS = ("title", "text", "id", "name", "kind", "role", "depends_on", "figures", "to_be", "as_is")
COUNTS = ("rows", "columns", "missing", "duplicates", "outliers", "total", "count")
KEYS = st.sampled_from((*LISTS, *FIELDS, *COUNTS))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=5),
    max_leaves=20,
)
TYPES = st.sampled_from(["roadmap", "poc", "blueprint", "quality_report", "workflow", "interpretation", "anything"])


@settings(deadline=None)
@given(TYPES, st.dictionaries(KEYS, JSON, max_size=6))
async def test_a_payload_of_any_shape_is_cited_or_refused(artifact_type: str, payload: dict[str, Json]) -> None:
    shelf = MemoryShelf()
    shelf.put("x", artifact_type, payload)
    for intent_type in ("generate_roadmap", "create_poc"):
        admit_object((await ask(intent_type, shelf, artifact_ids=["x"])).semantic_payload)
    try:
        output = await ask("create_solution", shelf, solution_source=artifact_type, source_id="x")
    except RefusedInput:
        return
    admit_object(output.semantic_payload)


@settings(deadline=None)
@given(st.lists(st.integers(0, 4), max_size=6), st.lists(st.tuples(st.integers(1, 7), st.integers(1, 7)), max_size=6))
async def test_each_phase_comes_after_what_its_goals_need(ranks: list[int], edges: list[tuple[int, int]]) -> None:
    goals = [
        {"title": f"G{place}", "priority": ("high", "medium", "low")[rank % 3]}
        for place, rank in enumerate([0, *ranks], 1)
    ]
    needs = {place: [low for low, high in edges if low < high == place] for place in range(1, len(goals) + 1)}
    asked: Json = [goal | {"depends_on": needs[place]} for place, goal in enumerate(goals, 1)]
    payload = (await ask("generate_roadmap", goals=asked)).semantic_payload
    phase_of = {goal: number for number, own in enumerate(column(payload, "phases", "goals")) for goal in own}  # type: ignore[union-attr]
    assert len(phase_of) == len(goals)
    for one in objects(payload, "dependencies"):
        assert phase_of[one["from"]] < phase_of[one["to"]]
    ids = set(column(payload, "phases", "id"))
    assert {after for own in column(payload, "steps", "next") for after in own} <= ids  # type: ignore[union-attr]
