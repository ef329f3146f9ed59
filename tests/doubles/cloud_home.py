"""A home on the cloud profile's servers: real Postgres and Redis, the storage emulator, the ArangoDB stand-in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from uuid import uuid4

import attrs

from artifact_plane.adapters.arango.settings import ArangoSettings
from artifact_plane.adapters.codec.canonical import JsonCodec
from artifact_plane.adapters.gcs.settings import GcsSettings
from artifact_plane.adapters.postgres.settings import PostgresSettings
from artifact_plane.adapters.redis.settings import RedisSettings
from artifact_plane.composition.adapters import Adapters
from artifact_plane.composition.profiles import Extras, adapters_of
from artifact_plane.composition.settings import Settings
from artifact_plane.domain.model.lineage import Bounds, Direction, LineageNode, NodeId, Walk
from artifact_plane.domain.use_cases.projection import LineageProjector
from artifact_plane.ports.lineage_graph import LineageGraph
from artifact_plane.ports.lineage_projection import LineageProjection
from tests.doubles.arango.standin import ArangoStandIn
from tests.doubles.databases import PostgresDatabase, clone, drop
from tests.doubles.homes import Home, Scene, policies_of
from tests.doubles.server_gcs import GcsServer
from tests.doubles.server_postgres import PostgresServer
from tests.doubles.server_redis import RedisServer

ARANGO_PASSWORD: Final = "of the stand-in"


@attrs.define(eq=False)
class CloudServers:
    """The servers that homes stand on, one home after another."""

    postgres: PostgresServer
    redis: RedisServer
    gcs: GcsServer
    arango: ArangoStandIn
    last: PostgresDatabase | None = None

    async def prepare(self) -> tuple[PostgresDatabase, str]:
        """A new database and the name of a new bucket; what the home before used is dropped, Redis emptied."""
        if self.last is not None:
            await drop(self.last)
        self.last = await clone(self.postgres)
        self.redis.flush()
        bucket = f"bucket-{uuid4().hex}"
        self.gcs.make_bucket(bucket)
        return self.last, bucket


class CloudHomeOfTests(Home):
    """The cloud profile, composed as a deployment composes it."""

    def __init__(self, servers: CloudServers) -> None:
        super().__init__()
        self._servers: Final = servers
        self._settings: Settings | None = None

    async def settings(self) -> Settings:
        """The settings of all its processes; the first call makes what they name."""
        if self._settings is None:
            self._settings = cloud_settings(self._servers, *await self._servers.prepare())
        return self._settings

    @asynccontextmanager
    async def process(self, scene: Scene) -> AsyncIterator[Adapters]:
        """See ``Home``: a process's lease ends with it."""
        extras = Extras(
            realms=scene.realms,
            renderers=scene.renderers,
            sinks=scene.sinks,
            policies=policies_of(scene, JsonCodec()),
            clock=self.clock,
            ids=self.ids,
        )
        async with adapters_of(await self.settings(), extras) as adapters:
            yield adapters if adapters.projection is None else _caught_up(adapters)


def cloud_settings(
    servers: CloudServers, database: PostgresDatabase, bucket: str, lineage: str = "arango", **core: object
) -> Settings:
    """The settings of a deployment on these servers."""
    sections = {
        "postgres": PostgresSettings(dsn=database.runtime),
        "gcs": GcsSettings(bucket=bucket, endpoint=servers.gcs.endpoint, unsafe_bucket=True),
        "arango": ArangoSettings(
            urls=(servers.arango.url,), database=f"plane-{database.name[-12:]}", password=ARANGO_PASSWORD
        ),
        "redis": RedisSettings(url=servers.redis.url, timeout_ms=5_000),  # a busy machine makes no miss
    }
    return Settings(profile="cloud", lineage=lineage, sections=sections, **core)  # type: ignore[arg-type]


def _caught_up(adapters: Adapters) -> Adapters:
    """The same with a projection that is fed when it is asked, and not in the background."""
    feed, projection = adapters.records.feed, adapters.projection
    assert feed is not None
    assert projection is not None
    projector = LineageProjector(feed, projection, adapters.clock)
    records = attrs.evolve(adapters.records, lineage=CaughtUp(projection, projector), feed=None)
    return attrs.evolve(adapters, records=records, projection=None)


class CaughtUp(LineageGraph):
    """A projection that has always seen everything: what the others answer can be compared with what it does."""

    def __init__(self, projection: LineageProjection, projector: LineageProjector) -> None:
        self._projection: Final = projection
        self._projector: Final = projector
        self._prepared = False

    async def trace(
        self, tenant_id: str, start: NodeId, direction: Direction, bounds: Bounds, *, at_least: int = 0
    ) -> Walk:
        await self._catch_up()
        return await self._projection.trace(tenant_id, start, direction, bounds, at_least=at_least)

    async def path(self, tenant_id: str, source: NodeId, target: NodeId, bounds: Bounds) -> Walk:
        await self._catch_up()
        return await self._projection.path(tenant_id, source, target, bounds)

    async def describe(self, tenant_id: str, nodes: tuple[NodeId, ...]) -> tuple[LineageNode, ...]:
        return await self._projection.describe(tenant_id, nodes)

    async def _catch_up(self) -> None:
        if not self._prepared:
            await self._projection.prepare()
            self._prepared = True
        await self._projector.catch_up()
