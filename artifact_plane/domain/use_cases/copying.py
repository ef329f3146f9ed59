"""Copying everything to other stores: payloads before the records that name them (law 12), page by page.

The target's own position says how far an interrupted copy came, and that the commit recorded there is the source's
says that it is a copy of that source. The source is only read.

A payload is put under a claim of this copy's own, whether it is there or not: what another copy has put may be swept
as soon as that one is dead, and a put renews what it finds. What comes to be missing all the same, because this copy
was taken for dead itself, is found by the comparison and put again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

import attrs

from artifact_plane.domain.model.artifact import ArtifactState, Place
from artifact_plane.domain.model.change import Claim
from artifact_plane.domain.model.errors import Conflict, Damaged, NotFound
from artifact_plane.domain.use_cases.blobs import Blobs
from artifact_plane.domain.use_cases.page_payloads import Blob, blobs_of, place_of, relocated
from artifact_plane.domain.use_cases.pages import pages_of
from artifact_plane.domain.use_cases.tally import Tally
from artifact_plane.domain.use_cases.together import together
from artifact_plane.ports.blob_references import BlobReferences
from artifact_plane.ports.clock import IdSource
from artifact_plane.ports.codec import Codec
from artifact_plane.ports.copying import CopyProgress, CopyReport, CopyStage, CopyWatcher
from artifact_plane.ports.payload_store import PayloadStore, StoredPayload
from artifact_plane.ports.record_archive import ArchivedVersion, ArchivePage, RecordArchive
from artifact_plane.ports.state_surface import UNFINISHED_PAGE, StateSurface

PAGE: Final = 100
"""Commits that are copied together, unless otherwise said."""

_AT_ONCE: Final = 8
_REMEMBERED: Final = 10_000
"""Payloads that are known to be referred to, so that versions that share one do not put it once each."""
_RESTORE: Final = "restore it from a backup, or delete the artifact, and copy again: it goes on where it stopped"


@attrs.frozen(kw_only=True)
class CopySource:
    """What is copied."""

    archive: RecordArchive
    state: StateSurface
    payloads: PayloadStore


@attrs.frozen(kw_only=True)
class CopyTarget:
    """Where to. ``payloads`` gives the one payload store as it stores under digests of the algorithm named."""

    archive: RecordArchive
    state: StateSurface
    references: BlobReferences
    payloads: Callable[[str], Awaitable[PayloadStore]]


class Copying:
    """One copy from a source to a target."""

    def __init__(
        self,
        source: CopySource,
        target: CopyTarget,
        *,
        codec: Codec,
        ids: IdSource,
        watcher: CopyWatcher,
        page: int = PAGE,
    ) -> None:
        """``watcher`` is told how far it has come, after every ``page`` commits."""
        self._source: Final = source
        self._target: Final = target
        self._codec: Final = codec
        self._watcher: Final = watcher
        self._holder: Final = ids.new_id()
        self._ids: Final = ids
        self._page: Final = page
        self._gate: Final = asyncio.Semaphore(_AT_ONCE)
        self._blobs: Final[dict[str, Blobs]] = {}
        self._kept: Final[dict[Blob, StoredPayload]] = {}
        self._put = 0
        self._put_bytes = 0

    async def run(self) -> CopyReport:
        """Copy what is missing, and compare everything; put again what is missing of the payloads.

        Raises:
            Conflict: the target holds something else, another copy has written to it meanwhile, the source is in use
                or was written to meanwhile, or the two are not the same in the end.
            Damaged: a payload or a record of the source is; nothing of its page is visible in the target.
            Unavailable: a store is away; the copy can go on later from where it stopped.
        """
        total = await self._source.archive.position()
        begin = await self._begin(total)
        await self._check_rest()
        await self._target.state.hold(self._holder)
        try:
            await self._copy(begin, total)
            counts = await self._verify(total)
        finally:
            await self._target.state.let_go(self._holder)
        return CopyReport(
            position=total,
            resumed_from=begin,
            payloads=self._put,
            payload_bytes=self._put_bytes,
            counts=counts,
        )

    # Whether it may be

    async def _begin(self, total: int) -> int:
        """The position at which the target stands, as a copy of the source."""
        begin = await self._target.archive.position()
        if begin == 0:
            return 0
        same = begin <= total and await _commit_at(self._source.archive, begin) == await _commit_at(
            self._target.archive, begin
        )
        if not same:
            raise Conflict(
                "the target holds records that are not the source's",
                where="the target of the copy",
                remedy="name an empty target, or that of an unfinished copy of the same source",
            )
        return begin

    async def _check_rest(self) -> None:
        state = self._source.state
        async for page in pages_of(lambda last: state.unfinished(limit=UNFINISHED_PAGE, after=last), UNFINISHED_PAGE):
            for execution in page:
                if execution.holder is not None and await state.is_alive(execution.holder):
                    raise Conflict(
                        f"the source is in use: execution {execution.execution_id} is running",
                        where="the source of the copy",
                        remedy="let it end, stop what works on the source, and copy then",
                    )

    # Copying

    async def _copy(self, begin: int, total: int) -> None:
        await self._target.archive.restore_policies(await self._source.archive.policies())
        at = begin
        while at < total:
            self._tell(CopyStage.COPYING, at, total)
            page = await self._source.archive.export(at, limit=min(self._page, total - at))
            await self._copy_page(page)
            at = page.up_to
        async for batch in self._source.archive.loose_ends(limit=PAGE):
            await self._target.archive.restore_loose_ends(batch)
        self._tell(CopyStage.COPYING, total, total)

    async def _copy_page(self, page: ArchivePage) -> None:
        """Payloads under claims, then the records; the references take the claims' place."""
        for version in page.versions:
            self._check_body(version)
        async with self._putting(dict.fromkeys(blobs_of(page))) as stored:
            locations = {blob: payload.location for blob, payload in stored.items()}
            await self._target.archive.restore(relocated(page, locations))

    @asynccontextmanager
    async def _putting(self, wanted: Collection[Blob]) -> AsyncIterator[Mapping[Blob, StoredPayload]]:
        """Payloads in the target, under claims until the block has ended; by then records refer to them."""
        claims: dict[tuple[str, str], list[str]] = {}
        served: list[Claim] = []
        async with AsyncExitStack() as stack:
            for algorithm, tenant_id in {(blob.algorithm, blob.tenant_id): None for blob in wanted}:
                blobs = await self._blobs_under(algorithm)
                claims[algorithm, tenant_id] = await stack.enter_async_context(blobs.claiming(tenant_id))
            located = await together(
                self._payload(blob, claims[blob.algorithm, blob.tenant_id], served) for blob in wanted
            )
            stored = dict(zip(wanted, located, strict=True))
            yield stored
        self._remember(stored)
        await self._settle(served)

    def _remember(self, stored: Mapping[Blob, StoredPayload]) -> None:
        self._kept.update(stored)
        for blob in list(self._kept)[:-_REMEMBERED]:
            del self._kept[blob]

    async def _payload(self, blob: Blob, claims: list[str], served: list[Claim]) -> StoredPayload:
        """The payload in the target, put there unless a record that this copy has written refers to it.

        The claims it was put under are added to ``served``; and their ids to ``claims``, also when it fails.
        """
        async with self._gate:
            if blob in self._kept:
                return self._kept[blob]
            blobs = await self._blobs_under(blob.algorithm)
            try:
                source = await self._source.payloads.source(blob.tenant_id, blob.digest)
            except NotFound as error:
                raise _missing(blob) from error
            own: list[str] = []
            try:
                stored = await blobs.put(blob.tenant_id, self._codec.verified(source, blob.digest, blob.where), own)
            finally:
                claims += own
            served += [
                Claim(tenant_id=blob.tenant_id, digest=stored.digest, claim_id=claim_id, holder=self._holder)
                for claim_id in own
            ]
            self._put += 1
            self._put_bytes += stored.size
            return stored

    async def _blobs_under(self, algorithm: str) -> Blobs:
        if algorithm not in self._blobs:
            payloads = await self._target.payloads(algorithm)
            self._blobs[algorithm] = Blobs(payloads, self._target.references, self._ids, self._holder)
        return self._blobs[algorithm]

    async def _settle(self, served: Sequence[Claim]) -> None:
        """Forget claims whose place references have taken."""
        for tenant_id in {claim.tenant_id: None for claim in served}:
            own = [claim for claim in served if claim.tenant_id == tenant_id]
            await self._target.references.abandon(tenant_id, [claim.claim_id for claim in own])
            for claim in own:
                await self._target.references.settle(claim)

    def _check_body(self, version: ArchivedVersion) -> None:
        meaning, artifact = version.artifact.meaning, version.artifact
        if artifact.state is ArtifactState.DELETED or meaning.place is not Place.INLINE:
            return
        hasher = self._codec.hasher((meaning.digest or "").partition(":")[0])
        hasher.update(version.body or b"")
        if hasher.digest() != meaning.digest:
            raise Damaged(
                "the meaning does not match its digest", where=place_of(version, meaning.name), remedy=_RESTORE
            )

    # Comparing

    async def _verify(self, total: int) -> dict[str, int]:
        """Read both sides, and compare them; how many there are of each kind."""
        source, target = Tally(self._codec.digest, ignoring=_OPAQUE), Tally(self._codec.digest, ignoring=_OPAQUE)
        at = 0
        while at < total:
            self._tell(CopyStage.VERIFYING, at, total)
            page = await self._source.archive.export(at, limit=min(self._page, total - at))
            _count(source, page)
            copied = await self._target.archive.export(at, limit=page.up_to - at)
            _count(target, copied)
            await self._see_that_there_are(list(dict.fromkeys(blobs_of(copied))))
            at = page.up_to
        await _count_others(source, self._source.archive)
        await _count_others(target, self._target.archive)
        if differences := source.differences(target):
            raise _not_the_same(source, target, differences)
        if await self._source.archive.position() != total:
            raise Conflict(
                "the source was written to while it was copied",
                where="the source of the copy",
                remedy="stop what works on the source, and copy again: it goes on where it stopped",
            )
        self._tell(CopyStage.VERIFYING, total, total)
        return dict(sorted(source.counts.items()))

    async def _see_that_there_are(self, blobs: Sequence[Blob]) -> None:
        """Look for payloads that records of the target refer to, and put those again that are missing."""
        there = await together(self._is_there(blob) for blob in blobs)
        missing = [blob for blob, is_there in zip(blobs, there, strict=True) if not is_there]
        for blob in missing:
            self._kept.pop(blob, None)
        async with self._putting(missing):
            pass

    async def _is_there(self, blob: Blob) -> bool:
        async with self._gate:
            payloads = await self._target.payloads(blob.algorithm)
            return await payloads.find(blob.tenant_id, blob.digest) is not None

    def _tell(self, stage: CopyStage, done: int, total: int) -> None:
        self._watcher(
            CopyProgress(stage=stage, done=done, total=total, payloads=self._put, payload_bytes=self._put_bytes)
        )


