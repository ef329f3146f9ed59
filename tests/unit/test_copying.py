"""Copying a plane: the same on both sides, whatever fails on the way; or refused, with nothing done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import attrs
import pytest

from artifact_plane.composition.adapters import Adapters
from artifact_plane.composition.application import ComposedApplication, running
from artifact_plane.domain.model.change import PolicyRecord
from artifact_plane.domain.model.errors import ArtifactPlaneError, Conflict, Damaged, Unavailable
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.rendering import BytesSource, Renderable, Rendered
from artifact_plane.domain.model.result import Output, RealmResult
from artifact_plane.domain.use_cases.copying import Copying, CopySource, CopyTarget
from artifact_plane.domain.use_cases.limits import Limits
from artifact_plane.domain.use_cases.tally import Tally
from artifact_plane.ports.answers import Payload
from artifact_plane.ports.copying import CopyProgress, CopyReport, CopyStage
from artifact_plane.ports.payload_store import PayloadStore
from artifact_plane.ports.realm import ArtifactReader
from artifact_plane.ports.record_archive import ArchivePage, LooseEnds, RecordArchive
from tests.doubles.faults import Crashed, Effects, Fault, with_faults
from tests.doubles.homes import Home, LocalHomeOfTests, MemoryHomeOfTests, Scene
from tests.doubles.realms import CountingRenderer, ScriptedRealm, once, read_all
from tests.doubles.samples import a_digest
from tests.doubles.world import all_artifacts, check_world

TENANTS: Final = ("t1", "t2")
LIMITS: Final = Limits(inline_bytes=64)
POLICY: Final = {
    "materialization_policy": {
        "kept": {"decision": "persist", "renderings": {"dropped": "discard", "cached": "cache"}},
    }
}
RESULT: Final = RealmResult(
    artifacts={
        "report": Output(
            result_type="kept",
            semantic_payload={"title": "a meaning that is too long to be kept inline, so that it is put as a payload"},
            renderings=(
                Rendered(name="original", media_type="application/pdf", source=BytesSource(b"%PDF kept")),
                Rendered(name="dropped", media_type="text/plain", source=BytesSource(b"dropped")),
                Renderable(name="cached", renderer="counting", format="txt"),
            ),
        ),
        "note": Output(result_type="kept", semantic_payload={"short": 1}),
    }
)


def scene() -> Scene:
    """A realm, a renderer and a policy that keeps, caches and drops."""
    realm = ScriptedRealm({"report": once(RESULT)})
    return Scene(policy=POLICY, realms=(realm,), renderers=(CountingRenderer(),))


def payload(word: str) -> Payload:
    """A meaning that is put as a payload, with one rendering."""
    return Payload(
        semantic_payload={"word": word, "padding": "x" * 100},
        renderings=(Rendered(name="file", media_type="text/plain", source=BytesSource(word.encode() * 10)),),
    )


async def live(application: ComposedApplication, tenants: Sequence[str]) -> None:
    """Execute, create, update and delete, for each tenant."""
    for tenant in tenants:
        context = ExecutionContext(tenant_id=tenant)
        await application.runtime.execute(
            Intent(
                intent_id="i1",
                intent_type="report",
                tenant_id=tenant,
                session_id="s1",
                solution_id="sol",
                attachments={"data": BytesSource(b"an attachment")},
            )
        )
        for name in ("updated", "deleted"):
            await application.plane.create_artifact("kept", name, payload(f"first {name}"), {}, context)
        await application.plane.update_artifact("updated", payload("second"), {}, context, expected_version=1)
        await application.plane.delete_artifact("deleted", tenant)
        await application.plane.create_artifact("kept", "twin", payload("second"), {}, context)


async def lived(home: Home, tenants: Sequence[str] = TENANTS) -> None:
    """A home in which something has happened."""
    async with home.process(scene()) as adapters, running(adapters, LIMITS) as application:
        await live(application, tenants)


def archive_of(adapters: Adapters) -> RecordArchive:
    """The archive of the record store."""
    assert adapters.records.archive is not None
    return adapters.records.archive


async def copy(
    source: Adapters,
    target: Adapters,
    *,
    watcher: Callable[[CopyProgress], None] = lambda _: None,
    page: int = 3,
) -> CopyReport:
    """Copy ``source`` into ``target``, a few commits at a time."""

    async def payloads(algorithm: str) -> PayloadStore:
        assert algorithm == "blake3"
        return target.payloads

    records = target.records
    return await Copying(
        CopySource(archive=archive_of(source), state=source.records.state, payloads=source.payloads),
        CopyTarget(archive=archive_of(target), state=records.state, references=records.references, payloads=payloads),
        codec=target.codec,
        ids=target.ids,
        watcher=watcher,
        page=page,
    ).run()


async def contents(adapters: Adapters) -> dict[str, object]:
    """Every artifact of every tenant, with the bytes of its kept parts."""
    found: dict[str, object] = {}
    async with running(adapters, LIMITS) as application:
        for tenant in TENANTS:
            for artifact in await all_artifacts(adapters, tenant):
                name = f"{tenant} {artifact.artifact_id}"
                found[name] = artifact.state, artifact.version, artifact.updated_at, artifact.metadata
                for part in artifact.parts if artifact.blobs else ():
                    if part in artifact.blobs:
                        content = await application.plane.open_content(artifact.artifact_id, tenant, part.name)
                        found[f"{name} {part.name}"] = read_all(content.source)
    return found


async def blobs(adapters: Adapters) -> Sequence[tuple[str, str]]:
    """The payloads that are stored."""
    return [(tenant, one.digest) for tenant in TENANTS async for one in adapters.payloads.list(tenant)]


def make_home(profile: str, folder: Path) -> Home:
    """An empty home."""
    return MemoryHomeOfTests() if profile == "memory" else LocalHomeOfTests(folder)


@pytest.fixture
async def source(tmp_path: Path) -> AsyncIterator[Adapters]:
    """A home that has lived, open."""
    home = MemoryHomeOfTests()
    await lived(home)
    async with home.process(scene()) as adapters:
        yield adapters


@pytest.fixture
async def target() -> AsyncIterator[Adapters]:
    """An empty home, open."""
    async with MemoryHomeOfTests().process(scene()) as adapters:
        yield adapters


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


@attrs.frozen
class FaultyArchive(RecordArchive):
    """Fails what is put in."""

    inner: RecordArchive
    effects: Effects

    async def position(self) -> int:
        return await self.inner.position()

    async def export(self, after: int, *, limit: int) -> ArchivePage:
        return await self.inner.export(after, limit=limit)

    async def policies(self) -> tuple[PolicyRecord, ...]:
        return await self.inner.policies()

    def loose_ends(self, *, limit: int) -> AsyncIterator[LooseEnds]:
        return self.inner.loose_ends(limit=limit)

    async def restore(self, page: ArchivePage) -> None:
        await self.effects.step("restore", lambda: self.inner.restore(page))

    async def restore_policies(self, policies: tuple[PolicyRecord, ...]) -> None:
        await self.effects.step("policies", lambda: self.inner.restore_policies(policies))

    async def restore_loose_ends(self, batch: LooseEnds) -> None:
        await self.effects.step("loose ends", lambda: self.inner.restore_loose_ends(batch))


def failing(adapters: Adapters, effects: Effects) -> Adapters:
    """The same adapters, as a process sees them whose n-th effect fails."""
    faulty = with_faults(adapters, effects)
    return attrs.evolve(
        faulty, records=attrs.evolve(faulty.records, archive=FaultyArchive(archive_of(adapters), effects))
    )


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
        async with running(target, LIMITS):  # opening sweeps what the dead have left
            await check_world(target, ["t1"])
        position = await archive_of(target).position()
        assert (await copy(source, target)).resumed_from == position
        async with running(target, LIMITS):
            await check_world(target, ["t1"])
        assert await blobs(target) == await blobs(source)


async def test_no_sweep_takes_what_was_put_for_a_page_that_is_not_there_yet(source: Adapters) -> None:
    """Payloads come before records: another process that opens the target meanwhile leaves them alone."""
    home = MemoryHomeOfTests()

    @attrs.frozen
    class Swept(FaultyArchive):
        async def restore(self, page: ArchivePage) -> None:
            async with home.process(scene()) as other, running(other, LIMITS):
                await self.inner.restore(page)

    async with home.process(scene()) as target:
        archive = Swept(archive_of(target), Effects(999, Fault.ERROR_BEFORE))
        await copy(source, attrs.evolve(target, records=attrs.evolve(target.records, archive=archive)))
        assert await blobs(target) == await blobs(source)
        await check_world(target, TENANTS)


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


async def test_a_target_with_other_records_is_refused(source: Adapters) -> None:
    """Nothing is done to it."""
    other = MemoryHomeOfTests()
    other.ids.new_id()  # else both would have done the same under the same ids
    await lived(other)
    async with other.process(scene()) as foreign:
        before = await contents(foreign)
        with pytest.raises(Conflict, match="not the source's"):
            await copy(source, foreign)
        assert await contents(foreign) == before


async def test_a_copy_that_was_worked_on_is_refused(source: Adapters, target: Adapters) -> None:
    """It is no copy any more."""
    await copy(source, target)
    async with running(target, LIMITS) as application:
        await application.plane.create_artifact("kept", "new", payload("new"), {}, ExecutionContext(tenant_id="t1"))
    with pytest.raises(Conflict, match="not the source's"):
        await copy(source, target)
    async with running(source, LIMITS) as application:
        await application.plane.create_artifact("kept", "newer", payload("n"), {}, ExecutionContext(tenant_id="t1"))
    with pytest.raises(Conflict, match="not the source's"):
        await copy(source, target)


async def test_a_source_that_is_in_use_is_refused(target: Adapters) -> None:
    """A run that a living process holds would go on while it is copied; once it has ended, it is copied."""
    may_end = asyncio.Event()

    async def slowly(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        await may_end.wait()
        return RESULT

    slow = attrs.evolve(scene(), realms=(ScriptedRealm({"slow": slowly}),))
    intent = Intent(intent_id="i", intent_type="slow", tenant_id="t1", session_id="s", solution_id="sol")
    async with MemoryHomeOfTests().process(slow) as source, running(source, LIMITS) as application:
        run = asyncio.create_task(application.runtime.execute(intent))
        while not await source.records.state.unfinished():
            await asyncio.sleep(0)
        with pytest.raises(Conflict, match="in use"):
            await copy(source, target)
        assert await archive_of(target).position() == 0
        may_end.set()
        await run
        await copy(source, target)


async def test_a_source_that_is_written_to_meanwhile_is_noticed(target: Adapters) -> None:
    """The copy says so at its end, and goes on when it is called again."""
    home = MemoryHomeOfTests()
    await lived(home)
    async with home.process(scene()) as source, running(source, LIMITS) as application:
        plane, context = application.plane, ExecutionContext(tenant_id="t1")
        pending = [plane.create_artifact("kept", "late", payload("late"), {}, context)]

        @attrs.frozen
        class Disturbed(FaultyArchive):
            async def policies(self) -> tuple[PolicyRecord, ...]:
                while pending:
                    await pending.pop()
                return await self.inner.policies()

        disturbed = Disturbed(archive_of(source), Effects(999, Fault.ERROR_BEFORE))
        with pytest.raises(Conflict, match="was written to"):
            await copy(attrs.evolve(source, records=attrs.evolve(source.records, archive=disturbed)), target)
        await copy(source, target)
        assert await blobs(target) == await blobs(source)


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
