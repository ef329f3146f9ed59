"""WriteAheadLog: the platform-native records in the order of their commits (law 2)."""

from __future__ import annotations

from abc import ABC, abstractmethod

from artifact_plane.domain.model.change import JournalRecord, RecordKind


class WriteAheadLog(ABC):
    """Reads the journal; writing it is the ledger's. Its records are never removed."""

    @abstractmethod
    async def replay(self, after: int, *, limit: int) -> tuple[JournalRecord, ...]:
        """Up to about ``limit`` records of all tenants committed after position ``after``, in order.

        A commit's records share its position and come together: the last one's position is where to go on.
        """

    @abstractmethod
    async def about(self, tenant_id: str, kind: RecordKind, subject: str) -> tuple[JournalRecord, ...]:
        """All records of one kind about one subject, oldest first."""

    @abstractmethod
    async def position(self) -> int:
        """The position of the last commit; 0 before the first."""
