"""001's result formats: what the producer states is taken, what is inferred is said, what is ambiguous is refused."""

from __future__ import annotations

import pytest

from artifact_plane.adapters.codec.legacy import realm_result_of
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.json import Json, JsonObject
from artifact_plane.domain.model.rendering import Renderable, Rendered
from artifact_plane.domain.model.result import Output


def one(entry: Json, key: str = "workflow") -> Output:
    """The output of a result with one entry."""
    result, _ = realm_result_of({"artifacts": {key: entry}})
    return result.artifacts[key]


def contents(output: Output) -> dict[str, tuple[str, bytes]]:
    """The rendered views of an output: media type and bytes by name."""
    return {
        view.name: (view.media_type, view.source.open().read())
        for view in output.renderings
        if isinstance(view, Rendered)
    }


def test_001s_current_format_keeps_the_whole_meaning_and_its_view() -> None:
    """The flat format: the meaning is all of the entry, ``workflow_visual`` is a rendering of ``workflow``."""
    workflow: JsonObject = {"workflow_id": "w-1", "steps": [1, 2], "metadata": {}}
    data: JsonObject = {
        "artifacts": {"workflow": workflow, "workflow_visual": {"nodes": [2, 1]}},
        "events": [{"event_type": "workflow_created"}],
    }
    result, inferred = realm_result_of(data)
    assert set(result.artifacts) == {"workflow"}
    output = result.artifacts["workflow"]
    assert (output.result_type, output.semantic_payload) == ("workflow", workflow)
    assert contents(output) == {"workflow_visual": ("application/json", b'{"nodes":[2,1]}')}
    assert result.events == ({"event_type": "workflow_created"},)
    assert len(inferred) == 3
    assert all("workflow" in sentence for sentence in inferred)


def test_001s_structured_format_states_everything_and_nothing_is_inferred() -> None:
    """The target format of 001, with its renderings given as any JSON."""
    data: JsonObject = {
        "artifacts": {
            "main": {
                "result_type": "workflow",
                "semantic_payload": {"workflow_id": "w-1"},
                "renderings": {"workflow": {"b": 1.0, "a": 2}, "workflow_visual": "<svg/>"},
                "derived_from": ["a-1"],
                "labels": ["draft"],
            }
        },
        "events": [],
    }
    result, inferred = realm_result_of(data)
    output = result.artifacts["main"]
    assert inferred == ()
    assert (output.result_type, output.derived_from, output.labels) == ("workflow", ("a-1",), ("draft",))
    assert contents(output) == {
        "workflow": ("application/json", b'{"a":2,"b":1}'),
        "workflow_visual": ("application/json", b'"<svg/>"'),
    }


@pytest.mark.parametrize(
    ("view", "content"),
    [
        ({"media_type": "image/svg+xml", "text": "<svg>ü</svg>"}, ("image/svg+xml", "<svg>ü</svg>".encode())),
        ({"media_type": "image/png", "base64": "iVBORw=="}, ("image/png", b"\x89PNG")),
        ({"media_type": "model/gltf+json", "json": {"b": 1, "a": []}}, ("model/gltf+json", b'{"a":[],"b":1}')),
        ([1, None], ("application/json", b"[1,null]")),
        (None, ("application/json", b"null")),
    ],
    ids=["text", "base64", "json", "an array", "null"],
)
def test_a_rendering_can_be_given_as(view: Json, content: tuple[str, bytes]) -> None:
    """Text, base64, JSON with a media type, or any JSON value."""
    assert contents(one({"semantic_payload": {}, "renderings": {"v": view}})) == {"v": content}


def test_a_rendering_can_be_left_to_a_renderer() -> None:
    """It is drawn from the meaning, only if it is kept or asked for."""
    views: JsonObject = {
        "a": {"renderer": "chart", "format": "svg"},
        "b": {"renderer": "r", "format": "f", "options": {"x": 1}},
    }
    assert one({"semantic_payload": {}, "renderings": views}).renderings == (
        Renderable(name="a", renderer="chart", format="svg"),
        Renderable(name="b", renderer="r", format="f", options={"x": 1}),
    )


@pytest.mark.parametrize(
    ("key", "entry", "result_type", "said"),
    [
        ("roadmap", {"x": 1}, "roadmap", True),
        ("roadmap", {"result_type": "poc", "x": 1}, "poc", False),
        ("roadmap", {"result_type": "poc", "semantic_payload": {}}, "poc", False),
        ("roadmap", {"semantic_payload": {}}, "roadmap", True),
        ("chart_visual", {"x": 1}, "visual", True),
        ("visual", {"x": 1}, "visual", True),
        ("workflows", {"x": 1}, "unknown", True),
        ("workflow_1", {"x": 1}, "unknown", True),
    ],
)
def test_a_stated_type_is_taken_and_an_inferred_one_is_said(
    key: str, entry: JsonObject, result_type: str, said: bool
) -> None:
    """Law 5: the producer states its type; from a key it is inferred here only, and said."""
    result, inferred = realm_result_of({"artifacts": {key: entry}})
    assert result.artifacts[key].result_type == result_type
    assert any("result_type" in sentence for sentence in inferred) is said


def test_the_stated_type_stays_in_a_flat_meaning() -> None:
    """Nothing of what the realm gave is lost."""
    assert one({"result_type": "poc", "x": 1}).semantic_payload == {"result_type": "poc", "x": 1}


