"""``ap lineage rebuild``: the projection of the lineage, made anew."""

from __future__ import annotations

from artifact_plane.adapters.cli.desk import HandedIn
from artifact_plane.adapters.cli.options import DEFAULTS, Shared
from artifact_plane.adapters.cli.page.blocks import Paragraph, line
from artifact_plane.ports.answers import Lag


async def rebuild(*, shared: Shared = DEFAULTS, desk: HandedIn) -> None:
    """Make the projection anew from the ledger; questions are answered meanwhile, from what it has seen."""
    with desk.screen.working("making the projection anew") as now:
        async with desk.open(shared, create=True) as app:
            lag = await app.lineage.rebuild(lambda lag: now(f"seen {_of(lag)}"))
    desk.answer(
        shared,
        lambda: {"seen": lag.seen, "ledger": lag.ledger},
        lambda: (Paragraph(line(f"The projection has seen {_of(lag)}.")),),
    )


def _of(lag: Lag) -> str:
    return f"position {lag.seen:,} of {lag.ledger:,}"
