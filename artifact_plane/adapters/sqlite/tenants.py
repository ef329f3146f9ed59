"""The numbers of tenants, for readers: what was read is committed, so it may be remembered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import apsw

from artifact_plane.adapters.sqlite.statements import Binding, Row, select

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
            rows = select(connection, "tenant_number", tenant_id)
            if not rows:
                return NOBODY
            found = self._numbers[tenant_id] = int(rows[0][0])
        return found

    def question(self, name: str, tenant_id: str, *values: Binding) -> Callable[[apsw.Connection], list[Row]]:
        """The question that the statement ``name`` asks about a tenant, whose number is its first value."""
        return lambda connection: select(connection, name, self.number(connection, tenant_id), *values)
