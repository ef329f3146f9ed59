"""What the demonstration shows between the lines it computes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from artifact_plane.adapters.cli import words
from artifact_plane.adapters.cli.commands.facts import try_next
from artifact_plane.adapters.cli.options import Shared
from artifact_plane.adapters.cli.page.blocks import BLANK, Block, Line, Listing, Paragraph, line, name, quiet, strong
from artifact_plane.domain.model.artifact import Receipt
from artifact_plane.domain.model.decision import MaterializationDecision
from artifact_plane.ports.answers import Content, ExecutionResult

_HEADINGS: Final = ("result", "decision", "kept", "id", "decided by", "written in")


def told(title: str, *sentences: str) -> tuple[Block, ...]:
    """A heading with what there is to know about it."""
    return BLANK, Paragraph(line(strong(title))), *(Paragraph(line(one)) for one in sentences), BLANK


def outcomes(results: Iterable[ExecutionResult]) -> Listing:
    """Every result with its decision, layer and rule, how much of it is kept, and its id."""
    rows = tuple(_outcome(receipt) for result in results for receipt in result.receipts if receipt.version is not None)
    return Listing(rows, _HEADINGS, whole=(3, 0, 1, 2, 4), under=((5, 4), (3, 0), (2, 1)), indent=2)


def _outcome(receipt: Receipt) -> tuple[Line, ...]:
    kept = (one for one in receipt.parts if one.ruling.decision is not MaterializationDecision.DISCARD)
    return (
        line(receipt.result_type),
        line(words.decision(receipt.whole.decision)),
        line(words.size(sum(one.size or 0 for one in kept))),
        line(name(receipt.subject)),
        line(words.because(receipt.whole)),
        line(quiet(receipt.whole.source)),
    )


def drawn_again(content: Content, shared: Shared) -> tuple[Block, ...]:
    """A view that was dropped, and drawn from the meaning just now."""
    facts = f"{content.part.media_type}, {words.size(content.size)}, {words.short_digest(content.digest)}"
    artifact = content.artifact
    said = line(f"The {content.part.name} of this {artifact.artifact_type} was dropped; drawn just now: ", quiet(facts))
    return Paragraph(said), *try_next(shared, ("get", artifact.artifact_id, "--rendering", content.part.name))
