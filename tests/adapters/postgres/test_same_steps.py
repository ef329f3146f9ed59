"""What is another tenant's costs the database what an id costs that never was: time tells neither from the other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Final, TypeAlias

import attrs
import pytest

from artifact_plane.adapters.postgres.artifact_registry import PostgresArtifactRegistry
from artifact_plane.adapters.postgres.database import Database
from artifact_plane.adapters.postgres.lineage_graph import PostgresLineageGraph
from artifact_plane.domain.model.artifact import ArtifactFilter
from artifact_plane.domain.model.errors import NotFound
from artifact_plane.domain.model.lineage import Bounds, Direction, artifact_node
from tests.adapters.postgres.overhearing import Overheard, overhearing
from tests.adapters.postgres.under_test import Handle, settings_of
from tests.doubles.databases import RUNTIME, PostgresDatabase
from tests.doubles.samples import OTHER_TENANT, TENANT, a_change, an_artifact, an_edge

# Of one length: what is sent over the line differs in nothing else.
THEIRS: Final = "ours-1"
NEVER: Final = "none-1"
OWN: Final = "mine-1"


@attrs.frozen(kw_only=True)
class Asking:
    """The questions of one tenant, over a line on which every word is heard."""

    registry: PostgresArtifactRegistry
    lineage: PostgresLineageGraph
    line: Overheard

    async def heard(self, question: Question, artifact_id: str) -> bytes:
        """What a question about an id sends to the database, with the id taken out."""
        self.line.taken()
        with suppress(NotFound):
            await question(self, artifact_id)
        return self.line.taken().replace(artifact_id.encode(), b"<id>")


Question: TypeAlias = Callable[[Asking, str], Awaitable[object]]


QUESTIONS: Final[dict[str, Question]] = {
    "get": lambda ask, one: ask.registry.get(OTHER_TENANT, one),
    "get without its meaning": lambda ask, one: ask.registry.get(OTHER_TENANT, one, body=False),
    "get a version": lambda ask, one: ask.registry.get(OTHER_TENANT, one, 1),
    "current": lambda ask, one: ask.registry.current(OTHER_TENANT, [one]),
    "history": lambda ask, one: ask.registry.history(OTHER_TENANT, one),
    "receipts": lambda ask, one: ask.registry.receipts(OTHER_TENANT, one),
    "matching": lambda ask, one: ask.registry.matching(OTHER_TENANT, one, limit=5),
    "find": lambda ask, one: ask.registry.find(OTHER_TENANT, ArtifactFilter(execution_id=one), limit=5),
    "upstream": lambda ask, one: ask.lineage.trace(OTHER_TENANT, artifact_node(one, 1), Direction.UPSTREAM, Bounds()),
    "downstream": lambda ask, one: ask.lineage.trace(
        OTHER_TENANT, artifact_node(one, 1), Direction.DOWNSTREAM, Bounds()
    ),
    "path": lambda ask, one: ask.lineage.path(OTHER_TENANT, artifact_node(one, 1), artifact_node(OWN, 1), Bounds()),
    "describe": lambda ask, one: ask.lineage.describe(OTHER_TENANT, (artifact_node(one, 1),)),
}


@pytest.fixture
async def asking(opened_handle: Handle, postgres_database: PostgresDatabase) -> AsyncIterator[Asking]:
    """A tenant with one artifact, beside another with an artifact that came of a second one."""
    ledger = opened_handle.store.ledger
    await ledger.commit(a_change(an_artifact("origin"), change_id="c-1"))
    edge = an_edge(artifact_node(THEIRS, 1), artifact_node("origin", 1))
    await ledger.commit(a_change(an_artifact(THEIRS), change_id="c-2", edges=[edge]))
    own = an_artifact(OWN, tenant_id=OTHER_TENANT)
    await ledger.commit(a_change(own, change_id="c-3", tenant_id=OTHER_TENANT))
    async with overhearing(postgres_database.server.port) as line:
        settings = attrs.evolve(
            settings_of(postgres_database),
            dsn=f"postgresql://{RUNTIME}@127.0.0.1:{line.port}/{postgres_database.name}",
            reading=1,
        )
        database = Database(settings)
        try:
            yield Asking(registry=PostgresArtifactRegistry(database), lineage=PostgresLineageGraph(database), line=line)
        finally:
            await database.close()


@pytest.mark.parametrize("name", QUESTIONS)
async def test_the_same_statements_in_as_many_round_trips(asking: Asking, name: str) -> None:
    """Byte by byte, but for the id; the first question alone prepares what it asks."""
    question = QUESTIONS[name]
    for one in (OWN, THEIRS, NEVER):
        await asking.heard(question, one)
    theirs, never = await asking.heard(question, THEIRS), await asking.heard(question, NEVER)
    assert theirs == never
    assert b"<id>" in theirs and TENANT.encode() not in theirs
