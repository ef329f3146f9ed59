"""Group commit: what is queued goes into one transaction, and nobody's failure is another's."""

from __future__ import annotations

import asyncio

import attrs
import pytest

from artifact_plane.domain.model.change import Change
from artifact_plane.domain.model.errors import Conflict, InvalidInput
from artifact_plane.domain.model.lineage import artifact_node, execution_node
from artifact_plane.ports.ledger import Committed
from tests.adapters.postgres.under_test import Handle
from tests.contracts.ledger import a_full_change, outcomes
from tests.doubles.samples import (
    OTHER_TENANT,
    TENANT,
    a_change,
    a_tombstone,
    a_write,
    an_artifact,
    an_edge,
    the_next_version,
)


async def transactions(one: Handle) -> int:
    """In how many transactions everything was recorded so far."""
    rows = await one.backdoor.rows("SELECT count(DISTINCT xmin::text) FROM artifact_plane.change")
    return int(rows[0][0])


async def test_what_comes_at_once_goes_into_one_transaction(opened_handle: Handle) -> None:
    """32 changes of one turn are one transaction, with positions in the order in which they came."""
    answers = await asyncio.gather(*(opened_handle.store.ledger.commit(a_full_change(n)) for n in range(1, 33)))
    assert [answer.position for answer in answers] == list(range(1, 33))
    assert await transactions(opened_handle) == 1


async def test_a_group_is_bounded(opened_handle: Handle) -> None:
    """No more than 32 changes go together; the others go next."""
    await asyncio.gather(*(opened_handle.store.ledger.commit(a_full_change(number)) for number in range(1, 71)))
    assert await transactions(opened_handle) == 3


async def test_while_one_group_is_written_the_next_one_gathers(opened_handle: Handle) -> None:
    """Who comes later does not wait for company, nor go alone where others wait."""
    ledger = opened_handle.store.ledger

    async def after(turns: int, change: Change) -> Committed:
        for _ in range(turns):
            await asyncio.sleep(0)
        return await ledger.commit(change)

    await asyncio.gather(*(after(3 * (number > 1), a_full_change(number)) for number in range(1, 12)))
    assert await transactions(opened_handle) == 2


async def test_a_conflict_fails_alone(opened_handle: Handle) -> None:
    """The others of the group are recorded in the same transaction; positions have no gap."""
    await opened_handle.store.ledger.commit(a_change(an_artifact("artifact-7")))
    answers = await outcomes(opened_handle.store, [a_full_change(number) for number in range(1, 21)])
    failed = [number for number, answer in enumerate(answers, start=1) if not isinstance(answer, Committed)]
    assert failed == [7]
    assert isinstance(answers[6], Conflict)
    assert [answer.position for answer in answers if isinstance(answer, Committed)] == list(range(2, 21))
    assert await transactions(opened_handle) == 2
    assert await opened_handle.store.log.position() == 20


async def test_a_value_that_no_column_can_hold_fails_alone(opened_handle: Handle) -> None:
    """Where the database cannot take a value, each change is tried for itself."""
    changes = [a_full_change(number) for number in range(1, 6)]
    changes[2] = a_change(attrs.evolve(an_artifact("vast"), version=2**70))
    answers = await outcomes(opened_handle.store, changes)
    assert [type(answer).__name__ for answer in answers] == [*["Committed"] * 2, "InvalidInput", *["Committed"] * 2]


@pytest.mark.parametrize("text", ["a\x00b", "a\ud800b"], ids=["NUL", "a lone surrogate"])
async def test_a_text_that_the_database_cannot_keep_is_refused_before(opened_handle: Handle, text: str) -> None:
    """NUL and lone surrogates are the caller's mistake, not the database's trouble (case A12)."""
    for artifact in (an_artifact(session_id=text), an_artifact(labels=("fine", text))):
        with pytest.raises(InvalidInput):
            await opened_handle.store.ledger.commit(a_change(artifact))
    assert await transactions(opened_handle) == 0


