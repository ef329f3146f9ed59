"""A payload store that tries again: what may go through later does, what cannot is told at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from weakref import WeakKeyDictionary

import pytest
import stamina.instrumentation

from artifact_plane.adapters.memory.payload_store import MemoryPayloadStore
from artifact_plane.adapters.resilience.payload_store import RetryingPayloadStore
from artifact_plane.domain.model.errors import ArtifactPlaneError, Conflict, Damaged, Unavailable
from artifact_plane.domain.model.rendering import ByteSource, BytesSource, Digest
from artifact_plane.ports.payload_store import Claimer, PayloadStore, StoredPayload
from tests.adapters.filesystem.stores import Blake3Hasher, FileBackdoor, a_store, digest_of
from tests.contracts.payload_store import PayloadStoreContract
from tests.contracts.under_test import PayloadStoreUnderTest
from tests.doubles.clock import SettableClock
from tests.doubles.samples import TENANT

CONTENT = b"a payload"
DIGEST = digest_of(CONTENT)


class StumblingPayloadStore(PayloadStore):
    """Fails ``stumbles`` times before each call that it lets through, for each caller; and in the middle of lists."""

    def __init__(self, inner: PayloadStore, stumbles: int) -> None:
        self._inner = inner
        self._stumbles = stumbles
        self._given: set[str] = set()
        self._stumbled: WeakKeyDictionary[object, int] = WeakKeyDictionary()

    def _walk(self) -> None:
        """Stumble, or not any more."""
        task = asyncio.current_task()
        count = self._stumbled.get(task, 0)
        self._stumbled[task] = 0 if count == self._stumbles else count + 1
        if count < self._stumbles:
            raise Unavailable("stumbled")

    async def put(self, tenant_id: str, source: ByteSource, claim: Claimer) -> StoredPayload:
        self._walk()
        return await self._inner.put(tenant_id, source, claim)

    async def find(self, tenant_id: str, digest: Digest) -> StoredPayload | None:
        self._walk()
        return await self._inner.find(tenant_id, digest)

    async def source(self, tenant_id: str, digest: Digest) -> ByteSource:
        self._walk()
        return await self._inner.source(tenant_id, digest)

    async def delete(self, payload: StoredPayload) -> bool:
        self._walk()
        return await self._inner.delete(payload)

    async def list(
        self, tenant_id: str, prefix: str = "", *, older_than: datetime | None = None
    ) -> AsyncIterator[StoredPayload]:
        self._walk()
        async for payload in self._inner.list(tenant_id, prefix, older_than=older_than):
            yield payload
            self._given.add(payload.generation)
            if len(self._given) % 7 == 0:
                self._given.add(f"stumbled after {len(self._given)}")
                raise Unavailable("stumbled in the middle")


class FailingPayloadStore(MemoryPayloadStore):
    """Raises what it is given before it does anything; counts the calls."""

    def __init__(self, error: ArtifactPlaneError) -> None:
        super().__init__(Blake3Hasher, SettableClock())
        self.error = error
        self.calls = 0

    async def find(self, tenant_id: str, digest: Digest) -> StoredPayload | None:
        self.calls += 1
        raise self.error


def patient(inner: PayloadStore, *, attempts: int = 3) -> RetryingPayloadStore:
    """Tries again without a pause."""
    return RetryingPayloadStore(inner, attempts=attempts, wait_initial_s=0, wait_jitter_s=0)


class TestRetryingPayloadStore(PayloadStoreContract):
    """The port's suite, over a store that fails twice before each call, and in the middle of lists."""

    @pytest.fixture
    async def payloads(self, tmp_path: Path) -> AsyncIterator[PayloadStoreUnderTest]:
        """The store in files, stumbling."""
        clock = SettableClock()
        async with AsyncExitStack() as stores:

            async def reopen() -> PayloadStore:
                inner = await stores.enter_async_context(a_store(tmp_path, clock=clock))
                return patient(StumblingPayloadStore(inner, 2), attempts=4)

            async def let_time_pass(seconds: float) -> None:
                clock.advance(seconds)

            yield PayloadStoreUnderTest(
                store=await reopen(), reopen=reopen, let_time_pass=let_time_pass, backdoor=FileBackdoor(tmp_path)
            )


