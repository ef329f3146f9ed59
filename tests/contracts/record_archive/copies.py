"""What is taken out of one store and put into another is the same, in every answer."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack

import pytest

from artifact_plane.adapters.memory.home import MemoryHome
from artifact_plane.domain.model.errors import Conflict
from artifact_plane.ports.record_archive import ArchivePage, LooseEnds
from tests.contracts.record_archive.answers import answers
from tests.contracts.record_archive.copying import ArchiveUnderTest, Opening, copy, ends_of, pages_of
from tests.doubles.samples import (
    MEANING,
    TENANT,
)


class Copies:
    """Whole, once, in order, and however it is divided into pages."""

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
