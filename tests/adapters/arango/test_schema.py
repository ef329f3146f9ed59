"""What the projection needs in its database is made where it is missing, said where it is missing, and holds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Final

import attrs
import pytest
from arango.exceptions import ArangoServerError

from artifact_plane.adapters.arango.health import examine_arango
from artifact_plane.adapters.arango.lineage_graph import ArangoLineageGraph
from artifact_plane.adapters.arango.names import Names, edge_key, node_key
from artifact_plane.adapters.arango.schema import indexes
from artifact_plane.adapters.arango.settings import ArangoSettings
from artifact_plane.adapters.memory.home import MemoryHome
from artifact_plane.adapters.system.clock import SystemClock
from artifact_plane.domain.model.errors import InvalidInput, Unavailable
from artifact_plane.domain.model.lineage import Bounds, Relation
from artifact_plane.ports.health import Condition
from tests.adapters.arango.conftest import PASSWORD
from tests.adapters.arango.under_test import client
from tests.contracts.lineage_graph import DOWN, UP, WIDE, node, reference
from tests.contracts.lineage_projection import a_chain, a_page, an_entry, traced
from tests.doubles.arango.faults import answers
from tests.doubles.arango.standin import VERSION, ArangoStandIn
from tests.doubles.samples import TENANT, an_edge

NAMES: Final = Names("lineage")


@pytest.fixture
async def graph(at_standin: ArangoSettings) -> AsyncIterator[ArangoLineageGraph]:
    """A graph on the stand-in, where nothing was made for it."""
    async with AsyncExitStack() as stack:
        home = await stack.enter_async_context(MemoryHome.open())
        yield await stack.enter_async_context(ArangoLineageGraph.open(at_standin, home.lineage, SystemClock()))


async def test_what_is_missing_is_said_and_made(graph: ArangoLineageGraph, standin: ArangoStandIn) -> None:
    """The database, collections, indexes, the graph, the state; to make them again changes nothing."""
    assert await graph.missing() == ("database plane",)
    await graph.prepare()
    assert await graph.missing() == ()
    plane = standin.databases["plane"]
    assert {name: one.kind for name, one in plane.collections.items()} == {
        NAMES.nodes: 2,
        NAMES.edges: 3,
        NAMES.state: 2,
    }
    (definition,) = plane.graphs[NAMES.graph]["edgeDefinitions"]
    assert definition == {"collection": NAMES.edges, "from": [NAMES.nodes], "to": [NAMES.nodes]}
    await graph.apply(a_page(0, 3, a_chain(3)))
    await graph.prepare()
    assert await graph.position() == 3


async def test_each_thing_that_is_missing_is_named(graph: ArangoLineageGraph, standin: ArangoStandIn) -> None:
    """One by one, so that somebody can see what was taken away."""
    await graph.prepare()
    plane = standin.databases["plane"]
    plane.collection(NAMES.state).truncate()
    plane.collection(NAMES.edges).indexes.clear()
    plane.graphs.clear()
    del plane.collections[NAMES.nodes]
    assert set(await graph.missing()) == {
        f"document lineage of {NAMES.state}",
        f"index once of {NAMES.edges}",
        f"index by_target of {NAMES.edges}",
        f"index by_generation of {NAMES.edges}",
        f"graph {NAMES.graph}",
        f"collection {NAMES.nodes}",
    }
    await graph.prepare()
    assert await graph.missing() == ()


async def test_several_may_prepare_at_once(graph: ArangoLineageGraph) -> None:
    """Whoever comes second finds that it is there."""
    await asyncio.gather(*(graph.prepare() for _ in range(5)))
    assert await graph.missing() == ()


async def test_what_is_missing_is_unavailable_with_what_to_check(
    graph: ArangoLineageGraph, standin: ArangoStandIn
) -> None:
    """No database, no collection, no state: whoever opens the plane has to be allowed to make them."""
    await graph.prepare()
    plane = standin.databases["plane"]
    kept = dict(standin.databases), dict(plane.collections)
    for take_away in (
        lambda: plane.collection(NAMES.state).truncate(),
        plane.collections.clear,
        lambda: standin.databases.pop("plane"),
    ):
        take_away()
        for question in (graph.position(), graph.apply(a_page(0, 1)), graph.clear()):
            with pytest.raises(Unavailable) as raised:
                await question
            assert not raised.value.retryable
            assert "may make databases" in (raised.value.remedy or "")
    standin.databases.update(kept[0])
    plane.collections.update(kept[1])


async def test_who_may_not_make_a_database_is_told(graph: ArangoLineageGraph, standin: ArangoStandIn) -> None:
    """The user has no rights to the system's database."""
    standin.faults.append(answers(403, 11, request="create database"))
    with pytest.raises(Unavailable, match="refuses the credentials"):
        await graph.prepare()


async def test_a_tenants_node_or_edge_is_there_once_whatever_its_key(
    graph: ArangoLineageGraph, at_standin: ArangoSettings, standin: ArangoStandIn
) -> None:
    """Unique persistent indexes with the tenant first (law 16)."""
    assert all(fields["once"][0] == "tenant_id" for fields in indexes(NAMES).values())
    await graph.prepare()
    await graph.apply(a_page(0, 2, a_chain(2)))
    with client(at_standin) as database:
        for collection in (NAMES.nodes, NAMES.edges):
            document = next(iter(standin.databases["plane"].collection(collection).documents.values()))
            with pytest.raises(ArangoServerError) as raised:
                database.collection(collection).insert({**document, "_key": "another", "_id": f"{collection}/another"})
            assert raised.value.error_code == 1210


