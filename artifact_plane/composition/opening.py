"""Opening one adapter each: by technology, in an exit stack that closes what was opened, in reverse.

Technologies are imported when they are chosen and not before.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import attrs

from artifact_plane.composition.adapters import RecordStore
from artifact_plane.composition.policies import from_database
from artifact_plane.composition.settings import Settings
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.ports.artifact_registry import ArtifactRegistry
from artifact_plane.ports.blob_references import BlobReferences
from artifact_plane.ports.clock import Clock
from artifact_plane.ports.codec import Codec
from artifact_plane.ports.credentials import Credentials
from artifact_plane.ports.ledger import Ledger
from artifact_plane.ports.lineage_feed import LineageFeed
from artifact_plane.ports.lineage_graph import LineageGraph
from artifact_plane.ports.outbox import Outbox
from artifact_plane.ports.payload_store import PayloadStore
from artifact_plane.ports.record_archive import RecordArchive
from artifact_plane.ports.state_surface import StateSurface
from artifact_plane.ports.working_memory import WorkingMemory
from artifact_plane.ports.write_ahead_log import WriteAheadLog

if TYPE_CHECKING:
    from artifact_plane.ports.lineage_projection import LineageProjection

PAYLOADS: Final = "payloads"
_OF_THE_CLOUD: Final = frozenset({"arango", "gcs", "postgres", "redis"})
"""The extras that the extra ``cloud`` is made of."""


@attrs.frozen(kw_only=True)
class Ground:
    """What every adapter may stand on."""

    settings: Settings
    codec: Codec
    clock: Clock
    stack: AsyncExitStack

    @property
    def home(self) -> Path:
        """The folder of what lies on disk."""
        return self.settings.home.absolute()


async def open_records(technology: str, ground: Ground) -> RecordStore:
    """The record store."""
    return await _RECORDS[technology](ground)


async def open_payloads(technology: str, ground: Ground) -> PayloadStore:
    """The payload store."""
    return await _PAYLOADS[technology](ground)


async def open_memory(technology: str, ground: Ground) -> WorkingMemory:
    """The working memory."""
    return await _MEMORIES[technology](ground)


async def open_projection(ground: Ground, records: RecordStore) -> LineageProjection:
    """The projection of the record store's lineage; the record store itself tells what nodes are."""
    need("arango", "arango")
    from artifact_plane.adapters.arango.lineage_graph import ArangoLineageGraph
    from artifact_plane.adapters.arango.settings import ArangoSettings

    settings = ground.settings.section(ArangoSettings)
    return await ground.stack.enter_async_context(ArangoLineageGraph.open(settings, records.lineage, ground.clock))


# Record stores


async def _memory_records(ground: Ground) -> RecordStore:
    from artifact_plane.adapters.memory.home import MemoryHome

    home = await ground.stack.enter_async_context(MemoryHome.open())
    return _joined(home, home.feed)


async def _sqlite_records(ground: Ground) -> RecordStore:
    from artifact_plane.adapters.sqlite.database import SqliteSettings
    from artifact_plane.adapters.sqlite.home import SqliteHome

    settings = ground.settings
    sqlite = SqliteSettings(
        busy_budget=settings.busy_seconds, synchronous="full" if settings.synchronous == "full" else "normal"
    )
    return _joined(await ground.stack.enter_async_context(SqliteHome.open(ground.home, sqlite)))


async def _postgres_records(ground: Ground) -> RecordStore:
    need("asyncpg", "postgres")
    keep_quiet()
    from artifact_plane.adapters.postgres.home import PostgresHome
    from artifact_plane.adapters.postgres.policy_texts import PostgresPolicyTexts
    from artifact_plane.adapters.postgres.settings import PostgresSettings

    settings = ground.settings.section(PostgresSettings)
    home = await ground.stack.enter_async_context(PostgresHome.open(settings))
    texts = PostgresPolicyTexts(home.database)
    return attrs.evolve(_joined(home, home.feed), policies=lambda reading: from_database(texts, reading))


# Payload stores


async def _memory_payloads(ground: Ground) -> PayloadStore:
    from artifact_plane.adapters.memory.payload_store import MemoryPayloadStore

    return MemoryPayloadStore(ground.codec.hasher, ground.clock)