_OPAQUE: Final = ("location",)
"""The payload store's own address of a payload: another store has another."""


async def _commit_at(archive: RecordArchive, position: int) -> tuple[str, str] | None:
    """Whose commit stands at a position, and its id."""
    page = await archive.export(position - 1, limit=1)
    return next(((one.tenant_id, one.change_id) for one in page.changes if one.position == position), None)


def _count(tally: Tally, page: ArchivePage) -> None:
    tally.add("commits", page.changes)
    tally.add("versions", page.versions)
    tally.add("executions", page.executions)
    for entry in page.lineage:
        tally.add("nodes", ((entry.tenant_id, node) for node in entry.nodes))
        tally.add("edges", ((entry.tenant_id, edge) for edge in entry.edges))


async def _count_others(tally: Tally, archive: RecordArchive) -> None:
    tally.add("policies", await archive.policies())
    async for batch in archive.loose_ends(limit=PAGE):
        tally.add("events", batch.events)
        tally.add("requests", batch.requests)


def _missing(blob: Blob) -> Damaged:
    return Damaged(f"the payload {blob.digest} is missing from the store", where=blob.where, remedy=_RESTORE)


def _not_the_same(source: Tally, target: Tally, kinds: tuple[str, ...]) -> Conflict:
    told = ", ".join(f"{kind} ({source.counts[kind]} and {target.counts[kind]})" for kind in kinds)
    return Conflict(
        f"the copy is not the same as the source: {told}",
        where="the target of the copy",
        remedy="see that nobody writes to either of them, empty the target and copy again",
    )
