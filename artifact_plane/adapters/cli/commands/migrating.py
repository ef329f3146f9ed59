"""``ap migrate``: the tables of a Postgres record store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from cyclopts import Parameter

from artifact_plane.adapters.cli.desk import HandedIn
from artifact_plane.adapters.cli.options import DEFAULTS, Shared
from artifact_plane.adapters.cli.page.blocks import Block, Paragraph, line, name
from artifact_plane.adapters.cli.toolbox import OpenOptions


async def migrate(
    *,
    dry_run: Annotated[bool, Parameter(help="Only say what would be done.")] = False,
    shared: Shared = DEFAULTS,
    desk: HandedIn,
) -> None:
    """Bring the tables up to date, as the database's owner (section [migration] of the settings)."""
    options = OpenOptions(profile=shared.profile, home=shared.home, create=True)
    steps = await desk.toolbox.migrate(options, dry_run)
    desk.answer(shared, lambda: {"steps": list(steps), "dry_run": dry_run}, lambda: _page(steps, dry_run))


def _page(steps: Sequence[str], dry_run: bool) -> tuple[Block, ...]:
    if not steps:
        return (Paragraph(line("The tables are up to date.")),)
    said = "would be carried out: " if dry_run else "carried out: "
    return tuple(Paragraph(line(said, name(step))) for step in steps)
