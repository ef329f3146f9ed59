"""The payload of a roadmap: goals in phases by dependency and priority, known problems before them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import attrs

from artifact_plane.adapters.realms.outcomes.goals import PRIORITIES, Goal
from artifact_plane.adapters.realms.outcomes.request import Request, WorkItem, effort_of
from artifact_plane.adapters.realms.prose import in_digits, one_line, plural
from artifact_plane.domain.model.json import Json

_FOUNDATIONS: Final = "Foundations: settle what is known to be open"
_MAX_PHASE_NAME: Final = 160


@attrs.frozen(kw_only=True)
class Phase:
    """Goals and work items that can be worked on side by side.

    ``depends_on`` are the phases whose goals these goals need, ``starts_after`` the phase before it.
    """

    number: int
    name: str
    goals: tuple[Goal, ...]
    work_items: tuple[WorkItem, ...]
    depends_on: tuple[str, ...]

    @property
    def id(self) -> str:
        """``phase-1`` and so on."""
        return f"phase-{self.number}"

    @property
    def milestone(self) -> str:
        """The id of the milestone that ends it."""
        return f"milestone-{self.number}"

    @property
    def starts_after(self) -> str | None:
        """The phase before it, None for the first."""
        return f"phase-{self.number - 1}" if self.number > 1 else None

    def to_json(self) -> dict[str, Json]:
        """The phase's JSON form."""
        return {
            "id": self.id,
            "name": self.name,
            "goals": [goal.id for goal in self.goals],
            "work_items": [item.id for item in self.work_items],
            "milestones": [self.milestone],
            "depends_on": list(self.depends_on),
            "starts_after": self.starts_after,
            "effort_days": effort_of(self.goals),
        }

    def milestone_json(self) -> dict[str, Json]:
        """The milestone that ends the phase, and how to tell that it is reached."""
        criteria = [f"Reached: {goal.title}" for goal in self.goals]
        criteria += [f"Closed: {item.title} (artifact {item.artifact_id})" for item in self.work_items]
        return {"id": self.milestone, "phase": self.id, "name": f"{self.name} – done", "criteria": list(criteria)}


def draw_roadmap(request: Request) -> dict[str, Json]:
    """The semantic payload of a ``roadmap``."""
    items = request.work_items()
    phases = list(_phases(request.goals, items))
    return {
        "title": request.named("Roadmap"),
        "summary": _summary(request, phases, items),
        "phases": [phase.to_json() for phase in phases],
        "milestones": [phase.milestone_json() for phase in phases],
        "goals": [goal.to_json() for goal in request.goals],
        "order": [goal.id for goal in request.goals],
        "dependencies": [{"from": needed, "to": goal.id} for goal in request.goals for needed in goal.depends_on],
        "work_items": [item.to_json() for item in items],
        "figures": [figure.to_json() for figure in request.figures],
        "sources": [one.to_json() for one in request.evidence],
        "steps": list(_steps(phases)),
    }


def _phases(goals: Sequence[Goal], items: Sequence[WorkItem]) -> Iterator[Phase]:
    """Known problems first, then the goals level by level."""
    levels = _levels(goals)
    numbers = {level: number for number, level in enumerate(sorted(set(levels.values())), 2 if items else 1)}
    phase_of = {goal: f"phase-{numbers[level]}" for goal, level in levels.items()}
    first = ("phase-1",) if items else ()
    if items:
        yield Phase(number=1, name=_FOUNDATIONS, goals=(), work_items=tuple(items), depends_on=())
    for level, number in numbers.items():
        own = tuple(goal for goal in goals if levels[goal.id] == level)
        needed = (phase_of[one] for goal in own for one in goal.depends_on)
        depends_on = tuple(sorted({*first, *needed}, key=_number))
        yield Phase(number=number, name=_name(own), goals=own, work_items=(), depends_on=depends_on)


def _levels(goals: Sequence[Goal]) -> dict[str, int]:
    """Urgent goals as early as what they need allows, others one or two levels later; ``goals`` are in order."""
    levels: dict[str, int] = {}
    for goal in goals:
        after = max((levels[needed] + 1 for needed in goal.depends_on), default=0)
        levels[goal.id] = max(after, PRIORITIES.index(goal.priority))
    return levels


def _name(goals: Sequence[Goal]) -> str:
    first = one_line(goals[0].title.rstrip(". "), _MAX_PHASE_NAME)
    return first if len(goals) == 1 else f"{first} and {len(goals) - 1} more"


def _number(phase: str) -> int:
    return int(phase.rpartition("-")[2])


def _summary(request: Request, phases: Sequence[Phase], items: Sequence[WorkItem]) -> str:
    days = effort_of(request.goals)
    known = f" The goals take {in_digits(days)} days together." if days is not None else ""
    return (
        f"{plural(len(request.goals), 'goal')} in {plural(len(phases), 'phase')}, "
        f"with {plural(len(items), 'work item')} from {plural(len(request.evidence), 'cited artifact')}.{known}"
    )


def _steps(phases: Sequence[Phase]) -> Iterator[Mapping[str, Json]]:
    """The phases as steps, so that the roadmap can be drawn as a process."""
    after: dict[str, list[str]] = {}
    for phase in phases:
        before = phase.depends_on or tuple(filter(None, (phase.starts_after,)))
        for one in before:
            after.setdefault(one, []).append(phase.id)
    for phase in phases:
        yield {"id": phase.id, "name": phase.name, "kind": "task", "role": None, "next": list(after.get(phase.id, []))}
