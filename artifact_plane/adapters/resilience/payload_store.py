"""A payload store that tries again: bounded tries, jittered pauses, one deadline for all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeVar

from artifact_plane.adapters.resilience.untold import keep_retries_untold
from artifact_plane.domain.model.errors import Unavailable
from artifact_plane.domain.model.rendering import ByteSource, Digest
from artifact_plane.ports.payload_store import Claimer, PayloadStore, StoredPayload

if TYPE_CHECKING:
    from stamina import AsyncRetryingCaller

T = TypeVar("T")


class RetryingPayloadStore(PayloadStore):
    """``inner``, with each call tried up to ``attempts`` times while it raises ``Unavailable`` that is retryable.

    The pauses double from ``wait_initial_s``, each with up to ``wait_jitter_s`` on top, and none is longer than
    ``wait_max_s``. No try begins later than ``deadline_s`` after the first failure (a try under way is left to end).
    Then the last error is raised. Every other error passes at once, and a call that succeeds costs nothing more.

    A put that is tried again reads its source and awaits its claim again; a list goes on after the last payload that
    it gave; reading from a byte source is not tried again. The time waited is real time.
    """

    def __init__(
        self,
        inner: PayloadStore,
        *,
        attempts: int = 3,
        wait_initial_s: float = 0.1,
        wait_max_s: float = 2.0,
        wait_jitter_s: float = 0.2,
        deadline_s: float = 15.0,
    ) -> None:
        self._inner: Final = inner
        self._attempts: Final = attempts
        self._wait_initial_s: Final = wait_initial_s
        self._wait_max_s: Final = min(wait_max_s, deadline_s / 2)
        self._wait_jitter_s: Final = wait_jitter_s
        self._deadline_s: Final = deadline_s

    async def put(self, tenant_id: str, source: ByteSource, claim: Claimer) -> StoredPayload:
        return await self._call(lambda: self._inner.put(tenant_id, source, claim))

    async def find(self, tenant_id: str, digest: Digest) -> StoredPayload | None:
        return await self._call(lambda: self._inner.find(tenant_id, digest))

    async def source(self, tenant_id: str, digest: Digest) -> ByteSource:
        return await self._call(lambda: self._inner.source(tenant_id, digest))

    async def delete(self, payload: StoredPayload) -> bool:
        return await self._call(lambda: self._inner.delete(payload))

    async def list(
        self, tenant_id: str, prefix: str = "", *, older_than: datetime | None = None
    ) -> AsyncIterator[StoredPayload]:
        listing = _Listing(lambda: self._inner.list(tenant_id, prefix, older_than=older_than))
        while (payload := await self._call(listing.following)) is not None:
            yield payload

    async def _call(self, work: Callable[[], Awaitable[T]]) -> T:
        try:
            return await work()
        except Unavailable as error:
            if not error.retryable:
                raise
            first = error
        return await self._again(work, first)

    async def _again(self, work: Callable[[], Awaitable[T]], first: Unavailable) -> T:
        failed = [first]

        async def attempt() -> T:
            if failed:
                raise failed.pop()  # the try that has been made already is the first one that counts
            return await work()

        return await self._caller()(_may_go_through_later, attempt)

    def _caller(self) -> AsyncRetryingCaller:
        import stamina  # when something fails, and not when a command starts

        keep_retries_untold()

        return stamina.AsyncRetryingCaller(
            attempts=self._attempts,
            timeout=self._deadline_s - self._wait_max_s,  # stamina looks at it before the pause
            wait_initial=self._wait_initial_s,
            wait_max=self._wait_max_s,
            wait_jitter=self._wait_jitter_s,
        )


def _may_go_through_later(error: Exception) -> bool:
    return isinstance(error, Unavailable) and error.retryable


class _Listing:
    """A list that is begun anew after a failure, and then goes past what it gave before."""

    def __init__(self, begin: Callable[[], AsyncIterator[StoredPayload]]) -> None:
        self._begin: Final = begin
        self._payloads: AsyncIterator[StoredPayload] | None = None
        self._last: str = ""

    async def following(self) -> StoredPayload | None:
        """The next payload in the order of the digests, None after the last."""
        if self._payloads is None:
            self._payloads = self._begin()
        try:
            async for payload in self._payloads:
                if payload.digest > self._last:
                    self._last = payload.digest
                    return payload
        except Unavailable:
            self._payloads = None
            raise
        return None
