"""From JSON to a process; every refusal names the place in the payload."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from artifact_plane.adapters.rendering.process.model import MOST_STEPS, UNASSIGNED, Flow, Process, Step
from artifact_plane.adapters.rendering.shape import Shape
from artifact_plane.adapters.rendering.text import one_line
from artifact_plane.domain.model.errors import UnsupportedRendering
from artifact_plane.domain.model.identity import printable
from artifact_plane.domain.model.json import Json, JsonObject

_SHAPE: Final = Shape(
    "give steps in the shape that the module artifact_plane.adapters.rendering.process.model describes"
)
_NAMED: Final = 5


def read_process(payload: JsonObject) -> Process:
    """The process of ``payload``.

    Raises:
        UnsupportedRendering: there is no key ``steps``, there are none or too many, something in them is not as
            it must be, or a ``next`` names a step that is not there (the message names it).
    """
    if "steps" not in payload:
        raise _SHAPE.refusal("$", "the meaning has no key 'steps' to draw")
    given = _SHAPE.array(payload["steps"], "steps")
    if not 1 <= len(given) <= MOST_STEPS:
        raise _SHAPE.refusal("steps", f"1 to {MOST_STEPS} steps can be drawn, not {len(given)}")
    objects = [_SHAPE.object(step, f"steps[{index}]") for index, step in enumerate(given)]
    steps = tuple(_step(step, f"steps[{index}]") for index, step in enumerate(objects))
    return Process(steps=steps, flows=_flows(objects, _places(steps), _branches(payload.get("branches"))))


def _step(step: JsonObject, where: str) -> Step:
    identifier = step.get("id")
    if not isinstance(identifier, str) or not identifier:
        raise _SHAPE.refusal(f"{where}.id", "each step has an id, which is text")
    return Step(
        id=identifier,
        name=_SHAPE.text(step.get("name"), f"{where}.name") or one_line(identifier) or identifier,
        kind=_SHAPE.text(step.get("kind"), f"{where}.kind") or "task",
        role=_SHAPE.text(step.get("role"), f"{where}.role") or UNASSIGNED,
    )


def _places(steps: Sequence[Step]) -> dict[str, int]:
    places = {step.id: index for index, step in enumerate(steps)}
    if len(places) < len(steps):
        twice = next(step for index, step in enumerate(steps) if places[step.id] != index)
        raise _SHAPE.refusal("steps", f"two steps have the id {printable(twice.id)}")
    return places


def _branches(given: Json) -> Mapping[tuple[str, str], str]:
    """The conditions that stand apart from the steps, by the ids of both ends."""
    conditions: dict[tuple[str, str], str] = {}
    for index, item in enumerate(_SHAPE.array(given or (), "branches")):
        branch = _SHAPE.object(item, f"branches[{index}]")
        ends = branch.get("from"), branch.get("to")
        if not (isinstance(ends[0], str) and isinstance(ends[1], str)):
            raise _SHAPE.refusal(f"branches[{index}]", "a branch has the ids of two steps, from and to")
        conditions[ends[0], ends[1]] = _SHAPE.text(branch.get("condition"), f"branches[{index}].condition")
    return conditions


def _flows(
    steps: Sequence[JsonObject], places: Mapping[str, int], branches: Mapping[tuple[str, str], str]
) -> tuple[Flow, ...]:
    conditions: dict[tuple[int, int], list[str]] = {}
    missing: list[str] = []
    for source, step in enumerate(steps):
        where = f"steps[{source}].next"
        for index, item in enumerate(_SHAPE.array(step.get("next") or (), where)):
            target, condition = _next(item, f"{where}[{index}]")
            if target in places:
                said = condition or branches.get((str(step.get("id")), target), "")
                conditions.setdefault((source, places[target]), []).append(said)
            else:
                missing.append(target)
    _refuse_missing(missing)
    return tuple(
        Flow(source=source, target=target, condition=" / ".join(filter(None, dict.fromkeys(ways))))
        for (source, target), ways in conditions.items()
    )


def _next(item: Json, where: str) -> tuple[str, str]:
    if isinstance(item, str):
        return item, ""
    way = _SHAPE.object(item, where)
    target = way.get("to")
    if not isinstance(target, str):
        raise _SHAPE.refusal(f"{where}.to", "the id of a step is expected here")
    return target, _SHAPE.text(way.get("condition"), f"{where}.condition")


def _refuse_missing(missing: Sequence[str]) -> None:
    if missing:
        distinct = sorted(set(missing))
        names = ", ".join(printable(name) for name in distinct[:_NAMED])
        more = f" and {len(distinct) - _NAMED} more" if len(distinct) > _NAMED else ""
        raise UnsupportedRendering(
            f"'next' names steps that are not there: {names}{more}",
            where="steps",
            remedy="add these steps or take them out of 'next'",
        )
