"""After a server was away, one question tries it out, for as long as that takes; the others end at once meanwhile."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from artifact_plane.adapters.arango.conversation import Conversation
from artifact_plane.adapters.arango.database import ArangoDatabase
from artifact_plane.adapters.arango.errors import too_late, unreachable
from artifact_plane.adapters.arango.settings import ArangoSettings
from artifact_plane.domain.model.errors import Unavailable
from tests.adapters.arango.ending import SOON, retryable


@pytest.fixture
async def away() -> AsyncIterator[ArangoDatabase]:
    """A database that a question has just found to be away; the rest that it is given is over."""
    database = ArangoDatabase(ArangoSettings(urls=("http://127.0.0.1:1",), database="plane", rest_seconds=0.0))
    with pytest.raises(Unavailable):
        await database.ask(nobody_answers)
    yield database
    await database.close()


def nobody_answers(conversation: Conversation) -> str:
    """A question about a server that is away."""
    raise unreachable("there") from ConnectionAbortedError()


def one(conversation: Conversation) -> int:
    """A question that is answered."""
    return 1


async def test_while_one_tries_it_out_the_others_end_at_once(away: ArangoDatabase) -> None:
    """However long the rest would have lasted: they would all hang where the server hangs. Then all are answered."""
    begun, going = threading.Event(), threading.Event()

    def hanging(conversation: Conversation) -> int:
        begun.set()
        going.wait(60)
        return 1

    trial = asyncio.create_task(away.ask(hanging))
    await asyncio.to_thread(begun.wait, 60)
    for _ in range(20):
        assert "cannot be reached" in str(await retryable(away.ask(one)))
    going.set()
    assert await trial == 1
    async with asyncio.timeout(SOON):
        assert await asyncio.gather(*(away.ask(one) for _ in range(20))) == [1] * 20


@pytest.mark.parametrize("error", [too_late("there"), unreachable("there"), LookupError("a bug")], ids=repr)
async def test_a_trial_that_tells_nothing_leaves_it_to_the_next(away: ArangoDatabase, error: Exception) -> None:
    """Whatever ended it: given up before it called, or a fault of this program."""

    def fails(conversation: Conversation) -> int:
        raise error

    with pytest.raises(type(error)):
        await away.ask(fails)
    assert await away.ask(one) == 1
