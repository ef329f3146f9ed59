"""A server that is away, slow, broken or refuses: the plane's own errors, soon, and nothing lost when it is back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import attrs
import pytest

from artifact_plane.adapters.arango.errors import TROUBLES
from artifact_plane.adapters.arango.lineage_graph import ArangoLineageGraph
from artifact_plane.adapters.arango.rest import Rest
from artifact_plane.adapters.arango.settings import ArangoSettings, Login
from artifact_plane.adapters.memory.home import MemoryHome
from artifact_plane.adapters.memory.lineage_feed import MemoryLineageFeed
from artifact_plane.adapters.memory.records import MemoryRecordStore
from artifact_plane.adapters.system.clock import SystemClock
from artifact_plane.domain.model.errors import ArtifactPlaneError, Damaged, NotFound, Unavailable
from artifact_plane.domain.use_cases.projection import LineageProjector
from tests.adapters.arango.conftest import PASSWORD
from tests.contracts.lineage_graph import DOWN, UP, WIDE, node
from tests.contracts.lineage_projection import a_chain, a_page
from tests.doubles.arango.faults import Kind, answers, broken, slow
from tests.doubles.arango.serving import HttpServer, Reply
from tests.doubles.arango.standin import ArangoStandIn
from tests.doubles.samples import TENANT, a_change, an_artifact, an_edge

SOON: Final = 8.0
"""Seconds that an answer about a server that is away may take at the very most, on a slow machine."""


Opener = Callable[[ArangoSettings], Awaitable[ArangoLineageGraph]]


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


async def failure(question: Awaitable[object]) -> ArtifactPlaneError:
    """The error that a question ends with, soon."""
    with pytest.raises(ArtifactPlaneError) as raised:
        async with asyncio.timeout(SOON):
            await question
    assert PASSWORD not in f"{raised.value} {raised.value.remedy} {raised.value!r} {raised.value.__cause__}"
    assert raised.value.remedy
    return raised.value


async def retryable(question: Awaitable[object]) -> Unavailable:
    """The same, which has to be worth asking again."""
    error = await failure(question)
    assert isinstance(error, Unavailable)
    assert error.retryable
    return error


# Away


async def test_a_server_that_is_down_is_unavailable_soon(graph: ArangoLineageGraph, standin: ArangoStandIn) -> None:
    """Every question says so, quickly, with the address and a remedy, and may be asked again."""
    standin.stop()
    for question in (
        graph.trace(TENANT, node(4), UP, WIDE),
        graph.path(TENANT, node(4), node(0), WIDE),
        graph.trace(TENANT, node(4), UP, WIDE, at_least=9),
        graph.position(),
        graph.apply(a_page(5, 6)),
        graph.clear(),
        graph.prepare(),
        graph.missing(),
    ):
        error = await retryable(question)
        assert standin.url in str(error)


async def test_nothing_is_asked_of_the_server_before_the_first_question(open_graph: Opener) -> None:
    """A graph opens while its server is away."""
    await open_graph(ArangoSettings(urls=("http://127.0.0.1:1",), database="plane", login="jwt"))


async def test_artifacts_are_created_while_the_server_is_away_and_lineage_follows(
    standin: ArangoStandIn, at_standin: ArangoSettings
) -> None:
    """A commit never touches the server; when that is back, the projector goes on from where it was."""
    records = MemoryRecordStore()
    async with (
        MemoryHome.open(records) as home,
        ArangoLineageGraph.open(at_standin, home.lineage, SystemClock()) as graph,
    ):
        await graph.prepare()
        projector = LineageProjector(MemoryLineageFeed(records), graph, SystemClock())
        await home.ledger.commit(a_change(an_artifact("n0")))
        await projector.catch_up()
        standin.stop()
        edge = an_edge(node(1), node(0))
        await home.ledger.commit(a_change(an_artifact("n1"), edges=[edge]))
        await retryable(projector.catch_up())
        standin.start()
        assert (await projector.lag()).behind == 1
        assert await projector.catch_up() == 2
        assert (await graph.trace(TENANT, node(1), UP, WIDE)).edges == (edge,)


async def test_a_restart_is_not_noticed(graph: ArangoLineageGraph, standin: ArangoStandIn) -> None:
    """Connections that the server has closed are opened again, for reading and for writing."""
    for up_to in (6, 7):
        standin.stop()
        standin.start()
        assert await graph.apply(a_page(5, up_to)) == up_to
        standin.stop()
        standin.start()
        assert await graph.position() == up_to


async def test_another_coordinator_stands_in(open_graph: Opener, at_standin: ArangoSettings) -> None:
    """Of several servers of a cluster one that is up is enough."""
    graph = await open_graph(attrs.evolve(at_standin, urls=("http://127.0.0.1:1", *at_standin.urls)))
    await graph.prepare()
    assert await graph.apply(a_page(0, 1)) == 1


async def test_a_closed_graph_says_so(at_standin: ArangoSettings) -> None:
    """What was closed is not opened again by asking."""
    async with (
        MemoryHome.open() as home,
        ArangoLineageGraph.open(at_standin, home.lineage, SystemClock()) as graph,
    ):
        await graph.prepare()
    error = await failure(graph.position())
    assert isinstance(error, Unavailable)
    assert not error.retryable


# Slow


@pytest.mark.parametrize(("answer_seconds", "call_seconds"), [(0.3, 30.0), (30.0, 0.3)])
async def test_deadlines_end_a_question(
    open_graph: Opener, at_standin: ArangoSettings, standin: ArangoStandIn, answer_seconds: float, call_seconds: float
) -> None:
    """The one of the question, and the one of each call; the event loop goes on meanwhile, and other questions too."""
    graph = await open_graph(attrs.evolve(at_standin, answer_seconds=answer_seconds, call_seconds=call_seconds))
    await graph.prepare()
    standin.faults.append(slow(20, request="query", times=1))
    question = asyncio.create_task(retryable(graph.position()))
    while "query" not in standin.requests[-1:]:
        await asyncio.sleep(0.01)
    assert await graph.position() == 0
    assert not question.done()
    assert "in time" in str(await question)


async def test_questions_beyond_the_threads_end_in_time_too(
    open_graph: Opener, at_standin: ArangoSettings, standin: ArangoStandIn
) -> None:
    """Bounded threads: whoever waits for one is within the deadline."""
    graph = await open_graph(attrs.evolve(at_standin, threads=2, answer_seconds=0.5, call_seconds=1.0))
    await graph.prepare()
    standin.faults.append(slow(20))
    await asyncio.gather(*(retryable(graph.position()) for _ in range(6)))


async def test_a_server_that_does_not_answer_is_left_alone_for_a_moment(
    open_graph: Opener, at_standin: ArangoSettings, standin: ArangoStandIn
) -> None:
    """Questions do not queue up before a server that hangs: after one has found out, the others end at once."""
    hangs = attrs.evolve(at_standin, threads=1, call_seconds=0.3, answer_seconds=30.0, rest_seconds=60.0)
    graph = await open_graph(hangs)
    await graph.prepare()
    standin.faults.append(slow(20))
    asked = len(standin.requests)
    await asyncio.gather(*(retryable(graph.position()) for _ in range(60)))
    await retryable(graph.position())
    assert len(standin.requests) == asked + 1


async def test_after_the_moment_one_question_tries_it_out(
    open_graph: Opener, at_standin: ArangoSettings, standin: ArangoStandIn
) -> None:
    """And when that is answered, all are."""
    graph = await open_graph(attrs.evolve(at_standin, rest_seconds=0.3))
    await graph.prepare()
    standin.stop()
    await retryable(graph.position())
    standin.start()
    async with asyncio.timeout(SOON):
        while isinstance((await asyncio.gather(graph.position(), return_exceptions=True))[0], Unavailable):
            await asyncio.sleep(0.02)
    assert await asyncio.gather(*(graph.position() for _ in range(5))) == [0] * 5


async def test_while_one_tries_it_out_the_others_wait() -> None:
    """One call after the rest, and no second one before it is known what became of the first."""
    rest = Rest(0.5, "there")
    away = Unavailable("it cannot be reached")
    away.__cause__ = ConnectionAbortedError()
    rest.failed(away)
    await asyncio.sleep(0.6)
    rest.check(calling=True)
    with pytest.raises(Unavailable):
        rest.check(calling=True)
    rest.answered()
    rest.check(calling=True)


async def test_nothing_goes_on_after_nobody_waits(
    open_graph: Opener, at_standin: ArangoSettings, standin: ArangoStandIn
) -> None:
    """A question that was given up ends at its next call."""
    graph = await open_graph(attrs.evolve(at_standin, answer_seconds=0.4))
    await graph.prepare()
    await graph.apply(a_page(0, 200, a_chain(200)))
    standin.faults.append(slow(0.05, request="query"))
    asked = len(standin.requests)
    await retryable(graph.trace(TENANT, node(199), UP, WIDE))
    await asyncio.sleep(0.3)
    assert len(standin.requests) - asked < 30


# Broken replies


@pytest.mark.parametrize("kind", [Kind.CUT, Kind.GARBLED])
@pytest.mark.parametrize("request_name", ["query", "import"])
async def test_a_reply_that_cannot_be_read_is_unavailable(
    graph: ArangoLineageGraph, standin: ArangoStandIn, kind: Kind, request_name: str
) -> None:
    """Half a reply, or the page of a proxy, is no answer; the same call again does the rest."""
    standin.faults.append(broken(kind, request=request_name))
    await retryable(graph.apply(a_page(5, 9, a_chain(9))))
    assert await graph.apply(a_page(5, 9, a_chain(9))) == 9
    assert len((await graph.trace(TENANT, node(0), DOWN, WIDE)).nodes) == 9


@pytest.mark.parametrize("request_name", ["query", "import"])
async def test_a_lost_reply_has_no_second_effect(
    graph: ArangoLineageGraph, standin: ArangoStandIn, request_name: str
) -> None:
    """The driver sends again what may have been done: every write may be."""
    for position in range(5, 15):
        standin.faults.append(broken(Kind.LOST, request=request_name))
        assert await graph.apply(a_page(position, position + 1, a_chain(15))) == position + 1
    assert len((await graph.trace(TENANT, node(14), UP, WIDE)).nodes) == 15


async def test_the_rest_of_an_answer_may_be_gone(
    open_graph: Opener, at_standin: ArangoSettings, standin: ArangoStandIn
) -> None:
    """A cursor that the server has dropped is unavailable, and worth asking again."""
    graph = await open_graph(attrs.evolve(at_standin, batch=2))
    await graph.prepare()
    edges = [an_edge(node(number), node(0)) for number in range(1, 9)]
    await graph.apply(a_page(0, 1, [attrs.evolve(a_chain(1)[0], nodes=tuple(map(node, range(9))), edges=tuple(edges))]))
    standin.faults.append(answers(404, 1600, request="next page", times=1))
    await retryable(graph.trace(TENANT, node(0), DOWN, WIDE))
    assert standin.requests[-1] == "close cursor"
    assert len((await graph.trace(TENANT, node(0), DOWN, WIDE)).nodes) == 9


# Errors by code


@pytest.mark.parametrize("code", sorted(TROUBLES))
async def test_every_code_of_the_table_is_answered_by_it(
    graph: ArangoLineageGraph, standin: ArangoStandIn, code: int
) -> None:
    """The server's error code says what an error means, whatever class the driver makes of it."""
    is_status = 400 <= code < 600
    standin.faults.append(answers(code if is_status else 400, 0 if is_status else code))
    trouble = TROUBLES[code]
    for question in (graph.position(), graph.apply(a_page(5, 6, a_chain(6)))):
        error = await failure(question)
        assert f"{trouble.message} (error {code})" in str(error)
        assert error.remedy == trouble.remedy
        assert isinstance(error, Damaged) == trouble.damaged
        assert trouble.damaged or (isinstance(error, Unavailable) and error.retryable == trouble.retryable)
        assert "fault would have it" not in str(error)  # the server's own words may quote documents


