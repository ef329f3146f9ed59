"""The payload store in a bucket keeps its port's law, on the strict stand-in and on the emulator."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import ClassVar

import pytest

from artifact_plane.adapters.gcs.settings import GcsSettings
from artifact_plane.ports.payload_store import PayloadStore
from tests.adapters.gcs.stores import PREFIX, BucketBackdoor, a_store
from tests.contracts.payload_store import PayloadStoreContract
from tests.contracts.under_test import PayloadStoreUnderTest
from tests.doubles.clock import SettableClock
from tests.doubles.gcs_strict import StrictGcs
from tests.doubles.server_gcs import GcsServer


@asynccontextmanager
async def under_test(settings: GcsSettings) -> AsyncIterator[PayloadStoreUnderTest]:
    """A store over the bucket, and further ones on the same one."""
    clock = SettableClock()
    async with AsyncExitStack() as stores:

        async def reopen() -> PayloadStore:
            return await stores.enter_async_context(a_store(settings, clock))

        async def let_time_pass(seconds: float) -> None:
            clock.advance(seconds)

        yield PayloadStoreUnderTest(
            store=await reopen(), reopen=reopen, let_time_pass=let_time_pass, backdoor=BucketBackdoor(settings)
        )


class TestOnTheStrictStandIn(PayloadStoreContract):
    """The port's suite where every precondition and checksum is enforced; opened as in production.

    The stand-in keeps what is stored in this process; how much the store itself takes shows on the emulator.
    """

    memory_limit: ClassVar[int] = 256 * 1024 * 1024

    @pytest.fixture
    def strict(self) -> Iterator[StrictGcs]:
        with StrictGcs("payloads") as strict:
            yield strict

    @pytest.fixture
    async def payloads(self, strict: StrictGcs) -> AsyncIterator[PayloadStoreUnderTest]:
        settings = GcsSettings(bucket="payloads", prefix=PREFIX, endpoint=strict.endpoint)
        async with under_test(settings) as payloads:
            yield payloads


class TestOnTheEmulator(PayloadStoreContract):
    """The port's suite on fake-gcs-server, which ignores most preconditions."""

    @pytest.fixture
    async def payloads(self, gcs_server: GcsServer, gcs_bucket: str) -> AsyncIterator[PayloadStoreUnderTest]:
        settings = GcsSettings(bucket=gcs_bucket, prefix=PREFIX, endpoint=gcs_server.endpoint, unsafe_bucket=True)
        async with under_test(settings) as payloads:
            yield payloads
