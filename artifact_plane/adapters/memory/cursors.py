"""Cursors: a place in the order of creation, named after the list that it is a cursor of."""

from __future__ import annotations

import re
from typing import Final

from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.identity import printable

_CURSOR: Final = re.compile(r"([a-z]+)-([0-9]{1,18})")


def cursor(name: str, place: int) -> str:
    """The cursor of ``place`` in the list ``name``."""
    return f"{name}-{place}"


def place_of(name: str, after: str | None) -> int | None:
    """The place that a cursor of the list ``name`` stands for; None for the beginning.

    Raises:
        InvalidInput: it is no cursor of that list.
    """
    if after is None:
        return None
    match = _CURSOR.fullmatch(after)
    if match is None or match[1] != name:
        raise InvalidInput(
            f"{printable(after)} is not a cursor of this list",
            where="after",
            remedy="give the cursor that came with the page before, unchanged",
        )
    return int(match[2])
