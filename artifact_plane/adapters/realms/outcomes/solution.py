"""The payload of a solution: what a roadmap, a proof of concept or a blueprint comes to in packages of work.

The source may have been made by somebody else, so it is read field by field and whatever is not there is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

import attrs

from artifact_plane.adapters.realms.prose import in_digits, one_line, plural
from artifact_plane.domain.model.json import Json, JsonObject
from artifact_plane.ports.realm import ArtifactReading, RefusedInput

MAX_ENTRIES: Final = 1_000
"""How many packages, criteria or open points a solution holds."""


@attrs.frozen(kw_only=True)
class Package:
    """A piece of work: what it is, what it holds, what comes before it, and how one tells that it is done."""

    name: str
    contents: tuple[str, ...] = ()
    starts_after: str | None = None
    done_when: str | None = None

    def to_json(self, number: int) -> dict[str, Json]:
        """The package's JSON form."""
        return {
            "id": _package_id(number),
            "name": self.name,
            "contents": list(self.contents),
            "starts_after": self.starts_after,
            "done_when": self.done_when,
        }


def _package_id(number: int) -> str:
    return f"package-{number}"


@attrs.frozen(kw_only=True)
class Reader:
    """How one type of artifact is read as a solution."""

    packages: Callable[[JsonObject], Iterable[Package]]
    criteria: Callable[[JsonObject], Iterable[str]]
    open_points: Callable[[JsonObject], Iterable[str]]


def draw_solution(reading: ArtifactReading) -> dict[str, Json]:
    """The semantic payload of a ``solution``; the type of ``reading`` must be in ``SOURCES``.

    Raises:
        RefusedInput: its payload is not as such an artifact's should be, and says nothing.
    """
    payload = reading.semantic_payload
    source = SOURCES[reading.artifact_type]
    packages = list(islice(source.packages(payload), MAX_ENTRIES))
    criteria = list(islice(source.criteria(payload), MAX_ENTRIES))
    open_points = list(islice(source.open_points(payload), MAX_ENTRIES))
    if not (packages or criteria or open_points):
        raise RefusedInput(
            f"artifact '{reading.artifact_id}' holds nothing that a solution could be made from",
            where="parameter 'source_id'",
            remedy="give the id of one made by 'generate_roadmap', 'create_poc' or 'create_blueprint'",
        )
    title = _text(payload, "title") or reading.artifact_type
    counts = (
        plural(len(packages), "work package"),
        plural(len(criteria), "acceptance criterion", "acceptance criteria"),
    )
    counted = ", ".join((*counts, plural(len(open_points), "open point")))
    return {
        "title": one_line(f"Solution: {title}"),
        "summary": f"Made from the {reading.artifact_type} “{title}”: {counted}.",
        "source": {"artifact_id": reading.artifact_id, "version": reading.version, "type": reading.artifact_type},
        "work_packages": [package.to_json(number) for number, package in enumerate(packages, 1)],
        "acceptance_criteria": list(criteria),
        "open_points": list(open_points),
    }


def _roadmap_packages(payload: JsonObject) -> Iterator[Package]:
    titled = (item for key in ("goals", "work_items") for item in _objects(payload, key))
    titles = {_text(item, "id"): _text(item, "title") for item in titled}
    phases = _objects(payload, "phases")
    places = _places(phases)
    ends = {_text(milestone, "phase"): _text(milestone, "name") for milestone in _objects(payload, "milestones")}
    for phase in phases:
        ids = (*_texts(phase, "goals"), *_texts(phase, "work_items"))
        yield Package(
            name=_text(phase, "name") or "Phase",
            contents=tuple(filter(None, (titles.get(one) for one in ids))),
            starts_after=places.get(_text(phase, "starts_after")),
            done_when=ends.get(_text(phase, "id")),
        )


def _places(items: Sequence[JsonObject]) -> dict[str | None, str]:
    """The package that each item of the source becomes, by the item's id."""
    return {
        identifier: _package_id(number) for number, item in enumerate(items, 1) if (identifier := _text(item, "id"))
    }


def _roadmap_criteria(payload: JsonObject) -> Iterator[str]:
    for milestone in _objects(payload, "milestones"):
        yield from _texts(milestone, "criteria")


