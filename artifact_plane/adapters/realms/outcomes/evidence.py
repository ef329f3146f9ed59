"""What a cited artifact contributes: its figures, and its findings, which become work to do.

Blueprints, workflows and quality reports are read for what they are; anything else by its shape: numbers at the top
are figures, lists of gaps, findings, issues and the like are findings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, TypeAlias

import attrs

from artifact_plane.adapters.realms.prose import one_line, plural
from artifact_plane.domain.model.json import MAX_INTEGER, Json, JsonObject
from artifact_plane.ports.realm import ArtifactReading

MAX_FINDINGS: Final = 100
"""How many findings of one artifact are taken."""

_MAX_FIGURES: Final = 40
_FINDING_LISTS: Final = (
    "gaps",
    "findings",
    "issues",
    "problems",
    "risks",
    "warnings",
    "recommendations",
    "open_points",
)
_NO_PROBLEM: Final = "info"
_FINDING_TEXTS: Final = ("finding", "text", "title", "message", "description", "name")
_COUNTED: Final = (
    "steps",
    "roles",
    "branches",
    "goals",
    "phases",
    "milestones",
    "procedure",
    "gaps",
    "findings",
    "charts",
)
_TOTALS: Final = ("total", "count", "cells", "values", "rows", "groups")
_QUALITY: Final = {
    "missing": "missing value",
    "duplicates": "duplicate row",
    "type_conflicts": "value of another type than its column",
    "outliers": "outlier",
}


@attrs.frozen(kw_only=True)
class Figure:
    """A number that an artifact states; ``target`` is the number proposed for it, None where there is none."""

    artifact_id: str
    name: str
    value: int | float
    target: int | float | None = None

    def to_json(self) -> dict[str, Json]:
        """The figure's JSON form."""
        return {"artifact_id": self.artifact_id, "name": self.name, "value": self.value, "target": self.target}


@attrs.frozen(kw_only=True)
class Finding:
    """Something that an artifact says is missing or wrong."""

    artifact_id: str
    kind: str
    text: str


@attrs.frozen(kw_only=True)
class Evidence:
    """A cited artifact, and what it contributes."""

    artifact_id: str
    version: int
    type: str
    title: str
    figures: tuple[Figure, ...]
    findings: tuple[Finding, ...]

    def to_json(self) -> dict[str, Json]:
        """Which artifact it is, in JSON."""
        return {"artifact_id": self.artifact_id, "version": self.version, "type": self.type, "title": self.title}

    def figure(self, name: str) -> Figure | None:
        """The figure of that name, if the artifact states it."""
        return next((figure for figure in self.figures if figure.name == name), None)


def evidence_of(reading: ArtifactReading) -> Evidence:
    """What ``reading`` contributes; a payload of any shape will do."""
    payload = reading.semantic_payload
    title = payload.get("title")
    numbers = _FIGURES.get(reading.artifact_type, _other_numbers)(payload)
    findings = _FINDINGS.get(reading.artifact_type, _other_findings)(payload)
    return Evidence(
        artifact_id=reading.artifact_id,
        version=reading.version,
        type=reading.artifact_type,
        title=one_line(title) if isinstance(title, str) and title.strip() else reading.artifact_type,
        figures=tuple(
            Figure(artifact_id=reading.artifact_id, name=name, value=value, target=target)
            for name, value, target in islice(numbers, _MAX_FIGURES)
        ),
        findings=tuple(
            Finding(artifact_id=reading.artifact_id, kind=kind, text=text)
            for kind, text in islice(findings, MAX_FINDINGS)
        ),
    )


_Number: TypeAlias = tuple[str, int | float, int | float | None]