def test_keys_follow_from_what_a_document_stands_for() -> None:
    """The same node is the same key; another tenant's, another generation's or another edge's is another."""
    edge = an_edge(node(1), node(0))
    used = attrs.evolve(edge, relation=Relation.USED)
    assert node_key(1, "acme", node(1)) == node_key(1, "acme", node(1))
    keys = {
        node_key(1, "acme", node(1)),
        node_key(2, "acme", node(1)),
        node_key(1, "globex", node(1)),
        node_key(1, "acme", node(2)),
        edge_key(1, "acme", edge),
        edge_key(1, "acme", used),
        edge_key(1, "acme", an_edge(node(0), node(1))),
        node_key(1, "acme", "\ud800"),
    }
    assert len(keys) == 8
    assert all(len(key) <= 254 for key in keys)


async def test_a_hub_is_fetched_as_far_as_the_answer_has_room(
    graph: ArangoLineageGraph, at_standin: ArangoSettings, standin: ArangoStandIn
) -> None:
    """What came of something that everything uses: the answer is cut as the reference's, and no more is sent."""
    await graph.prepare()
    edges = [an_edge(node(number), node(0), Relation.USED) for number in range(1, 2000)]
    await graph.apply(a_page(0, 1, [an_entry(1, *edges)]))
    async with (
        MemoryHome.open() as home,
        ArangoLineageGraph.open(attrs.evolve(at_standin, level_edges=100), home.lineage, SystemClock()) as bounded,
    ):
        bounds = Bounds(depth=3, nodes=20)
        before = standin.cursors.rows_sent
        assert await traced(bounded, node(0), DOWN, bounds=bounds) == reference(edges, node(0), DOWN, bounds)
        assert standin.cursors.rows_sent - before < 250


async def test_data_goes_into_queries_by_bind_variables_alone(
    graph: ArangoLineageGraph, standin: ArangoStandIn
) -> None:
    """Whatever a question names is data: the texts that were sent are those of the files."""
    await graph.prepare()
    await graph.apply(a_page(0, 3, a_chain(3)))
    hostile = ('x" RETURN 1 //', "artifact:n1@1' REMOVE n IN lineage_nodes", "\ud800", "@@nodes", "")
    for start in (node(2), *hostile):
        for tenant in (TENANT, 'x" || true', "@tenant_id"):
            for question in (graph.trace(tenant, start, UP, WIDE), graph.path(tenant, start, node(0), WIDE)):
                await asyncio.gather(question, return_exceptions=True)
    assert len({body["query"] for body in standin.queries}) == 4  # the state, how it is advanced, nodes and edges
    assert await graph.position() == 3


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"urls": ()}, "urls"),
        ({"urls": ("localhost:8529",)}, "urls"),
        ({"urls": ("http://",)}, "urls"),
        ({"urls": ("http://host:port",)}, "urls"),
        ({"urls": (f"http://root:{PASSWORD}@host:8529",)}, "urls"),
        ({"urls": ("http://host:8529/_db/plane",)}, "urls"),
        ({"database": ""}, "database"),
        ({"prefix": "_x"}, "prefix"),
        ({"login": "kerberos"}, "login"),
        ({"threads": 0}, "threads"),
        ({"rest_seconds": -0.5}, "rest_seconds"),
        ({"call_seconds": -1.0}, "call_seconds"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(wrong: dict[str, object], field: str) -> None:
    """It is named, with what to write instead; what it holds is not repeated, for it may hold a password."""
    with pytest.raises(InvalidInput) as raised:
        ArangoSettings(**{"urls": ("http://host:8529",), "database": "plane", **wrong})  # type: ignore[arg-type]
    assert raised.value.where == f"the setting {field!r} of the section [arango]"
    assert raised.value.remedy
    assert PASSWORD not in str(raised.value)


def test_settings_show_no_secrets() -> None:
    """Neither the password nor the token is in what is printed."""
    settings = ArangoSettings(urls=("http://h:1",), database="d", password=PASSWORD, token=PASSWORD * 2)
    assert PASSWORD not in f"{settings!r} {settings.where}"


async def test_a_look_at_the_server_says_what_there_is(
    graph: ArangoLineageGraph, at_standin: ArangoSettings, standin: ArangoStandIn
) -> None:
    """Its version, and whether everything is there; looking makes nothing, and needs the right credentials."""
    reachable, version, collections = await examine_arango(at_standin)
    assert (reachable.condition, version.detail) == (Condition.OK, VERSION)
    assert (collections.condition, collections.detail) == (Condition.WARNING, "missing: database plane")
    assert "plane" not in standin.databases
    await graph.prepare()
    assert {one.condition for one in await examine_arango(at_standin)} == {Condition.OK}
    standin.version_number = "3.11.9"
    assert (await examine_arango(at_standin))[1].condition is Condition.WARNING
    with pytest.raises(Unavailable):
        await examine_arango(attrs.evolve(at_standin, password="wrong"))


async def test_nothing_is_made_where_everything_is_there(graph: ArangoLineageGraph, standin: ArangoStandIn) -> None:
    """Once prepared, the plane's user needs no right to make anything."""
    await graph.prepare()
    asked = len(standin.requests)
    await graph.prepare()
    assert {name for name in standin.requests[asked:] if not name.startswith(("list", "read"))} == {"query"}