@pytest.mark.parametrize(("status", "again"), [(400, False), (500, True)])
async def test_a_code_that_nobody_knows(
    graph: ArangoLineageGraph, standin: ArangoStandIn, status: int, again: bool
) -> None:
    """HTTP's status says then whose trouble it is."""
    standin.faults.append(answers(status, 4711))
    error = await failure(graph.position())
    assert isinstance(error, Unavailable)
    assert (error.retryable, "4711" in str(error)) == (again, True)


async def test_a_server_that_says_503_is_asked_again_once(graph: ArangoLineageGraph, standin: ArangoStandIn) -> None:
    """It may be another that answers then; where none does, it cannot be reached."""
    standin.faults.append(answers(503, 503, times=1))
    assert await graph.position() == 5
    standin.faults.append(answers(503, 503))
    await retryable(graph.position())


async def test_a_conflict_is_tried_again(graph: ArangoLineageGraph, standin: ArangoStandIn) -> None:
    """Two projectors that write the same documents are no error; where it does not end, it is."""
    standin.faults.append(answers(409, 1200, times=3, holding="UPDATE"))
    standin.faults.append(answers(409, 1200, times=3, request="import"))
    assert await graph.apply(a_page(5, 6, a_chain(6))) == 6
    standin.faults.append(answers(409, 1200, holding="UPDATE"))
    await retryable(graph.apply(a_page(6, 7, a_chain(7))))
    assert await graph.position() == 6


