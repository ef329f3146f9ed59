"""``ap doctor``: looks at each component by itself, so that one that is away hides nothing of the others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from artifact_plane.composition.adapters import Adapters
from artifact_plane.composition.choices import Choices, choices_of
from artifact_plane.composition.opening import need
from artifact_plane.composition.settings import Settings
from artifact_plane.domain.model.errors import ArtifactPlaneError
from artifact_plane.ports.answers import Lag
from artifact_plane.ports.health import Examination, Finding, doubtful, failed, found

PATIENCE: Final = 10.0
"""Seconds that one component may take to answer."""
_FAR_BEHIND: Final = 1_000

_Look: TypeAlias = Callable[[Settings], Examination]


async def examine(settings: Settings) -> tuple[Finding, ...]:
    """Everything that was found, component by component, in the order of the ports.

    Raises:
        InvalidInput: the settings choose adapters that do not go together.
    """
    looks = examinations(settings)
    answers = await asyncio.gather(*(_looked(name, look) for name, look in looks.items()))
    return tuple(finding for findings in answers for finding in findings)


def examinations(settings: Settings) -> Mapping[str, Examination]:
    """How each component in use is looked at, by its name."""
    return {name: _LOOKS[name](settings) for name in _components(choices_of(settings))}


def _components(choices: Choices) -> tuple[str, ...]:
    used = (choices.records, choices.payloads, choices.lineage, choices.working_memory)
    wanted = dict.fromkeys(name for name in used if name in _LOOKS)
    more = [name for name, is_there in (("lineage", choices.projected), ("disk", choices.on_disk)) if is_there]
    return *wanted, *more


async def _looked(name: str, look: Examination) -> tuple[Finding, ...]:
    try:
        async with asyncio.timeout(PATIENCE):
            return await look()
    except ArtifactPlaneError as error:
        return (failed(name, "reachable", error.message, error.remedy or "see the settings"),)
    except TimeoutError:
        return (failed(name, "reachable", f"no answer within {PATIENCE:.0f} s", "see whether it is up"),)


def _sqlite(settings: Settings) -> Examination:
    from artifact_plane.adapters.sqlite.health import examine_sqlite

    return lambda: examine_sqlite(settings.home.absolute())


def _lineage(settings: Settings) -> Examination:
    async def look() -> tuple[Finding, ...]:
        from artifact_plane.composition.profiles import Extras, adapters_of

        async with adapters_of(settings, Extras()) as adapters:
            return (await _lag(adapters),)

    return look


async def _lag(adapters: Adapters) -> Finding:
    projection, feed = adapters.projection, adapters.records.feed
    assert projection is not None and feed is not None  # noqa: S101 - only a projected lineage is looked at
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
    async def look() -> tuple[Finding, ...]:
        need("asyncpg", "postgres")
        from artifact_plane.adapters.postgres.health import examine_postgres
        from artifact_plane.adapters.postgres.settings import PostgresSettings
        from artifact_plane.adapters.system.clock import SystemClock

        return await examine_postgres(settings.section(PostgresSettings), SystemClock().now)

    return look


def _gcs(settings: Settings) -> Examination:
    async def look() -> tuple[Finding, ...]:
        need("google.cloud.storage", "gcs")
        from artifact_plane.adapters.gcs.health import examine_gcs
        from artifact_plane.adapters.gcs.settings import GcsSettings
        from artifact_plane.adapters.system.ids import UuidIds

        return await examine_gcs(settings.section(GcsSettings), UuidIds())

    return look


def _arango(settings: Settings) -> Examination:
    async def look() -> tuple[Finding, ...]:
        need("arango", "arango")
        from artifact_plane.adapters.arango.health import examine_arango
        from artifact_plane.adapters.arango.settings import ArangoSettings

        return await examine_arango(settings.section(ArangoSettings))

    return look


def _redis(settings: Settings) -> Examination:
    async def look() -> tuple[Finding, ...]:
        need("redis", "redis")
        from artifact_plane.adapters.redis.health import examine_redis
        from artifact_plane.adapters.redis.settings import RedisSettings

        return await examine_redis(settings.section(RedisSettings))

    return look


_LOOKS: Final[Mapping[str, _Look]] = {
    "sqlite": _sqlite,
    "postgres": _postgres,
    "gcs": _gcs,
    "arango": _arango,
    "redis": _redis,
    "lineage": _lineage,
    "disk": _disk,
}
