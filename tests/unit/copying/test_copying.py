"""Copying a plane: the same on both sides, and only read on the one."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from artifact_plane.composition.adapters import Adapters
from artifact_plane.composition.application import running
from artifact_plane.domain.model.errors import Conflict, Unavailable
from artifact_plane.domain.model.intent import Intent
from artifact_plane.domain.model.rendering import BytesSource
from artifact_plane.domain.use_cases.tally import Tally
from artifact_plane.ports.copying import CopyProgress, CopyStage
from artifact_plane.ports.record_archive import ArchivePage
from tests.doubles.faults import Effects, Fault
from tests.doubles.samples import a_digest
from tests.doubles.world import check_world
from tests.unit.copying.faults import FaultyArchive
from tests.unit.copying.stage import LIMITS, TENANTS, archive_of, blobs, contents, copy, lived, make_home, scene


@pytest.mark.parametrize(
    ("one", "other"), [("local", "local"), ("local", "memory"), ("memory", "local"), ("memory", "memory")]
)
async def test_a_copy_is_whole_and_says_the_same(one: str, other: str, tmp_path: Path) -> None:
    """Records, payloads and lineage, of all tenants; and the copy can be worked on."""
    home, copied = make_home(one, tmp_path / "source"), make_home(other, tmp_path / "target")
    await lived(home)
    async with home.process(scene()) as source, copied.process(scene()) as target:
        report = await copy(source, target)
        assert report.counts["versions"] == 2 * (2 + 2 + 1 + 1)
        assert report.resumed_from == 0
        assert await contents(target) == await contents(source)
        assert await blobs(target) == await blobs(source)
        assert report.payloads == len(await blobs(source)), "a payload that two artifacts share was put twice"
        await check_world(target, TENANTS, markers=[b"dropped"])
        assert await target.records.log.replay(0, limit=999) == await source.records.log.replay(0, limit=999)
        async with running(target, LIMITS) as application:
            await application.plane.delete_artifact("updated", "t1")
            again = await application.runtime.execute(
                Intent(
                    intent_id="i1",
                    intent_type="report",
                    tenant_id="t1",
                    session_id="s1",
                    solution_id="sol",
                    attachments={"data": BytesSource(b"an attachment")},
                )
            )
            assert again.execution.attempt == 1
        await check_world(target, TENANTS)
        await check_world(source, TENANTS)


async def test_the_source_is_only_read(source: Adapters, target: Adapters) -> None:
    """Nothing of it is another than before: no claims, no holders, no position."""
    before = await archive_of(source).export(0, limit=999), await blobs(source)
    await copy(source, target)
    assert (await archive_of(source).export(0, limit=999), await blobs(source)) == before
    assert await source.records.references.abandoned() == ()


async def test_what_is_there_already_is_not_put_again(source: Adapters, target: Adapters) -> None:
    """A copy that goes on puts what is missing; a finished one puts nothing."""
    seen: list[CopyProgress] = []

    def stop(progress: CopyProgress) -> None:
        seen.append(progress)
        if progress.done > 5 and len(seen) < 10:
            raise Unavailable("the network went away")

    with pytest.raises(Unavailable):
        await copy(source, target, watcher=stop)
    first = await copy(source, target)
    assert first.resumed_from == seen[-1].done > 0
    assert 0 < first.payloads < len(await blobs(source))
    again = await copy(source, target)
    assert (again.payloads, again.resumed_from) == (0, again.position)
    assert again.counts == first.counts


async def test_the_watcher_hears_of_both_stages_up_to_their_ends(source: Adapters, target: Adapters) -> None:
    """Positions rise to the total, once while copying and once while verifying."""
    seen: list[CopyProgress] = []
    report = await copy(source, target, watcher=seen.append)
    for stage in CopyStage:
        done = [one.done for one in seen if one.stage is stage]
        assert done == sorted(done)
        assert (done[0], done[-1]) == (0, report.position)
    assert (seen[-1].payloads, seen[-1].payload_bytes) == (report.payloads, report.payload_bytes)


async def test_a_copy_that_is_not_the_same_is_said_not_to_be(source: Adapters, target: Adapters) -> None:
    """The comparison can fail: one record that came out otherwise is found, and its kind named."""
    await copy(source, target)

    @attrs.frozen
    class Lying(FaultyArchive):
        async def export(self, after: int, *, limit: int) -> ArchivePage:
            page = await self.inner.export(after, limit=limit)
            return attrs.evolve(page, executions=()) if after == 0 and limit > 1 else page

    lying = Lying(archive_of(target), Effects(999, Fault.ERROR_BEFORE))
    with pytest.raises(Conflict, match=r"executions \(2 and 1\)"):
        await copy(source, attrs.evolve(target, records=attrs.evolve(target.records, archive=lying)))


def test_a_tally_does_not_depend_on_order_but_on_everything_else() -> None:
    """Equal values in another order, and JSON objects in another order, are the same; one more, or another, is not."""

    def tally(*values: object) -> Tally:
        made = Tally(lambda data: a_digest(data), ignoring=["location"])
        made.add("thing", values)
        return made

    assert tally(1, {"a": 1, "b": 2}).differences(tally({"b": 2, "a": 1}, 1)) == ()
    assert tally(1).differences(tally(1, 1)) == ("thing",)
    assert tally(1).differences(tally("1")) == ("thing",)
    assert tally(b"1").differences(tally(b"2")) == ("thing",)
    assert tally().differences(tally()) == ()
