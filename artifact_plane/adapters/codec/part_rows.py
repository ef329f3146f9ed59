"""The parts of an artifact as a column of its row holds them, the same in every database.

Arrays, not objects: they are shorter and faster to read, and rows are read by the hundred.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from artifact_plane.adapters.codec.records import DECISIONS, ROLES, moment_text
from artifact_plane.adapters.codec.tables import PLACES
from artifact_plane.adapters.codec.thawing import thawed
from artifact_plane.domain.model.artifact import Part, RenderedBy
from artifact_plane.domain.model.json import Json, JsonObject

_new_part: Final = thawed(Part)


def part_values(part: Part) -> list[Json]:
    """The array that stands for a part."""
    drawn, expires = part.rendered_by, part.expires_at
    return [
        part.name,
        part.role.value,
        part.media_type,
        part.decision.value,
        part.place.value,
        part.size,
        part.digest,
        part.location,
        None if expires is None else moment_text(expires),
        None if drawn is None else [drawn.renderer, drawn.version, drawn.format, drawn.options],
    ]


# Any: a decoded array, whose items are of one kind each. One of another kind shows when the part is built from it.
def part_of(values: Sequence[Any]) -> Part:
    """The part that ``part_values`` wrote; raises one of ``tables.UNREADABLE`` where it did not write this."""
    part = _new_part()
    part.name, role, part.media_type, decision, place, part.size, part.digest, part.location, expires, drawn = values
    part.role = ROLES[role]
    part.decision = DECISIONS[decision]
    part.place = PLACES[place]
    part.expires_at = None if expires is None else datetime.fromisoformat(expires)
    part.rendered_by = None if drawn is None else _rendered_by(*drawn)
    part.__class__ = Part
    frozen: Part = part
    return frozen


def _rendered_by(renderer: str, version: str, format: str, options: JsonObject) -> RenderedBy:
    return RenderedBy(renderer=renderer, version=version, format=format, options=options)
