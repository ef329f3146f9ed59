"""The payload of a blueprint: the work as it is, as it could be, and the gaps, with figures for both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import attrs

from artifact_plane.adapters.realms.journey.process import MAX_STEPS, Workflow, roles_of
from artifact_plane.adapters.realms.journey.proposal import Change, Proposal, propose, side_by_side
from artifact_plane.adapters.realms.journey.survey import Gap, Survey, totals
from artifact_plane.adapters.realms.prose import one_line, plural
from artifact_plane.domain.model.json import Json
from artifact_plane.ports.realm import RefusedInput


@attrs.frozen(kw_only=True)
class Source:
    """A workflow artifact as it was read."""

    artifact_id: str
    version: int
    workflow: Workflow


def draw_blueprint(sources: Sequence[Source], where: str) -> dict[str, Json]:
    """The semantic payload of a ``blueprint`` over ``sources``; ``where`` names the parameter in errors.

    Raises:
        RefusedInput: together the workflows have too many steps.
    """
    if sum(len(source.workflow.steps) for source in sources) > MAX_STEPS:
        text = f"together the workflows have more than {MAX_STEPS} steps"
        raise RefusedInput(text, where=where, remedy="make a blueprint of fewer of them")
    surveys = [Survey(workflow) for workflow in side_by_side([source.workflow for source in sources])]
    proposal = propose([survey.workflow for survey in surveys])
    to_be = Survey(proposal.workflow, proposal.automation)
    figures = _figures(surveys, to_be)
    return {
        "title": one_line(f"Blueprint: {proposal.workflow.title}"),
        "summary": _summary(figures, proposal),
        "as_is": [_as_is(source, survey) for source, survey in zip(sources, surveys, strict=True)],
        "to_be": {
            "figures": dict(to_be.figures()),
            "steps_by_role": to_be.by_role(),
            "changes": [change.to_json() for change in proposal.changes],
        },
        "gaps": list(_gaps(sources, surveys, proposal)),
        "figures": figures,
        "steps": proposal.steps_json(),
        "starts": list(proposal.workflow.starts),
        "branches": [branch.to_json() for branch in proposal.workflow.branches],
        "roles": list(roles_of(proposal.workflow.steps)),
    }


def _as_is(source: Source, survey: Survey) -> dict[str, Json]:
    return {
        "workflow_id": source.artifact_id,
        "version": source.version,
        "title": survey.workflow.title,
        **survey.described(),
    }


def _figures(surveys: Sequence[Survey], to_be: Survey) -> dict[str, Json]:
    roles = {role for survey in surveys for role in roles_of(survey.workflow.steps)}
    before = totals([survey.figures() for survey in surveys], len(roles))
    after = to_be.figures()
    return {
        name: {"as_is": before[name], "to_be": after[name], "change": after[name] - before[name]} for name in before
    }


def _summary(figures: dict[str, Json], proposal: Proposal) -> str:
    counts = {kind: sum(change.kind == kind for change in proposal.changes) for kind in _CHANGES}
    said = [f"{plural(count, noun)} {done}" for kind, (noun, done) in _CHANGES.items() if (count := counts[kind])]
    steps, handovers = (_from_to(figures[name]) for name in ("steps", "handovers"))
    return f"Steps: {steps}; handovers: {handovers}. Proposed: {', '.join(said) if said else 'no change'}."


_CHANGES: Final = {
    "remove_duplicate": ("repeated step", "taken out"),
    "automate": ("step", "marked for a system"),
    "merge": ("run", "of steps made one"),
}


def _from_to(figure: Json) -> str:
    return f"{figure['as_is']} today, {figure['to_be']} as proposed" if isinstance(figure, dict) else ""


def _gaps(sources: Sequence[Source], surveys: Sequence[Survey], proposal: Proposal) -> Iterator[dict[str, Json]]:
    """The gaps of each workflow, then those between the work as it is and as it could be; numbered through."""
    found: list[tuple[str | None, Gap]] = []
    for source, survey in zip(sources, surveys, strict=True):
        found += [(source.artifact_id, gap) for gap in survey.gaps()]
    found += [(None, gap) for gap in _differences(proposal.changes)]
    for number, (workflow_id, gap) in enumerate(found, 1):
        yield {"id": f"gap-{number}", "workflow_id": workflow_id, **gap.to_json()}


def _differences(changes: Iterable[Change]) -> Iterator[Gap]:
    steps: dict[str, list[str]] = {}
    for change in changes:
        steps.setdefault(change.kind, []).extend(change.steps)
    for kind, (name, text) in _DIFFERENCES.items():
        if kind in steps:
            yield Gap(name, tuple(steps[kind]), f"{plural(len(steps[kind]), 'step')} {text}")


_DIFFERENCES: Final = {
    "remove_duplicate": ("done_twice", "today repeat what another workflow does; it could be done once"),
    "automate": ("done_by_hand", "today done by hand could be done by a system"),
    "merge": ("split_work", "today split into pieces could be done in one go by their role"),
}
