"""Lists of artifacts: keyset pages along the best index, sifted in bounded steps where a test has no index.

A page costs the same at any depth: it goes on before the sequence number that the cursor names.
"""

from __future__ import annotations

import heapq
import re
from array import array
from collections.abc import Iterator, Sequence
from typing import Final

import apsw
import attrs

from artifact_plane.adapters.sqlite.rows import CURRENT, DELETED
from artifact_plane.adapters.sqlite.statements import Row, select
from artifact_plane.domain.model.artifact import ArtifactFilter, ArtifactState
from artifact_plane.domain.model.errors import InvalidInput

SIFTED_AT_ONCE: Final = 1_000
_CURSOR: Final = re.compile(r"([a-z])([0-9a-f]{1,15})", re.ASCII)
_FROM_THE_NEWEST: Final = 2**62
_STANDINGS: Final = {
    ArtifactState.ACTIVE: (CURRENT,),
    ArtifactState.DELETED: (DELETED,),
    None: (CURRENT, DELETED),
}
_SEQUENCE: Final = 5
_INDEXES: Final = {
    None: "newest",
    "artifact_type": "newest_by_type",
    "session_id": "newest_by_session",
    "execution_id": "newest_by_execution",
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
    """One page to be found: the index and its key, the tests that remain (NULL where there is none), and where."""

    index: str
    key: tuple[str, ...]
    standings: tuple[int, ...]
    tests: tuple[str | None, ...]
    limit: int
    before: int

    @property
    def sifts(self) -> bool:
        """Whether rows have to be read that will not be in the answer."""
        return any(test is not None for test in self.tests)

    def answer(self, connection: apsw.Connection, tenant: int) -> tuple[list[Row], str | None]:
        """The rows of the page, and the cursor of the next one."""
        rows: list[Row] = []
        for step in self._steps(connection, tenant):
            rows += self._rows(connection, step)
            if len(rows) > self.limit:
                rows = rows[: self.limit]
                return rows, cursor_of("a", rows[-1][_SEQUENCE])
        return rows, None

    def _steps(self, connection: apsw.Connection, tenant: int) -> Iterator[Sequence[int]]:
        """The numbers of candidates, newest first, a bounded number at a time."""
        size = SIFTED_AT_ONCE if self.sifts else self.limit + 1
        before = self.before
        while True:
            found = [
                select(connection, self.index, tenant, standing, before, size, *self.key) for standing in self.standings
            ]
            step = list(heapq.merge(*found, reverse=True))[:size]
            if step:
                before = step[-1][0]
                yield [k for _, k in step]
            if len(step) < size:
                return

    def _rows(self, connection: apsw.Connection, numbers: Sequence[int]) -> list[Row]:
        wanted = apsw.carray(array("q", numbers))
        if not self.sifts:
            return select(connection, "records", wanted)
        return select(connection, "matching_records", wanted, *self.tests)


def listed(criteria: ArtifactFilter, limit: int, after: str | None) -> Listing:
    """How to find the page.

    Raises:
        InvalidInput: ``after`` is no cursor, or ``limit`` is below 1.
    """
    if limit < 1:
        raise InvalidInput("a page holds at least one artifact", where="limit", remedy="give a limit of 1 or more")
    index, key = _best_index(criteria)
    tests = {
        "artifact_type": criteria.artifact_type,
        "session_id": criteria.session_id,
        "solution_id": criteria.solution_id,
        "decision": None if criteria.decision is None else criteria.decision.value,
        "label": criteria.label,
    }
    return Listing(
        index=_INDEXES[index],
        key=key,
        standings=_STANDINGS[criteria.state],
        tests=tuple([None if name == index else test for name, test in tests.items()]),
        limit=limit,
        before=sequence_of("a", after),
    )


def _best_index(criteria: ArtifactFilter) -> tuple[str | None, tuple[str, ...]]:
    """The index that leaves the fewest rows to sift, and its key."""
    if criteria.execution_id is not None:
        return "execution_id", (criteria.execution_id,)
    if criteria.session_id is not None:
        return "session_id", (criteria.session_id,)
    if criteria.artifact_type is not None:
        return "artifact_type", (criteria.artifact_type,)
    return None, ()
