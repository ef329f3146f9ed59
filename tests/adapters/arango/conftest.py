"""The server of the tests: the stand-in, or the one that ``--arango-url`` names."""

from __future__ import annotations

import itertools
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Final, TypeAlias

import attrs
import pytest

from artifact_plane.adapters.arango.lineage_graph import ArangoLineageGraph
from artifact_plane.adapters.arango.names import Names
from artifact_plane.adapters.arango.settings import ArangoSettings
from artifact_plane.adapters.memory.home import MemoryHome
from artifact_plane.adapters.memory.records import MemoryRecordStore
from artifact_plane.adapters.system.clock import SystemClock
from tests.adapters.arango.under_test import client, opened, projection_of
from tests.contracts.lineage_projection import ProjectionUnderTest, a_chain, a_page
from tests.contracts.under_test import RecordStoreUnderTest
from tests.doubles.arango.standin import ArangoStandIn

PASSWORD: Final = "hush-hush"
Opener: TypeAlias = Callable[[ArangoSettings], Awaitable[ArangoLineageGraph]]
_numbers: Final = itertools.count(os.getpid() * 10_000)


@pytest.fixture
def standin() -> Iterator[ArangoStandIn]:
    """A stand-in that is up. Whatever it was sent has to be described, and every cursor closed or read to its end."""
    server = ArangoStandIn(password=PASSWORD)
    server.start()
    yield server
    server.stop()
    assert (server.violations, len(server.cursors)) == ([], 0)


@pytest.fixture
def at_standin(standin: ArangoStandIn) -> ArangoSettings:
    """How to reach the stand-in."""
    return ArangoSettings(urls=(standin.url,), database="plane", password=PASSWORD, wait_seconds=0.2, rest_seconds=0.0)


@pytest.fixture
async def open_graph() -> AsyncIterator[Opener]:
    """Opens a graph that is closed at the end of the test."""
    async with AsyncExitStack() as stack:
        home = await stack.enter_async_context(MemoryHome.open())

        async def opened(settings: ArangoSettings) -> ArangoLineageGraph:
            return await stack.enter_async_context(ArangoLineageGraph.open(settings, home.lineage, SystemClock()))

        yield opened


@pytest.fixture
async def graph(open_graph: Opener, at_standin: ArangoSettings) -> ArangoLineageGraph:
    """A graph on the stand-in with a chain of five nodes, at position 5."""
    graph = await open_graph(at_standin)
    await graph.prepare()
    await graph.apply(a_page(0, 5, a_chain(5)))
    return graph


@pytest.fixture
def settings(request: pytest.FixtureRequest) -> Iterator[ArangoSettings]:
    """How to reach the server that the suites run on; on a real one under names of their own, taken away at the end."""
    url = request.config.getoption("--arango-url")
    if url is None:
        yield request.getfixturevalue("at_standin")
        return
    own = ArangoSettings(
        urls=(url,),
        database="artifact_plane_tests",
        username=os.environ.get("ARANGO_USERNAME", "root"),
        password=os.environ.get("ARANGO_PASSWORD", ""),
        prefix=f"test{next(_numbers)}",
        wait_seconds=0.2,
    )
    yield own
    names = Names(own.prefix)
    with client(own) as database:
        database.delete_graph(names.graph, ignore_missing=True, drop_collections=True)
        database.delete_collection(names.state, ignore_missing=True)


@pytest.fixture
def narrow(settings: ArangoSettings) -> ArangoSettings:
    """The same with room for next to nothing in a request, so that everything goes in pages and parts."""
    return attrs.evolve(settings, batch=3, level_edges=2)


@pytest.fixture
async def store(settings: ArangoSettings) -> AsyncIterator[RecordStoreUnderTest]:
    """A record store in memory whose lineage is answered by the server."""
    async with AsyncExitStack() as stack:
        yield await opened(stack, settings, MemoryRecordStore())


@pytest.fixture
async def projected(settings: ArangoSettings) -> AsyncIterator[ProjectionUnderTest]:
    """A projection that was never fed."""
    async with AsyncExitStack() as stack:
        yield await projection_of(stack, settings)
