"""Profiles: which adapters run. ``memory`` is the reference, ``local`` is SQLite and files under one home."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

import attrs

from artifact_plane.composition.adapters import Adapters, RecordStore
from artifact_plane.composition.plugins import installed_realms
from artifact_plane.composition.settings import Settings
from artifact_plane.domain.model.json import JsonLimits
from artifact_plane.domain.model.policy_document import PolicyDocument
from artifact_plane.ports.clock import Clock, IdSource
from artifact_plane.ports.codec import Codec
from artifact_plane.ports.event_sink import EventSink
from artifact_plane.ports.policy_source import PolicySource
from artifact_plane.ports.realm import Realm
from artifact_plane.ports.renderer import Renderer


@attrs.frozen(kw_only=True)
class Extras:
    """What the caller brings in code: each is a seam. ``policy`` stands in for every solution's override.

    ``realms`` and ``renderers`` come beside the built-in and the installed ones; ``clock`` and ``ids`` None mean
    the system's.
    """

    realms: Sequence[Realm] = ()
    renderers: Sequence[Renderer] = ()
    sinks: Sequence[EventSink] = ()
    policy: Mapping[str, object] | None = None
    clock: Clock | None = None
    ids: IdSource | None = None


@asynccontextmanager
async def memory_adapters(settings: Settings, extras: Extras) -> AsyncIterator[Adapters]:
    """Everything in this process's memory; it ends with the context."""
    from artifact_plane.adapters.memory.home import MemoryHome

    async with memory_process(MemoryHome(cache_bytes=settings.cache_bytes), settings, extras) as adapters:
        yield adapters
