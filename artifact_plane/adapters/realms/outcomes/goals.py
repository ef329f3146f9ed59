"""The goals that a roadmap or a proof of concept is for: read strictly, put in an order that keeps dependencies."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import attrs

from artifact_plane.adapters.realms.attachments import MAX_PARAMETER_CHARACTERS, nearest
from artifact_plane.adapters.realms.prose import one_line, same_words
from artifact_plane.domain.model.identity import IDENTIFIER, printable
from artifact_plane.domain.model.json import Json, JsonObject
from artifact_plane.ports.realm import RefusedInput

MAX_GOALS: Final = 200

PRIORITIES: Final = ("high", "medium", "low")

_KEYS: Final = ("id", "title", "description", "priority", "effort", "depends_on", "owner")
_EFFORT: Final = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)\s*(d|days?|w|weeks?)", re.IGNORECASE)
_DAYS_A_WEEK: Final = 5
_MOST_DAYS: Final = 100_000
_WHERE: Final = "goals"


@attrs.frozen(kw_only=True)
class Goal:
    """What is to be reached. ``effort_days`` None where nobody said; ``depends_on`` are ids of other goals."""

    id: str
    title: str
    priority: str = "medium"
    description: str | None = None
    owner: str | None = None
    effort_days: float | None = None
    depends_on: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Json]:
        """The goal's JSON form."""
        return {
            "id": self.id,
            "title": self.title,
            "priority": self.priority,
            "description": self.description,
            "owner": self.owner,
            "effort_days": self.effort_days,
            "depends_on": list(self.depends_on),
        }


def read_goals(value: Json) -> tuple[Goal, ...]:
    """The goals that the parameter ``goals`` gives: a list of texts or objects, or a single one of them.

    Raises:
        RefusedInput: it is something else, too long, has an unknown key, an id twice, or a dependency that is no
            goal; ``where`` says which goal.
    """
    if value is None:
        return ()
    listed = [value] if isinstance(value, str | Mapping) or not isinstance(value, Sequence) else list(value)
    if len(listed) > MAX_GOALS:
        raise _refused(f"there are {len(listed)} goals, more than {MAX_GOALS}", _WHERE, "give fewer")
    items = [item if isinstance(item, Mapping) else {"title": item} for item in listed]
    drafts = [_Draft(_at(index), item) for index, item in enumerate(items)]
    goals = [draft.goal(f"goal-{number}") for number, draft in enumerate(drafts, 1)]
    references = _References(goals)
    return tuple(
        attrs.evolve(goal, depends_on=draft.depends_on(references)) for goal, draft in zip(goals, drafts, strict=True)
    )


def in_order(goals: Sequence[Goal]) -> tuple[Goal, ...]:
    """The goals, each after those it depends on; among those that could be next, the most urgent first.

    Raises:
        RefusedInput: goals depend on one another in a circle; the message names it.
    """
    waiting = {goal.id: goal for goal in goals}
    ordered: list[Goal] = []
    while waiting:
        ready = [goal for goal in waiting.values() if not waiting.keys() & set(goal.depends_on)]
        if not ready:
            circle = " → ".join(_circle(waiting))
            raise _refused(f"goals depend on one another in a circle: {circle}", _WHERE, "take out one 'depends_on'")
        urgent = min(ready, key=lambda goal: PRIORITIES.index(goal.priority))
        ordered.append(waiting.pop(urgent.id))
    return tuple(ordered)


def _circle(waiting: Mapping[str, Goal]) -> list[str]:
    """A circle among goals each of which waits for another."""
    trail = [next(iter(waiting))]
    while trail[-1] not in trail[:-1]:
        trail.append(next(one for one in waiting[trail[-1]].depends_on if one in waiting))
    return trail[trail.index(trail[-1]) :]


class _References:
    """Finds a goal by its id, its title or its place in the list."""

    def __init__(self, goals: Iterable[Goal]) -> None:
        self._ids: dict[str, str] = {}
        self._titles: dict[str, str] = {}
        self._places: dict[int, str] = {}
        for place, goal in enumerate(goals, 1):
            if goal.id in self._ids:
                raise _refused("its id is that of another goal", _at(place - 1), "give each goal an id of its own")
            self._ids[goal.id] = goal.id
            self._titles.setdefault(same_words(goal.title), goal.id)
            self._places[place] = goal.id

    def find(self, reference: Json) -> str | None:
        if isinstance(reference, str):
            return self._ids.get(reference) or self._titles.get(same_words(reference))
        return None if isinstance(reference, bool) or not isinstance(reference, int) else self._places.get(reference)


@attrs.frozen
class _Draft:
    """One item of the list, its dependencies not yet looked up."""

    _where: str
    _item: JsonObject

    def goal(self, default_id: str) -> Goal:
        for key in self._item:
            if key not in _KEYS:
                raise _refused(f"a goal has no {printable(key)}", self._where, nearest(key, _KEYS))
        title = self._text("title")
        if title is None:
            raise _refused("it has no title", self._where, "give a text, or an object with a 'title'")
        return Goal(
            id=self._id() or default_id,
            title=title,
            priority=self._priority(),
            description=self._text("description"),
            owner=self._text("owner"),
            effort_days=self._effort(),
        )

    def depends_on(self, references: _References) -> tuple[str, ...]:
        value = self._item.get("depends_on")
        listed = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        found: dict[str, None] = {}
        for reference in listed if value is not None else ():
            goal = references.find(reference)
            if goal is None:
                remedy = "name a goal by its id, its title or its place in the list (from 1)"
                raise _refused("it names no goal of the list", f"{self._where}.depends_on", remedy)
            found[goal] = None
        return tuple(found)

    def _text(self, key: str) -> str | None:
        value = self._item.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip() or len(value) > MAX_PARAMETER_CHARACTERS:
            text = f"it is no text of 1 to {MAX_PARAMETER_CHARACTERS} characters"
            raise _refused(text, f"{self._where}.{key}", "give a text, or an object with a 'title'")
        return one_line(value)

    def _id(self) -> str | None:
        value = self._text("id")
        if value is not None and not IDENTIFIER.fullmatch(value):
            raise _refused("it is no id", f"{self._where}.id", "use letters, digits, '.', '_' and '-'")
        return value

    def _priority(self) -> str:
        value = self._item.get("priority", "medium")
        if isinstance(value, str) and value.lower() in PRIORITIES:
            return value.lower()
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= len(PRIORITIES):
            return PRIORITIES[value - 1]
        remedy = nearest(value, PRIORITIES) if isinstance(value, str) else "give 'high', 'medium', 'low', or 1 to 3"
        raise _refused("it is no priority", f"{self._where}.priority", remedy)

    def _effort(self) -> float | None:
        value = self._item.get("effort")
        if value is None:
            return None
        days = _days(value)
        if days is None or not math.isfinite(days) or not 0 < days <= _MOST_DAYS:
            raise _refused("it is no effort", f"{self._where}.effort", "give days, as in 5, '5 days' or '2 weeks'")
        return days


def _days(value: Json) -> float | None:
    if isinstance(value, str):
        match = _EFFORT.fullmatch(value.strip())
        return None if match is None else float(match[1]) * (_DAYS_A_WEEK if match[2][0] in "wW" else 1)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _at(index: int) -> str:
    return f"goals[{index}]"


def _refused(message: str, where: str, remedy: str) -> RefusedInput:
    return RefusedInput(message, where=f"parameter '{where}'", remedy=remedy)
