"""The payload store in memory keeps its port's law."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import attrs
import pytest

from artifact_plane.adapters.codec.canonical import JsonCodec
from artifact_plane.adapters.memory.payload_store import MemoryPayloadStore
from artifact_plane.domain.model.rendering import Digest
from artifact_plane.ports.payload_store import PayloadStore, StoredPayload
from tests.contracts.payload_store import PayloadStoreContract
from tests.contracts.under_test import PayloadBackdoor, PayloadStoreUnderTest
from tests.doubles.clock import SettableClock


@attrs.frozen
class DictBackdoor(PayloadBackdoor):
    """Looks into the dict itself."""

    store: MemoryPayloadStore

    async def read(self, tenant_id: str, digest: Digest) -> bytes | None:
        kept = self.store.kept.get((tenant_id, digest))
        return None if kept is None else kept.data

    async def write(self, stored: StoredPayload, data: bytes) -> None:
        key = stored.tenant_id, stored.digest
        self.store.kept[key] = attrs.evolve(self.store.kept[key], data=data)

    async def everything(self) -> Sequence[str]:
        return sorted(f"{tenant}/{digest}" for tenant, digest in self.store.kept)


class TestMemoryPayloadStore(PayloadStoreContract):
    """Everything that ``PayloadStoreContract`` says; only that memory is where the payloads are."""

    memory_limit: ClassVar[int] = 160 * 1024 * 1024

    @pytest.fixture
    def payloads(self) -> PayloadStoreUnderTest:
        clock = SettableClock()
        store = MemoryPayloadStore(JsonCodec().hasher, clock)

        async def reopen() -> PayloadStore:
            return store

        async def let_time_pass(seconds: float) -> None:
            clock.advance(seconds)

        return PayloadStoreUnderTest(
            store=store, reopen=reopen, let_time_pass=let_time_pass, backdoor=DictBackdoor(store)
        )
