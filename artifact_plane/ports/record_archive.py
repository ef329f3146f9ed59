"""RecordArchive: a record store taken out and put into another, exactly: for copying a plane to another profile.

What is taken out comes in pages in the order of the ledger, and each page is put in whole: a store that was filled so
far stands at the position of the last page, which is where to go on.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from datetime import datetime

import attrs

from artifact_plane.domain.model.artifact import Artifact
from artifact_plane.domain.model.change import Event, JournalEntry, PolicyRecord
from artifact_plane.domain.model.execution import Execution
from artifact_plane.domain.model.request import Request
from artifact_plane.ports.lineage_feed import FeedEntry


@attrs.frozen(kw_only=True)
class ArchivedChange:
    """One commit: where it stands in the ledger, and what it wrote into the journal, receipts included."""

    position: int
    tenant_id: str
    change_id: str
    at: datetime
    journal: tuple[JournalEntry, ...] = ()


@attrs.frozen(kw_only=True)
class ArchivedVersion:
    """One version of an artifact as it is now: ``artifact`` is DELETED where the artifact was deleted since.

    ``current`` says that no later version has replaced it.
    """

    artifact: Artifact
    current: bool
    body: bytes | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class ArchivedExecution:
    """An execution as it is now; ``position`` is that of the commit that accepted it."""

    position: int
    execution: Execution


@attrs.frozen(kw_only=True)
class ArchivePage:
    """Everything that came with the commits after ``after``, up to ``up_to``, in the order in which it came.

    Versions and executions are as they are when the page is made, whatever became of them since. In ``lineage`` the
    ends of an edge come with it or before it; where a store does not know which commit brought a node or an edge, it
    names one of the same tenant that is near.
    """

    after: int
    up_to: int
    changes: tuple[ArchivedChange, ...] = ()
    lineage: tuple[FeedEntry, ...] = ()
    versions: tuple[ArchivedVersion, ...] = ()
    executions: tuple[ArchivedExecution, ...] = ()


@attrs.frozen(kw_only=True)
class ArchivedEvent:
    """An event that waits for its delivery; leases of relays are not kept. ``due`` None is at once."""

    event: Event
    due: datetime | None = None
    tries: int = 0
    trouble: str | None = None
    set_aside: bool = False


@attrs.frozen(kw_only=True)
class ArchivedRequest:
    """A request that is remembered under its caller's key."""

    tenant_id: str
    request: Request


@attrs.frozen(kw_only=True)
class LooseEnds:
    """A batch of what belongs to no position of the ledger: each in its order, oldest first."""

    events: tuple[ArchivedEvent, ...] = ()
    requests: tuple[ArchivedRequest, ...] = ()


class RecordArchive(ABC):
    """A record store's whole content, of all tenants. Claims, leases, holders and credentials are no part of it.

    It is taken out of a store that rests: what changes meanwhile may be in one page as it was and in another as it
    is. It is put into a store that nobody else writes to.
    """

    @abstractmethod
    async def position(self) -> int:
        """The ledger's position; 0 of a store in which nothing was ever committed."""

    @abstractmethod
    async def export(self, after: int, *, limit: int) -> ArchivePage:
        """The page of at most ``limit`` commits after position ``after``; at the ledger's end it is empty.

        Pages that follow on one another from 0 to the end hold everything, and each thing once.

        Raises:
            Damaged: a record does not read back.
            Unavailable: the record store cannot be read.
        """

    @abstractmethod
    async def policies(self) -> tuple[PolicyRecord, ...]:
        """All policies that are kept by their digest, in the order of these."""

    @abstractmethod
    def loose_ends(self, *, limit: int) -> AsyncIterator[LooseEnds]:
        """All that belongs to no position, in batches of at most ``limit`` of each kind. Raises as ``export``."""

    @abstractmethod
    async def restore(self, page: ArchivePage) -> None:
        """Put a page in, whole or not at all; durable when it returns, and the store is at ``page.up_to``.

        Everything is as it was: ids, positions, versions, times, texts, bytes. What the payload store has to keep is
        referred to. A node, an edge or a version that is there already stays as it is.

        Raises:
            Conflict: the store is not at ``page.after``.
            Unavailable: the record store cannot be written.
        """

    @abstractmethod
    async def restore_policies(self, policies: tuple[PolicyRecord, ...]) -> None:
        """Keep these policies; what is kept already stays. Raises Unavailable."""

    @abstractmethod
    async def restore_loose_ends(self, batch: LooseEnds) -> None:
        """Put a batch in, whole or not at all; an event or a key that is there already stays. Raises Unavailable."""
