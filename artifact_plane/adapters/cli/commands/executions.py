"""``ap execution``: one run, its references and its attachments."""

from __future__ import annotations

from typing import Annotated, Final

from cyclopts import Parameter

from artifact_plane.adapters.cli import words
from artifact_plane.adapters.cli.commands.facts import facts, try_next
from artifact_plane.adapters.cli.desk import Desk, HandedIn
from artifact_plane.adapters.cli.options import DEFAULTS, Shared
from artifact_plane.adapters.cli.page.blocks import (
    BLANK,
    Block,
    Line,
    Listing,
    Paragraph,
    Span,
    Style,
    line,
    name,
    quiet,
    strong,
)
from artifact_plane.adapters.codec.views import execution_view
from artifact_plane.domain.model.artifact import ArtifactRef, PartRuling, Receipt
from artifact_plane.domain.model.errors import InvalidInput, NotFound
from artifact_plane.domain.model.execution import AttachmentRecord, Execution, ExecutionState
from artifact_plane.domain.model.identity import check_identifier, printable
from artifact_plane.ports.answers import ExecutionResult
from artifact_plane.ports.application import Application

_STATES: Final = {
    ExecutionState.COMPLETED: Style.KEPT,
    ExecutionState.FAILED: Style.ALARM,
    ExecutionState.CANCELLED: Style.CACHED,
}
_OUTPUT_HEADINGS: Final = ("part", "decision", "size", "decided by", "written in")
_SEARCHED: Final = 10_000
_PAGE: Final = 1_000


async def execution(
    execution_id: Annotated[str, Parameter(name="ID", help="An execution's id, or its beginning while unique.")],
    /,
    *,
    shared: Shared = DEFAULTS,
    desk: HandedIn,
) -> None:
    """Show one execution: its state, references and attachments."""
    check_identifier("execution id", execution_id)
    async with desk.open(shared) as app:
        result = await _found(app, execution_id, shared.tenant)
    desk.answer(shared, lambda: {"execution": execution_view(result.execution)}, lambda: _page(result, desk))


async def _found(app: Application, given: str, tenant_id: str) -> ExecutionResult:
    try:
        return await app.runtime.execution(given, tenant_id)
    except NotFound:
        ids = await _beginning_with(app, given, tenant_id)
        if not ids:
            raise
    if len(ids) > 1:
        some = ", ".join(ids[:3])
        raise InvalidInput(
            f"{printable(given)} is the beginning of several: {some}", where="execution id", remedy="give more of it"
        )
    return await app.runtime.execution(ids[0], tenant_id)


async def _beginning_with(app: Application, prefix: str, tenant_id: str) -> list[str]:
    """The ids among the newest executions that begin so."""
    found: list[str] = []
    after = None
    for _ in range(_SEARCHED // _PAGE):
        page, after = await app.runtime.executions(tenant_id, limit=_PAGE, after=after)
        found += [one.execution_id for one in page if one.execution_id.startswith(prefix)]
        if after is None:
            break
    return found


def _page(result: ExecutionResult, desk: Desk) -> tuple[Block, ...]:
    run = result.execution
    told = facts(
        (
            ("intent", line(name(run.intent_id))),
            ("realm", run.realm),
            ("session", run.session_id),
            ("solution", run.solution_id),
            ("attempt", str(run.attempt)),
            ("policy", words.short_digest(run.policy_digest)),
            ("accepted", words.moment(run.created_at, desk.now)),
            ("ended" if run.state.final else "updated", words.moment(run.updated_at, desk.now)),
            ("failure", None if run.failure is None else line(Span(run.failure.message, Style.ALARM))),
        )
    )
    return headline(run), told, *results(result)


def result_page(result: ExecutionResult, shared: Shared) -> tuple[Block, ...]:
    """What became of an intent: every output and attachment with the ruling on it, and what to ask next."""
    blocks = (headline(result.execution), *results(result))
    first = next(iter(result.execution.references), None)
    if first is None:
        return blocks
    next_ones = (("show", first.artifact_id), ("explain", first.artifact_id), ("lineage", first.artifact_id))
    return *blocks, BLANK, *try_next(shared, *next_ones)


def headline(run: Execution) -> Paragraph:
    """The intent type, how it ended, and the execution's id."""
    state = Span(run.state.value, _STATES.get(run.state, Style.PLAIN))
    return Paragraph(line(strong(run.intent_type), "  ", state, quiet("  execution "), name(run.execution_id)))


def results(result: ExecutionResult) -> tuple[Block, ...]:
    """Each output with its parts, then the attachments."""
    receipts = {one.subject: one for one in result.receipts if one.version is not None}
    blocks: list[Block] = []
    for reference in result.execution.references:
        blocks += [BLANK, *_output(reference, receipts.get(reference.artifact_id))]
    if result.execution.attachments:
        rows = tuple(_attachment(one) for one in result.execution.attachments)
        blocks += [BLANK, Listing(rows, ("attachment", *_OUTPUT_HEADINGS[1:]), (0, 1, 2, 4), ((4, 3), (2, 1)), 2)]
    return tuple(blocks)


def _output(reference: ArtifactRef, receipt: Receipt | None) -> tuple[Block, ...]:
    named = (
        reference.key
        if receipt is None or receipt.result_type == reference.key
        else f"{receipt.result_type} {reference.key}"
    )
    heading = Paragraph(
        line(words.decision(reference.decision), "  ", strong(named), "  ", name(reference.artifact_id)), 2
    )
    if receipt is None:
        return (heading,)
    rows = tuple(_part(part) for part in receipt.parts)
    return heading, Listing(rows, _OUTPUT_HEADINGS, whole=(0, 1, 2, 4), under=((4, 3), (2, 1)), indent=4)


def _part(part: PartRuling) -> tuple[Line, ...]:
    return (
        line(part.part),
        line(words.decision(part.ruling.decision)),
        line(words.size(part.size)),
        line(words.because(part.ruling)),
        line(quiet(part.ruling.source)),
    )


def _attachment(record: AttachmentRecord) -> tuple[Line, ...]:
    return (
        line(record.name),
        line(words.decision(record.ruling.decision)),
        line(words.size(record.size)),
        line(words.because(record.ruling)),
        line(quiet(record.ruling.source)),
    )
