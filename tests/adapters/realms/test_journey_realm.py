"""The Journey realm as the runtime sees it: an intent in, one output or one refusal out."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import artifact_plane.adapters.cli
from artifact_plane.adapters.realms.journey import JourneyRealm
from artifact_plane.domain.model.errors import NotFound
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.json import Json, JsonObject, admit_object
from artifact_plane.domain.model.rendering import BytesSource, Renderable
from artifact_plane.domain.model.result import Output
from artifact_plane.ports.realm import ArtifactReader, RefusedInput
from tests.adapters.realms.conftest import MemoryShelf

EXAMPLE = Path(artifact_plane.adapters.cli.__file__).parent / "example"

SOP = b"# Pay\n1. Clerk: Register it.\n2. Clerk: Think.\n3. Clerk: Talk.\n4. Desk: Pay.\n5. If it fails, go to step 4."
BPMN = b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p" name="Pay">
<startEvent id="s"/><userTask id="t" name="Pay"/><sequenceFlow id="f" sourceRef="s" targetRef="t"/></process>
</definitions>"""


async def ask(intent_type: str, shelf: ArtifactReader | None = None, /, **given: Json | bytes) -> Output:
    """The one output of the intent; bytes are attachments, anything else parameters."""
    intent = Intent(
        intent_id="i",
        intent_type=intent_type,
        tenant_id="t",
        session_id="s",
        solution_id="s",
        parameters={name: value for name, value in given.items() if not isinstance(value, bytes)},
        attachments={name: BytesSource(value) for name, value in given.items() if isinstance(value, bytes)},
    )
    result = await JourneyRealm().handle(intent, ExecutionContext(tenant_id="t"), shelf or MemoryShelf())
    (output,) = result.artifacts.values()
    assert tuple(result.artifacts) == (output.result_type,)
    return output


async def shelf_with(**workflows: bytes) -> MemoryShelf:
    shelf = MemoryShelf()
    for artifact_id, sop in workflows.items():
        shelf.keep(artifact_id, await ask("create_workflow", sop=sop))
    return shelf


async def refusal(intent_type: str, shelf: ArtifactReader | None = None, /, **given: Json | bytes) -> RefusedInput:
    with pytest.raises(RefusedInput) as caught:
        await ask(intent_type, shelf, **given)
    assert caught.value.remedy
    return caught.value


def views(output: Output) -> list[tuple[str, str, str]]:
    assert all(isinstance(one, Renderable) for one in output.renderings)
    return [(one.name, one.renderer, one.format) for one in output.renderings if isinstance(one, Renderable)]


def test_the_realm_names_its_intent_types() -> None:
    assert JourneyRealm().name == "journey"
    assert JourneyRealm().intent_types == {"create_workflow", "generate_sop", "create_blueprint"}


@pytest.mark.parametrize(("attachment", "steps"), [({"sop": SOP}, 5), ({"bpmn": BPMN}, 2)])
async def test_a_workflow_is_made_from_either_attachment(attachment: dict[str, bytes], steps: int) -> None:
    output = await ask("create_workflow", **attachment)
    payload = output.semantic_payload
    assert payload["title"] == "Pay"
    assert payload["source_format"] == {"sop": "markdown", "bpmn": "bpmn"}[next(iter(attachment))]
    assert isinstance(payload["steps"], list)
    assert len(payload["steps"]) == steps
    assert all({"id", "name", "kind", "role", "next"} <= set(step) for step in payload["steps"])
    assert output.derived_from == ()


async def test_the_views_are_drawn_by_the_document_and_the_process_renderer() -> None:
    output = await ask("create_workflow", sop=SOP)
    assert views(output) == [
        ("markdown", "document", "markdown"),
        ("html", "document", "html"),
        ("svg", "process", "svg"),
    ]


async def test_formats_labels_and_a_title_can_be_asked_for() -> None:
    output = await ask("create_workflow", sop=SOP, formats=["png", "pdf"], labels=["pii", "draft", "pii"], title="T")
    assert views(output) == [("png", "process", "png"), ("pdf", "document", "pdf")]
    assert output.labels == ("draft", "pii")
    assert output.semantic_payload["title"] == "T"


async def test_a_diagram_is_offered_only_of_what_can_be_drawn() -> None:
    many = b"1. a\n" * 501
    assert [name for name, _, _ in views(await ask("create_workflow", sop=many))] == ["markdown", "html"]
    assert "501 steps" in (await refusal("create_workflow", sop=many, formats=["svg"])).message


