"""``ap show``: one artifact with its record, parts, rulings and meaning."""

from __future__ import annotations

from typing import Annotated, Final

from cyclopts import Parameter

from artifact_plane.adapters.cli import words
from artifact_plane.adapters.cli.commands.facts import facts, made_by, parts, rulings
from artifact_plane.adapters.cli.desk import Desk, HandedIn, whole_id
from artifact_plane.adapters.cli.options import DEFAULTS, ArtifactId, Shared
from artifact_plane.adapters.cli.page.blocks import BLANK, Block, Document, Paragraph, line, name, quiet, strong
from artifact_plane.adapters.cli.screen import json_page
from artifact_plane.adapters.codec.views import receipt_view, record_view
from artifact_plane.domain.model.artifact import Artifact, Receipt
from artifact_plane.domain.model.errors import Gone
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.ports.answers import ArtifactView
from artifact_plane.ports.application import Application

_MOST_LINES: Final = 60


async def show(
    artifact: ArtifactId,
    /,
    *,
    version: Annotated[int | None, Parameter(help="An earlier version than the current one.")] = None,
    shared: Shared = DEFAULTS,
    desk: HandedIn,
) -> None:
    """Show an artifact: its record, parts, rulings and meaning."""
    async with desk.open(shared) as app:
        artifact_id = await whole_id(app, artifact, shared.tenant)
        view = await _view(app, artifact_id, shared.tenant, version)
        explanation = await app.steward.explain(artifact_id, shared.tenant)
    receipts = tuple(one for one in explanation.receipts if version is None or one.version == version)
    desk.answer(
        shared,
        lambda: {
            "artifact": record_view(view.artifact),
            "semantic_payload": view.semantic_payload,
            "receipts": [receipt_view(one) for one in receipts],
        },
        lambda: _page(view, receipts, shared, desk),
    )


async def _view(app: Application, artifact_id: str, tenant_id: str, version: int | None) -> ArtifactView:
    """The record with its meaning, or without where governance did not let that be kept."""
    record = await app.plane.get_artifact(artifact_id, tenant_id, include_payload=False, version=version)
    try:
        return await app.plane.get_artifact(artifact_id, tenant_id, version=record.artifact.version)
    except Gone:
        return record


def _page(view: ArtifactView, receipts: tuple[Receipt, ...], shared: Shared, desk: Desk) -> tuple[Block, ...]:
    artifact = view.artifact
    return (
        Paragraph(line(strong(artifact.artifact_type), "  ", name(artifact.artifact_id))),
        _record(artifact, desk),
        BLANK,
        parts(artifact),
        *_decided(receipts, artifact),
        BLANK,
        Paragraph(line(strong("meaning"))),
        *_meaning(view.semantic_payload, artifact, shared, most=_MOST_LINES if desk.screen.interactive else None),
    )


def _record(artifact: Artifact, desk: Desk) -> Block:
    return facts(
        (
            ("version", f"{artifact.version}, {artifact.state.value}"),
            ("key", artifact.key),
            ("made by", made_by(artifact) or "an explicit request"),
            ("execution", None if artifact.execution_id is None else line(name(artifact.execution_id))),
            ("session", artifact.session_id),
            ("solution", artifact.solution_id),
            ("labels", ", ".join(artifact.labels)),
            ("retention", artifact.retention_policy),
            ("created", words.moment(artifact.created_at, desk.now)),
            ("updated", None if artifact.version == 1 else words.moment(artifact.updated_at, desk.now)),
        )
    )


def _decided(receipts: tuple[Receipt, ...], artifact: Artifact) -> tuple[Block, ...]:
    receipt = next((one for one in reversed(receipts) if one.version == artifact.version), None)
    if receipt is None:
        return ()
    told = line(strong("decided"), quiet(f"  under policy {words.short_digest(receipt.policy_digest)}"))
    return BLANK, Paragraph(told), rulings(receipt)


def _meaning(payload: JsonObject | None, artifact: Artifact, shared: Shared, *, most: int | None) -> tuple[Block, ...]:
    """The meaning as JSON, ``most`` lines of it on a terminal."""
    if payload is None:
        why = line("not kept; the rule: ", name(shared.command("explain", artifact.artifact_id)))
        return (Paragraph(why, 2),)
    rows = json_page(payload).split("\n")
    shown = Document("\n".join(rows[:most]), "json", 2)
    if most is None or len(rows) <= most:
        return (shown,)
    more = line(quiet(f"… {len(rows) - most:,} more lines: "), name(shared.command("get", artifact.artifact_id)))
    return shown, Paragraph(more, 2)
