"""Lists: keyset pages along the best index. A page costs the same at any depth: it goes on before the sequence number
that the cursor names. Where a test has no index, the server sifts.
"""

from __future__ import annotations

from typing import Final

import attrs

from artifact_plane.adapters.codec.paging import LISTED, check_limit, sequence_of
from artifact_plane.domain.model.artifact import ArtifactFilter

# The index that leaves the fewest rows to sift comes first.
_INDEXES: Final = {
    "execution_id": "newest_by_execution",
    "session_id": "newest_by_session",
    "artifact_type": "newest_by_type",
}


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
    check_limit(limit)
    decision = None if criteria.decision is None else criteria.decision.value
    ids = (criteria.artifact_type, criteria.session_id, criteria.execution_id, criteria.solution_id)
    tests = (*ids, decision, criteria.label)
    index = next((field for field in _INDEXES if getattr(criteria, field) is not None), None)
    sifts = sum(test is not None for test in tests) > (index is not None)
    return Listing(
        statement="newest" if index is None else _INDEXES[index],
        values=(list(LISTED[criteria.state]), sequence_of("a", after), limit + 1, *tests, not sifts),
    )
