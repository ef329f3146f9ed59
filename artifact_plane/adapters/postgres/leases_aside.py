"""Leases that are kept in a thread of their own: a holder is alive as long as its process lives.

Were they renewed by the caller's event loop, a realm that blocks it for longer than a lease lasts would be taken for
dead, and its run taken over by another process that it then blocks as well.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final, Self

from artifact_plane.adapters.postgres.aside import Aside
from artifact_plane.adapters.postgres.database import Database
from artifact_plane.adapters.postgres.leases import Leases
from artifact_plane.adapters.postgres.settings import PostgresSettings


class LeasesAside:
    """See ``Leases``: each call is carried out by the thread's own loop, on a connection of its own."""

    def __init__(self, aside: Aside, leases: Leases) -> None:
        """Use ``open``."""
        self._aside: Final = aside
        self._leases: Final = leases

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: PostgresSettings) -> AsyncIterator[Self]:
        """The leases of this process; closed on the way out, the connection too."""
        async with AsyncExitStack() as stack:
            aside = await stack.enter_async_context(Aside.open("lease renewal"))
            database = Database(settings)
            stack.push_async_callback(lambda: aside.run(database.close()))
            leases = cls(aside, Leases(database, seconds=settings.lease))
            stack.push_async_callback(leases.close)
            yield leases

    @property
    def held(self) -> tuple[str, ...]:
        """See ``Leases.held``."""
        return self._leases.held

    async def hold(self, holder: str) -> None:
        """See ``Leases.hold``."""
        await self._aside.run(self._leases.hold(holder))

    async def let_go(self, holder: str) -> None:
        """See ``Leases.let_go``."""
        await self._aside.run(self._leases.let_go(holder))

    async def renew(self) -> None:
        """Renew now what is held; it is done by itself, three times in the time that a lease lasts."""
        await self._aside.run(self._leases.renew())

    async def stop(self) -> None:
        """See ``Leases.stop``."""
        await self._aside.run(self._leases.stop())

    async def close(self) -> None:
        """See ``Leases.close``."""
        await self._aside.run(self._leases.close())