def _roadmap_open_points(payload: JsonObject) -> Iterator[str]:
    for goal in _objects(payload, "goals"):
        title = _text(goal, "title") or "a goal"
        if goal.get("effort_days") is None:
            yield f"The effort is not stated: {title}"
        if goal.get("owner") is None:
            yield f"Nobody is named as owner: {title}"


def _poc_packages(payload: JsonObject) -> Iterator[Package]:
    plan = _objects(payload, "plan")
    places = _places(plan)
    for step in plan:
        yield Package(
            name=_text(step, "name") or "Step",
            starts_after=places.get(_text(step, "starts_after")),
            done_when=_text(step, "done_when"),
        )


def _poc_criteria(payload: JsonObject) -> Iterator[str]:
    for criterion in _objects(payload, "success_criteria"):
        yield from filter(None, (_text(criterion, "text"),))


def _poc_open_points(payload: JsonObject) -> Iterator[str]:
    for risk in _objects(payload, "risks"):
        yield from filter(None, (_text(risk, "text"),))


def _blueprint_packages(payload: JsonObject) -> Iterator[Package]:
    """One package for each kind of change."""
    names = {_text(step, "id"): _text(step, "name") for step in _objects(payload, "steps")}
    to_be = payload.get("to_be")
    contents: dict[str, list[str]] = {}
    for change in _objects(to_be, "changes") if isinstance(to_be, Mapping) else ():
        what = names.get(_text(change, "becomes")) or ", ".join(_texts(change, "steps")[:5])
        contents.setdefault(_text(change, "kind") or "change", []).append(
            f"{what} – {_text(change, 'reason') or 'no reason given'}"
        )
    for kind, listed in contents.items():
        name, done_when = _CHANGES.get(kind, ("Change", None))
        yield Package(name=name, contents=tuple(map(one_line, listed)), done_when=done_when)


_CHANGES: Final[Mapping[str, tuple[str, str | None]]] = {
    "remove_duplicate": ("Do once what is done twice", "the repeated steps are taken out of their workflows"),
    "automate": ("Let a system do what needs no judgement", "each of these steps runs without anyone's hand"),
    "merge": ("Give each role whole pieces of work", "the steps are described and done as one"),
}


def _blueprint_criteria(payload: JsonObject) -> Iterator[str]:
    figures = payload.get("figures")
    for name, pair in figures.items() if isinstance(figures, Mapping) else ():
        if isinstance(pair, Mapping) and pair.get("as_is") != pair.get("to_be"):
            today, proposed = pair.get("as_is"), pair.get("to_be")
            if isinstance(today, int | float) and isinstance(proposed, int | float):
                words = one_line(name, 60).replace("_", " ").capitalize()
                yield f"{words}: from {in_digits(today)} to {in_digits(proposed)}"


def _blueprint_open_points(payload: JsonObject) -> Iterator[str]:
    for gap in _objects(payload, "gaps"):
        if _text(gap, "kind") not in _SETTLED:
            yield from filter(None, (_text(gap, "text"),))


_SETTLED: Final = ("done_twice", "done_by_hand", "split_work")
"""The gaps that the proposed changes settle."""


def _objects(item: JsonObject, key: str) -> list[JsonObject]:
    value = item.get(key)
    listed = value if isinstance(value, Sequence) and not isinstance(value, str) else ()
    return [one for one in listed if isinstance(one, Mapping)]


def _texts(item: JsonObject, key: str) -> list[str]:
    value = item.get(key)
    listed = value if isinstance(value, Sequence) and not isinstance(value, str) else ()
    return [one_line(one) for one in listed if isinstance(one, str) and one.strip()]


def _text(item: JsonObject, key: str) -> str | None:
    value = item.get(key)
    return one_line(value) or None if isinstance(value, str) else None


SOURCES: Final[Mapping[str, Reader]] = {
    "roadmap": Reader(packages=_roadmap_packages, criteria=_roadmap_criteria, open_points=_roadmap_open_points),
    "poc": Reader(packages=_poc_packages, criteria=_poc_criteria, open_points=_poc_open_points),
    "blueprint": Reader(packages=_blueprint_packages, criteria=_blueprint_criteria, open_points=_blueprint_open_points),
}
"""What a solution can be made from, by artifact type."""
