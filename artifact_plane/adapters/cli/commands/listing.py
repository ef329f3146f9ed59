"""``ap ls``: artifacts, newest first, a page at a time."""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias

from cyclopts import Parameter

from artifact_plane.adapters.cli import words
from artifact_plane.adapters.cli.desk import Desk, HandedIn
from artifact_plane.adapters.cli.options import DEFAULTS, Shared
from artifact_plane.adapters.cli.page.blocks import Block, Line, Listing, Paragraph, line, name, quiet
from artifact_plane.adapters.codec.views import record_view
from artifact_plane.domain.model.artifact import Artifact, ArtifactFilter, ArtifactPage, ArtifactState
from artifact_plane.domain.model.decision import MaterializationDecision
from artifact_plane.domain.model.errors import InvalidInput

State: TypeAlias = Literal["active", "deleted", "all"]
Decision: TypeAlias = Literal["persist", "cache", "discard"]

MOST: Final = 1_000
_HEADINGS: Final = ("id", "type", "decision", "size", "age")


async def ls(
    *,
    type_: Annotated[str | None, Parameter(name="--type", help="Only artifacts of this type.")] = None,
    session: Annotated[str | None, Parameter(help="Only those made in this session.")] = None,
    solution: Annotated[str | None, Parameter(help="Only those of this solution.")] = None,
    execution: Annotated[str | None, Parameter(help="Only those that this execution made.")] = None,
    label: Annotated[str | None, Parameter(help="Only those with this label.")] = None,
    decision: Annotated[Decision | None, Parameter(help="Only those that were ruled on so as a whole.")] = None,
    state: Annotated[State, Parameter(help="Whether deleted ones count.")] = "active",
    limit: Annotated[int, Parameter(help="How many at once, 1 to 1,000.")] = 50,
    after: Annotated[str | None, Parameter(help="The cursor that the page before ended with.")] = None,
    shared: Shared = DEFAULTS,
    desk: HandedIn,
) -> None:
    """List artifacts, newest first."""
    if not 1 <= limit <= MOST:
        raise InvalidInput(f"{limit} is no page size", where="--limit", remedy=f"give a number from 1 to {MOST:,}")
    criteria = ArtifactFilter(
        artifact_type=type_,
        session_id=session,
        solution_id=solution,
        execution_id=execution,
        label=label,
        decision=None if decision is None else MaterializationDecision(decision),
        state=None if state == "all" else ArtifactState(state),
    )
    async with desk.open(shared) as app:
        page = await app.plane.list_artifacts(shared.tenant, criteria, limit=limit, after=after)
    filtered = after is not None or criteria != ArtifactFilter()
    desk.answer(
        shared,
        lambda: {"artifacts": [record_view(one) for one in page.artifacts], "next": page.next},
        lambda: _page(page, desk, filtered),
    )


def _page(page: ArtifactPage, desk: Desk, filtered: bool) -> tuple[Block, ...]:
    if not page.artifacts:
        return (_nothing(filtered),)
    rows = tuple(_row(artifact, desk) for artifact in page.artifacts)
    listing = Listing(rows, _HEADINGS, whole=(0, 2, 3, 4, 1))
    if page.next is None:
        return (listing,)
    hint = line(quiet("there are more: add "), name(f"--after {page.next}"))
    return listing, Paragraph(hint)


def _nothing(filtered: bool) -> Paragraph:
    if filtered:
        return Paragraph(line("No artifact fits."))
    return Paragraph(line("No artifacts here yet. Try ", name("ap demo"), ", or ", name("ap run --help"), "."))


def _row(artifact: Artifact, desk: Desk) -> tuple[Line, ...]:
    deleted = artifact.state is ArtifactState.DELETED
    total = sum(part.size or 0 for part in artifact.parts)
    return (
        line(name(artifact.artifact_id)),
        line(artifact.artifact_type),
        line(quiet("deleted") if deleted else words.decision(artifact.decision)),
        line(words.size(total)),
        line(words.age(artifact.updated_at, desk.now)),
    )
