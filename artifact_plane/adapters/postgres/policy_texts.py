"""Policy texts in the database: the same YAML that stands in files elsewhere, shared by all runtimes."""

from __future__ import annotations

from typing import Final

import attrs

from artifact_plane.adapters.postgres.connections import Connection
from artifact_plane.adapters.postgres.database import Database, giving_way
from artifact_plane.adapters.postgres.statements import statement
from artifact_plane.domain.model.identity import check_identifier


@attrs.frozen(kw_only=True)
class Texts:
    """What matters to one solution, as it is written; None where nothing is."""

    platform: bytes | None
    governance: bytes | None
    override: bytes | None


class PostgresPolicyTexts:
    """Reads and writes policy texts. Nothing is checked here: what does not load is refused where it is used.

    Every method raises ``Unavailable`` where the database is away. A text that is given as None is removed.
    """

    def __init__(self, database: Database) -> None:
        self._database: Final = database

    async def of_solution(self, tenant_id: str, solution_id: str) -> Texts:
        """The texts that are in force for a solution now, in one round trip.

        Raises:
            InvalidInput: an id is not legal.
        """
        _check(tenant_id, solution_id)
        rows = await self._database.rows("policy_texts", tenant_id, solution_id)
        platform, governance, override = rows[0]
        return Texts(platform=platform, governance=governance, override=override)

    async def put_platform(self, text: bytes | None) -> None:
        """Put the platform's default policy in force."""
        await self._put_shared("platform", text)

    async def put_governance(self, text: bytes | None) -> None:
        """Put the steward's rules in force."""
        await self._put_shared("governance", text)

    @giving_way
    async def put_override(self, tenant_id: str, solution_id: str, text: bytes | None) -> None:
        """Put a solution's override in force. Raises InvalidInput: an id is not legal."""
        _check(tenant_id, solution_id)
        async with self._database.tenant(tenant_id) as connection:
            if text is None:
                await connection.execute(statement("remove_solution_text"), tenant_id, solution_id)
            else:
                await connection.execute(statement("put_solution_text"), tenant_id, solution_id, text)

    async def _put_shared(self, layer: str, text: bytes | None) -> None:
        async def carry_out(connection: Connection) -> None:
            if text is None:
                await connection.execute(statement("remove_shared_text"), layer)
            else:
                await connection.execute(statement("put_shared_text"), layer, text)

        await self._database.retried(carry_out)


def _check(tenant_id: str, solution_id: str) -> None:
    check_identifier("tenant id", tenant_id)
    check_identifier("solution id", solution_id)