def test_which_types_a_key_may_name_can_be_said() -> None:
    """A key that is a known type by itself is not taken as a view of another."""
    data: JsonObject = {"artifacts": {"audit": {"x": 1}, "audit_visual": {"y": 1}}}
    result, _ = realm_result_of(data, result_types={"audit", "audit_visual"})
    assert [output.result_type for output in result.artifacts.values()] == ["audit", "audit_visual"]


def test_a_visual_that_states_itself_is_an_output_of_its_own() -> None:
    """Only a flat entry that states nothing is taken as a view."""
    data: JsonObject = {"artifacts": {"sop": {"x": 1}, "sop_visual": {"result_type": "visual", "semantic_payload": {}}}}
    result, _ = realm_result_of(data)
    assert result.artifacts["sop_visual"].result_type == "visual"
    assert result.artifacts["sop"].renderings == ()


def test_a_view_of_a_view_is_an_output() -> None:
    """A view belongs to an output, never to another view."""
    data: JsonObject = {"artifacts": {"sop": {}, "sop_visual": {}, "sop_visual_visual": {}}}
    result, _ = realm_result_of(data)
    assert set(result.artifacts) == {"sop", "sop_visual_visual"}


def test_a_result_may_hold_nothing() -> None:
    """No artifacts and no events are a result."""
    result, inferred = realm_result_of({})
    assert (dict(result.artifacts), result.events, inferred) == ({}, (), ())


@pytest.mark.parametrize(
    ("data", "where"),
    [
        ({"artefacts": {}}, "$.artefacts"),
        ({"artifacts": []}, "$.artifacts"),
        ({"artifacts": {"sop": "text"}}, "$.artifacts.sop"),
        ({"artifacts": {"a/b": {}}}, "$.artifacts.a/b"),
        ({"artifacts": {"sop": {"result_type": 5}}}, "$.artifacts.sop.result_type"),
        ({"artifacts": {"sop": {"result_type": "a b"}}}, "$.artifacts.sop"),
        ({"artifacts": {"sop": {"renderings": {}}}}, "$.artifacts.sop"),
        ({"artifacts": {"sop": {"semantic_payload": []}}}, "$.artifacts.sop.semantic_payload"),
        ({"artifacts": {"sop": {"semantic_payload": {}, "lables": []}}}, "$.artifacts.sop.lables"),
        ({"artifacts": {"sop": {"semantic_payload": {}, "labels": "draft"}}}, "$.artifacts.sop.labels"),
        ({"artifacts": {"sop": {"semantic_payload": {}, "labels": [True]}}}, "$.artifacts.sop.labels[0]"),
        ({"artifacts": {"sop": {"semantic_payload": {}, "derived_from": ["../x"]}}}, "$.artifacts.sop"),
        ({"events": {}}, "$.events"),
        ({"events": [{}, 1]}, "$.events[1]"),
        ({"artifacts": {"sop": {}, "sop_visual": float("nan")}}, "$.artifacts.sop_visual"),
        ({"artifacts": {"sop": {}, "sop_visual": {"a": [float("inf")]}}}, "$.artifacts.sop_visual.a[0]"),
        (
            {"artifacts": {"sop": {"semantic_payload": {}, "renderings": {"sop_visual": 1}}, "sop_visual": {}}},
            "$.artifacts.sop_visual",
        ),
    ],
)
def test_what_is_in_neither_format_is_refused_with_its_path(data: JsonObject, where: str) -> None:
    """An unknown field, a wrong type, two views of one name (case J10)."""
    with pytest.raises(InvalidInput) as caught:
        realm_result_of(data)
    assert caught.value.where == where
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("view", "where"),
    [
        ({"media_type": "image/png"}, ""),
        ({"media_type": "image/png", "text": "a", "base64": "YQ=="}, ""),
        ({"media_type": "image/png", "text": "a", "size": 1}, ""),
        ({"media_type": "image/png", "text": 1}, ".text"),
        ({"media_type": "image/png", "text": "\ud800"}, ".text"),
        ({"media_type": 1, "text": "a"}, ".media_type"),
        ({"media_type": "png", "text": "a"}, ""),
        ({"media_type": "image/png", "base64": "YQ"}, ".base64"),
        ({"media_type": "image/png", "base64": "Y Q=="}, ".base64"),
        ({"media_type": "image/png", "base64": "ü"}, ".base64"),
        ({"media_type": "application/json", "json": 2**60}, ".json"),
        ({"renderer": "chart"}, ""),
        ({"renderer": "chart", "format": "svg", "data": 1}, ""),
        ({"renderer": "chart", "format": "svg", "options": 1}, ".options"),
        ({"renderer": "no such name", "format": "svg"}, ""),
    ],
)
def test_what_is_nearly_a_view_is_refused(view: JsonObject, where: str) -> None:
    """An object with ``media_type`` or ``renderer`` is a view and nothing else."""
    with pytest.raises(InvalidInput) as caught:
        one({"semantic_payload": {}, "renderings": {"v": view}})
    assert caught.value.where == f"$.artifacts.workflow.renderings.v{where}"


def test_a_key_that_is_no_text_is_refused() -> None:
    """A realm may hand in any Python value."""
    with pytest.raises(InvalidInput):
        realm_result_of({"artifacts": {1: {}}})  # type: ignore[dict-item]
    with pytest.raises(InvalidInput):
        realm_result_of([])  # type: ignore[arg-type]
