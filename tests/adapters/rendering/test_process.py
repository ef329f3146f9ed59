"""The renderer `process`: what is drawn for a process, and what is refused."""

from __future__ import annotations

import pytest

from artifact_plane.adapters.rendering.process.model import Shape, shape_of
from artifact_plane.domain.model.errors import UnsupportedRendering
from artifact_plane.domain.model.json import Json, JsonObject

from .drawing import SVG, draw, parse_svg, texts
from .samples import HOSTILE, PROCESS, step


def _steps(*steps: JsonObject) -> JsonObject:
    return {"steps": list(steps)}


def test_every_step_is_drawn_with_its_whole_name_in_a_lane_of_its_role() -> None:
    """Names may wrap, and nothing of them is lost; each role is a lane, none is "unassigned"."""
    shown = " ".join(texts(parse_svg(draw("process", "svg", PROCESS))))
    for name in (
        "Submit the claim form with photographs",
        "Is the claim complete?",
        "Claim closed and the customer told",
    ):
        assert name in shown
    for lane in ("Customer", "Clerk", "Adjuster", "Special unit", "unassigned"):
        assert lane in shown


def test_the_kind_of_a_step_is_its_shape() -> None:
    """Circles for start and end, diamonds for decisions, rounded boxes for tasks, plain ones for the rest."""
    root = parse_svg(draw("process", "svg", PROCESS))
    rounded = [one for one in root.iter(f"{SVG}rect") if "rx" in one.attrib]
    diamonds = [one for one in root.iter(f"{SVG}polygon") if one.attrib["fill"] == "#fff3dc"]
    assert (len(list(root.iter(f"{SVG}circle"))), len(diamonds), len(rounded)) == (2, 2, 7)


@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        ("startEvent", Shape.START), ("END", Shape.END), ("send_task", Shape.TASK), ("legend", Shape.OTHER),
        ("exclusiveGateway", Shape.DECISION), ("decision", Shape.DECISION), ("data store", Shape.OTHER),
    ],
)  # fmt: skip
def test_a_shape_is_told_by_the_words_of_a_kind(kind: str, shape: Shape) -> None:
    """ "send" is no end."""
    assert shape_of(kind) is shape


def test_conditions_stand_at_their_ways() -> None:
    """And those of two ways to the same step stand together."""
    payload = _steps(
        step("a", "A?", "decision", None, {"to": "b", "condition": "yes"}, {"to": "b", "condition": "maybe"}),
        step("b", "B", "task", None),
    )
    shown = texts(parse_svg(draw("process", "svg", payload)))
    assert "yes / maybe" in shown


def test_conditions_may_stand_apart_from_the_steps() -> None:
    """``branches`` says them for ways that ``next`` names without one; one that names no two steps is refused."""
    steps = [
        step("a", "Whole?", "decision", None, "b", "c"),
        step("b", "Go", "task", None),
        step("c", "Ask", "task", None),
    ]
    branches: list[Json] = [{"from": "a", "to": "b", "condition": "it is"}, {"from": "a", "to": "c", "condition": None}]
    svg = draw("process", "svg", {"steps": steps, "branches": branches})
    assert "it is" in " ".join(texts(parse_svg(svg)))
    with pytest.raises(UnsupportedRendering, match="two steps"):
        draw("process", "svg", {"steps": steps, "branches": [{"from": "a"}]})


def test_returns_are_dashed_and_every_way_has_a_head() -> None:
    """Fourteen ways, fourteen heads, one of them back."""
    root = parse_svg(draw("process", "svg", PROCESS))
    ways = list(root.iter(f"{SVG}path"))
    heads = [one for one in root.iter(f"{SVG}polygon") if one.attrib.get("stroke") == "none"]
    steps = PROCESS["steps"]
    assert isinstance(steps, list)
    assert len(ways) == len(heads) == sum(len(one["next"]) for one in steps)
    assert sum("stroke-dasharray" in way.attrib for way in ways) == 1


def test_hostile_text_is_inert() -> None:
    """In names, kinds, roles, conditions, ids and the title: well-formed, and no element that we do not make."""
    payload: JsonObject = {
        "title": HOSTILE,
        "steps": [step(HOSTILE, HOSTILE, HOSTILE, HOSTILE, {"to": HOSTILE, "condition": HOSTILE})],
    }
    root = parse_svg(draw("process", "svg", payload))
    allowed = {"svg", "title", "desc", "g", "rect", "text", "tspan", "path", "polygon", "circle"}
    assert {str(element.tag).removeprefix(SVG) for element in root.iter()} <= allowed
    assert not any("\u202e" in text or "\x1b" in text for text in root.itertext())


def test_defaults_are_an_id_for_a_name_a_task_and_no_role() -> None:
    """A step needs an id and nothing else."""
    root = parse_svg(draw("process", "svg", {"steps": [{"id": "only"}]}))
    assert texts(root) == ["unassigned", "only"]
    assert str(root[1].text).startswith("1 step and 0 ways")


@pytest.mark.parametrize("count", [1, 2, 500])
def test_a_chain_of_any_length_up_to_five_hundred_is_drawn(count: int) -> None:
    """Without recursion, so the longest is as safe as the shortest."""
    steps = [step(f"s{n}", f"Step {n}", "task", f"role {n % 3}", *[f"s{n + 1}"][: count - 1 - n]) for n in range(count)]
    root = parse_svg(draw("process", "svg", _steps(*steps)))
    assert len(list(root.iter(f"{SVG}path"))) == count - 1


def test_steps_that_are_not_there_are_named() -> None:
    """All of them, up to five, and how many more there are."""
    payload = _steps(step("a", "A", "task", None, "gone", {"to": "lost", "condition": "no"}, "a"))
    with pytest.raises(UnsupportedRendering, match="are not there: 'gone', 'lost'"):
        draw("process", "svg", payload)
    many: list[Json] = [f"n{number}" for number in range(8)]
    with pytest.raises(UnsupportedRendering, match="'n4' and 3 more"):
        draw("process", "svg", {"steps": [{"id": "a", "next": many}]})


@pytest.mark.parametrize(
    ("payload", "where"),
    [
        ({}, "$"),
        ({"steps": []}, "steps"),
        ({"steps": "abc"}, "steps"),
        ({"steps": [{"id": f"s{number}"} for number in range(501)]}, "steps"),
        ({"steps": [{"id": "a"}, {"id": "a"}]}, "steps"),
        ({"steps": [{"name": "A"}]}, "steps[0].id"),
        ({"steps": [{"id": "a", "role": 3}]}, "steps[0].role"),
        ({"steps": [{"id": "a", "next": "a"}]}, "steps[0].next"),
        ({"steps": [{"id": "a", "next": [{"condition": "x"}]}]}, "steps[0].next[0].to"),
    ],
)
def test_a_process_of_another_shape_is_refused_at_its_place(payload: JsonObject, where: str) -> None:
    """The error names the place."""
    with pytest.raises(UnsupportedRendering) as refusal:
        draw("process", "svg", payload)
    assert refusal.value.where == where
