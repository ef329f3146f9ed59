"""``ap put``: a file becomes an artifact, by explicit request."""

from __future__ import annotations

import asyncio
import mimetypes
import os
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

from artifact_plane.adapters.cli import words
from artifact_plane.adapters.cli.commands.facts import rulings, try_next
from artifact_plane.adapters.cli.desk import Desk, HandedIn
from artifact_plane.adapters.cli.options import DEFAULTS, Shared
from artifact_plane.adapters.cli.page.blocks import BLANK, Block, Paragraph, line, name, quiet, strong
from artifact_plane.adapters.codec.views import receipt_view, record_view
from artifact_plane.domain.model.artifact import Place
from artifact_plane.domain.model.identity import check_identifier
from artifact_plane.domain.model.intent import ExecutionContext
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.rendering import ByteSource, Rendered
from artifact_plane.domain.model.result import label_set
from artifact_plane.ports.answers import Payload, RecordedArtifact

ORIGINAL: Final = "original"
_UNKNOWN: Final = "application/octet-stream"
_PACKED: Final = {"gzip": "application/gzip", "bzip2": "application/x-bzip2", "xz": "application/x-xz"}


async def put(
    file: Annotated[Path, Parameter(name="FILE", help="The file; its bytes are taken as they are.")],
    /,
    *,
    type_: Annotated[str, Parameter(name="--type", help="What it is, as the policy calls it.")],
    label: Annotated[list[str] | None, Parameter(help="What a policy may ask about; may be repeated.")] = None,
    id_: Annotated[
        str | None, Parameter(name="--id", help="The artifact's id; the same id and content again is no second one.")
    ] = None,
    media_type: Annotated[str | None, Parameter(help="Its media type; guessed from the name where not given.")] = None,
    session: Annotated[str, Parameter(help="The session it belongs to.")] = "default",
    solution: Annotated[str, Parameter(help="The solution it belongs to.")] = "default",
    shared: Shared = DEFAULTS,
    desk: HandedIn,
) -> None:
    """Store a file as an artifact, by explicit request.

    Its meaning is its name, type, size and digest; the file itself is the rendering ``original``. Only the
    steward's rules stand above an explicit request.
    """
    context = ExecutionContext(tenant_id=shared.tenant, session_id=session, solution_id=solution)
    if id_ is not None:
        check_identifier("artifact id", id_)
    source = desk.toolbox.attachment(file)
    rendering = Rendered(name=ORIGINAL, media_type=media_type or guessed_type(file), source=source)
    labels = label_set(label or ())
    meaning = await _meaning(file, rendering.media_type, source, desk)
    payload = Payload(semantic_payload=meaning, renderings=(rendering,), labels=labels)
    async with desk.open(shared, create=True) as app:
        recorded = await app.plane.create_artifact(type_, id_, payload, {}, context)
    desk.answer(shared, lambda: _view(recorded), lambda: _page(recorded, shared))


async def _meaning(file: Path, media_type: str, source: ByteSource, desk: Desk) -> JsonObject:
    digest, size = await asyncio.to_thread(desk.toolbox.digest_of, source)
    shown = os.fsencode(file.name).decode("utf-8", "replace")
    return {"name": shown, "type": media_type, "size": size, "digest": digest}


def guessed_type(file: Path) -> str:
    """The media type that a file's name suggests, the same on every machine."""
    found, packed = mimetypes.MimeTypes(filenames=()).guess_type(file.name)
    return _PACKED.get(packed, _UNKNOWN) if packed else found or _UNKNOWN


def _view(recorded: RecordedArtifact) -> JsonObject:
    return {
        "artifact": record_view(recorded.artifact),
        "receipts": [receipt_view(recorded.receipt)],
        "repeated": recorded.repeated,
    }


def _page(recorded: RecordedArtifact, shared: Shared) -> tuple[Block, ...]:
    artifact = recorded.artifact
    original = artifact.part(ORIGINAL)
    kept = original is not None and original.place is not Place.NOWHERE
    told = "was there already" if recorded.repeated else "stored" if kept else "recorded, and nothing stored"
    following = ("get", artifact.artifact_id, "--rendering", ORIGINAL) if kept else ("explain", artifact.artifact_id)
    return (
        Paragraph(
            line(
                strong(artifact.artifact_type),
                "  ",
                name(artifact.artifact_id),
                quiet(f"  {told}, {words.size(original.size if original else None)}" if kept else f"  {told}"),
            )
        ),
        rulings(recorded.receipt),
        BLANK,
        *try_next(shared, following),
    )