async def test_tenants_share_a_transaction_and_nothing_else(opened_handle: Handle) -> None:
    """A group of several tenants names exactly those; an edge to another's artifact finds nothing, in it or later."""
    theirs = an_artifact("theirs", tenant_id=OTHER_TENANT)
    edge = an_edge(artifact_node("mine", 1), artifact_node("theirs", 1))
    smuggling = a_change(an_artifact("mine"), edges=[edge])
    changes = [*[a_full_change(number) for number in range(1, 6)], a_change(theirs), smuggling]
    answers = await outcomes(opened_handle.store, changes)
    assert [type(answer).__name__ for answer in answers] == [*["Committed"] * 6, "NotFound"]
    assert await transactions(opened_handle) == 1
    assert [type(answer).__name__ for answer in await outcomes(opened_handle.store, [smuggling])] == ["NotFound"]


async def test_changes_that_build_on_one_another_keep_their_order(opened_handle: Handle) -> None:
    """Creation, update and deletion of one artifact, all queued at once, come one after the other."""
    first = an_artifact("a")
    second = the_next_version(first)
    changes = [a_change(first), a_change(second), a_change(a_tombstone(second)), a_change(an_artifact("b"))]
    answers = await asyncio.gather(*map(opened_handle.store.ledger.commit, changes))
    assert len({answer.position for answer in answers}) == 4
    assert await transactions(opened_handle) == 3  # the fourth goes with the first


async def test_an_edge_to_what_the_same_group_would_write_waits_for_it(opened_handle: Handle) -> None:
    """An origin that is queued before is there when its turn comes."""
    edge = an_edge(artifact_node("b", 1), artifact_node("a", 1))
    changes = [a_change(an_artifact("a")), a_change(an_artifact("b"), edges=[edge])]
    await asyncio.gather(*map(opened_handle.store.ledger.commit, changes))
    assert await opened_handle.backdoor.edges(TENANT) == {edge}


async def test_changes_of_a_group_may_name_the_same_new_node(opened_handle: Handle) -> None:
    """A node that several changes name first is made once, at the first of their positions."""
    run = execution_node("elsewhere")
    changes = [a_change(an_artifact(name), edges=[an_edge(artifact_node(name, 1), run)]) for name in ("a", "b", "c")]
    await asyncio.gather(*map(opened_handle.store.ledger.commit, changes))
    rows = await opened_handle.backdoor.rows("SELECT position FROM artifact_plane.node WHERE id = $1", run)
    assert [row[0] for row in rows] == [1]


async def test_a_change_may_write_an_artifact_more_than_once(opened_handle: Handle) -> None:
    """The next write comes on top of the one before; what does not is a conflict."""
    first = an_artifact("a")
    second = the_next_version(first)
    await opened_handle.store.ledger.commit(a_change(a_write(first, b"1"), a_write(second, b"2")))
    history = await opened_handle.store.registry.history(TENANT, "a")
    assert [one.version for one in history] == [1, 2]
    assert (await opened_handle.store.registry.get(TENANT, "a")).body == b"2"
    third, fourth = the_next_version(second), the_next_version(the_next_version(second))
    await opened_handle.store.ledger.commit(a_change(third, fourth, a_tombstone(fourth)))
    assert (await opened_handle.backdoor.census())["bodies"] == 0
    rows = await opened_handle.backdoor.rows("SELECT standing FROM artifact_plane.artifact ORDER BY version")
    assert [row[0] for row in rows] == [-1, -1, -1, 2]
    with pytest.raises(Conflict):
        await opened_handle.store.ledger.commit(a_change(an_artifact("b"), an_artifact("b")))


async def test_what_is_queued_is_written_before_the_store_closes(opened_handle: Handle) -> None:
    """Closing waits for the queue; what comes afterwards is refused."""
    tasks = [asyncio.create_task(opened_handle.store.ledger.commit(a_full_change(n))) for n in range(1, 80)]
    await asyncio.sleep(0)
    await opened_handle.store.die()
    assert len({(await task).position for task in tasks}) == 79
