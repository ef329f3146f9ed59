"""What a workflow is like as it stands: figures, work by role, handovers, loops and gaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

import attrs

from artifact_plane.adapters.realms.journey.graph import (
    Ways,
    longest_path,
    loops,
    reachable,
    reading_order,
    roots_of,
    ways_of,
)
from artifact_plane.adapters.realms.journey.process import Step, Workflow, roles_of
from artifact_plane.adapters.realms.journey.work import is_automated, is_manual
from artifact_plane.adapters.realms.prose import plural
from artifact_plane.domain.model.json import Json

HOT_SPOT: Final = 3
"""On how many ways work must pass between two roles for that to be a hot spot."""

_MAX_LISTED: Final = 200


@attrs.frozen
class Handover:
    """A way on which work passes from one role to another."""

    source: str
    target: str
    giver: str
    taker: str


@attrs.frozen
class Gap:
    """Something that is missing or in the way: what kind, at which steps, in one sentence."""

    kind: str
    steps: tuple[str, ...]
    text: str

    def to_json(self) -> dict[str, Json]:
        """The gap's JSON form; at most ``_MAX_LISTED`` of its steps are listed, all are counted."""
        listed = list(self.steps[:_MAX_LISTED])
        return {"kind": self.kind, "text": self.text, "count": len(self.steps), "steps": listed}


class Survey:
    """One workflow looked at once; everything else is read off. ``by_system`` are steps to be taken as automated."""

    def __init__(self, workflow: Workflow, by_system: Collection[str] = ()) -> None:
        self.workflow = workflow
        self._by_system = by_system
        self.ways: Ways = ways_of(workflow)
        self.roots = roots_of(workflow)
        self.steps = {step.id: step for step in workflow.steps}
        self.order = reading_order(self.ways, self.roots)
        self.loops = loops(self.ways)
        self.longest = longest_path(self.ways, self.order)
        self._entered = Counter(one for after in self.ways.values() for one in after)
        self.handovers = tuple(_handovers(self.steps, self.ways, self.order))

    def figures(self) -> dict[str, int]:
        """The workflow in numbers."""
        steps = self.workflow.steps
        return {
            "steps": len(steps),
            "tasks": sum(step.kind == "task" for step in steps),
            "decisions": sum(step.kind == "decision" for step in steps),
            "roles": len(roles_of(steps)),
            "handovers": len(self.handovers),
            "loops": len(self.loops),
            "longest_path": len(self.longest),
            "manual_steps": sum(is_manual(step) and step.id not in self._by_system for step in steps),
            "automated_steps": sum(self._is_automated(step) for step in steps),
        }

    def _is_automated(self, step: Step) -> bool:
        return step.kind == "task" and (is_automated(step) or step.id in self._by_system)

    def by_role(self) -> list[Json]:
        """How many steps each role has, and which; those of no role last."""
        found: dict[str | None, list[str]] = {role: [] for role in roles_of(self.workflow.steps)}
        for step in self.workflow.steps:
            found.setdefault(step.role, []).append(step.id)
        return [{"role": role, "count": len(ids), "steps": list(ids)} for role, ids in found.items()]

    def described(self) -> dict[str, Json]:
        """The workflow as it stands, in JSON."""
        decisions = [step for step in self.workflow.steps if step.kind == "decision"]
        return {
            "figures": dict(self.figures()),
            "steps_by_role": self.by_role(),
            "decisions": [{"step": step.id, "name": step.name, "ways": _ways_out(step)} for step in decisions],
            "handovers": [
                {"from": one.source, "to": one.target, "from_role": one.giver, "to_role": one.taker}
                for one in self.handovers[:_MAX_LISTED]
            ],
            "loops": [{"count": len(loop), "steps": list(loop[:_MAX_LISTED])} for loop in self.loops[:_MAX_LISTED]],
            "longest_path": list(self.longest[:_MAX_LISTED]),
        }

    def gaps(self) -> Iterator[Gap]:
        """What is missing or in the way, the kinds always in the same order."""
        steps = self.workflow.steps
        ends = any(step.kind == "end" for step in steps)
        reached = reachable(self.ways, self.roots)
        yield from _gap("missing_role", (one for one in steps if one.kind == "task" and one.role is None), _NO_ROLE)
        yield from _gap("dead_end", (one for one in steps if self._is_dead_end(one, ends)), _DEAD_END)
        yield from _gap("unreachable", (one for one in steps if one.id not in reached), _UNREACHABLE)
        yield from _gap("single_branch", (one for one in steps if self._is_half_decided(one)), _SINGLE_BRANCH)
        yield from self._endless_loops()
        yield from self._hot_spots()

    def _is_dead_end(self, step: Step, ends: bool) -> bool:
        stops = not self.ways[step.id] and step.kind != "end" and step.ends_when is None
        return stops and (ends or step.kind == "decision")

    def _is_half_decided(self, step: Step) -> bool:
        if step.kind != "decision" or _ways_out(step) != 1 or step.type == "parallelGateway":
            return False
        # A gateway that several ways enter and one leaves only joins them.
        return step.type is None or self._entered[step.id] < 2

    def _endless_loops(self) -> Iterator[Gap]:
        for loop in self.loops:
            inside = set(loop)
            out = any(one not in inside for step in loop for one in self.ways[step])
            ends = any(self.steps[step].ends_when or self.steps[step].kind == "end" for step in loop)
            if not out and not ends:
                yield Gap("endless_loop", loop, f"a loop of {plural(len(loop), 'step')} has no way out")

    def _hot_spots(self) -> Iterator[Gap]:
        between: dict[tuple[str, str], list[str]] = {}
        for one in self.handovers:
            first, second = sorted((one.giver, one.taker))
            between.setdefault((first, second), []).append(one.target)
        for (first, second), steps in sorted(between.items()):
            if len(steps) >= HOT_SPOT:
                yield Gap(
                    "handover_hot_spot", tuple(steps), f"work passes between {first} and {second} on {len(steps)} ways"
                )


_NO_ROLE: Final = "without a role: nobody is named to do the work"
_DEAD_END: Final = "from which nothing leads on, and which is no end"
_UNREACHABLE: Final = "to which no way leads from the beginning"
_SINGLE_BRANCH: Final = "at which something is decided, but only one way is said to go on"


def _gap(kind: str, steps: Iterator[Step], text: str) -> Iterator[Gap]:
    ids = tuple(step.id for step in steps)
    if ids:
        yield Gap(kind, ids, f"{plural(len(ids), 'step')} {text}")


def _ways_out(step: Step) -> int:
    return len(step.next) + (step.ends_when is not None)


def _handovers(steps: Mapping[str, Step], ways: Ways, order: Sequence[str]) -> Iterator[Handover]:
    """Work stays with whoever had it last while it goes through steps that name no role."""
    holder: dict[str, str | None] = {}
    for step in order:
        role = steps[step].role or holder.get(step)
        holder[step] = role
        for after in ways[step]:
            holder.setdefault(after, role)
    for step in order:
        giver = holder[step]
        for after in ways[step]:
            taker = steps[after].role
            if giver is not None and taker is not None and giver != taker:
                yield Handover(step, after, giver, taker)


def totals(figures: Sequence[Mapping[str, int]], roles: int) -> dict[str, int]:
    """Several workflows in numbers: sums, but for the roles they share and the longest path of any."""
    summed = Counter[str]()
    for one in figures:
        summed.update(one)
    return dict(summed) | {"roles": roles, "longest_path": max(one["longest_path"] for one in figures)}
