"""Lists of artifacts: keyset pages along the best index, sifted in bounded steps where a test has no index.

A page costs the same at any depth: it goes on before the sequence number that the cursor names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Final, TypeAlias

import apsw
import attrs
import orjson

from artifact_plane.adapters.codec.paging import LISTED, check_limit, cursor_of, sequence_of
from artifact_plane.adapters.sqlite.statements import Row, select
from artifact_plane.domain.model.artifact import ArtifactFilter
from artifact_plane.domain.model.decision import MaterializationDecision

Test: TypeAlias = Callable[[Row], bool]
SIFTED_AT_ONCE: Final = 1_000
# The index that leaves the fewest rows to sift comes first.
_INDEXES: Final = {
    "execution_id": "newest_by_execution",
    "session_id": "newest_by_session",
    "artifact_type": "newest_by_type",
}
_COLUMNS: Final = {"artifact_type": 6, "session_id": 7, "solution_id": 8, "execution_id": 11, "decision": 15}
SEQUENCE: Final = 5
LABELS: Final = 16
"""Columns of the table ``artifact``, counted from 0."""


@attrs.frozen(kw_only=True)
class Listing:
    """One page to be found: along which index, with which key, what has to be sifted out, and where to begin."""

    index: str
    key: tuple[str, ...]
    standings: tuple[int, ...]
    tests: tuple[Test, ...]
    limit: int
    before: int

    @property
    def sifts(self) -> bool:
        """Whether rows have to be read that will not be in the answer."""
        return bool(self.tests)

    def answer(self, connection: apsw.Connection, tenant: int) -> tuple[list[Row], str | None]:
        """The rows of the page, and the cursor of the next one."""
        page: list[Row] = []
        for step in self._steps(connection, tenant):
            page += [row for row in step if all(test(row) for test in self.tests)] if self.tests else step
            if len(page) > self.limit:
                del page[self.limit :]
                return page, cursor_of("a", page[-1][SEQUENCE])
        return page, None

    def _steps(self, connection: apsw.Connection, tenant: int) -> Iterator[list[Row]]:
        """Candidates, newest first, a bounded number at a time."""
        size = SIFTED_AT_ONCE if self.tests else self.limit + 1
        before = self.before
        step: list[Row] = []
        while not step or len(step) == size:
            found = [select(connection, self.index, tenant, one, before, size, *self.key) for one in self.standings]
            step = found[0] if len(found) == 1 else sorted(chain(*found), key=_sequence, reverse=True)[:size]
            if not step:
                return
            before = step[-1][SEQUENCE]
            yield step


def listed(criteria: ArtifactFilter, limit: int, after: str | None) -> Listing:
    """How to find the page.

    Raises:
        InvalidInput: ``after`` is no cursor, or ``limit`` is below 1.
    """
    check_limit(limit)
    index = next((name for name in _INDEXES if getattr(criteria, name) is not None), None)
    return Listing(
        index="newest" if index is None else _INDEXES[index],
        key=() if index is None else (getattr(criteria, index),),
        standings=LISTED[criteria.state],
        tests=tuple(_tests(criteria, index)),
        limit=limit,
        before=sequence_of("a", after),
    )


def _tests(criteria: ArtifactFilter, index: str | None) -> Iterator[Test]:
    """The tests that the index does not answer."""
    for name, column in _COLUMNS.items():
        wanted = getattr(criteria, name)
        if wanted is not None and name != index:
            yield _equals(column, wanted.value if isinstance(wanted, MaterializationDecision) else wanted)
    if criteria.label is not None:
        yield _has_label(criteria.label)


def _equals(column: int, wanted: str) -> Test:
    return lambda row: row[column] == wanted


def _has_label(label: str) -> Test:
    return lambda row: row[LABELS] is not None and label in orjson.loads(row[LABELS])


def _sequence(row: Row) -> int:
    sequence: int = row[SEQUENCE]
    return sequence