async def test_an_import_that_leaves_something_out_moves_no_position(
    graph: ArangoLineageGraph, standin: ArangoStandIn
) -> None:
    """A document that another stands in the way of is missing: the page was not applied."""
    nodes = standin.databases["plane"].collection("lineage_nodes")
    nodes.insert({"_key": "stranger", "tenant_id": TENANT, "generation": 1, "id": node(5), "position": 1})
    error = await retryable(graph.apply(a_page(5, 6, a_chain(6))))
    assert "left out" in str(error)
    assert await graph.position() == 5


async def test_a_document_that_is_no_edge_is_damage(graph: ArangoLineageGraph, standin: ArangoStandIn) -> None:
    """Somebody has written into the collection; the remedy is to make the graph anew."""
    edges = standin.databases["plane"].collection("lineage_edges")
    for key in list(edges.documents):
        edges.update(key, {"relation": "was_invented_by"})
    error = await failure(graph.trace(TENANT, node(4), UP, WIDE))
    assert isinstance(error, Damaged)
    assert "rebuild" in (error.remedy or "")


async def test_a_page_that_was_begun_before_a_clearing_moves_nothing_after_it(
    graph: ArangoLineageGraph, standin: ArangoStandIn
) -> None:
    """Its nodes and edges belong to the generation that was in force when it began: they have to be applied again."""

    state = standin.databases["plane"].collection("lineage_state")

    def begin_anew(text: str) -> None:
        standin.after_query = None
        state.update("lineage", {"generation": 2, "position": 0})

    standin.after_query = begin_anew  # when the first query, for the state, has been answered
    assert await graph.apply(a_page(0, 9, a_chain(9))) == 0 == await graph.position()
    with pytest.raises(NotFound):
        await graph.trace(TENANT, node(0), DOWN, WIDE)
    assert await graph.apply(a_page(0, 9, a_chain(9))) == 9
    assert len((await graph.trace(TENANT, node(0), DOWN, WIDE)).nodes) == 9


