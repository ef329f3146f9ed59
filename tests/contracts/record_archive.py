"""The RecordArchive's law: what is taken out of one store and put into another is the same, in every answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from typing import Final

import attrs
import pytest

from artifact_plane.adapters.memory.home import MemoryHome
from artifact_plane.domain.model.artifact import ArtifactFilter, Place
from artifact_plane.domain.model.change import RecordKind
from artifact_plane.domain.model.decision import MaterializationDecision
from artifact_plane.domain.model.errors import Conflict
from artifact_plane.domain.model.lineage import Bounds, Direction, artifact_node, attachment_node, execution_node
from artifact_plane.ports.record_archive import ArchivePage, LooseEnds, RecordArchive
from tests.contracts.under_test import RecordStoreUnderTest
from tests.doubles.samples import (
    HOLDER,
    MEANING,
    NOW,
    OTHER_TENANT,
    TENANT,
    a_change,
    a_digest,
    a_policy_record,
    a_receipt,
    a_reference,
    a_rendering,
    a_request,
    a_tombstone,
    an_artifact,
    an_attachment,
    an_edge,
    an_entry,
    an_event,
    an_execution,
    at,
    completed,
    failed,
    running,
    the_next_version,
)

TENANTS: Final = (TENANT, OTHER_TENANT)
BOUNDS: Final = Bounds(depth=100, nodes=1_000)


@attrs.frozen(kw_only=True)
class ArchiveUnderTest:
    """A record store, and its archive."""

    store: RecordStoreUnderTest
    archive: RecordArchive


Opening = Callable[[], Awaitable[ArchiveUnderTest]]
"""Opens a new store, which is empty."""


async def lead_a_life(store: RecordStoreUnderTest) -> None:
    """Commit one of everything: runs that ended and one that did not, updates, deletions, two tenants, edges added
    later, requests, events in every state."""
    ledger = store.ledger
    workflow = an_artifact(execution_id="execution-1", parts=[a_rendering(), a_rendering("svg", place=Place.NOWHERE)])
    run = an_execution(attachments=[an_attachment(), an_attachment("kept", b"kept", MaterializationDecision.PERSIST)])
    cached = a_rendering("pdf", b"for a while", Place.WORKING_MEMORY)
    note = an_artifact("note", labels=(), metadata={}, parts=[cached])
    await ledger.commit(
        a_change(
            execution=run,
            policy=a_policy_record(),
            journal=[an_entry(RecordKind.INTENT, "intent-1"), an_entry(RecordKind.JOURNEY, run.session_id)],
            receipts=[a_receipt(run.attachments[0].digest, version=None)],
            edges=[an_edge(execution_node("execution-1"), "intent:intent-1")],
            request=a_request(subject="execution:execution-1"),
        )
    )
    run = running(run)
    await ledger.commit(a_change(execution=run, journal=[an_entry()], when=at(1)))
    await ledger.commit(
        a_change(
            workflow,
            note,
            execution=completed(run, a_reference(workflow), a_reference(note)),
            receipts=[a_receipt(), a_receipt("note")],
            edges=[
                an_edge(artifact_node("artifact-1", 1), execution_node("execution-1")),
                an_edge(artifact_node("note", 1), execution_node("execution-1")),
                an_edge(artifact_node("note", 1), attachment_node(run.attachments[0].digest)),
            ],
            events=[an_event("event-1"), an_event("event-2", subject="note")],
            when=at(2),
        )
    )
    other = an_artifact("artifact-1", tenant_id=OTHER_TENANT, parts=[a_rendering(content=b"theirs")])
    await ledger.commit(a_change(other, receipts=[a_receipt(tenant_id=OTHER_TENANT)], when=at(3)))
    await _update_and_delete(store)
    await _relate_and_fail(store)
    claimed = await store.outbox.claim("relay", at(50), lease=10, limit=10)
    first, second = (pending.event for pending in claimed)
    await store.outbox.retry_later("relay", first, at(50), pause=50, trouble="the listener was away")
    await store.outbox.set_aside("relay", second, "the listener refuses it")


async def _update_and_delete(store: RecordStoreUnderTest) -> None:
    first = an_artifact(execution_id="execution-1", parts=[a_rendering()])
    second = the_next_version(first, parts=[a_rendering(content=b"a new picture")], data=b'{"rows":4}')
    write = attrs.evolve(a_change(second).artifacts[0], body=b'{"rows":4}')
    revision = an_edge(artifact_node("artifact-1", 2), artifact_node("artifact-1", 1))
    await store.ledger.commit(a_change(write, receipts=[a_receipt(version=2)], edges=[revision], when=at(4)))
    doomed = an_artifact("doomed", parts=[a_rendering(content=b"doomed")])
    later = the_next_version(doomed, parts=[a_rendering(content=b"doomed too")])
    await store.ledger.commit(a_change(doomed, receipts=[a_receipt("doomed")], when=at(5)))
    await store.ledger.commit(a_change(later, receipts=[a_receipt("doomed", version=2)], when=at(6)))
    await store.ledger.commit(a_change(a_tombstone(later), journal=[an_entry(subject="doomed")], when=at(7)))


async def _relate_and_fail(store: RecordStoreUnderTest) -> None:
    edges = [
        an_edge(artifact_node("note", 1), artifact_node("artifact-1", 1)),
        an_edge(artifact_node("note", 1), "execution:somebody-elses"),
    ]
    await store.ledger.commit(a_change(tenant_id=TENANT, edges=edges, attaches_edges=True, when=at(8)))
    run = an_execution("execution-2", intent_id="intent-2", attachments=[an_attachment("again", b"again")])
    await store.ledger.commit(a_change(execution=run, when=at(9)))
    await store.ledger.commit(a_change(execution=running(run), when=at(10)))
    await store.ledger.commit(a_change(execution=failed(running(run)), when=at(11)))
    left = an_execution("execution-3", intent_id="intent-3", attempt=2, attachments=[an_attachment("left", b"left")])
    await store.ledger.commit(a_change(execution=left, journal=[an_entry(subject="execution-3")], when=at(12)))
    await store.ledger.commit(a_change(tenant_id=OTHER_TENANT, request=a_request("theirs"), when=at(13)))


async def answers(store: RecordStoreUnderTest) -> Mapping[str, object]:
    """What a store says to every question that can be asked."""
    found: dict[str, object] = {"position": await store.log.position(), "journal": await store.log.replay(0, limit=999)}
    found["unfinished"] = await store.state.unfinished()
    found["policy"] = await store.state.policy(a_policy_record().digest)
    census = await store.backdoor.census()
    found["census"] = {kind: count for kind, count in census.items() if kind != "claims"}
    found["aside"] = await store.outbox.set_aside_events(limit=10)
    for tenant in TENANTS:
        found |= await _answers_of(store, tenant)
    return found


async def _answers_of(store: RecordStoreUnderTest, tenant: str) -> Mapping[str, object]:
    found: dict[str, object] = {}
    for state_filter in (ArtifactFilter(), ArtifactFilter(state=None), ArtifactFilter(label="draft")):
        found[f"{tenant} {state_filter}"] = (await store.registry.find(tenant, state_filter, limit=99)).artifacts
    for artifact_id in ("artifact-1", "note", "doomed"):
        history = await store.registry.history(tenant, artifact_id)
        found[f"{tenant} {artifact_id}"] = history
        found[f"{tenant} {artifact_id} receipts"] = await store.registry.receipts(tenant, artifact_id)
        for version in history:
            registered = await store.registry.get(tenant, artifact_id, version.version)
            found[f"{tenant} {artifact_id} {version.version}"] = (registered.artifact, registered.body)
            await _trace(store, tenant, artifact_node(artifact_id, version.version), found)
    found[f"{tenant} executions"] = (await store.state.executions(tenant, limit=99))[0]
    found[f"{tenant} requests"] = [await store.state.request(tenant, key, NOW) for key in ("key-1", "theirs")]
    found[f"{tenant} edges"] = await store.backdoor.edges(tenant)
    found[f"{tenant} references"] = await store.backdoor.references(tenant)
    return found


async def _trace(store: RecordStoreUnderTest, tenant: str, node: str, found: dict[str, object]) -> None:
    for direction in Direction:
        walk = await store.lineage.trace(tenant, node, direction, BOUNDS)
        found[f"{tenant} {node} {direction.value}"] = walk
        found[f"{tenant} {node} {direction.value} described"] = await store.lineage.describe(tenant, walk.nodes)


async def pages_of(archive: RecordArchive, limit: int) -> list[ArchivePage]:
    """All pages, from the beginning to the end."""
    pages: list[ArchivePage] = []
    after = 0
    while (page := await archive.export(after, limit=limit)).up_to > after:
        assert page.after == after
        assert page.up_to <= after + limit
        pages.append(page)
        after = page.up_to
    return pages


async def copy(source: RecordArchive, target: RecordArchive, *, limit: int = 3) -> None:
    """Put everything that is in ``source`` into ``target``."""
    await target.restore_policies(await source.policies())
    for page in await pages_of(source, limit):
        await target.restore(page)
    async for batch in source.loose_ends(limit=limit):
        await target.restore_loose_ends(batch)


async def ends_of(archive: RecordArchive, limit: int) -> LooseEnds:
    """All that belongs to no position."""
    batches = [batch async for batch in archive.loose_ends(limit=limit)]
    assert all(max(len(batch.events), len(batch.requests)) <= limit for batch in batches)
    events = tuple(one for batch in batches for one in batch.events)
    return LooseEnds(events=events, requests=tuple(one for batch in batches for one in batch.requests))


class RecordArchiveContract:
    """Subclass it and give the fixture ``opening``: an ``Opening`` of the adapter's stores."""

    @pytest.fixture
    async def lived(self, opening: Opening) -> ArchiveUnderTest:
        """A store with a history."""
        lived = await opening()
        await lead_a_life(lived.store)
        return lived

    async def test_an_empty_store_has_nothing(self, opening: Opening) -> None:
        """Position 0, one empty page, no policies, no loose ends."""
        archive = (await opening()).archive
        assert await archive.position() == 0
        assert await archive.export(0, limit=10) == ArchivePage(after=0, up_to=0)
        assert await archive.policies() == ()
        assert await ends_of(archive, 10) == LooseEnds()

    @pytest.mark.parametrize("limit", [1, 3, 1_000])
    async def test_a_copy_gives_the_same_answers(self, opening: Opening, lived: ArchiveUnderTest, limit: int) -> None:
        """Everything is as it was: ids, positions, versions, times, texts, bytes, however it was divided."""
        target = await opening()
        await copy(lived.archive, target.archive, limit=limit)
        assert await answers(target.store) == await answers(lived.store)
        assert await ends_of(target.archive, 2) == await ends_of(lived.archive, 100)
        assert await target.archive.policies() == await lived.archive.policies()

    async def test_copies_go_from_adapter_to_adapter(self, opening: Opening, lived: ArchiveUnderTest) -> None:
        """Through the reference and back: the same answers on both sides."""
        async with AsyncExitStack() as stack:
            reference = await stack.enter_async_context(MemoryHome.open())
            await copy(lived.archive, reference.archive)
            back = await opening()
            await copy(reference.archive, back.archive)
            assert await answers(back.store) == await answers(lived.store)
            assert await ends_of(reference.archive, 5) == await ends_of(lived.archive, 5)

    async def test_pages_hold_each_thing_once(self, lived: ArchiveUnderTest) -> None:
        """Small pages together hold what one large page does, and the ends of edges come no later than they."""
        (whole,) = await pages_of(lived.archive, 1_000)
        small = await pages_of(lived.archive, 1)
        assert [change for page in small for change in page.changes] == list(whole.changes)
        assert [one for page in small for one in page.versions] == list(whole.versions)
        assert [one for page in small for one in page.executions] == list(whole.executions)
        seen: set[tuple[str, str]] = set()
        edges = 0
        for entry in (entry for page in small for entry in page.lineage):
            assert seen.isdisjoint((entry.tenant_id, node) for node in entry.nodes)
            seen.update((entry.tenant_id, node) for node in entry.nodes)
            assert all({(entry.tenant_id, one.source), (entry.tenant_id, one.target)} <= seen for one in entry.edges)
            edges += len(entry.edges)
        assert len(seen) == sum(len(entry.nodes) for entry in whole.lineage)
        assert edges == (await lived.store.backdoor.census())["edges"]

    async def test_a_copy_goes_on_from_where_it_stands(self, opening: Opening, lived: ArchiveUnderTest) -> None:
        """A page is put in whole and once: the position says where to go on; what does not follow is refused."""
        target = await opening()
        await target.archive.restore_policies(await lived.archive.policies())
        first, *later = await pages_of(lived.archive, 4)
        await target.archive.restore(first)
        for page in later:
            assert await target.archive.position() == page.after
            with pytest.raises(Conflict):
                await target.archive.restore(first)
            await target.archive.restore(page)
        assert await target.archive.position() == await lived.archive.position()

    async def test_what_is_refused_leaves_nothing(self, opening: Opening, lived: ArchiveUnderTest) -> None:
        """Whole or not at all."""
        target = await opening()
        _, second, *_ = await pages_of(lived.archive, 4)
        before = await target.store.backdoor.census()
        with pytest.raises(Conflict):
            await target.archive.restore(second)
        assert await target.store.backdoor.census() == before

    async def test_a_copy_can_be_worked_on(self, opening: Opening, lived: ArchiveUnderTest) -> None:
        """The next commit has the next position; versions follow, keys are taken, repeated changes are known."""
        target = await opening()
        await copy(lived.archive, target.archive)
        ledger, position = target.store.ledger, await lived.archive.position()
        third = the_next_version((await target.store.registry.get(TENANT, "artifact-1")).artifact)
        change = a_change(third, receipts=[a_receipt(version=3)])
        assert (await ledger.commit(change)).position == position + 1
        assert (await ledger.commit(change)).repeated
        (first, *_) = (await lived.archive.export(0, limit=1)).changes
        again = a_change(tenant_id=first.tenant_id, change_id=first.change_id)
        assert (await ledger.commit(again)).position == first.position
        with pytest.raises(Conflict):
            await ledger.commit(a_change(tenant_id=TENANT, request=a_request()))
        with pytest.raises(Conflict):
            await ledger.commit(a_change(an_artifact("doomed", version=3)))
        listed = (await target.store.registry.find(TENANT, ArtifactFilter(), limit=10)).artifacts
        assert [(one.artifact_id, one.version) for one in listed] == [("note", 1), ("artifact-1", 3)]

    async def test_a_copy_refers_to_its_blobs(self, opening: Opening, lived: ArchiveUnderTest) -> None:
        """What is referred to is not removable; what a deletion lets go of later is left to be swept."""
        target = await opening()
        await copy(lived.archive, target.archive)
        references = target.store.references
        kept = (b"picture", b"a new picture", b"kept", b"left")
        assert not any([await references.removable(TENANT, a_digest(content)) for content in kept])
        gone = (b"doomed", b"doomed too", b"again", b"1. Receive the claim", b"theirs")
        assert all([await references.removable(TENANT, a_digest(content)) for content in gone])
        current = (await target.store.registry.get(TENANT, "artifact-1")).artifact
        await target.store.ledger.commit(a_change(a_tombstone(current)))
        assert {claim.digest for claim in await references.abandoned(TENANT)} >= {a_digest(b"picture")}

    async def test_a_run_that_did_not_end_can_be_taken_over(self, opening: Opening, lived: ArchiveUnderTest) -> None:
        """It is copied as it is; its holder, who lives where it came from, is dead here."""
        target = await opening()
        await lived.store.state.hold(HOLDER)
        await copy(lived.archive, target.archive)
        (left,) = await target.store.state.unfinished()
        assert left.holder is not None
        assert not await target.store.state.is_alive(left.holder)
        await target.store.ledger.commit(a_change(execution=running(left, "somebody-else")))
        await target.store.ledger.commit(a_change(execution=failed(running(left, "somebody-else"))))
        assert await target.store.state.unfinished() == ()

    async def test_loose_ends_that_are_there_already_stay(self, opening: Opening, lived: ArchiveUnderTest) -> None:
        """The same batch again has no second effect."""
        target = await opening()
        await copy(lived.archive, target.archive)
        ends = await ends_of(lived.archive, 100)
        await target.archive.restore_loose_ends(ends)
        await target.archive.restore_policies(await lived.archive.policies())
        assert await ends_of(target.archive, 100) == ends
        assert len(ends.events) == 2
        assert await answers(target.store) == await answers(lived.store)

    async def test_events_are_delivered_in_their_order(self, opening: Opening, lived: ArchiveUnderTest) -> None:
        """One that is due later waits, one that was set aside stays there, tries are counted on."""
        target = await opening()
        await copy(lived.archive, target.archive)
        assert await target.store.outbox.claim("relay", at(75), lease=1, limit=10) == ()
        await target.store.backdoor.let_events_wait(100)
        (due,) = await target.store.outbox.claim("relay", at(100), lease=1, limit=10)
        assert (due.event.event_id, due.tries, due.trouble) == ("event-1", 1, "the listener was away")

    async def test_what_came_out_is_ones_own(self, opening: Opening, lived: ArchiveUnderTest) -> None:
        """To change what was taken out, or what was put in, changes no store."""
        before = await answers(lived.store)
        target = await opening()
        (page,) = await pages_of(lived.archive, 1_000)
        await target.archive.restore_policies(await lived.archive.policies())
        await target.archive.restore(page)
        for version in page.versions:
            _spoil(version.artifact.metadata)
        for change in page.changes:
            for entry in change.journal:
                _spoil(entry.body)
        assert await answers(lived.store) == before
        assert (await target.store.registry.get(TENANT, "artifact-1", 1)).body == MEANING
        assert (await target.store.log.replay(0, limit=99)) == before["journal"]


def _spoil(document: Mapping[str, object]) -> None:
    if isinstance(document, dict):
        document["spoilt"] = True