async def test_the_same_attachment_gives_the_same_meaning() -> None:
    assert await ask("create_workflow", sop=SOP) == await ask("create_workflow", sop=SOP)


async def test_exactly_one_attachment_is_taken() -> None:
    assert "'sop' or 'bpmn'" in (await refusal("create_workflow")).message
    assert "only one" in (await refusal("create_workflow", sop=SOP, bpmn=BPMN)).message
    assert "'sop'" in ((await refusal("create_workflow", sob=SOP)).remedy or "")
    assert "attachment 'sop'" in str(await refusal("generate_sop", sop=SOP, workflow_id="w"))


@pytest.mark.parametrize("name", ["sop", "bpmn"])
@pytest.mark.parametrize(
    "content", [b"", b"\n \n", b"\xff\xfe\x00", b"1. a\x00", b"\x89PNG\r\n\x1a\n\x00", b"1. a\n" + b"x" * (4 << 20)]
)
async def test_empty_binary_and_huge_attachments_are_refused_by_name(name: str, content: bytes) -> None:
    assert f"attachment '{name}'" in str(await refusal("create_workflow", **{name: content}))


@pytest.mark.parametrize(
    ("parameters", "where", "remedy"),
    [
        ({"format": ["svg"]}, "parameter 'format'", "'formats'"),
        ({"formats": ["svgg"]}, "parameter 'formats'", "'svg'"),
        ({"labels": ["a b"]}, "parameter 'labels'", "letters"),
        ({"labels": 5}, "parameter 'labels'", "texts"),
        ({"title": ""}, "parameter 'title'", "text"),
    ],
)
async def test_a_wrong_parameter_is_refused_by_name(parameters: dict[str, Json], where: str, remedy: str) -> None:
    error = await refusal("create_workflow", sop=SOP, **parameters)
    assert where in str(error)
    assert remedy in (error.remedy or "")


async def test_an_sop_is_written_from_a_workflow_by_its_id() -> None:
    output = await ask("generate_sop", await shelf_with(w=SOP), workflow_id="w")
    payload = output.semantic_payload
    assert output.derived_from == ("w",)
    assert payload["title"] == "Pay"
    assert payload["source"] == {"artifact_id": "w", "version": 3, "type": "workflow"}
    assert payload["roles"] == [
        {"role": "Clerk", "steps": 3, "responsibilities": ["Register it.", "Think.", "Talk."]},
        {"role": "Desk", "steps": 1, "responsibilities": ["Pay."]},
        {"role": "not assigned", "steps": 1, "responsibilities": ["If it fails, go to step 4."]},
    ]
    assert isinstance(payload["procedure"], list)
    assert [step["then"] for step in payload["procedure"]][3:] == [
        "go on with step 5",
        "if it fails: step 4; otherwise: the procedure ends",
    ]
    assert [name for name, _, _ in views(output)] == ["markdown", "html"]


async def test_numbers_in_the_text_follow_the_numbers_of_the_written_procedure() -> None:
    sop = b"## A\n1. One\n2. Two\n\n## B\n1. Three\n2. If late, go to step 1.\n3. Four\n"
    output = await ask("generate_sop", await shelf_with(w=sop), workflow_id="w")
    procedure = output.semantic_payload["procedure"]
    assert isinstance(procedure, list)
    assert procedure[3]["number"] == "4"
    assert procedure[3]["action"] == "If late, go to step 3."
    assert procedure[3]["decisions"] == [{"condition": "late", "go_to": "3"}, {"condition": "otherwise", "go_to": "5"}]


async def test_an_artifact_of_another_type_is_refused_with_both_types() -> None:
    shelf = MemoryShelf()
    shelf.put("q", "quality_report", {})
    for error in (
        await refusal("generate_sop", shelf, workflow_id="q"),
        await refusal("create_blueprint", shelf, workflow_ids=["q"]),
    ):
        assert "'quality_report'" in error.message
        assert "'workflow'" in error.message


async def test_an_unknown_id_is_the_reader_s_own_answer() -> None:
    with pytest.raises(NotFound):
        await ask("generate_sop", workflow_id="w")
    with pytest.raises(NotFound):
        await ask("create_blueprint", workflow_ids=["w"])


