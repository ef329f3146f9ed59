"""Profiles: which adapters run. ``memory`` is the reference, ``local`` is SQLite and files under one home, ``cloud``
is Postgres, GCS, ArangoDB and Redis; any port may be set otherwise (see ``choices``)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import attrs

from artifact_plane.composition.adapters import Adapters, RecordStore
from artifact_plane.composition.choices import choices_of
from artifact_plane.composition.opening import Ground, open_memory, open_payloads, open_projection, open_records
from artifact_plane.composition.plugins import installed_realms, installed_renderers
from artifact_plane.composition.policies import Reading, from_files
from artifact_plane.composition.settings import Settings
from artifact_plane.domain.model.json import JsonLimits
from artifact_plane.ports.clock import Clock, IdSource
from artifact_plane.ports.codec import Codec
from artifact_plane.ports.event_sink import EventSink
from artifact_plane.ports.lineage_feed import LineageFeed
from artifact_plane.ports.lineage_projection import LineageProjection
from artifact_plane.ports.policy_source import PolicySource
from artifact_plane.ports.realm import Realm
from artifact_plane.ports.renderer import Renderer
from artifact_plane.ports.secret_source import SecretSource


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
async def adapters_of(settings: Settings, extras: Extras) -> AsyncIterator[Adapters]:
    """The adapters that the settings choose: clients are opened here and closed on the way out, in reverse.

    Raises:
        InvalidInput: a setting is missing, two do not go together, or a technology's extra is not installed.
        Unavailable, Damaged: a store cannot be used; see the adapters.
    """
    choices = choices_of(settings)
    async with AsyncExitStack() as stack:
        ground = _ground(settings, extras, stack)
        codec = ground.codec
        records = await open_records(choices.records, ground)
        payloads = await open_payloads(choices.payloads, ground)
        yield Adapters(
            records=records,
            payloads=payloads,
            memory=await open_memory(choices.working_memory, ground),
            projection=await open_projection(ground, records) if choices.projected else None,
            policies=_policies(choices.policies, records, settings, extras, codec),
            codec=codec,
            clock=ground.clock,
            ids=_ids(extras),
            secrets=_secrets(),
            realms=lambda: (*installed_realms(), *extras.realms),
            renderers=lambda: (*installed_renderers(), *extras.renderers),
            sinks=_sinks(settings, extras),
        )


@asynccontextmanager
async def projection_of(settings: Settings) -> AsyncIterator[tuple[LineageFeed, LineageProjection]]:
    """The projection of the lineage and what feeds it, and nothing else of what the settings choose.

    Raises as ``adapters_of``; the settings must choose a projection.
    """
    async with AsyncExitStack() as stack:
        ground = _ground(settings, Extras(), stack)
        records = await open_records(choices_of(settings).records, ground)
        assert records.feed is not None  # noqa: S101 - no other record store can be projected
        yield records.feed, await open_projection(ground, records)


def _ground(settings: Settings, extras: Extras, stack: AsyncExitStack) -> Ground:
    return Ground(settings=settings, codec=_codec(settings), clock=_clock(extras), stack=stack)


def _codec(settings: Settings) -> Codec:
    from artifact_plane.adapters.codec.canonical import JsonCodec

    return JsonCodec(settings.digest, JsonLimits(max_bytes=settings.meaning_bytes))


def _clock(extras: Extras) -> Clock:
    from artifact_plane.adapters.system.clock import SystemClock

    return extras.clock or SystemClock()


def _ids(extras: Extras) -> IdSource:
    from artifact_plane.adapters.system.ids import UuidIds

    return extras.ids or UuidIds()


def _secrets() -> SecretSource:
    from artifact_plane.adapters.system.secrets import SystemSecrets

    return SystemSecrets()


def _policies(choice: str, records: RecordStore, settings: Settings, extras: Extras, codec: Codec) -> PolicySource:
    from artifact_plane.adapters.codec.records_policy import policy_digest

    if extras.policies is not None:
        return extras.policies
    reading = Reading(
        settings=settings,
        digest=lambda document: policy_digest(document, codec.digest),
        override=extras.policy if extras.policy is not None else settings.policy,
    )
    return records.policies(reading) if choice == "postgres" and records.policies is not None else from_files(reading)


def _sinks(settings: Settings, extras: Extras) -> tuple[EventSink, ...]:
    if settings.events is None:
        return tuple(extras.sinks)
    from artifact_plane.adapters.filesystem.event_sink import JsonLinesEventSink

    return (JsonLinesEventSink(settings.events), *extras.sinks)
