"""Pages of a record store's lists, the same in every database: newest first, each before the number in its cursor."""

from __future__ import annotations

import re
from typing import Final

from artifact_plane.adapters.codec.tables import CURRENT, DELETED
from artifact_plane.domain.model.artifact import ArtifactState
from artifact_plane.domain.model.errors import InvalidInput

LISTED: Final = {
    ArtifactState.ACTIVE: (CURRENT,),
    ArtifactState.DELETED: (DELETED,),
    None: (CURRENT, DELETED),
}
"""The standings of the versions that a list of artifacts of a state holds."""
_CURSOR: Final = re.compile(r"([a-z])([0-9a-f]{1,15})", re.ASCII)
_FROM_THE_NEWEST: Final = 2**62


def cursor_of(letter: str, sequence: int) -> str:
    """The cursor of the page that goes on before ``sequence`` in the list that ``letter`` stands for."""
    return f"{letter}{sequence:x}"


def sequence_of(letter: str, cursor: str | None) -> int:
    """Where the page of a cursor begins; None means at the newest.

    Raises:
        InvalidInput: it is not a cursor of that list.
    """
    if cursor is None:
        return _FROM_THE_NEWEST
    found = _CURSOR.fullmatch(cursor)
    if found is None or found[1] != letter:
        raise InvalidInput(
            "this is not a cursor of the list", where="after", remedy="give the cursor that came with the page before"
        )
    return int(found[2], 16)


def check_limit(limit: int) -> None:
    """Raises InvalidInput where a page would hold nothing."""
    if limit < 1:
        raise InvalidInput("a page holds at least one artifact", where="limit", remedy="give a limit of 1 or more")
