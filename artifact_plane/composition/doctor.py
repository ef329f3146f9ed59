"""``ap doctor``: looks at each component by itself, so that one that is away hides nothing of the others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import attrs

from artifact_plane.composition.choices import Choices, choices_of
from artifact_plane.composition.opening import keep_quiet, need
from artifact_plane.composition.settings import Settings
from artifact_plane.domain.model.errors import ArtifactPlaneError, InvalidInput
from artifact_plane.ports.answers import Lag
from artifact_plane.ports.health import Examination, Finding, doubtful, failed, found
from artifact_plane.ports.lineage_feed import LineageFeed
from artifact_plane.ports.lineage_projection import LineageProjection

PATIENCE: Final = 10.0
"""Seconds that one component may take to answer."""
_FAR_BEHIND: Final = 1_000
_HURRY: Final = 5.0
"""Seconds for which one that is away is tried anew."""
_TRIED_ANEW: Final = {"postgres": "deadline", "gcs": "deadline_s"}
"""The settings that say how long, by their sections."""

_Look: TypeAlias = Callable[[Settings], Examination]


async def examine(settings: Settings) -> tuple[Finding, ...]:
    """Everything that was found, component by component, in the order of the ports.

    Raises:
        InvalidInput: the settings choose adapters that do not go together.
    """
    looks = examinations(_hurried(settings))
    answers = await asyncio.gather(*(_looked(name, look) for name, look in looks.items()))
    return tuple(finding for findings in answers for finding in findings)


def examinations(settings: Settings) -> Mapping[str, Examination]:
    """How each component in use is looked at, by its name."""
    return {name: _ready(name, settings) for name in _components(choices_of(settings))}


def _ready(name: str, settings: Settings) -> Examination:
    """A look that needs nothing but its answers. What it needs is imported now: that can take seconds in which nobody
    hears what the others answer."""
    try:
        return _LOOKS[name](settings)
    except ArtifactPlaneError as error:
        return _refused(error)


def _refused(error: ArtifactPlaneError) -> Examination:
    async def look() -> tuple[Finding, ...]:
        raise error

    return look


def _hurried(settings: Settings) -> Settings:
    """The same settings, with less time for what is away: whoever looks wants to hear that it is, and why."""
    sections = dict(settings.sections)
    for name, key in _TRIED_ANEW.items():
        section = sections.get(name)
        if section is not None and not isinstance(section, InvalidInput):
            hurried = {key: min(getattr(section, key), _HURRY)}
            sections[name] = attrs.evolve(section, **hurried)  # type: ignore[misc]  # every section is one of attrs
    return attrs.evolve(settings, sections=sections)


def _components(choices: Choices) -> tuple[str, ...]:
    used = (choices.records, choices.payloads, choices.lineage, choices.working_memory)
    wanted = dict.fromkeys(name for name in used if name in _LOOKS)
    more = [name for name, is_there in (("lineage", choices.projected), ("disk", choices.on_disk)) if is_there]
    return *wanted, *more


async def _looked(name: str, look: Examination) -> tuple[Finding, ...]:
    try:
        async with asyncio.timeout(PATIENCE):
            return await look()
    except InvalidInput as error:
        return (failed(name, "settings", f"{error.message}; {error.where}", error.remedy or "see docs/deployment.md"),)
    except ArtifactPlaneError as error:
        return (failed(name, "reachable", error.message, error.remedy or "see the settings"),)
    except TimeoutError:
        remedy = "see whether it is up, and whether its address in the settings is right"
        return (failed(name, "reachable", f"no answer within {PATIENCE:.0f} s", remedy),)


def _sqlite(settings: Settings) -> Examination:
    from artifact_plane.adapters.sqlite.health import examine_sqlite

    return lambda: examine_sqlite(settings.home.absolute())


def _lineage(settings: Settings) -> Examination:
    async def look() -> tuple[Finding, ...]:
        from artifact_plane.composition.profiles import projection_of

        try:
            async with projection_of(settings) as (feed, projection):
                return (await _lag(feed, projection),)
        except ArtifactPlaneError as error:
            detail = f"how far it is cannot be told: {error.message}"
            return (failed("lineage", "projection", detail, error.remedy or "see the settings"),)

    return look


async def _lag(feed: LineageFeed, projection: LineageProjection) -> Finding:
    if await projection.missing():
        return doubtful("lineage", "projection", "nothing was fed yet", "a running plane makes it and feeds it")
    seen = await projection.position()
    lag = Lag(seen=seen, ledger=await feed.position())
    detail = f"has seen position {lag.seen:,} of {lag.ledger:,}"
    if lag.behind < 0:
        return failed("lineage", "projection", f"{detail}: it was fed from another ledger", "run `ap lineage rebuild`")
    if lag.behind > _FAR_BEHIND:
        return doubtful("lineage", "projection", detail, "a running plane feeds it; is one running?")
    return found("lineage", "projection", detail)


def _disk(settings: Settings) -> Examination:
    from artifact_plane.adapters.filesystem.health import examine_disk

    return lambda: examine_disk(settings.home.absolute())


def _postgres(settings: Settings) -> Examination:
    need("asyncpg", "postgres")
    keep_quiet()
    from artifact_plane.adapters.postgres.health import examine_postgres
    from artifact_plane.adapters.postgres.settings import PostgresSettings
    from artifact_plane.adapters.system.clock import SystemClock

    own = settings.section(PostgresSettings)
    return lambda: examine_postgres(own, SystemClock().now)


def _gcs(settings: Settings) -> Examination:
    need("google.cloud.storage", "gcs")
    keep_quiet()
    from artifact_plane.adapters.gcs.health import examine_gcs
    from artifact_plane.adapters.gcs.settings import GcsSettings
    from artifact_plane.adapters.system.ids import UuidIds

    own = settings.section(GcsSettings)
    return lambda: examine_gcs(own, UuidIds())


def _arango(settings: Settings) -> Examination:
    need("arango", "arango")
    from artifact_plane.adapters.arango.health import examine_arango
    from artifact_plane.adapters.arango.settings import ArangoSettings

    own = settings.section(ArangoSettings)
    return lambda: examine_arango(own)


def _redis(settings: Settings) -> Examination:
    need("redis", "redis")
    from artifact_plane.adapters.redis.health import examine_redis
    from artifact_plane.adapters.redis.settings import RedisSettings

    own = settings.section(RedisSettings)
    return lambda: examine_redis(own)


_LOOKS: Final[Mapping[str, _Look]] = {
    "sqlite": _sqlite,
    "postgres": _postgres,
    "gcs": _gcs,
    "arango": _arango,
    "redis": _redis,
    "lineage": _lineage,
    "disk": _disk,
}