async def test_a_node_is_not_called_unknown_while_the_graph_is_made_anew(
    graph: ArangoLineageGraph, standin: ArangoStandIn
) -> None:
    """An answer in whose time the graph was cleared is thrown away, not found included."""
    state = standin.databases["plane"].collection("lineage_state")

    def begin_anew(text: str) -> None:
        if "IN @@nodes" in text:
            generation = int(state.get("lineage")["generation"])
            state.update("lineage", {"generation": generation + 1, "position": 0})

    standin.after_query = begin_anew
    error = await retryable(graph.trace(TENANT, node(4), UP, WIDE))
    assert "made anew" in str(error)
    standin.after_query = None
    with pytest.raises(NotFound):
        await graph.trace(TENANT, node(4), UP, WIDE)


# The way there


async def test_a_redirect_is_not_followed(
    open_graph: Opener, at_standin: ArangoSettings, standin: ArangoStandIn
) -> None:
    """It would take the credentials along to whoever it names."""
    elsewhere = HttpServer(
        lambda received: Reply(status=307, text="", headers={"location": f"{standin.url}{received.path}"})
    )
    elsewhere.start()
    try:
        graph = await open_graph(attrs.evolve(at_standin, urls=(elsewhere.url,)))
        assert isinstance(await failure(graph.position()), Unavailable)
    finally:
        elsewhere.stop()
    assert standin.requests == []


