"""``open_application``: the one place where everything is joined, with every seam a parameter."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from artifact_plane.composition.application import running
from artifact_plane.composition.profiles import Extras, adapters_of
from artifact_plane.composition.settings import Settings, load
from artifact_plane.domain.use_cases.limits import Limits

if TYPE_CHECKING:
    from artifact_plane.ports.application import Application
    from artifact_plane.ports.clock import Clock, IdSource
    from artifact_plane.ports.event_sink import EventSink
    from artifact_plane.ports.realm import Realm
    from artifact_plane.ports.renderer import Renderer


def open_application(
    profile: str | None = None,
    home: str | Path | None = None,
    *,
    policy: str | Path | Mapping[str, object] | None = None,
    realms: Sequence[Realm] = (),
    renderers: Sequence[Renderer] = (),
    sinks: Sequence[EventSink] = (),
    settings: Settings | None = None,
    clock: Clock | None = None,
    ids: IdSource | None = None,
) -> AbstractAsyncContextManager[Application]:
    """An application, open for the length of ``async with``.

    ``profile`` is ``local`` (the default: SQLite and files under ``home``), ``memory`` or ``cloud``. ``policy`` is a
    YAML file, or the same as plain data, that stands in for every solution's override. ``realms``, ``renderers`` and
    ``sinks`` come beside what is built in and installed. What is not given comes from the environment and the settings
    file
    (see ``composition.settings``), unless ``settings`` is given, which then says all.

    Raises (when the context is entered):
        InvalidInput: a setting is unknown or not legal, or the home is of a newer release.
        Unavailable, Damaged: the home cannot be used.
    """
    given = {
        "profile": profile,
        "home": home,
        "policy": None if isinstance(policy, Mapping) else policy,
    }
    extras = Extras(
        realms=realms,
        renderers=renderers,
        sinks=sinks,
        policy=policy if isinstance(policy, Mapping) else None,
        clock=clock,
        ids=ids,
    )
    return _opened(settings or load(given, os.environ, Path.cwd()), extras)


@asynccontextmanager
async def _opened(settings: Settings, extras: Extras) -> AsyncIterator[Application]:
    async with adapters_of(settings, extras) as adapters, running(adapters, limits_of(settings)) as application:
        yield application


def limits_of(settings: Settings) -> Limits:
    """The bounds that the use cases keep, as set."""
    return Limits(
        inline_bytes=settings.inline_bytes,
        cached_part_bytes=settings.cached_part_bytes,
        metadata_bytes=settings.metadata_bytes,
        session_ttl=settings.session_ttl,
        realm_seconds=settings.realm_seconds,
        sink_seconds=settings.sink_seconds,
    )