STEP: dict[str, Json] = {"id": "a", "name": "A", "kind": "task", "role": None, "next": []}


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"title": "T"},
        {"title": "T", "steps": []},
        {"title": "T", "steps": {}},
        {"title": "T", "steps": ["a"]},
        {"title": "T", "steps": [{"id": "a"}]},
        {"title": "T", "steps": [STEP, STEP]},
        {"title": "T", "steps": [STEP | {"next": ["b"]}]},
        {"title": "T", "steps": [STEP | {"next": "a"}]},
        {"title": "T", "steps": [STEP | {"kind": "other"}]},
        {"title": "T", "steps": [STEP | {"parent": "a"}]},
        {"title": "T", "steps": [STEP], "branches": [{"from": "a", "to": "b", "condition": "c"}]},
        {"title": 5, "steps": [STEP]},
    ],
)
async def test_a_workflow_that_somebody_else_made_badly_is_refused(payload: JsonObject) -> None:
    shelf = MemoryShelf()
    shelf.put("w", "workflow", payload)
    assert "artifact 'w'" in str(await refusal("generate_sop", shelf, workflow_id="w"))
    assert "artifact 'w'" in str(await refusal("create_blueprint", shelf, workflow_ids="w"))


async def test_a_blueprint_compares_the_work_as_it_is_with_a_proposal() -> None:
    output = await ask("create_blueprint", await shelf_with(w=SOP), workflow_ids=["w"])
    payload = output.semantic_payload
    assert output.derived_from == ("w",)
    assert isinstance(payload["figures"], dict)
    assert payload["figures"]["steps"] == {"as_is": 5, "to_be": 4, "change": -1}
    assert payload["figures"]["handovers"] == {"as_is": 1, "to_be": 1, "change": 0}
    assert payload["figures"]["loops"] == {"as_is": 1, "to_be": 1, "change": 0}
    assert payload["figures"]["manual_steps"] == {"as_is": 4, "to_be": 2, "change": -2}
    assert isinstance(payload["gaps"], list)
    assert [gap["kind"] for gap in payload["gaps"]] == ["done_by_hand", "split_work"]
    assert [name for name, _, _ in views(output)] == ["markdown", "html", "svg"]


async def test_a_blueprint_of_several_workflows_keeps_their_steps_apart() -> None:
    shelf = await shelf_with(v=SOP, w=b"1. Desk: Pay.\n2. Desk: Close the book.")
    output = await ask("create_blueprint", shelf, workflow_ids=["v", "w", "v"])
    payload = output.semantic_payload
    assert output.derived_from == ("v", "w")
    assert isinstance(payload["steps"], list)
    ids = {step["id"] for step in payload["steps"]}
    assert "w2.step-1" not in ids
    assert "w2.step-2" in ids
    assert {after for step in payload["steps"] for after in step["next"]} <= ids
    assert isinstance(payload["as_is"], list)
    assert [one["workflow_id"] for one in payload["as_is"]] == ["v", "w"]


async def test_workflow_ids_may_be_one_text() -> None:
    assert (await ask("create_blueprint", await shelf_with(w=SOP), workflow_ids="w")).derived_from == ("w",)


@pytest.mark.parametrize("ids", [None, [], ["a"] * 1_001, [f"w{number}" for number in range(21)], [5], "a b"])
async def test_none_or_too_many_or_illegal_ids_are_refused(ids: Json) -> None:
    assert "parameter 'workflow_ids" in str(await refusal("create_blueprint", workflow_ids=ids))


async def test_workflows_that_are_too_large_together_are_refused() -> None:
    many = b"1. a\n" * 3_000
    error = await refusal("create_blueprint", await shelf_with(v=many, w=many), workflow_ids=["v", "w"])
    assert "more than 5000 steps" in error.message


async def test_the_bundled_example_has_decisions_roles_and_something_to_propose() -> None:
    shelf = await shelf_with(w=(EXAMPLE / "claims_intake_sop.md").read_bytes())
    payload = shelf.readings["w"].semantic_payload
    assert payload["warnings"] == []
    assert payload["roles"] == ["Intake clerk", "Claims handler", "Fraud analyst", "Payments team"]
    blueprint = (await ask("create_blueprint", shelf, workflow_ids="w")).semantic_payload
    assert isinstance(blueprint["to_be"], dict)
    assert {change["kind"] for change in blueprint["to_be"]["changes"]} == {"automate", "merge"}


@settings(deadline=None)
@given(st.sampled_from(["sop", "bpmn"]), st.binary(max_size=120) | st.just(BPMN) | st.just(SOP))
async def test_any_bytes_give_a_workflow_or_a_refusal(name: str, content: bytes) -> None:
    try:
        output = await ask("create_workflow", **{name: content})
    except RefusedInput as error:
        assert f"attachment '{name}'" in str(error)
    else:
        admit_object(output.semantic_payload)