async def test_proxies_and_credentials_of_the_environment_are_not_used(
    open_graph: Opener,
    at_standin: ArangoSettings,
    standin: ArangoStandIn,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """What the settings say is what holds."""
    others = tmp_path / "netrc"
    others.write_text("machine 127.0.0.1 login somebody password else\n")
    others.chmod(0o600)
    monkeypatch.setenv("NETRC", str(others))
    for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    graph = await open_graph(attrs.evolve(at_standin, password="", token=standin.gate.token()))
    await graph.prepare()
    assert await graph.position() == 0


# Credentials


@pytest.mark.parametrize("login", ["basic", "jwt"])
async def test_a_wrong_password_is_refused_for_good(
    open_graph: Opener, at_standin: ArangoSettings, login: Login
) -> None:
    """Not retryable; and the password is in no message."""
    wrong = attrs.evolve(at_standin, password=f"not {PASSWORD}", login=login)
    error = await failure((await open_graph(wrong)).position())
    assert isinstance(error, Unavailable)
    assert not error.retryable
    assert "refuses the credentials" in str(error)


async def test_a_login_by_token_is_renewed(
    open_graph: Opener, at_standin: ArangoSettings, standin: ArangoStandIn
) -> None:
    """One login for many questions; again when the server has withdrawn the token."""
    graph = await open_graph(attrs.evolve(at_standin, login="jwt"))
    await graph.prepare()
    assert standin.gate.logins <= 2  # one for the system's database, which makes the other
    before = standin.gate.logins
    standin.gate.withdraw()
    assert await graph.position() == 0
    assert standin.gate.logins == before + 1


async def test_a_token_whose_time_is_over_is_renewed(
    open_graph: Opener, at_standin: ArangoSettings, standin: ArangoStandIn
) -> None:
    """The driver alone would go on with it."""
    standin.gate.token_seconds = 2
    graph = await open_graph(attrs.evolve(at_standin, login="jwt"))
    await graph.prepare()
    expired = int(time.time()) + 3
    while time.time() < expired + 1:
        await asyncio.sleep(0.1)
    assert await graph.position() == 0


async def test_a_ready_made_token_does_as_well(
    open_graph: Opener, at_standin: ArangoSettings, standin: ArangoStandIn
) -> None:
    """It needs no password; once it is withdrawn, or was out of date before, there is nothing to renew it with."""
    graph = await open_graph(attrs.evolve(at_standin, password="", token=standin.gate.token()))
    await graph.prepare()
    assert await graph.position() == 0
    standin.gate.withdraw()
    old = await open_graph(attrs.evolve(at_standin, password="", token=standin.gate.token(seconds=-10)))
    for one in (graph, old):
        error = await failure(one.position())
        assert isinstance(error, Unavailable)
        assert not error.retryable