async def _filesystem_payloads(ground: Ground) -> PayloadStore:
    from artifact_plane.adapters.filesystem.payload_store import FilesystemPayloadStore
    from artifact_plane.adapters.resilience.payload_store import RetryingPayloadStore

    files = FilesystemPayloadStore(ground.home / PAYLOADS, hasher=ground.codec.hasher, clock=ground.clock)
    store = await ground.stack.enter_async_context(files)
    return RetryingPayloadStore(store, attempts=ground.settings.put_tries)


async def _gcs_payloads(ground: Ground) -> PayloadStore:
    need("google.cloud.storage", "gcs")
    keep_quiet()
    from artifact_plane.adapters.gcs.payload_store import GcsPayloadStore
    from artifact_plane.adapters.gcs.settings import GcsSettings
    from artifact_plane.adapters.system.ids import UuidIds

    settings = ground.settings.section(GcsSettings)
    return await ground.stack.enter_async_context(
        GcsPayloadStore.open(settings, hasher=ground.codec.hasher, clock=ground.clock, ids=UuidIds())
    )


# Working memories


async def _no_memory(ground: Ground) -> WorkingMemory:
    from artifact_plane.adapters.memory.no_working_memory import NoWorkingMemory

    return NoWorkingMemory()


async def _memory_memory(ground: Ground) -> WorkingMemory:
    from artifact_plane.adapters.memory.working_memory import MemoryWorkingMemory

    return MemoryWorkingMemory(ground.codec.hasher, largest_total=ground.settings.cache_bytes)


async def _sqlite_memory(ground: Ground) -> WorkingMemory:
    from artifact_plane.adapters.sqlite.working_memory import MemoryBounds, SqliteWorkingMemory

    bounds = MemoryBounds(total=ground.settings.cache_bytes)
    return await ground.stack.enter_async_context(SqliteWorkingMemory.open(ground.home, ground.codec.hasher, bounds))


async def _redis_memory(ground: Ground) -> WorkingMemory:
    need("redis", "redis")
    from artifact_plane.adapters.redis.settings import RedisSettings
    from artifact_plane.adapters.redis.working_memory import RedisWorkingMemory

    settings = ground.settings.section(RedisSettings)
    return await ground.stack.enter_async_context(RedisWorkingMemory.open(settings, ground.codec.hasher))


class _Home(Protocol):
    """What every record store offers, under these names."""

    @property
    def ledger(self) -> Ledger: ...
    @property
    def registry(self) -> ArtifactRegistry: ...
    @property
    def state(self) -> StateSurface: ...
    @property
    def log(self) -> WriteAheadLog: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def references(self) -> BlobReferences: ...
    @property
    def lineage(self) -> LineageGraph: ...
    @property
    def credentials(self) -> Credentials: ...
    @property
    def archive(self) -> RecordArchive: ...


def _joined(home: _Home, feed: LineageFeed | None = None) -> RecordStore:
    return RecordStore(
        ledger=home.ledger,
        registry=home.registry,
        state=home.state,
        log=home.log,
        outbox=home.outbox,
        references=home.references,
        lineage=home.lineage,
        credentials=home.credentials,
        feed=feed,
        archive=home.archive,
    )


def keep_quiet() -> None:
    """Keep retries of what this process opens out of what a command answers."""
    from artifact_plane.adapters.resilience.untold import keep_retries_untold

    keep_retries_untold()


def need(package: str, extra: str) -> None:
    """Raises InvalidInput where a technology's package is not installed."""
    if not _installed(package):
        others = ", or all of the cloud's with [cloud]" if extra in _OF_THE_CLOUD else ""
        raise InvalidInput(
            f"the package of this adapter is not installed ({package})",
            where=f"the extra {extra!r}",
            remedy=f"install it: pip install 'artifact-plane[{extra}]'{others}",
        )


def _installed(package: str) -> bool:
    top, _, rest = package.partition(".")
    return find_spec(top) is not None and (not rest or find_spec(package) is not None)


_RECORDS: Final[Mapping[str, Callable[[Ground], Awaitable[RecordStore]]]] = {
    "memory": _memory_records,
    "sqlite": _sqlite_records,
    "postgres": _postgres_records,
}
_PAYLOADS: Final[Mapping[str, Callable[[Ground], Awaitable[PayloadStore]]]] = {
    "memory": _memory_payloads,
    "filesystem": _filesystem_payloads,
    "gcs": _gcs_payloads,
}
_MEMORIES: Final[Mapping[str, Callable[[Ground], Awaitable[WorkingMemory]]]] = {
    "none": _no_memory,
    "memory": _memory_memory,
    "sqlite": _sqlite_memory,
    "redis": _redis_memory,
}
