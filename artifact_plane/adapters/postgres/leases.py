"""Leases: who is alive, in the database's own time, so that the clocks of the machines play no part.

A process renews the leases of its holders three times in the time that one lasts. A renewal that fails is made again
soon, for what is left of the lease may be less than the time until the next one. While the database is away it keeps
trying; a lease that runs out meanwhile is taken anew afterwards, and whatever was taken over from its holder stays so.
"""

from __future__ import annotations

import asyncio
from typing import Final

from artifact_plane.adapters.postgres.connections import Connection, Row
from artifact_plane.adapters.postgres.database import Database
from artifact_plane.adapters.postgres.statements import statement
from artifact_plane.domain.model.errors import ArtifactPlaneError, Conflict
from artifact_plane.domain.model.identity import check_identifier

_RENEWALS: Final = 3
"""How often a lease is renewed in the time that it lasts."""
_HASTE: Final = 10
"""So much sooner than the next one a renewal that failed is made again."""


class Leases:
    """The leases of the holders of this process."""

    def __init__(self, database: Database, *, seconds: float) -> None:
        self._database: Final = database
        self._seconds: Final = seconds
        self._held: Final[set[str]] = set()
        self._mark: str | None = None
        self._renewing: asyncio.Task[None] | None = None

    @property
    def held(self) -> tuple[str, ...]:
        """The holders of this process."""
        return tuple(sorted(self._held))

    async def hold(self, holder: str) -> None:
        """Announce ``holder``; repeating it has no effect.

        Raises:
            Conflict: another process holds that name.
            InvalidInput: it is not a legal id.
            Unavailable: the database is away.
        """
        check_identifier("holder", holder)
        if holder in self._held:
            return
        if not await self._changed("take_lease", holder, self._seconds, await self._own_mark()):
            raise Conflict("another process goes by that name", where=f"holder {holder}", remedy="take a new name")
        await self._changed("forget_leases")
        self._held.add(holder)
        if self._renewing is None:
            self._renewing = asyncio.create_task(self._keep_renewing(), name="lease renewal")

    async def let_go(self, holder: str) -> None:
        """End ``hold``; repeating it has no effect.

        Raises:
            Unavailable: the database is away; the lease runs out by itself.
        """
        if holder in self._held:
            self._held.discard(holder)
            await self._changed("end_leases", [holder], self._mark)

    async def close(self) -> None:
        """Let all holders go; those that the database does not hear of run out by themselves."""
        await self.stop()
        held = list(self.held)
        self._held.clear()
        if held:
            try:
                await asyncio.wait_for(self._changed("end_leases", held, self._mark), self._seconds)
            except (ArtifactPlaneError, TimeoutError):
                return

    async def stop(self) -> None:
        """Renew no more, and say nothing: what the death of the process does."""
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.wait([self._renewing])
            self._renewing = None

    async def _keep_renewing(self) -> None:
        pause = until_next = self._seconds / _RENEWALS
        while True:
            await asyncio.sleep(pause)
            try:
                await self.renew()
                pause = until_next
            except ArtifactPlaneError:
                # The database is away. What this means is up to those who find the lease run out.
                pause = until_next / _HASTE

    async def renew(self) -> None:
        """Renew now what is held. Raises Unavailable."""
        if held := list(self.held):
            await self._changed("renew_leases", held, self._seconds, self._mark)
            if gone := [holder for holder in held if holder not in self._held]:
                await self._changed("end_leases", gone, self._mark)  # let go while its renewal was under way

    async def _own_mark(self) -> str:
        """What tells this process from another that goes by the same name: asked again after a lost reply, the
        database knows whose lease it is."""
        if self._mark is None:
            ((mark,),) = await self._changed("new_mark")
            self._mark = self._mark or mark  # others may have asked for one meanwhile
        return self._mark

    async def _changed(self, name: str, *values: object) -> list[Row]:
        """Carry out a statement; each of them may be repeated where a reply was lost."""

        async def carry_out(connection: Connection) -> list[Row]:
            return await connection.fetch(statement(name), *values)

        return await self._database.retried(carry_out)
