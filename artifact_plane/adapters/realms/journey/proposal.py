"""A proposal for how the work could be done: what is done twice is done once, what a rule can do is marked for a
system, what one role does in a row is one piece of work. Each change says its reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import attrs

from artifact_plane.adapters.realms.journey.graph import without
from artifact_plane.adapters.realms.journey.process import Branch, Step, Workflow, roles_of
from artifact_plane.adapters.realms.journey.work import is_manual, why_automate
from artifact_plane.adapters.realms.prose import one_line, plural, same_words
from artifact_plane.domain.model.json import Json

_NAMES_SHOWN: Final = 3
_DETAILS_SHOWN: Final = 50


@attrs.frozen
class Change:
    """One change of the proposal: the steps it touches as they stand, the step that takes their place, and why."""

    kind: str
    steps: tuple[str, ...]
    becomes: str
    reason: str

    def to_json(self) -> dict[str, Json]:
        """The change's JSON form."""
        return {"kind": self.kind, "steps": list(self.steps), "becomes": self.becomes, "reason": self.reason}


@attrs.frozen(kw_only=True)
class Proposal:
    """The work as it could be: one workflow, the changes that lead to it, why a step is marked for a system."""

    workflow: Workflow
    changes: tuple[Change, ...]
    automation: Mapping[str, str]

    def steps_json(self) -> list[Json]:
        """The steps, those marked for a system with the reason."""
        return [
            step.to_json() | ({"automation": self.automation[step.id]} if step.id in self.automation else {})
            for step in self.workflow.steps
        ]


def propose(workflows: Sequence[Workflow]) -> Proposal:
    """The proposal for ``workflows``, whose step ids must differ from one another (see ``side_by_side``)."""
    combined = _combined(workflows)
    repeated = _repeated(workflows)
    once = without(combined, repeated)
    automation = {step.id: why for step in once.steps if (why := why_automate(step)) is not None}
    chains = _chains(once, automation)
    changes = (
        *(Change("remove_duplicate", (step,), kept, _DUPLICATE) for step, kept in repeated.items()),
        *(Change("automate", (step,), step, why) for step, why in automation.items()),
        *(Change("merge", tuple(one.id for one in chain), chain[0].id, _merge_reason(chain)) for chain in chains),
    )
    return Proposal(workflow=_merged(once, chains), changes=changes, automation=automation)


_DUPLICATE: Final = "the same role does the same in another of the workflows: do it once and use the result"


def side_by_side(workflows: Sequence[Workflow]) -> list[Workflow]:
    """The workflows with ids that differ: ``w1.`` and so on is put before them where there are several."""
    if len(workflows) == 1:
        return list(workflows)
    return [_prefixed(workflow, f"w{number}.") for number, workflow in enumerate(workflows, 1)]


def _prefixed(workflow: Workflow, prefix: str) -> Workflow:
    def named(ids: Sequence[str]) -> tuple[str, ...]:
        return tuple(prefix + one for one in ids)

    return attrs.evolve(
        workflow,
        steps=tuple(
            attrs.evolve(step, id=prefix + step.id, next=named(step.next), parent=step.parent and prefix + step.parent)
            for step in workflow.steps
        ),
        starts=named(workflow.starts),
        branches=tuple(
            attrs.evolve(branch, source=prefix + branch.source, target=prefix + branch.target)
            for branch in workflow.branches
        ),
    )


def _combined(workflows: Sequence[Workflow]) -> Workflow:
    steps = tuple(step for workflow in workflows for step in workflow.steps)
    return attrs.evolve(
        workflows[0],
        title=one_line(" and ".join(workflow.title for workflow in workflows)),
        steps=steps,
        starts=tuple(start for workflow in workflows for start in workflow.starts),
        branches=tuple(branch for workflow in workflows for branch in workflow.branches),
        roles=roles_of(steps),
    )


def _repeated(workflows: Sequence[Workflow]) -> dict[str, str]:
    """The tasks that an earlier workflow has too, each with the one that is kept."""
    kept: dict[tuple[str, str], str] = {}
    repeated: dict[str, str] = {}
    for workflow in workflows:
        parents = {step.parent for step in workflow.steps}
        tasks = [step for step in workflow.steps if step.kind == "task" and step.id not in parents and _key(step)[0]]
        repeated |= {step.id: kept[_key(step)] for step in tasks if _key(step) in kept}
        kept |= {_key(step): step.id for step in reversed(tasks) if _key(step) not in kept}
    return repeated


def _key(step: Step) -> tuple[str, str]:
    return same_words(step.name), same_words(step.role or "")


def _chains(workflow: Workflow, automation: Mapping[str, str]) -> list[list[Step]]:
    """Runs of steps that one role does by hand, one straight after the other."""
    steps = {step.id: step for step in workflow.steps}
    onward = dict(_mergeable(workflow, steps, automation))
    inner = set(onward.values())
    chains: list[list[Step]] = []
    for first in onward:
        if first not in inner:
            chain = [steps[first]]
            while chain[-1].id in onward:
                chain.append(steps[onward[chain[-1].id]])
            chains.append(chain)
    return chains


def _mergeable(
    workflow: Workflow, steps: Mapping[str, Step], automation: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    entered: dict[str, int] = dict.fromkeys(workflow.starts, 1)
    for step in workflow.steps:
        for after in step.next:
            entered[after] = entered.get(after, 0) + 1
    fixed = {step.parent for step in workflow.steps} | {*automation}
    for step in workflow.steps:
        if len(step.next) != 1 or step.ends_when is not None:
            continue
        only = steps[step.next[0]]
        if entered[only.id] == 1 and not {step.id, only.id} & fixed and _alike(step, only):
            yield step.id, only.id


def _alike(step: Step, after: Step) -> bool:
    same = step.role == after.role and step.parent == after.parent and step.section == after.section
    return same and step.role is not None and is_manual(step) and is_manual(after)


def _merge_reason(chain: Sequence[Step]) -> str:
    return f"{plural(len(chain), 'step')} of {chain[0].role} in a row without a decision: one piece of work"


def _merged(workflow: Workflow, chains: Sequence[Sequence[Step]]) -> Workflow:
    heads = {step.id: chain[0].id for chain in chains for step in chain}
    whole = {chain[0].id: _as_one(chain) for chain in chains}
    kept = (whole.get(step.id, step) for step in workflow.steps if heads.get(step.id, step.id) == step.id)
    ends = ((heads.get(one.source, one.source), heads.get(one.target, one.target), one) for one in workflow.branches)
    return attrs.evolve(
        workflow,
        steps=tuple(kept),
        branches=tuple(
            Branch(source=source, target=target, condition=one.condition)
            for source, target, one in ends
            if source != target
        ),
    )


def _as_one(chain: Sequence[Step]) -> Step:
    shown = [one_line(step.name.rstrip(". "), 90) for step in chain[:_NAMES_SHOWN]]
    more = len(chain) - len(shown)
    name = "; ".join(shown) + (f"; and {more} more" if more else "")
    details = tuple(one_line(step.name) for step in chain[:_DETAILS_SHOWN])
    return attrs.evolve(chain[0], name=name, next=chain[-1].next, details=details, ends_when=chain[-1].ends_when)
