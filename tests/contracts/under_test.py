"""What an adapter's test module hands to a suite: the ports, a second handle, and a back door to the raw data."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

import attrs

from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.lineage import LineageEdge
from artifact_plane.domain.model.rendering import Digest
from artifact_plane.ports.artifact_registry import ArtifactRegistry
from artifact_plane.ports.blob_references import BlobReferences
from artifact_plane.ports.ledger import Ledger
from artifact_plane.ports.lineage_graph import LineageGraph
from artifact_plane.ports.outbox import Outbox
from artifact_plane.ports.payload_store import PayloadStore, StoredPayload
from artifact_plane.ports.state_surface import StateSurface
from artifact_plane.ports.working_memory import MemoryKey, WorkingMemory
from artifact_plane.ports.write_ahead_log import WriteAheadLog

CENSUS: Final = frozenset(
    {"versions", "bodies", "receipts", "edges", "executions", "journal", "events", "policies", "references", "claims"}
)
"""What a census counts: versions of artifacts, inline bodies, receipts, lineage edges, executions, journal records,
events in the outbox, policies, blob references, claims."""


class RecordBackdoor(ABC):
    """The record store's raw data, read and written past its adapters."""

    @abstractmethod
    async def census(self) -> Mapping[str, int]:
        """How many rows of each kind there are, of all tenants, under the names of ``CENSUS``."""

    @abstractmethod
    async def body(self, tenant_id: str, artifact_id: str, version: int) -> bytes | None:
        """The inline body as it is stored, None where there is none."""

    @abstractmethod
    async def set_body(self, tenant_id: str, artifact_id: str, version: int, data: bytes) -> None:
        """Put other bytes in the place of an inline body."""

    @abstractmethod
    async def edges(self, tenant_id: str) -> frozenset[LineageEdge]:
        """The tenant's stored edges."""

    @abstractmethod
    async def event_body(self, event_id: str) -> JsonObject | None:
        """The body of an event that is in the outbox, None where there is no such row."""

    @abstractmethod
    async def references(self, tenant_id: str) -> Sequence[Digest]:
        """The digests that the tenant's blob references name, one for each reference, sorted."""

    async def let_events_wait(self, seconds: float) -> None:
        """Let time pass for the events of an outbox that goes by a clock of its own; others are told the time."""
        await asyncio.sleep(0)


@attrs.frozen(kw_only=True)
class RecordStoreUnderTest:
    """One handle on a record store: what one process has open.

    ``reopen`` opens a further handle on the same data, as another process would. ``die`` ends this handle as the
    death of its process would: nothing is let go politely, and the handle is not used again.
    """

    ledger: Ledger
    registry: ArtifactRegistry
    state: StateSurface
    log: WriteAheadLog
    outbox: Outbox
    references: BlobReferences
    lineage: LineageGraph
    reopen: Callable[[], Awaitable[RecordStoreUnderTest]]
    die: Callable[[], Awaitable[None]]
    backdoor: RecordBackdoor


class PayloadBackdoor(ABC):
    """The payload store's raw data, read and written past the adapter."""

    @abstractmethod
    async def read(self, tenant_id: str, digest: Digest) -> bytes | None:
        """The bytes that are stored for the digest, None where there are none."""

    @abstractmethod
    async def write(self, stored: StoredPayload, data: bytes) -> None:
        """Put other bytes in the place of the stored ones."""

    @abstractmethod
    async def everything(self) -> Sequence[str]:
        """A name for each thing that takes up room, temporary ones included, sorted."""


@attrs.frozen(kw_only=True)
class PayloadStoreUnderTest:
    """One handle on a payload store.

    ``let_time_pass`` moves the store's time on by so many seconds: with the clock, or by ageing what is stored.
    """

    store: PayloadStore
    reopen: Callable[[], Awaitable[PayloadStore]]
    let_time_pass: Callable[[float], Awaitable[None]]
    backdoor: PayloadBackdoor


class MemoryBackdoor(ABC):
    """The working memory's raw data, read and written past the adapter."""

    @abstractmethod
    async def read(self, key: MemoryKey) -> bytes | None:
        """The stored bytes, None where there are none; time plays no part."""

    @abstractmethod
    async def write(self, key: MemoryKey, data: bytes) -> None:
        """Put other bytes in the place of the stored ones."""


@attrs.frozen(kw_only=True)
class WorkingMemoryUnderTest:
    """One handle on a working memory. ``reopen`` opens another on the same data (the same one where it has none)."""

    memory: WorkingMemory
    reopen: Callable[[], Awaitable[WorkingMemory]]
    backdoor: MemoryBackdoor


@attrs.frozen(kw_only=True)
class PolicyTexts:
    """Policy texts as they would stand in files; JSON, which is YAML too. None means that there is no such file."""

    platform: str | None = None
    governance: str | None = None
    solutions: Mapping[tuple[str, str], str] = attrs.field(factory=dict)
