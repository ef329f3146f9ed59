"""``ap rm``: deleting an artifact to a tombstone."""

from __future__ import annotations

from artifact_plane.adapters.cli.commands.facts import try_next
from artifact_plane.adapters.cli.desk import HandedIn, whole_id
from artifact_plane.adapters.cli.options import DEFAULTS, ArtifactId, Shared
from artifact_plane.adapters.cli.page.blocks import Paragraph, line, name, quiet
from artifact_plane.adapters.codec.views import record_view


async def rm(artifact: ArtifactId, /, *, shared: Shared = DEFAULTS, desk: HandedIn) -> None:
    """Delete an artifact: the bytes of all its versions go; its record, receipts and lineage stay."""
    async with desk.open(shared) as app:
        artifact_id = await whole_id(app, artifact, shared.tenant)
        tombstone = await app.plane.delete_artifact(artifact_id, shared.tenant)
    desk.answer(
        shared,
        lambda: {"artifact": record_view(tombstone)},
        lambda: (
            Paragraph(line("deleted ", name(artifact_id))),
            Paragraph(line(quiet("its record, receipts and lineage stay:")), 2),
            *try_next(shared, ("lineage", artifact_id), ("explain", artifact_id), indent=4),
        ),
    )
