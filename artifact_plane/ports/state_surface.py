"""StateSurface: execution state, who holds what, and the policies that runs were accepted under."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime
from typing import Final

from artifact_plane.domain.model.execution import Execution
from artifact_plane.domain.model.policy_document import PolicyDocument
from artifact_plane.domain.model.request import Request

UNFINISHED_PAGE: Final = 100
"""Unfinished executions that are looked up at a time, unless otherwise said."""


class StateSurface(ABC):
    """Reads execution state; writing it is the ledger's. Holders are the running processes of the plane."""

    @abstractmethod
    async def execution(self, tenant_id: str, execution_id: str) -> Execution:
        """The execution as last committed.

        Raises:
            NotFound: this tenant has no such execution.
        """

    @abstractmethod
    async def latest_attempt(self, tenant_id: str, intent_id: str) -> Execution | None:
        """The newest execution of an intent, or None where the intent was never accepted."""

    @abstractmethod
    async def executions(
        self, tenant_id: str, *, session_id: str | None = None, limit: int, after: str | None = None
    ) -> tuple[tuple[Execution, ...], str | None]:
        """A page of executions, newest first, of one session if given; and the next page's cursor or None.

        Raises:
            InvalidInput: ``after`` is not a cursor of this store.
        """

    @abstractmethod
    async def unfinished(
        self, *, limit: int = UNFINISHED_PAGE, after: Execution | None = None
    ) -> tuple[Execution, ...]:
        """A page of the executions of all tenants that are not in a final state, oldest first.

        Fewer than ``limit`` are the last. ``after`` is the last of the page before, whatever became of it since.
        """

    @abstractmethod
    async def hold(self, holder: str) -> None:
        """Announce this process as alive under the name ``holder``, until it is closed or dies.

        On one machine a holder's death is seen at once by every process that shares the store; on a shared
        database when its lease has run out, by the database's own time.
        """

    @abstractmethod
    async def let_go(self, holder: str) -> None:
        """End ``hold``; from now on the holder counts as dead. Repeating it has no effect."""

    @abstractmethod
    async def is_alive(self, holder: str) -> bool:
        """Whether that holder's process still lives. An unknown holder does not."""

    @abstractmethod
    async def policy(self, digest: str) -> PolicyDocument:
        """The policy kept under its digest (law 6).

        Raises:
            NotFound: no change recorded such a policy.
        """

    @abstractmethod
    async def request(self, tenant_id: str, key: str, now: datetime) -> Request | None:
        """The request recorded under a key that has not expired at ``now``, else None."""
