"""What the ways between steps say: what is reached, in which order, through which loops.

Everything works on one mapping from a step's id to the ids after it, without recursion, in time that grows with the
number of steps and ways.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

import attrs

from artifact_plane.adapters.realms.journey.process import Branch, Step, Workflow

_UNSAID: Final = "nothing else applies"

Ways: TypeAlias = Mapping[str, tuple[str, ...]]


def ways_of(workflow: Workflow) -> Ways:
    """The ways of a workflow; a subprocess also leads to where its inside begins."""
    inner: dict[str, list[str]] = {}
    starts = set(workflow.starts)
    for step in workflow.steps:
        if step.parent is not None and step.id in starts:
            inner.setdefault(step.parent, []).append(step.id)
    return {step.id: tuple(dict.fromkeys((*step.next, *inner.get(step.id, ())))) for step in workflow.steps}


def roots_of(workflow: Workflow) -> tuple[str, ...]:
    """Where the workflow as a whole begins; where it says nothing, at its first step."""
    parts = {step.id for step in workflow.steps if step.parent is not None}
    outer = tuple(start for start in workflow.starts if start not in parts)
    return outer or workflow.starts or (workflow.steps[0].id,)


def reachable(ways: Ways, roots: Iterable[str]) -> set[str]:
    """All that can be come to from ``roots``, themselves included."""
    found = set(roots)
    waiting = list(found)
    while waiting:
        after = [one for one in ways[waiting.pop()] if one not in found]
        found.update(after)
        waiting.extend(after)
    return found


def reading_order(ways: Ways, roots: Sequence[str]) -> list[str]:
    """Every step once, each after what leads to it as far as loops allow; what is not reached comes last."""
    seen: set[str] = set()
    # A depth-first walk leaves a step only after all that follows it: the reverse is the order wanted.
    reached = [step for root in reversed(roots) for step in _left_in_turn(ways, root, seen)]
    others = [step for root in reversed(tuple(ways)) for step in _left_in_turn(ways, root, seen)]
    return reached[::-1] + others[::-1]


def _left_in_turn(ways: Ways, root: str, seen: set[str]) -> Iterator[str]:
    if root in seen:
        return
    seen.add(root)
    trail = [(root, iter(reversed(ways[root])))]
    while trail:
        step, after = trail[-1]
        onward = next((one for one in after if one not in seen), None)
        if onward is None:
            trail.pop()
            yield step
        else:
            seen.add(onward)
            trail.append((onward, iter(reversed(ways[onward]))))


def longest_path(ways: Ways, order: Sequence[str]) -> tuple[str, ...]:
    """The longest way through the steps, no loop gone round; ``order`` is their reading order."""
    position = {step: index for index, step in enumerate(order)}
    length: dict[str, int] = {}
    onward: dict[str, str | None] = {}
    for step in reversed(order):
        ahead = [one for one in ways[step] if position[one] > position[step]]
        best = max(ahead, key=length.__getitem__, default=None)
        length[step] = 1 + (length[best] if best is not None else 0)
        onward[step] = best
    first: str | None = max(order, key=length.__getitem__, default=None)
    path: list[str] = []
    while first is not None:
        path.append(first)
        first = onward[first]
    return tuple(path)


def loops(ways: Ways) -> list[tuple[str, ...]]:
    """The loops: sets of steps each of which can be come back to, in the order of the steps (Tarjan)."""
    found = [part for part in _Components(ways).all() if len(part) > 1 or part[0] in ways[part[0]]]
    place = {step: index for index, step in enumerate(ways)}
    return sorted((tuple(sorted(part, key=place.__getitem__)) for part in found), key=lambda part: place[part[0]])


class _Components:
    """Tarjan's strongly connected components with a stack of its own."""

    def __init__(self, ways: Ways) -> None:
        self._ways = ways
        self._index: dict[str, int] = {}
        self._low: dict[str, int] = {}
        self._pending: list[str] = []
        self._is_pending: set[str] = set()

    def all(self) -> Iterator[list[str]]:
        for step in self._ways:
            if step not in self._index:
                yield from self._from(step)

    def _from(self, root: str) -> Iterator[list[str]]:
        trail = [(root, self._enter(root))]
        while trail:
            step, after = trail[-1]
            onward = next(after, None)
            if onward is None:
                trail.pop()
                if trail:
                    self._lower(trail[-1][0], self._low[step])
                if self._low[step] == self._index[step]:
                    yield self._take(step)
            elif onward not in self._index:
                trail.append((onward, self._enter(onward)))
            elif onward in self._is_pending:
                self._lower(step, self._index[onward])

    def _enter(self, step: str) -> Iterator[str]:
        self._index[step] = self._low[step] = len(self._index)
        self._pending.append(step)
        self._is_pending.add(step)
        return iter(self._ways[step])

    def _lower(self, step: str, bound: int) -> None:
        self._low[step] = min(self._low[step], bound)

    def _take(self, root: str) -> list[str]:
        component: list[str] = []
        while not component or component[-1] != root:
            component.append(self._pending.pop())
        self._is_pending.difference_update(component)
        return component


def without(workflow: Workflow, dropped: Collection[str]) -> Workflow:
    """The workflow with some of its steps taken out; what led to one of them leads to what came after it.

    Where nothing came after, the process ends there: the step before says under which condition (``ends_when``).
    """
    ways = {step.id: step.next for step in workflow.steps}
    branches: dict[Branch, None] = {}
    endings: dict[str, list[str]] = {}
    for branch in workflow.branches:
        targets = _past((branch.target,), ways, dropped)
        if branch.source not in dropped:
            branches.update((attrs.evolve(branch, target=target), None) for target in targets)
            endings.setdefault(branch.source, []).extend(() if targets else (branch.condition,))
    kept = (step for step in workflow.steps if step.id not in dropped)
    return attrs.evolve(
        workflow,
        steps=tuple(_rejoined(step, ways, dropped, endings.get(step.id, [])) for step in kept),
        starts=_past(workflow.starts, ways, dropped),
        branches=tuple(branches),
    )


def _rejoined(step: Step, ways: Ways, dropped: Collection[str], endings: Sequence[str]) -> Step:
    lost = not all(_past((one,), ways, dropped) for one in step.next)
    conditions = [*filter(None, (step.ends_when,)), *endings]
    if lost and not conditions and step.kind == "decision":
        conditions = [_UNSAID]
    return attrs.evolve(
        step,
        next=_past(step.next, ways, dropped),
        parent=None if step.parent in dropped else step.parent,
        ends_when=" or ".join(dict.fromkeys(conditions)) or None,
    )


def _past(steps: Sequence[str], ways: Ways, dropped: Collection[str]) -> tuple[str, ...]:
    """The first steps that are kept, going on from ``steps`` through those that are dropped."""
    found: dict[str, None] = {}
    seen: set[str] = set()
    waiting = list(reversed(steps))
    while waiting:
        step = waiting.pop()
        if step in seen:
            continue
        seen.add(step)
        if step in dropped:
            waiting.extend(reversed(ways[step]))
        else:
            found[step] = None
    return tuple(found)
