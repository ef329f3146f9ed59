"""Profiles: which adapters run. ``memory`` is the reference, ``local`` is SQLite and files under one home.

Each profile is an async context: clients are opened here, handed in as ready objects, and closed in reverse.
Technologies are imported when their profile is opened.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Final

import attrs

from artifact_plane.composition.adapters import Adapters, RecordStore
from artifact_plane.composition.plugins import installed_realms, installed_renderers
from artifact_plane.composition.settings import Settings
from artifact_plane.domain.model.json import JsonLimits
from artifact_plane.ports.clock import Clock, IdSource
from artifact_plane.ports.codec import Codec
from artifact_plane.ports.event_sink import EventSink
from artifact_plane.ports.payload_store import PayloadStore
from artifact_plane.ports.policy_source import PolicySource
from artifact_plane.ports.realm import Realm
from artifact_plane.ports.renderer import Renderer
from artifact_plane.ports.working_memory import WorkingMemory

if TYPE_CHECKING:
    from artifact_plane.adapters.memory.home import MemoryHome
    from artifact_plane.adapters.sqlite.home import SqliteHome

PAYLOADS: Final = "payloads"
POLICIES: Final = "policy"


@attrs.frozen(kw_only=True)
class Extras:
    """What the caller brings in code: each is a seam.

    ``realms`` and ``renderers`` come beside the built-in and the installed ones. ``policy`` stands in for every
    solution's override, as plain data. ``policies``, ``clock`` and ``ids`` None mean the profile's own.
    """

    realms: Sequence[Realm] = ()
    renderers: Sequence[Renderer] = ()
    sinks: Sequence[EventSink] = ()
    policy: Mapping[str, object] | None = None
    policies: PolicySource | None = None
    clock: Clock | None = None
    ids: IdSource | None = None


@asynccontextmanager
async def memory_adapters(settings: Settings, extras: Extras) -> AsyncIterator[Adapters]:
    """Everything in this process's memory; it ends with the context."""
    from artifact_plane.adapters.memory.home import MemoryHome
    from artifact_plane.adapters.memory.payload_store import MemoryPayloadStore
    from artifact_plane.adapters.memory.working_memory import MemoryWorkingMemory

    codec, clock = _codec(settings), _clock(extras)
    async with MemoryHome.open() as home:
        yield _adapters(
            settings,
            extras,
            records=_records(home),
            payloads=MemoryPayloadStore(codec.hasher, clock),
            memory=MemoryWorkingMemory(codec.hasher, largest_total=settings.cache_bytes),
            codec=codec,
            clock=clock,
        )


@asynccontextmanager
async def local_adapters(settings: Settings, extras: Extras) -> AsyncIterator[Adapters]:
    """SQLite and files under ``settings.home``; several processes may have it open at once.

    Raises:
        Unavailable, InvalidInput, Damaged: the home cannot be used; see the adapters.
    """
    from artifact_plane.adapters.filesystem.payload_store import FilesystemPayloadStore
    from artifact_plane.adapters.resilience.payload_store import RetryingPayloadStore
    from artifact_plane.adapters.sqlite.database import SqliteSettings
    from artifact_plane.adapters.sqlite.home import SqliteHome
    from artifact_plane.adapters.sqlite.working_memory import MemoryBounds, SqliteWorkingMemory

    codec, clock, folder = _codec(settings), _clock(extras), settings.home.absolute()
    async with AsyncExitStack() as stack:
        sqlite = SqliteSettings(
            busy_budget=settings.busy_seconds, synchronous="full" if settings.synchronous == "full" else "normal"
        )
        home = await stack.enter_async_context(SqliteHome.open(folder, sqlite))
        payloads = await stack.enter_async_context(
            FilesystemPayloadStore(folder / PAYLOADS, hasher=codec.hasher, clock=clock)
        )
        memory = await stack.enter_async_context(
            SqliteWorkingMemory.open(folder, codec.hasher, MemoryBounds(total=settings.cache_bytes))
        )
        yield _adapters(
            settings,
            extras,
            records=_records(home),
            payloads=RetryingPayloadStore(payloads, attempts=settings.put_tries),
            memory=memory,
            codec=codec,
            clock=clock,
        )


def _records(home: MemoryHome | SqliteHome) -> RecordStore:
    return RecordStore(
        ledger=home.ledger,
        registry=home.registry,
        state=home.state,
        log=home.log,
        outbox=home.outbox,
        references=home.references,
        lineage=home.lineage,
    )


def _codec(settings: Settings) -> Codec:
    from artifact_plane.adapters.codec.canonical import JsonCodec

    return JsonCodec(settings.digest, JsonLimits(max_bytes=settings.meaning_bytes))


def _clock(extras: Extras) -> Clock:
    from artifact_plane.adapters.system.clock import SystemClock

    return extras.clock or SystemClock()


def _ids(extras: Extras) -> IdSource:
    from artifact_plane.adapters.system.ids import UuidIds

    return extras.ids or UuidIds()


def _policies(settings: Settings, extras: Extras, codec: Codec) -> PolicySource:
    from artifact_plane.adapters.codec.records_policy import policy_digest
    from artifact_plane.adapters.filesystem.policy_source import YamlPolicySource

    return extras.policies or YamlPolicySource(
        settings.home / POLICIES,
        digest=lambda document: policy_digest(document, codec.digest),
        cache_ttl=settings.cache_ttl,
        override=extras.policy if extras.policy is not None else settings.policy,
    )


def _sinks(settings: Settings, extras: Extras) -> tuple[EventSink, ...]:
    if settings.events is None:
        return tuple(extras.sinks)
    from artifact_plane.adapters.filesystem.event_sink import JsonLinesEventSink

    return (JsonLinesEventSink(settings.events), *extras.sinks)


def _adapters(
    settings: Settings,
    extras: Extras,
    *,
    records: RecordStore,
    payloads: PayloadStore,
    memory: WorkingMemory,
    codec: Codec,
    clock: Clock,
) -> Adapters:
    """The profile's own adapters, and those that all profiles share."""
    return Adapters(
        records=records,
        payloads=payloads,
        memory=memory,
        policies=_policies(settings, extras, codec),
        codec=codec,
        clock=clock,
        ids=_ids(extras),
        realms=lambda: (*installed_realms(), *extras.realms),
        renderers=lambda: (*installed_renderers(), *extras.renderers),
        sinks=_sinks(settings, extras),
    )
