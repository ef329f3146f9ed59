"""Lists: keyset pages along the best index. A page costs the same at any depth: it goes on before the sequence number
that the cursor names. Where a test has no index, the server sifts.
"""

from __future__ import annotations

import re
from typing import Final

import attrs

from artifact_plane.adapters.codec.tables import CURRENT, DELETED
from artifact_plane.domain.model.artifact import ArtifactFilter, ArtifactState
from artifact_plane.domain.model.errors import InvalidInput

_CURSOR: Final = re.compile(r"([a-z])([0-9a-f]{1,15})", re.ASCII)
_FROM_THE_NEWEST: Final = 2**62
_STANDINGS: Final = {
    ArtifactState.ACTIVE: [CURRENT],
    ArtifactState.DELETED: [DELETED],
    None: [CURRENT, DELETED],
}
# The index that leaves the fewest rows to sift comes first.
_INDEXES: Final = {
    "execution_id": "newest_by_execution",
    "session_id": "newest_by_session",
    "artifact_type": "newest_by_type",
}


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


@attrs.frozen(kw_only=True)
class Listing:
    """The question for one page of artifacts: the statement that goes along the best index, and its values."""

    statement: str
    values: tuple[object, ...]


def listed(criteria: ArtifactFilter, limit: int, after: str | None) -> Listing:
    """How to ask for a page, and for one row more, which says whether there is another page.

    Raises:
        InvalidInput: ``after`` is no cursor, or ``limit`` is below 1.
    """
    if limit < 1:
        raise InvalidInput("a page holds at least one artifact", where="limit", remedy="give a limit of 1 or more")
    decision = None if criteria.decision is None else criteria.decision.value
    ids = (criteria.artifact_type, criteria.session_id, criteria.execution_id, criteria.solution_id)
    tests = (*ids, decision, criteria.label)
    index = next((field for field in _INDEXES if getattr(criteria, field) is not None), None)
    sifts = sum(test is not None for test in tests) > (index is not None)
    return Listing(
        statement="newest" if index is None else _INDEXES[index],
        values=(_STANDINGS[criteria.state], sequence_of("a", after), limit + 1, *tests, not sifts),
    )
