"""The payload store in a bucket of Google Cloud Storage: content-addressed, create-only, checked on both ways."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Final, Self

from artifact_plane.adapters.gcs.conformance import require_conformance
from artifact_plane.adapters.gcs.draft import Draft
from artifact_plane.adapters.gcs.lanes import Lanes
from artifact_plane.adapters.gcs.library import Bucket, Kept
from artifact_plane.adapters.gcs.names import Names
from artifact_plane.adapters.gcs.patience import Patiences
from artifact_plane.adapters.gcs.reading import BucketSource, not_found
from artifact_plane.adapters.gcs.settings import GcsSettings
from artifact_plane.adapters.gcs.writing import PayloadWriter, stored_payload
from artifact_plane.domain.model.errors import Unavailable
from artifact_plane.domain.model.identity import check_identifier
from artifact_plane.domain.model.rendering import ByteSource, Digest
from artifact_plane.ports.clock import Clock, IdSource
from artifact_plane.ports.codec import Hasher
from artifact_plane.ports.payload_store import Claimer, PayloadStore, StoredPayload

_PAGE: Final = 1000


class GcsPayloadStore(PayloadStore):
    """Payloads as objects of one bucket; any number of processes may use it at once.

    Retries are its own: each request, and each piece of an upload, is tried again inside the deadline. No
    ``RetryingPayloadStore`` belongs around it; that would multiply the two.

    A cancelled put has ended before its caller hears of it, and what it made visible it takes back.
    """

    def __init__(
        self, settings: GcsSettings, bucket: Bucket, *, hasher: Callable[[], Hasher], clock: Clock, ids: IdSource
    ) -> None:
        """Use ``open``."""
        self._bucket: Final = bucket
        self._hasher: Final = hasher
        self._names: Final = Names(settings.prefix)
        self._patience: Final = Patiences(settings)
        self._writer: Final = PayloadWriter(bucket, self._names, clock, ids, self._patience)
        self._lanes: Final = Lanes(settings.threads, settings.deadline_s)
        self._require: Final = partial(require_conformance, bucket, settings, clock, ids)
        self._trusted = False

    @classmethod
    @asynccontextmanager
    async def open(
        cls, settings: GcsSettings, *, hasher: Callable[[], Hasher], clock: Clock, ids: IdSource
    ) -> AsyncIterator[Self]:
        """The store over a bucket that is there and enforces what the store relies on.

        ``hasher`` makes a new hasher, as ``Codec.hasher`` does; ``clock`` gives payloads their age; ``ids`` tell puts
        apart. The bucket is tested once a day; otherwise opening costs one request. One that does not answer soon is
        not waited for: who only reads records needs none, and who puts or deletes asks again.

        Raises:
            Unavailable: there are no credentials, the bucket is not there or may not be used; or it does not enforce
                what the store relies on and ``unsafe_bucket`` is not set. The remedy names the setting.
        """
        bucket = await asyncio.to_thread(Bucket, settings)
        async with AsyncExitStack() as stack:
            stack.callback(bucket.close)
            store = cls(settings, bucket, hasher=hasher, clock=clock, ids=ids)
            stack.push_async_callback(store._lanes.close)
            await store._look_at_bucket()
            yield store

    async def _look_at_bucket(self) -> None:
        try:
            await self._trust(brief=True)
        except Unavailable as error:
            if not error.retryable:
                raise

    async def _trust(self, *, brief: bool = False) -> None:
        if not self._trusted:
            await self._lanes.run(lambda: self._require(brief=brief))
            self._trusted = True

    async def put(self, tenant_id: str, source: ByteSource, claim: Claimer) -> StoredPayload:
        check_identifier("tenant id", tenant_id)
        await self._trust()
        draft = Draft(source, self._hasher)
        await self._lanes.run(draft.measure, draft.abandon)
        await claim(draft.digest)
        return await self._lanes.run(lambda: self._writer.publish(tenant_id, draft), draft.abandon)

    async def find(self, tenant_id: str, digest: Digest) -> StoredPayload | None:
        kept = await self._look(tenant_id, digest)
        return None if kept is None else stored_payload(tenant_id, digest, kept)

    async def source(self, tenant_id: str, digest: Digest) -> ByteSource:
        kept = await self._look(tenant_id, digest)
        if kept is None:
            raise not_found(digest)
        return BucketSource(self._bucket, digest, kept, self._patience)

    async def _look(self, tenant_id: str, digest: Digest) -> Kept | None:
        name = self._names.payload(tenant_id, digest)
        return None if name is None else await self._lanes.run(lambda: self._bucket.find(name, self._patience()))

    async def delete(self, payload: StoredPayload) -> bool:
        await self._trust()
        return await self._lanes.run(lambda: self._writer.delete(payload))

    async def list(
        self, tenant_id: str, prefix: str = "", *, older_than: datetime | None = None
    ) -> AsyncIterator[StoredPayload]:
        beginning = self._names.beginning(tenant_id, prefix)
        if beginning is None:
            return
        pages = self._bucket.pages(beginning, _PAGE, self._patience())
        while (page := await self._lanes.run(lambda: next(pages, None))) is not None:
            for kept in page:
                digest = self._names.digest(tenant_id, kept.name)
                if digest is not None and digest.startswith(prefix):
                    payload = stored_payload(tenant_id, digest, kept)
                    if older_than is None or payload.renewed_at < older_than:
                        yield payload
