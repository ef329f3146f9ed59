"""From a workflow to a standard operating procedure, every sentence computed from the workflow's steps."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from artifact_plane.adapters.realms.journey.conditions import ALWAYS, OTHERWISE
from artifact_plane.adapters.realms.journey.graph import reading_order, roots_of, ways_of, without
from artifact_plane.adapters.realms.journey.process import Branch, Step, Workflow
from artifact_plane.adapters.realms.prose import one_line, plural
from artifact_plane.domain.model.json import Json, JsonObject

_MAX_RESPONSIBILITIES: Final = 50
_NOBODY: Final = "not assigned"
_REFERENCE: Final = re.compile(r"(\bstep\s+)(\d+(?:\.\d+)*)", re.IGNORECASE)


def write_sop(workflow: Workflow, source: JsonObject) -> dict[str, Json]:
    """The semantic payload of a ``sop``; ``source`` says which artifact the workflow is."""
    shown = without(workflow, _unspoken(workflow))
    return _Procedure(shown).payload() | {
        "title": workflow.title,
        "purpose": _purpose(workflow, shown),
        "source": source,
        "inputs": _named(workflow, "start") or [workflow.steps[0].name],
        "outputs": _named(workflow, "end") or _last(workflow),
        "warnings": list(workflow.warnings),
    }


def _unspoken(workflow: Workflow) -> set[str]:
    """Steps that a diagram needs and a text does not: where it starts and ends, and gateways that only join."""
    joins = (
        step.id
        for step in workflow.steps
        if step.kind == "decision" and (step.type or "").endswith("Gateway") and len(step.next) < 2
    )
    ends = (step.id for step in workflow.steps if step.kind in ("start", "end"))
    unspoken = {*joins, *ends}
    return unspoken if len(unspoken) < len(workflow.steps) else set()


def _purpose(workflow: Workflow, shown: Workflow) -> str:
    if workflow.summary:
        return workflow.summary
    roles = plural(len(workflow.roles), "role") if workflow.roles else "no named role"
    first, last = one_line(shown.steps[0].name, 80), one_line(shown.steps[-1].name, 80)
    return f"Says how the work is done from “{first}” to “{last}”: {plural(len(shown.steps), 'step')}, {roles}."


def _named(workflow: Workflow, kind: str) -> list[Json]:
    return list(dict.fromkeys(step.name for step in workflow.steps if step.kind == kind and step.parent is None))


def _last(workflow: Workflow) -> list[Json]:
    """What is done last, where the source names no end."""
    return list(dict.fromkeys(step.name for step in workflow.steps if not step.next and step.parent is None))


class _Procedure:
    """Numbers the steps, parts beneath what they are a part of, and says of each how it goes on.

    A procedure keeps its own order, so that what its text says of other steps stays true; a diagram has none.
    """

    def __init__(self, workflow: Workflow) -> None:
        steps = {step.id: step for step in workflow.steps}
        written = workflow.source_format == "markdown"
        order = tuple(steps) if written else reading_order(ways_of(workflow), roots_of(workflow))
        self._workflow = workflow
        self._numbers = dict(_numbered([steps[one] for one in order]))
        self._by_id = steps
        self._steps = [steps[one] for one in self._numbers]
        self._branches: dict[str, list[Branch]] = {}
        for branch in workflow.branches:
            self._branches.setdefault(branch.source, []).append(branch)

    def payload(self) -> dict[str, Json]:
        return {"roles": self._roles(), "procedure": [self._entry(step) for step in self._steps]}

    def _roles(self) -> list[Json]:
        tasks: dict[str, list[Step]] = {role: [] for role in self._workflow.roles}
        for step in self._steps:
            tasks.setdefault(step.role or _NOBODY, []).append(step)
        return [_role(role, steps) for role, steps in tasks.items()]

    def _entry(self, step: Step) -> dict[str, Json]:
        decisions = self._decisions(step)
        renumber = self._renumbering(step)
        number = self._numbers[step.id]
        entry: dict[str, Json] = {
            "label": f"Step {number}",
            "number": number,
            "step_id": step.id,
            "action": renumber(step.name),
            "role": step.role,
            "next": [self._numbers[one] for one in step.next],
            "then": self._then(step, decisions),
        }
        rest: dict[str, list[Json] | str | None] = {
            "section": step.section,
            "details": [renumber(one) for one in step.details],
            "decisions": [{"condition": condition, "go_to": place} for condition, place in decisions],
        }
        return entry | {key: value for key, value in rest.items() if value}

    def _decisions(self, step: Step) -> list[tuple[str, str | None]]:
        """The conditions, each with the number of the step to go to, None for the end; what is left over is last."""
        found: list[tuple[str, str | None]] = [
            (branch.condition, self._numbers[branch.target]) for branch in self._branches.get(step.id, ())
        ]
        if step.ends_when and step.ends_when != ALWAYS:
            found.append((step.ends_when, None))
        return sorted(found, key=lambda decision: decision[0] == OTHERWISE)

    def _then(self, step: Step, decisions: Sequence[tuple[str, str | None]]) -> str:
        if decisions:
            return "; ".join(f"{_if(condition)}: {_place(number)}" for condition, number in decisions)
        places = [_place(self._numbers[one]) for one in step.next]
        word = " or " if step.kind == "decision" else " and "
        if places:
            return f"go on with {word.join(places)}"
        return _place(None) if step.parent is None else "this part ends"

    def _renumbering(self, step: Step) -> Callable[[str], str]:
        """Rewrites the source's numbers of the steps that this one leads to into the numbers given here."""
        after = (self._by_id[one] for one in step.next)
        known = {one.number: self._numbers[one.id] for one in after if one.number}

        def renumber(text: str) -> str:
            return _REFERENCE.sub(lambda match: match[1] + known.get(match[2], match[2]), text) if known else text

        return renumber


def _numbered(steps: Sequence[Step]) -> Iterator[tuple[str, str]]:
    """Each step's id and number, ``3.1`` for the first part of the third, in the order to be read."""
    parts: dict[str | None, list[Step]] = {}
    for step in steps:
        parts.setdefault(step.parent, []).append(step)
    waiting = [(step, str(number)) for number, step in enumerate(parts[None], 1)][::-1]
    while waiting:
        step, number = waiting.pop()
        yield step.id, number
        waiting += [(part, f"{number}.{count}") for count, part in enumerate(parts.get(step.id, ()), 1)][::-1]


def _role(role: str, steps: Sequence[Step]) -> Json:
    names = list(dict.fromkeys(step.name for step in steps))
    return {"role": role, "steps": len(steps), "responsibilities": names[:_MAX_RESPONSIBILITIES]}


def _if(condition: str) -> str:
    return condition if condition == OTHERWISE or condition.startswith(("unless ", "on ")) else f"if {condition}"


def _place(number: str | None) -> str:
    return "the procedure ends" if number is None else f"step {number}"
