"""``ap events``: events whose delivery was given up."""

from __future__ import annotations

from typing import Annotated, Final

from cyclopts import Parameter

from artifact_plane.adapters.cli import words
from artifact_plane.adapters.cli.desk import Desk, HandedIn
from artifact_plane.adapters.cli.options import DEFAULTS, Shared
from artifact_plane.adapters.cli.page.blocks import Block, Line, Listing, Paragraph, line, name, quiet
from artifact_plane.adapters.codec.views import event_view
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.identity import check_identifier
from artifact_plane.ports.outbox import PendingEvent

_HEADINGS: Final = ("event", "type", "about", "tries", "when", "trouble")
_MOST: Final = 1_000


async def events(
    *,
    set_aside: Annotated[
        bool, Parameter(show_default=False, help="List those that were set aside; this is what is done.")
    ] = False,
    requeue: Annotated[str | None, Parameter(help="Deliver the event with this id once more.")] = None,
    limit: Annotated[int, Parameter(help="How many at most, 1 to 1,000.")] = 100,
    shared: Shared = DEFAULTS,
    desk: HandedIn,
) -> None:
    """List events whose delivery was given up, oldest first, or deliver one once more."""
    if not 1 <= limit <= _MOST:
        raise InvalidInput(f"{limit} is no number of events", where="--limit", remedy=f"give 1 to {_MOST:,}")
    if requeue is not None:
        await _requeue(check_identifier("event id", requeue), shared, desk)
        return
    async with desk.open(shared) as app:
        aside = await app.runtime.set_aside_events(limit=limit)
    desk.answer(shared, lambda: {"events": [event_view(one) for one in aside]}, lambda: _page(aside, desk))


async def _requeue(event_id: str, shared: Shared, desk: Desk) -> None:
    async with desk.open(shared) as app:
        await app.runtime.requeue_event(event_id)
    desk.answer(
        shared,
        lambda: {"requeued": event_id},
        lambda: (Paragraph(line("will be delivered once more: ", name(event_id))),),
    )


def _page(aside: tuple[PendingEvent, ...], desk: Desk) -> tuple[Block, ...]:
    if not aside:
        return (Paragraph(line("No event was set aside.")),)
    rows = tuple(_row(one, desk) for one in aside)
    return Listing(rows, _HEADINGS), Paragraph(line(quiet("try one again: "), name("ap events --requeue EVENT")))


def _row(pending: PendingEvent, desk: Desk) -> tuple[Line, ...]:
    event = pending.event
    return (
        line(name(event.event_id)),
        line(event.event_type),
        line(event.subject),
        line(str(pending.tries)),
        line(words.ago(event.at, desk.now)),
        line(pending.trouble or ""),
    )
