"""ArangoLineageGraph: the ledger's nodes and edges as a named graph, fed by position.

Every document belongs to a *generation* and bears the position of the commit that made it. One document, the state,
says which generation is in force and up to which position it was fed. Answers take nothing of other generations
and nothing beyond that position, so that

* a page that is being applied, or was applied ahead of its turn, shows in no answer until the position covers it;
* to clear is to begin the next generation: what a projector had begun before belongs to an earlier one;
* documents may be written twice, in any order and by several processes: their keys follow from what they stand for.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Final, TypeAlias

from artifact_plane.adapters.arango import schema
from artifact_plane.adapters.arango.conversation import Conversation, Document
from artifact_plane.adapters.arango.database import ArangoDatabase
from artifact_plane.adapters.arango.documents import edge_documents, node_documents
from artifact_plane.adapters.arango.errors import PREPARE
from artifact_plane.adapters.arango.levels import Levels, State, batches
from artifact_plane.adapters.arango.names import STATE_KEY, Names
from artifact_plane.adapters.arango.settings import ArangoSettings
from artifact_plane.domain.model.errors import NotFound, Unavailable
from artifact_plane.domain.model.lineage import Bounds, Direction, LineageNode, NodeId, Walk, no_such_node, walk
from artifact_plane.ports.clock import Clock
from artifact_plane.ports.lineage_feed import FeedPage
from artifact_plane.ports.lineage_graph import LineageGraph
from artifact_plane.ports.lineage_projection import LineageProjection

_TRIES: Final = 5
_Outcome: TypeAlias = "Walk | NotFound"
_Question: TypeAlias = Callable[[Conversation, State], _Outcome]


class ArangoLineageGraph(LineageProjection):
    """Use ``open``. Nothing is asked of the server before the first question, and being away is no error until then."""

    def __init__(self, database: ArangoDatabase, descriptions: LineageGraph, clock: Clock) -> None:
        """``descriptions`` is the record store's own lineage: it says what is known of nodes."""
        self._database: Final = database
        self._settings: Final = database.settings
        self._names: Final = Names(self._settings.prefix)
        self._descriptions: Final = descriptions
        self._clock: Final = clock

    @staticmethod
    @asynccontextmanager
    async def open(
        settings: ArangoSettings, descriptions: LineageGraph, clock: Clock
    ) -> AsyncIterator[ArangoLineageGraph]:
        """The projection in the database that ``settings`` name, closed on the way out."""
        database = ArangoDatabase(settings)
        try:
            yield ArangoLineageGraph(database, descriptions, clock)
        finally:
            await database.close()

    # LineageGraph

    async def trace(
        self, tenant_id: str, start: NodeId, direction: Direction, bounds: Bounds, *, at_least: int = 0
    ) -> Walk:
        def question(conversation: Conversation, state: State) -> _Outcome:
            levels = self._levels(conversation, state, tenant_id, direction, bounds)
            if start not in levels.known(start):
                return no_such_node(start)
            return walk(start, levels.edges, direction, bounds, state.position)

        return await self._answer(question, at_least)

    async def path(self, tenant_id: str, source: NodeId, target: NodeId, bounds: Bounds) -> Walk:
        def question(conversation: Conversation, state: State) -> _Outcome:
            levels = self._levels(conversation, state, tenant_id, Direction.UPSTREAM, bounds, goal=target)
            known = levels.known(source, target)
            for node in (source, target):
                if node not in known:
                    return no_such_node(node)
            return walk(source, levels.edges, Direction.UPSTREAM, bounds, state.position).way_to(target)

        return await self._answer(question)

    async def describe(self, tenant_id: str, nodes: tuple[NodeId, ...]) -> tuple[LineageNode, ...]:
        return await self._descriptions.describe(tenant_id, nodes)

    # LineageProjection

    async def prepare(self) -> None:
        await self._database.ask(
            lambda conversation: schema.prepare(conversation, self._names, self._settings.database)
        )

    async def missing(self) -> tuple[str, ...]:
        return await self._database.ask(
            lambda conversation: schema.missing(conversation, self._names, self._settings.database)
        )

    async def position(self) -> int:
        return (await self._database.ask(self._state)).position

    async def wait_for(self, position: int) -> None:
        until = self._clock.now() + timedelta(seconds=self._settings.wait_seconds)
        while (seen := await self.position()) < position:
            if self._clock.now() >= until:
                raise self._behind(seen, position)
            await self._clock.sleep(self._settings.poll_seconds)

    async def apply(self, page: FeedPage) -> int:
        state = await self._database.ask(self._state)
        if page.up_to <= state.position:
            return state.position
        await self._load(self._names.nodes, node_documents(page, state.generation))
        await self._load(self._names.edges, edge_documents(page, state.generation, self._names.nodes))
        # Cleared meanwhile, the graph is in another generation, and nothing moves: none of this belongs to it.
        return await self._database.ask(partial(self._advanced, state.generation, page))

    async def clear(self) -> None:
        generation = await self._database.ask(self._begin_anew)
        for collection in (self._names.edges, self._names.nodes):
            while await self._database.ask(partial(self._swept, collection, generation)):
                pass

    # In a thread

    def _state(self, conversation: Conversation) -> State:
        match conversation.rows("state", {"state": self._names.state}, key=STATE_KEY):
            case [[int(generation), int(position)]]:
                return State(generation=generation, position=position)
        raise self._unprepared()

    def _advanced(self, generation: int, page: FeedPage, conversation: Conversation) -> int:
        conversation.rows(
            "advance",
            {"state": self._names.state},
            key=STATE_KEY,
            generation=generation,
            after=page.after,
            up_to=page.up_to,
        )
        return self._state(conversation).position

    def _begin_anew(self, conversation: Conversation) -> int:
        match conversation.rows("begin_anew", {"state": self._names.state}, key=STATE_KEY):
            case [int(generation)]:
                return generation
        raise self._unprepared()

    def _swept(self, collection: str, generation: int, conversation: Conversation) -> bool:
        most = self._settings.batch
        return len(conversation.rows("sweep", {"rows": collection}, generation=generation, most=most)) == most

    def _levels(
        self,
        conversation: Conversation,
        state: State,
        tenant_id: str,
        direction: Direction,
        bounds: Bounds,
        goal: NodeId | None = None,
    ) -> Levels:
        return Levels(
            conversation,
            self._names,
            state,
            tenant_id,
            direction,
            bounds,
            batch=self._settings.batch,
            most=self._settings.level_edges,
            goal=goal,
        )

    # Outside of it

    async def _answer(self, question: _Question, at_least: int = 0) -> Walk:
        """The answer of one generation, when it has seen ``at_least``: one in which the graph was cleared may lack
        anything, and is thrown away."""

        def asked(conversation: Conversation) -> _Outcome | None:
            state = self._state(conversation)
            if state.position < at_least:
                return None  # cleared since it was waited for
            outcome = question(conversation, state)
            return outcome if self._state(conversation).generation == state.generation else None

        for _ in range(_TRIES):
            if at_least > 0:
                await self.wait_for(at_least)
            outcome = await self._database.ask(asked)
            if isinstance(outcome, NotFound):
                raise outcome
            if outcome is not None:
                return outcome
        raise Unavailable("the graph is being made anew", where=self._settings.where, remedy="ask again a little later")

    async def _load(self, collection: str, documents: Iterator[Document]) -> None:
        for batch in batches(documents, self._settings.batch):
            await self._database.ask(partial(_loaded, collection, batch))

    def _behind(self, seen: int, position: int) -> Unavailable:
        return Unavailable(
            f"the lineage has seen position {seen} and not yet {position}",
            where=self._settings.where,
            remedy="ask again later, or for a position that was committed here",
        )

    def _unprepared(self) -> Unavailable:
        return Unavailable(
            "the projection's state is missing",
            where=self._settings.where,
            remedy=PREPARE,
            retryable=False,
        )


def _loaded(collection: str, documents: Sequence[Document], conversation: Conversation) -> None:
    conversation.load(collection, documents)