def _quality_numbers(payload: JsonObject) -> Iterator[_Number]:
    """Rows, columns, what is wrong; of that the target is none, or half of what is missing."""
    sizes = {name: total for name in ("rows", "columns") if (total := _total(payload.get(name))) is not None}
    yield from ((name, total, None) for name, total in sizes.items())
    wrong = {name: total for name in _QUALITY if (total := _total(payload.get(name))) is not None}
    for name, total in wrong.items():
        yield name, total, {"missing": total // 2, "outliers": None}.get(name, 0)
    cells = sizes.get("rows", 0) * sizes.get("columns", 0)
    if cells > 0 and "missing" in wrong:
        share = round(100 * wrong["missing"] / cells, 2)
        yield "missing_share_percent", share, round(share / 2, 2)


def _quality_findings(payload: JsonObject) -> Iterator[tuple[str, str]]:
    """What the report itself calls findings, or else what its figures say."""
    stated = list(_other_findings(payload))
    totals = ((name, noun, _total(payload.get(name))) for name, noun in _QUALITY.items())
    yield from stated or ((name, f"{plural(int(total), noun)} in the data") for name, noun, total in totals if total)


def _blueprint_numbers(payload: JsonObject) -> Iterator[_Number]:
    figures = payload.get("figures")
    for name, pair in figures.items() if isinstance(figures, Mapping) else ():
        if isinstance(pair, Mapping) and (today := _number(pair.get("as_is"))) is not None:
            yield one_line(name, 60), today, _number(pair.get("to_be"))
    yield from _counts(payload, ("gaps",))


def _workflow_numbers(payload: JsonObject) -> Iterator[_Number]:
    yield from _counts(payload, ("steps", "roles", "branches"))
    steps = [step for step in _listed(payload.get("steps")) if isinstance(step, Mapping)]
    yield "decisions", sum(step.get("kind") == "decision" for step in steps), None
    tasks = [step for step in steps if step.get("kind") == "task"]
    yield "steps_without_role", sum(step.get("role") is None for step in tasks), 0


def _workflow_findings(payload: JsonObject) -> Iterator[tuple[str, str]]:
    numbers = {name: value for name, value, _ in _workflow_numbers(payload)}
    if numbers["steps_without_role"]:
        yield "missing_role", f"{plural(int(numbers['steps_without_role']), 'step')} without a role"
    yield from _other_findings(payload)


def _other_numbers(payload: JsonObject) -> Iterator[_Number]:
    yield from _counts(payload, _COUNTED)
    for name, value in payload.items():
        number = _number(value)
        if number is not None:
            yield one_line(name, 60), number, None


def _other_findings(payload: JsonObject) -> Iterator[tuple[str, str]]:
    for key in _FINDING_LISTS:
        for item in _listed(payload.get(key)):
            text = _text_of(item)
            if text is not None and not (isinstance(item, Mapping) and item.get("severity") == _NO_PROBLEM):
                kind = item.get("kind") if isinstance(item, Mapping) else None
                yield one_line(kind, 60) if isinstance(kind, str) else key.removesuffix("s"), text


def _counts(payload: JsonObject, keys: Sequence[str]) -> Iterator[_Number]:
    for key in keys:
        value = payload.get(key)
        if isinstance(value, Sequence) and not isinstance(value, str):
            yield key, len(value), None


def _text_of(item: Json) -> str | None:
    texts = (item.get(key) for key in _FINDING_TEXTS) if isinstance(item, Mapping) else (item,)
    return next((one_line(text) for text in texts if isinstance(text, str) and text.strip()), None)


def _total(value: Json) -> int | float | None:
    """How many there are of something, in whichever form it is told: a number, an object with a total, a list of them.

    An item of a list counts for one, or for the ``count`` that it states.
    """
    number = _number(value)
    if number is not None:
        return number
    if isinstance(value, Mapping):
        return next((total for key in _TOTALS if (total := _number(value.get(key))) is not None), None)
    if not isinstance(value, Sequence) or isinstance(value, str):
        return None
    return sum(_number(item.get("count")) or 1 if isinstance(item, Mapping) else 1 for item in value)


def _number(value: Json) -> int | float | None:
    """The number, as far as one can reckon with it exactly."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if -MAX_INTEGER <= value <= MAX_INTEGER else None


def _listed(value: Json) -> Sequence[Json]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()


_FIGURES: Final[Mapping[str, Callable[[JsonObject], Iterable[_Number]]]] = {
    "quality_report": _quality_numbers,
    "blueprint": _blueprint_numbers,
    "workflow": _workflow_numbers,
}
_FINDINGS: Final[Mapping[str, Callable[[JsonObject], Iterable[tuple[str, str]]]]] = {
    "quality_report": _quality_findings,
    "workflow": _workflow_findings,
}
