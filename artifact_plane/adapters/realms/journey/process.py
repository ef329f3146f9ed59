"""A workflow as the journey realm sees it: steps, the ways between them, and its JSON form.

The JSON form is the semantic payload of a ``workflow`` artifact. It is read back strictly, since an artifact of
that type may have been made by somebody else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import attrs

from artifact_plane.domain.model.json import Json, JsonObject
from artifact_plane.ports.realm import RefusedInput

KINDS: Final = ("start", "end", "task", "decision", "subprocess", "event")

MAX_STEPS: Final = 5_000
"""How many steps one workflow may have."""

MAX_WAYS: Final = 20_000
"""How many ways between steps one workflow may have."""

_REMEDY: Final = "give the id of a workflow made by 'create_workflow'"


@attrs.frozen(kw_only=True)
class Step:
    """One thing that is done, decided or waited for.

    ``next`` are the ids of the steps that may come after it. ``type`` is the source's own word for it (a BPMN
    element's name), ``section`` the headings above it, ``parent`` the step that it is a part of, ``details`` what
    the source says beneath it, ``number`` the source's own number, ``ends_when`` the condition under which the
    process ends here.
    """

    id: str
    name: str
    kind: str
    role: str | None = None
    next: tuple[str, ...] = ()
    type: str | None = None
    section: str | None = None
    parent: str | None = None
    details: tuple[str, ...] = ()
    number: str | None = None
    ends_when: str | None = None

    def to_json(self) -> dict[str, Json]:
        """The step's JSON form: id, name, kind, role and next always, the rest where there is any."""
        always: dict[str, Json] = {
            "id": self.id,
            "name": self.name,
            "kind": self.kind,
            "role": self.role,
            "next": list(self.next),
        }
        details: Json = list(self.details) or None
        rest: dict[str, Json] = {
            "type": self.type,
            "section": self.section,
            "parent": self.parent,
            "details": details,
            "number": self.number,
            "ends_when": self.ends_when,
        }
        return always | {key: value for key, value in rest.items() if value is not None}


@attrs.frozen(kw_only=True)
class Branch:
    """The way from a step to another one, and the condition under which it is taken."""

    source: str
    target: str
    condition: str

    def to_json(self) -> dict[str, Json]:
        """The branch's JSON form."""
        return {"from": self.source, "to": self.target, "condition": self.condition}


@attrs.frozen(kw_only=True)
class Workflow:
    """Steps in order of the source. ``starts`` are the ids at which it begins, ``roles`` those that are named."""

    title: str
    source_format: str
    steps: tuple[Step, ...]
    starts: tuple[str, ...]
    summary: str | None = None
    branches: tuple[Branch, ...] = ()
    roles: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    messages: tuple[JsonObject, ...] = ()

    def to_payload(self) -> dict[str, Json]:
        """The semantic payload of a ``workflow`` artifact."""
        payload: dict[str, Json] = {
            "title": self.title,
            "summary": self.summary,
            "source_format": self.source_format,
            "steps": [step.to_json() for step in self.steps],
            "starts": list(self.starts),
            "branches": [branch.to_json() for branch in self.branches],
            "roles": list(self.roles),
            "warnings": list(self.warnings),
        }
        return payload | ({"messages": list(self.messages)} if self.messages else {})

    @classmethod
    def from_payload(cls, payload: JsonObject, where: str) -> Workflow:
        """Read back what ``to_payload`` wrote; ``where`` names the parameter in errors.

        Raises:
            RefusedInput: it is not such a payload, a step's id is there twice, or a way leads nowhere.
        """
        reader = _PayloadReader(where)
        steps = tuple(reader.step(item) for item in reader.objects(payload, "steps", MAX_STEPS))
        branches = tuple(reader.branch(item) for item in reader.objects(payload, "branches", MAX_WAYS))
        reader.check(steps, branches)
        known = {step.id for step in steps}
        return cls(
            title=reader.text(payload, "title"),
            source_format=reader.find_text(payload, "source_format") or "unknown",
            steps=steps,
            starts=tuple(one for one in reader.texts(payload, "starts") if one in known),
            summary=reader.find_text(payload, "summary"),
            branches=branches,
            roles=tuple(reader.texts(payload, "roles")) or roles_of(steps),
            warnings=tuple(reader.texts(payload, "warnings")),
        )


