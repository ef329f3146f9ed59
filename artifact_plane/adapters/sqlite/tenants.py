"""The numbers of tenants, for readers: what was read is committed, so it may be remembered."""

from __future__ import annotations

from typing import Final

import apsw

from artifact_plane.adapters.sqlite.statements import statement

NOBODY: Final = 0
"""The number of a tenant of whom nothing is known: no row has it."""


class Tenants:
    """Numbers by id. Used in several threads: an entry is written once and never changes."""

    def __init__(self) -> None:
        self._numbers: Final[dict[str, int]] = {}

    def number(self, connection: apsw.Connection, tenant_id: str) -> int:
        """The tenant's number, or NOBODY's."""
        found = self._numbers.get(tenant_id)
        if found is None:
            row = connection.execute(statement("tenant_number"), (tenant_id,)).fetchone()
            if row is None:
                return NOBODY
            found = self._numbers[tenant_id] = int(row[0])
        return found
