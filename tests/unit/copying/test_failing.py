"""A copy that fails on the way: what is there is whole, and the next try goes on from it."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import attrs
import pytest

from artifact_plane.composition.adapters import Adapters
from artifact_plane.domain.model.errors import ArtifactPlaneError, Conflict, Damaged
from artifact_plane.ports.copying import CopyReport
from artifact_plane.ports.record_archive import ArchivePage
from tests.doubles.faults import Crashed, Effects, Fault
from tests.doubles.homes import LocalHomeOfTests, MemoryHomeOfTests
from tests.doubles.world import all_artifacts, check_world, swept
from tests.unit.copying.faults import FaultyArchive, failing, with_archive
from tests.unit.copying.stage import TENANTS, archive_of, blobs, contents, copy, lived, make_home, scene


@pytest.mark.parametrize("fault", Fault)
async def test_whichever_effect_fails_the_copy_goes_on_from_there(fault: Fault) -> None:
    """Fail effect n = 1, 2, 3 … until none fires: what is in the target is whole, and the next try finishes."""
    fired_at: set[str] = set()
    home = MemoryHomeOfTests()
    await lived(home, ["t1"])
    async with home.process(scene()) as source:
        for number in range(1, 200):
            effects = Effects(number, fault)
            await _fail_and_go_on(source, effects)
            if not effects.fired:
                break
            fired_at.add(effects.seen[number - 1])
        else:
            pytest.fail("the loop found no end")
    assert fired_at >= {"policies", "claim", "put", "restore", "abandon", "settle"}


async def _fail_and_go_on(source: Adapters, effects: Effects) -> None:
    home = MemoryHomeOfTests()
    async with home.process(scene()) as target:
        with suppress(Crashed, ArtifactPlaneError):
            await copy(source, failing(target, effects))
    if not effects.fired:
        return
    async with home.process(scene()) as target:
        await swept(target)
        await check_world(target, ["t1"])
        position = await archive_of(target).position()
        assert (await copy(source, target)).resumed_from == position
        await swept(target)
        await check_world(target, ["t1"])
        assert await blobs(target) == await blobs(source)


async def test_no_sweep_takes_what_was_put_for_a_page_that_is_not_there_yet(source: Adapters) -> None:
    """Payloads come before records: another process that opens the target meanwhile leaves them alone."""
    home = MemoryHomeOfTests()

    @attrs.frozen
    class Swept(FaultyArchive):
        async def restore(self, page: ArchivePage) -> None:
            async with home.process(scene()) as other:
                await swept(other)
                await self.inner.restore(page)

    async with home.process(scene()) as target:
        archive = Swept(archive_of(target), Effects(999, Fault.ERROR_BEFORE))
        await copy(source, with_archive(target, archive))
        assert await blobs(target) == await blobs(source)
        await check_world(target, TENANTS)


async def test_a_copy_relies_on_no_claim_of_another_copy(source: Adapters) -> None:
    """Begun while another one counts as alive, which has put everything; then it does not any more, and is swept."""
    home, dying = MemoryHomeOfTests(), AsyncExitStack()
    one = await dying.enter_async_context(home.process(scene()))
    reached = asyncio.Event()

    @attrs.frozen
    class Stuck(FaultyArchive):
        async def restore(self, page: ArchivePage) -> None:
            reached.set()
            await asyncio.Event().wait()

    @attrs.frozen
    class Swept(FaultyArchive):
        async def restore(self, page: ArchivePage) -> None:
            await dying.aclose()
            async with home.process(scene()) as other:
                await swept(other)
                assert await blobs(other) == await blobs(source)
                await self.inner.restore(page)

    effects = Effects(999, Fault.ERROR_BEFORE)
    stuck = asyncio.create_task(copy(source, with_archive(one, Stuck(archive_of(one), effects)), page=99))
    await reached.wait()
    async with home.process(scene()) as target:
        await copy(source, with_archive(target, Swept(archive_of(target), effects)), page=99)
        stuck.cancel()
        await asyncio.gather(stuck, return_exceptions=True)
        assert await blobs(target) == await blobs(source)
        await check_world(target, TENANTS)


async def test_payloads_that_a_finished_copy_lacks_are_put_again(source: Adapters, target: Adapters) -> None:
    """The comparison finds what got lost, whatever took it; the report says how many."""
    await copy(source, target)
    lost = [one async for one in target.payloads.list("t1")][:2]
    for payload in lost:
        assert await target.payloads.delete(payload)
    report = await copy(source, target)
    assert (report.payloads, report.resumed_from) == (len(lost), report.position)
    assert await blobs(target) == await blobs(source)
    assert await target.records.references.abandoned() == ()
    for store in (source, target):
        assert await store.payloads.delete(next(iter([one async for one in store.payloads.list("t2")])))
    with pytest.raises(Damaged, match="is missing from the store"):
        await copy(source, target)


@pytest.mark.parametrize("profile", ["memory", "local"])
async def test_two_copies_at_once_come_to_one_whole_copy(profile: str, tmp_path: Path, source: Adapters) -> None:
    """A page is recorded by one of them; the other stops with a conflict, and takes nothing with it."""
    home = make_home(profile, tmp_path / "target")
    async with home.process(scene()) as one, home.process(scene()) as other:
        ends = await asyncio.gather(copy(source, one), copy(source, other), return_exceptions=True)
        assert all(isinstance(end, CopyReport | Conflict) for end in ends), ends
        assert (await copy(source, one)).payloads == 0
        assert await blobs(one) == await blobs(source)
        assert await contents(one) == await contents(source)
        await check_world(one, TENANTS)


@pytest.mark.parametrize("harm", ["damaged", "missing"])
async def test_a_payload_that_is_not_sound_stops_the_copy_and_is_named(harm: str, tmp_path: Path) -> None:
    """Its page is not visible, nothing of it is left, and once it is mended the copy goes on."""
    home = LocalHomeOfTests(tmp_path / "home")
    await lived(home)
    files = [path for path in (tmp_path / "home").rglob("*") if path.is_file() and path.read_bytes() == b"second" * 10]
    assert len(files) == 2
    for file in files:
        file.write_bytes(b"secant" * 10) if harm == "damaged" else file.unlink()
    async with home.process(scene()) as source, MemoryHomeOfTests().process(scene()) as target:
        with pytest.raises(Damaged) as caught:
            await copy(source, target)
        assert "artifact updated, version 2, part 'file'" in (caught.value.where or "")
        assert len(await target.records.registry.history("t1", "updated")) < 2
        await check_world(target, TENANTS)
        for file in files:
            file.write_bytes(b"second" * 10)
        report = await copy(source, target)
        assert report.resumed_from > 0
        assert await contents(target) == await contents(source)


async def test_a_meaning_that_does_not_match_its_digest_stops_the_copy(source: Adapters, target: Adapters) -> None:
    """Inline ones too."""

    @attrs.frozen
    class Spoiling(FaultyArchive):
        async def export(self, after: int, *, limit: int) -> ArchivePage:
            page = await self.inner.export(after, limit=limit)
            versions = tuple(attrs.evolve(one, body=b"{}") if one.body is not None else one for one in page.versions)
            return attrs.evolve(page, versions=versions)

    spoilt = attrs.evolve(source.records, archive=Spoiling(archive_of(source), Effects(999, Fault.ERROR_BEFORE)))
    with pytest.raises(Damaged, match="does not match its digest"):
        await copy(attrs.evolve(source, records=spoilt), target)
    assert await all_artifacts(target, "t1") == []
    assert await blobs(target) == []