@pytest.mark.parametrize("attempts", [1, 2, 5])
async def test_tries_are_bounded_and_the_last_error_is_raised(attempts: int) -> None:
    """So many tries, and then the very error."""
    inner = FailingPayloadStore(Unavailable("away"))
    with pytest.raises(Unavailable) as caught:
        await patient(inner, attempts=attempts).find(TENANT, DIGEST)
    assert caught.value is inner.error
    assert inner.calls == attempts


@pytest.mark.parametrize(
    "error", [Unavailable("full", retryable=False), Damaged("altered"), Conflict("no")], ids=lambda error: error.code
)
async def test_what_will_not_go_through_later_passes_at_once(error: ArtifactPlaneError) -> None:
    """A full disk, damage or a conflict is not tried again."""
    inner = FailingPayloadStore(error)
    with pytest.raises(type(error)) as caught:
        await patient(inner).find(TENANT, DIGEST)
    assert caught.value is error
    assert inner.calls == 1


async def test_a_put_is_tried_again_as_a_whole() -> None:
    """The source is read and the digest claimed each time; a claim that fails for a while is tried again too."""
    claims: list[Digest] = []

    async def claim(digest: Digest) -> None:
        claims.append(digest)
        if len(claims) < 3:
            raise Unavailable("the record store is busy")

    store = MemoryPayloadStore(Blake3Hasher, SettableClock())
    stored = await patient(store).put(TENANT, BytesSource(CONTENT), claim)
    assert claims == [DIGEST] * 3
    assert await store.find(TENANT, DIGEST) == stored


async def test_a_list_goes_on_where_it_failed() -> None:
    """Nothing is given twice or left out."""
    inner = MemoryPayloadStore(Blake3Hasher, SettableClock())
    store = patient(StumblingPayloadStore(inner, 1))
    stored = [await store.put(TENANT, BytesSource(b"%d" % number), _unclaimed) for number in range(30)]
    listed = [payload async for payload in store.list(TENANT)]
    assert listed == sorted(stored, key=lambda payload: payload.digest)


async def _unclaimed(digest: Digest) -> None:
    """Claimed by nobody."""


@pytest.fixture
def pauses() -> Iterator[list[float]]:
    """The pauses that are made, as they are made."""
    made: list[float] = []
    stamina.instrumentation.set_on_retry_hooks([lambda details: made.append(details.wait_for)])
    yield made
    stamina.instrumentation.set_on_retry_hooks(None)


async def test_pauses_grow_with_jitter_up_to_a_bound(pauses: list[float]) -> None:
    """They double, none is like another, and none is longer than the longest."""
    inner = FailingPayloadStore(Unavailable("away"))
    store = RetryingPayloadStore(inner, attempts=9, wait_initial_s=0.001, wait_max_s=0.01, wait_jitter_s=0.001)
    with pytest.raises(Unavailable):
        await store.find(TENANT, DIGEST)
    bounds: list[Callable[[float], bool]] = [
        lambda pause: 0.001 <= pause <= 0.002,
        lambda pause: 0.002 <= pause <= 0.003,
        lambda pause: 0.004 <= pause <= 0.005,
        lambda pause: 0.008 <= pause <= 0.009,
        *[lambda pause: pause == pytest.approx(0.01)] * 4,
    ]
    assert [bound(pause) for bound, pause in zip(bounds, pauses, strict=True)] == [True] * 8
    assert len(set(pauses[:4])) == 4


async def test_the_deadline_ends_it_however_many_tries_are_left(pauses: list[float]) -> None:
    """All pauses together stay within the deadline."""
    inner = FailingPayloadStore(Unavailable("away"))
    store = RetryingPayloadStore(inner, attempts=1_000_000, wait_initial_s=0.005, wait_jitter_s=0.005, deadline_s=1.0)
    with pytest.raises(Unavailable):
        await store.find(TENANT, DIGEST)
    assert 1 < inner.calls < 25
    assert sum(pauses) <= 1.0
