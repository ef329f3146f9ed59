"""Parts, rulings and records as blocks, where several commands show them alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from artifact_plane.adapters.cli import words
from artifact_plane.adapters.cli.options import Shared
from artifact_plane.adapters.cli.page.blocks import Block, Line, Listing, Paragraph, line, name, quiet
from artifact_plane.domain.model.artifact import Artifact, Part, PartRuling, Receipt
from artifact_plane.domain.model.decision import Ruling

_PART_HEADINGS: Final = ("part", "media type", "size", "decision", "where")
_RULING_HEADINGS: Final = ("part", "decision", "decided by", "written in")


def facts(rows: Iterable[tuple[str, Line | str | None]], indent: int = 2) -> Listing:
    """Named facts, one a row; those that are absent are left out."""
    given = tuple((line(quiet(label)), line(fact) if isinstance(fact, str) else fact) for label, fact in rows if fact)
    return Listing(given, indent=indent)


def parts(artifact: Artifact) -> Listing:
    """The parts of an artifact and where their bytes are."""
    rows = tuple(_part(part) for part in artifact.parts)
    return Listing(rows, _PART_HEADINGS, whole=(0, 2, 3, 1, 4), indent=2)


def _part(part: Part) -> tuple[Line, ...]:
    return (
        line(part.name),
        line(part.media_type),
        line(words.size(part.size)),
        line(words.decision(part.decision)),
        line(words.place(part)),
    )


def rulings(receipt: Receipt, indent: int = 2) -> Listing:
    """Every ruling of a receipt: on the output as a whole, then on each part."""
    rows = ((line(quiet("as a whole")), *_ruling(receipt.whole)), *(_part_ruling(part) for part in receipt.parts))
    return Listing(rows, _RULING_HEADINGS, whole=(0, 1, 3), under=((3, 2),), indent=indent)


def _part_ruling(part: PartRuling) -> tuple[Line, ...]:
    return (line(part.part), *_ruling(part.ruling))


def _ruling(ruling: Ruling) -> tuple[Line, ...]:
    return line(words.decision(ruling.decision)), line(words.because(ruling)), line(quiet(ruling.source))


def made_by(artifact: Artifact) -> str | None:
    """Who made it: the realm and the intent type; None for an explicit request."""
    return None if artifact.realm is None else f"{artifact.realm}, for {artifact.intent_type}"


def try_next(shared: Shared, *commands: tuple[str, ...], indent: int = 2) -> tuple[Block, ...]:
    """Commands to try, each on a line of its own; none where nothing is left to ask about."""
    if not shared.outlives:
        return ()
    return tuple(Paragraph(line(name(shared.command(*one))), indent) for one in commands)
