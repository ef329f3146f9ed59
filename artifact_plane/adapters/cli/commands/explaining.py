"""``ap explain``: why is this here, why is that not?"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from artifact_plane.adapters.cli import words
from artifact_plane.adapters.cli.commands.facts import facts, made_by
from artifact_plane.adapters.cli.desk import HandedIn, whole_id
from artifact_plane.adapters.cli.options import DEFAULTS, ArtifactId, Shared
from artifact_plane.adapters.cli.page.blocks import BLANK, Block, Line, Paragraph, line, name, quiet, strong
from artifact_plane.adapters.codec.views import receipt_view, record_view
from artifact_plane.domain.model.artifact import Artifact, ArtifactState, Part, PartRuling, Place, Receipt
from artifact_plane.domain.model.decision import MaterializationDecision, Ruling
from artifact_plane.ports.answers import Explanation

_IS: Final = {
    MaterializationDecision.PERSIST: "is kept",
    MaterializationDecision.CACHE: "is cached",
    MaterializationDecision.DISCARD: "was dropped",
}
_WAS: Final = {decision: verb.replace("is ", "was ") for decision, verb in _IS.items()}


async def explain(artifact: ArtifactId, /, *, shared: Shared = DEFAULTS, desk: HandedIn) -> None:
    """Say for every part why it is kept, cached or dropped: the receipt of the ruling. Deleted artifacts too."""
    async with desk.open(shared) as app:
        artifact_id = await whole_id(app, artifact, shared.tenant)
        explanation = await app.steward.explain(artifact_id, shared.tenant)
    desk.answer(
        shared,
        lambda: {
            "artifact": record_view(explanation.artifact),
            "receipts": [receipt_view(one) for one in explanation.receipts],
        },
        lambda: explanation_page(explanation, shared, desk.now),
    )


def explanation_page(explanation: Explanation, shared: Shared, now: datetime) -> tuple[Block, ...]:
    """Every receipt of an artifact in sentences."""
    artifact = explanation.artifact
    deleted = artifact.state is ArtifactState.DELETED
    head = line(strong(artifact.artifact_type), "  ", name(artifact.artifact_id), quiet("  deleted" if deleted else ""))
    blocks: list[Block] = [Paragraph(head)]
    for receipt in explanation.receipts:
        blocks += _receipt(receipt, artifact, shared, now)
    return tuple(blocks)


def _receipt(receipt: Receipt, artifact: Artifact, shared: Shared, now: datetime) -> list[Block]:
    current = receipt.version == artifact.version and artifact.state is ArtifactState.ACTIVE
    known = facts(
        (
            ("version", str(receipt.version)),
            ("made by", made_by(artifact) or "an explicit request"),
            ("solution", artifact.solution_id),
            ("labels", ", ".join(receipt.labels) or "none"),
            ("decided", words.moment(receipt.decided_at, now)),
            ("policy", words.short_digest(receipt.policy_digest)),
        )
    )
    blocks: list[Block] = [known, BLANK, *_ruled(line(strong("as a whole")), receipt.whole, "")]
    for ruling in receipt.parts:
        part = artifact.part(ruling.part) if current else None
        blocks += [BLANK, *_part(ruling, part), *_again(part, artifact, shared)]
    return blocks


def _part(ruling: PartRuling, part: Part | None) -> list[Block]:
    known = ", ".join(filter(None, (ruling.media_type, None if ruling.size is None else words.size(ruling.size))))
    verbs = _WAS if part is None else _IS
    verb = f"{verbs[ruling.ruling.decision]}{_kept_how(ruling.ruling)}"
    return _ruled(line(strong(ruling.part), f"  {verb}", quiet(f"  {known}")), ruling.ruling, ruling.note or "")


def _again(part: Part | None, artifact: Artifact, shared: Shared) -> list[Block]:
    """How to have a dropped view drawn again, where that is possible."""
    if part is None or part.place is not Place.NOWHERE or not part.regenerable or not shared.outlives:
        return []
    again = name(shared.command("get", artifact.artifact_id, "--rendering", part.name))
    return [Paragraph(line(quiet("draw it again from the meaning: "), again), 4)]


def _ruled(headline: Line, ruling: Ruling, note: str) -> list[Block]:
    why = line(words.because(ruling), quiet(f"  {ruling.source}"))
    told = [Paragraph(line(words.decision(ruling.decision), "  ", *headline), 2), Paragraph(why, 4)]
    return [*told, *(Paragraph(line(text), 4) for text in (f"because {ruling.reason}", note) if text)]


def _kept_how(ruling: Ruling) -> str:
    how = words.ttl(ruling.ttl) or (f"as {ruling.retention}" if ruling.retention else "")
    return f" {how}" if how else ""
