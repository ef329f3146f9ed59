"""Record stores with their archives, and the way from one to another."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import attrs

from artifact_plane.ports.record_archive import ArchivePage, LooseEnds, RecordArchive
from tests.contracts.under_test import RecordStoreUnderTest


@attrs.frozen(kw_only=True)
class ArchiveUnderTest:
    """A record store, and its archive."""

    store: RecordStoreUnderTest
    archive: RecordArchive


Opening = Callable[[], Awaitable[ArchiveUnderTest]]
"""Opens a new store, which is empty."""


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
