"""The payload store in files: content-addressed, durable, private, and safe for several processes at once."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

from artifact_plane.adapters.filesystem import durable_reading as reading
from artifact_plane.adapters.filesystem.durable import FileEffects, translated
from artifact_plane.adapters.filesystem.durable_draft import Draft
from artifact_plane.adapters.filesystem.durable_root import Root
from artifact_plane.adapters.filesystem.durable_writing import PayloadWriter
from artifact_plane.domain.model.errors import ArtifactPlaneError, Unavailable
from artifact_plane.domain.model.identity import check_identifier
from artifact_plane.domain.model.rendering import ByteSource, Digest
from artifact_plane.ports.clock import Clock
from artifact_plane.ports.codec import Hasher
from artifact_plane.ports.payload_store import Claimer, PayloadStore, StoredPayload

_BATCH: Final = 512
_WORKERS: Final = 8
T = TypeVar("T")


class FilesystemPayloadStore(PayloadStore):
    """Payloads as files below ``root``, on a local file system (ext4, XFS, Btrfs, APFS, tmpfs).

    Open it with ``async with``: that removes what dead processes left in scratch; ``root`` itself is made by the first
    put. Every file is 0600 and every folder 0700; no link at or below ``root`` is followed (``Damaged``, naming it).
    Everything blocking happens in ``workers`` threads of its own. ``effects`` is the seam for tests.
    """

    def __init__(
        self,
        root: Path,
        *,
        hasher: Callable[[], Hasher],
        clock: Clock,
        effects: FileEffects | None = None,
        workers: int = _WORKERS,
    ) -> None:
        self._root: Final = Root(root, FileEffects() if effects is None else effects)
        self._writer: Final = PayloadWriter(self._root, hasher, clock)
        self._workers: Final = workers
        self._threads: ThreadPoolExecutor | None = None

    async def __aenter__(self) -> Self:
        self._threads = ThreadPoolExecutor(self._workers, thread_name_prefix="payload-store")
        try:
            await self._run(self._open)
        except ArtifactPlaneError:
            await self.__aexit__(None, None, None)
            raise
        return self

    def _open(self) -> None:
        with translated(str(self._root.path)):
            self._root.open()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        threads, self._threads = self._threads, None
        if threads is not None:
            await asyncio.to_thread(threads.shutdown)
            await asyncio.to_thread(self._close)

    def _close(self) -> None:
        with translated(str(self._root.path)):
            self._root.close()

    async def put(self, tenant_id: str, source: ByteSource, claim: Claimer) -> StoredPayload:
        check_identifier("tenant id", tenant_id)
        draft = Draft(source)
        try:
            digest = await self._draft(draft, lambda: self._writer.fill(tenant_id, draft))
            await claim(digest)
            return await self._draft(draft, lambda: self._writer.publish(tenant_id, draft))
        finally:
            if draft.in_scratch:
                await self._run(lambda: self._writer.discard(draft))

    async def find(self, tenant_id: str, digest: Digest) -> StoredPayload | None:
        return await self._run(lambda: reading.find(self._root, tenant_id, digest))

    async def source(self, tenant_id: str, digest: Digest) -> ByteSource:
        return await self._run(lambda: reading.source(self._root, tenant_id, digest))

    async def delete(self, payload: StoredPayload) -> bool:
        return await self._run(lambda: self._writer.delete(payload))

    async def list(
        self, tenant_id: str, prefix: str = "", *, older_than: datetime | None = None
    ) -> AsyncIterator[StoredPayload]:
        payloads = reading.payloads(self._root, tenant_id, prefix, older_than)
        while batch := await self._run(lambda: tuple(itertools.islice(payloads, _BATCH))):
            for payload in batch:
                yield payload

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._open_threads(), work)

    async def _draft(self, draft: Draft, work: Callable[[], T]) -> T:
        """As ``_run``; if the caller is cancelled, the work is told, and has ended before the caller hears of it."""
        running = self._open_threads().submit(work)
        done = asyncio.wrap_future(running)
        done.add_done_callback(_seen)
        try:
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            draft.abandon()
            if not running.cancel():
                await asyncio.wait([done])
            raise

    def _open_threads(self) -> ThreadPoolExecutor:
        if self._threads is None:
            raise Unavailable(
                "the store is not open",
                where=str(self._root.path),
                remedy="use it inside `async with`",
                retryable=False,
            )
        return self._threads


def _seen(done: asyncio.Future[T]) -> None:
    """That work was given up is no news to whoever gave it up, be it by being cancelled twice."""
    if not done.cancelled():
        done.exception()