def roles_of(steps: Iterable[Step]) -> tuple[str, ...]:
    """The roles in order of their first step."""
    return tuple(dict.fromkeys(step.role for step in steps if step.role is not None))


@attrs.frozen
class _PayloadReader:
    """Reads fields out of somebody's JSON and says which one is not as expected."""

    _where: str

    def refused(self, message: str) -> RefusedInput:
        return RefusedInput(message, where=self._where, remedy=_REMEDY)

    def text(self, item: JsonObject, key: str) -> str:
        value = self.find_text(item, key)
        if value is None:
            raise self.refused(f"the workflow lacks the text '{key}'")
        return value

    def find_text(self, item: JsonObject, key: str) -> str | None:
        value = item.get(key)
        if value is None or isinstance(value, str):
            return value
        raise self.refused(f"'{key}' in the workflow is not text")

    def texts(self, item: JsonObject, key: str) -> list[str]:
        listed = self._list(item, key)
        if not all(isinstance(one, str) for one in listed):
            raise self.refused(f"'{key}' in the workflow is not a list of texts")
        return [one for one in listed if isinstance(one, str)]

    def objects(self, item: JsonObject, key: str, limit: int) -> list[JsonObject]:
        listed = self._list(item, key)
        if len(listed) > limit:
            raise self.refused(f"the workflow has more than {limit} {key}")
        if not all(isinstance(one, Mapping) for one in listed):
            raise self.refused(f"'{key}' in the workflow is not a list of objects")
        return [one for one in listed if isinstance(one, Mapping)]

    def _list(self, item: JsonObject, key: str) -> Sequence[Json]:
        value = item.get(key)
        if value is None:
            return ()
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise self.refused(f"'{key}' in the workflow is not a list")
        return value

    def step(self, item: JsonObject) -> Step:
        kind = self.text(item, "kind")
        if kind not in KINDS:
            raise self.refused("a step of the workflow is of an unknown kind")
        return Step(
            id=self.text(item, "id"),
            name=self.text(item, "name"),
            kind=kind,
            role=self.find_text(item, "role"),
            next=tuple(self.texts(item, "next")),
            type=self.find_text(item, "type"),
            section=self.find_text(item, "section"),
            parent=self.find_text(item, "parent"),
            details=tuple(self.texts(item, "details")),
            number=self.find_text(item, "number"),
            ends_when=self.find_text(item, "ends_when"),
        )

    def branch(self, item: JsonObject) -> Branch:
        return Branch(
            source=self.text(item, "from"),
            target=self.text(item, "to"),
            condition=self.find_text(item, "condition") or "",
        )

    def check(self, steps: Sequence[Step], branches: Sequence[Branch]) -> None:
        """Ids are there once, and every way leads to a step."""
        ids = {step.id for step in steps}
        if not ids:
            raise self.refused("the workflow has no steps")
        if len(ids) < len(steps):
            raise self.refused("two steps of the workflow have the same id")
        ends = {one for step in steps for one in step.next}
        ends |= {end for branch in branches for end in (branch.source, branch.target)}
        ends |= {step.parent for step in steps if step.parent is not None}
        if not ends <= ids:
            raise self.refused("a way or a part of the workflow names a step that does not exist")
        if sum(len(step.next) for step in steps) > MAX_WAYS:
            raise self.refused(f"the workflow has more than {MAX_WAYS} ways")
        self._check_parents({step.id: step.parent for step in steps})

    def _check_parents(self, parents: Mapping[str, str | None]) -> None:
        """No step is a part of itself, by however many others."""
        sound: set[str | None] = {None}
        for step in parents:
            trail: dict[str | None, None] = {}
            at: str | None = step
            while at not in sound and at not in trail:
                trail[at] = None
                at = parents[at] if at is not None else None
            if at in trail:
                raise self.refused("a step of the workflow is a part of itself")
            sound.update(trail)
