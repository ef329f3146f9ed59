"""What ``generate_roadmap`` and ``create_poc`` are asked with: goals, cited artifacts, or both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs

from artifact_plane.adapters.realms.attachments import Parameters, no_attachments, off_loop
from artifact_plane.adapters.realms.outcomes.evidence import Evidence, Figure, evidence_of
from artifact_plane.adapters.realms.outcomes.goals import Goal, in_order, read_goals
from artifact_plane.adapters.realms.prose import one_line
from artifact_plane.domain.model.intent import Intent
from artifact_plane.domain.model.json import Json
from artifact_plane.ports.realm import ArtifactReader, RefusedInput

MAX_ARTIFACTS: Final = 50
"""How many artifacts may be cited."""


@attrs.frozen(kw_only=True)
class WorkItem:
    """A piece of work that a finding of a cited artifact asks for."""

    id: str
    title: str
    kind: str
    artifact_id: str

    def to_json(self) -> dict[str, Json]:
        """The work item's JSON form."""
        return {"id": self.id, "title": self.title, "kind": self.kind, "artifact_id": self.artifact_id}


@attrs.frozen(kw_only=True)
class Request:
    """Goals in an order that keeps their dependencies, and what the cited artifacts contribute."""

    title: str | None
    goals: tuple[Goal, ...]
    evidence: tuple[Evidence, ...]

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The figures of all cited artifacts."""
        return tuple(figure for one in self.evidence for figure in one.figures)

    def figure(self, name: str) -> Figure | None:
        """The first figure of that name among the cited artifacts."""
        return next((figure for figure in self.figures if figure.name == name), None)

    def work_items(self) -> tuple[WorkItem, ...]:
        """One for each finding; an artifact without any is to be confirmed where there is no other work at all."""
        told = [(one, finding.kind, finding.text) for one in self.evidence for finding in one.findings]
        if not told and not self.goals:
            told = [(one, "confirm", f"Confirm “{one.title}” with its owners") for one in self.evidence]
        titles = (one_line(text[:1].upper() + text[1:]) for _, _, text in told)
        return tuple(
            WorkItem(id=f"work-{number}", title=title, kind=kind, artifact_id=one.artifact_id)
            for number, ((one, kind, _), title) in enumerate(zip(told, titles, strict=True), 1)
        )

    def named(self, what: str) -> str:
        """The title asked for, or one that says what it is about."""
        if self.title is not None:
            return self.title
        about = [goal.title.rstrip(". ") for goal in self.goals] or [one.title for one in self.evidence]
        more = f" and {len(about) - 1} more" if len(about) > 1 else ""
        return f"{what}: {one_line(about[0], 120)}{more}"


async def read_request(intent: Intent, parameters: Parameters, reader: ArtifactReader) -> Request:
    """What the intent asks for, cited artifacts read.

    Raises:
        RefusedInput: neither goals nor artifacts are given, or one of them is not as it should be.
        NotFound: a cited artifact is not there (as the reader raises it).
    """
    no_attachments(intent)
    goals = in_order(read_goals(intent.parameters.get("goals")))
    ids = parameters.identifiers("artifact_ids")
    if not goals and not ids:
        raise RefusedInput(
            f"'{intent.intent_type}' needs goals, artifacts to cite, or both",
            where="parameter 'goals'",
            remedy="give for instance --param 'goals=[\"Pay claims in two days\"]' or --param artifact_ids=ID",
        )
    if len(ids) > MAX_ARTIFACTS:
        text = f"it names {len(ids)} artifacts, more than {MAX_ARTIFACTS}"
        raise RefusedInput(text, where="parameter 'artifact_ids'", remedy="cite fewer")
    title = parameters.find_text("title")
    readings = [await reader.read(one) for one in ids]
    evidence = await off_loop(lambda checkpoint: tuple(map(evidence_of, readings)))
    return Request(title=title and one_line(title), goals=goals, evidence=evidence)


def effort_of(goals: Sequence[Goal]) -> float | None:
    """The days that the goals take together; None where one of them does not say."""
    days = [goal.effort_days for goal in goals if goal.effort_days is not None]
    return sum(days) if days and len(days) == len(goals) else None
