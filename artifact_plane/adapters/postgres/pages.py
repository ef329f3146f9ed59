"""Statements for pages, for which the planner has to know how small a page is.

A plan is made once for all values, and of a limit that is a value the planner assumes that it takes a tenth of the
table: it would sort that tenth rather than go along the index. So the text holds a bound, of which there are few.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from artifact_plane.adapters.postgres.connections import Row
from artifact_plane.adapters.postgres.database import Database, named
from artifact_plane.adapters.postgres.statements import statement

_MARK: Final = "100 /* page */"
_BOUNDS: Final = (16, 128, 1_024, 16_384)


async def page(database: Database, name: str, limit: int, tenant_id: str, *values: object) -> list[Row]:
    """The rows of the statement ``name``, at most ``limit``; as ``Database.rows``."""
    text, _ = _bounded(name, next((bound for bound in _BOUNDS if limit <= bound), None)), named((tenant_id,))
    return await database.retried(lambda connection: connection.fetch(text, tenant_id, *values))


@cache
def _bounded(name: str, bound: int | None) -> str:
    return statement(name).replace(_MARK, "ALL" if bound is None else str(bound))
