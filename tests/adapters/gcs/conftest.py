"""A strict bucket, a faulty way to it, and a store at the end of that way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from artifact_plane.adapters.gcs.payload_store import GcsPayloadStore
from artifact_plane.adapters.gcs.settings import GcsSettings
from tests.adapters.gcs.stores import PREFIX, a_store
from tests.doubles.gcs_faults import FaultyProxy
from tests.doubles.gcs_strict import StrictGcs

BUCKET = "payloads"


@pytest.fixture
def strict() -> Iterator[StrictGcs]:
    """A bucket that enforces everything."""
    with StrictGcs(BUCKET) as strict:
        yield strict


@pytest.fixture
def proxy(strict: StrictGcs) -> Iterator[FaultyProxy]:
    """A proxy in front of it."""
    with FaultyProxy(strict.endpoint) as proxy:
        yield proxy


@pytest.fixture
def settings(proxy: FaultyProxy) -> GcsSettings:
    """The bucket by way of the proxy; with a short deadline."""
    return GcsSettings(bucket=BUCKET, prefix=PREFIX, endpoint=proxy.endpoint, deadline_s=6.0)


@pytest.fixture
async def store(settings: GcsSettings) -> AsyncIterator[GcsPayloadStore]:
    """A store that has just been opened."""
    async with a_store(settings) as store:
        yield store
