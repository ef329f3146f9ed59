"""Sweeping what dead writers left: in the background, by those who change something, and in nobody's way."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from pathlib import Path

import attrs
import pytest

from artifact_plane.composition.adapters import Adapters
from artifact_plane.composition.application import SWEEP_SECONDS
from artifact_plane.domain.model.artifact import ArtifactFilter, ArtifactState
from artifact_plane.domain.model.change import Claim
from artifact_plane.domain.model.errors import Damaged, NotFound, Unavailable
from artifact_plane.domain.model.execution import ExecutionState
from artifact_plane.domain.model.rendering import ByteSource, BytesSource, Digest, Rendered
from artifact_plane.domain.use_cases.blobs import SWEPT_AT_ONCE
from artifact_plane.ports.answers import Payload
from artifact_plane.ports.blob_references import CLAIMS_PAGE
from artifact_plane.ports.payload_store import Claimer, PayloadStore, StoredPayload
from artifact_plane.ports.state_surface import UNFINISHED_PAGE
from tests.doubles.faults import Effects, Fault, FaultyReferences
from tests.doubles.homes import Home
from tests.unit.runs.stage import HOMES, executions, leave_behind, process, scene
from tests.unit.stage import CONTEXT, NOTE, TENANT, an_intent, makes


@attrs.frozen
class Watched(PayloadStore):
    """Counts who looks for payloads at a time, and does to them what ``meets`` does."""

    inner: PayloadStore
    at_work: list[int]
    trouble: Exception | None = None
    hangs: bool = False
    sick: list[Digest] | None = None
    """Where given, only the first that is looked for has the trouble, whenever it is looked for."""

    async def find(self, tenant_id: str, digest: Digest) -> StoredPayload | None:
        self.at_work.append(self.at_work[-1] + 1 if self.at_work else 1)
        try:
            await asyncio.sleep(3600 if self.hangs else 0)
            if self.trouble is not None and self._is_sick(digest):
                raise self.trouble
            return await self.inner.find(tenant_id, digest)
        finally:
            self.at_work.append(self.at_work[-1] - 1)

    def _is_sick(self, digest: Digest) -> bool:
        if self.sick is None:
            return True
        self.sick.append(digest)
        return digest == self.sick[0]

    async def put(self, tenant_id: str, source: ByteSource, claim: Claimer) -> StoredPayload:
        return await self.inner.put(tenant_id, source, claim)

    async def source(self, tenant_id: str, digest: Digest) -> ByteSource:
        return await self.inner.source(tenant_id, digest)

    async def delete(self, payload: StoredPayload) -> bool:
        return await self.inner.delete(payload)

    def list(
        self, tenant_id: str, prefix: str = "", *, older_than: datetime | None = None
    ) -> AsyncIterator[StoredPayload]:
        return self.inner.list(tenant_id, prefix, older_than=older_than)


async def leave_payloads(home: Home, count: int) -> None:
    """Put payloads under claims of somebody who is dead."""
    async with home.process(scene({})) as adapters:
        for number in range(count):

            async def claim(digest: Digest, number: int = number) -> None:
                dead = Claim(tenant_id=TENANT, digest=digest, claim_id=f"claim-{number}", holder="dead")
                await adapters.records.references.claim(dead)

            await adapters.payloads.put(TENANT, BytesSource(b"left %d" % number), claim)


async def left(home: Home) -> int:
    """How many payloads there are."""
    async with home.process(scene({})) as adapters:
        return len([payload async for payload in adapters.payloads.list(TENANT)])


async def swept(home: Home) -> None:
    """Wait until nothing is left; a process that closes waits for a moment only."""
    async with asyncio.timeout(60):
        while await left(home):
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("profile", HOMES)
async def test_who_changes_something_sweeps_several_at_a_time_and_who_reads_sweeps_nothing(
    profile: str, tmp_path: Path
) -> None:
    """Asking is never slower for what others have left."""
    home, at_work = HOMES[profile](tmp_path / "home"), list[int]()
    await leave_payloads(home, SWEPT_AT_ONCE * 3)

    def watched(adapters: Adapters) -> Adapters:
        return attrs.evolve(adapters, payloads=Watched(adapters.payloads, at_work))

    async with process(home, {}, watched) as application:
        await application.plane.list_artifacts(TENANT, ArtifactFilter(), limit=10)
        await application.runtime.executions(TENANT)
    assert (at_work, await left(home)) == ([], SWEPT_AT_ONCE * 3)
    async with process(home, {}, watched) as application:
        await application.plane.create_artifact("note", "n1", {"a": 1}, {}, CONTEXT)
        await swept(home)
    assert max(at_work) == SWEPT_AT_ONCE


@pytest.mark.parametrize("profile", HOMES)
async def test_a_sweep_that_hangs_keeps_nobody_waiting_and_closing_only_for_a_moment(
    profile: str, tmp_path: Path
) -> None:
    """The next process that changes something goes on with it."""
    home = HOMES[profile](tmp_path / "home")
    await leave_payloads(home, 2)

    def hanging(adapters: Adapters) -> Adapters:
        return attrs.evolve(adapters, payloads=Watched(adapters.payloads, [], hangs=True))

    began = time.monotonic()
    async with process(home, {}, hanging) as application:
        await application.plane.create_artifact("note", "n1", {"a": 1}, {}, CONTEXT)
        await asyncio.sleep(0.05)
    assert time.monotonic() - began < SWEEP_SECONDS + 30
    assert await left(home) == 2
    async with process(home, {}) as application:
        await application.plane.create_artifact("note", "n2", {"a": 1}, {}, CONTEXT)
        await swept(home)


@pytest.mark.parametrize("trouble", [Unavailable("the bucket is away"), Damaged("it is not what it was")], ids=str)
async def test_a_payload_store_in_trouble_is_nothing_to_those_who_need_no_payload(
    trouble: Exception, tmp_path: Path
) -> None:
    """What could not be swept now is swept later."""
    home = HOMES["memory"](tmp_path)
    await leave_payloads(home, 2)

    def troubled(adapters: Adapters) -> Adapters:
        return attrs.evolve(adapters, payloads=Watched(adapters.payloads, [], trouble))

    async with process(home, {}, troubled) as application:
        await application.plane.create_artifact("note", "n1", {"a": 1}, {}, CONTEXT)
        page = await application.plane.list_artifacts(TENANT, ArtifactFilter(), limit=10)
        assert len(page.artifacts) == 1
    assert await left(home) == 2


@pytest.mark.parametrize("trouble", [Unavailable("no right to", retryable=False), Damaged("a link")], ids=str)
async def test_one_payload_that_cannot_be_swept_keeps_no_other_from_it(trouble: Exception, tmp_path: Path) -> None:
    """A deletion is none the worse for what somebody else left behind; a recovery does all else, and tells of it."""
    home = HOMES["local"](tmp_path)
    await leave_behind(home, an_intent())
    await leave_payloads(home, SWEPT_AT_ONCE * 3)

    def troubled(adapters: Adapters) -> Adapters:
        return attrs.evolve(adapters, payloads=Watched(adapters.payloads, [], trouble, sick=[]))

    async with process(home, {"make": makes(note=NOTE)}, troubled) as application:
        await application.plane.create_artifact("note", "n1", {"a": 1}, {}, CONTEXT)
        assert (await application.plane.delete_artifact("n1", TENANT)).state is ArtifactState.DELETED
        with pytest.raises(type(trouble)):
            await application.runtime.recover()
    assert (await executions(home))["i1"].state is ExecutionState.COMPLETED
    assert await left(home) == 1


async def test_there_may_be_more_left_behind_than_is_looked_up_at_a_time(tmp_path: Path) -> None:
    """Claims and executions come in pages; a recovery goes through all of them."""
    home = HOMES["memory"](tmp_path)
    intents = [an_intent(intent_id=f"i{number}") for number in range(UNFINISHED_PAGE + 1)]
    await leave_behind(home, *intents)
    await leave_payloads(home, CLAIMS_PAGE + 1)
    async with process(home, {"make": makes(note=NOTE)}) as application:
        assert len(await application.runtime.recover()) == len(intents)
    assert await left(home) == 0


@attrs.frozen
class Torn(FaultyReferences):
    """Can take claims, and not give them up."""

    async def abandon(self, tenant_id: str, claim_ids: Sequence[str]) -> None:
        raise Damaged("the file is corrupt")


async def test_what_went_wrong_first_is_told_though_claims_cannot_be_given_up(tmp_path: Path) -> None:
    """The cause is what the caller can do something about."""

    def torn(adapters: Adapters) -> Adapters:
        references = Torn(adapters.records.references, Effects(10_000, Fault.ERROR_BEFORE))
        return attrs.evolve(adapters, records=attrs.evolve(adapters.records, references=references))

    view = Rendered(name="file", media_type="text/plain", source=BytesSource(b"bytes"))
    payload = Payload(semantic_payload={}, renderings=(view,), derived_from=("absent",))
    async with process(HOMES["memory"](tmp_path), {}, torn) as application:
        with pytest.raises(NotFound, match="there is no such artifact"):
            await application.plane.create_artifact("note", "n1", payload, {}, CONTEXT)
