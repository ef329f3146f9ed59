"""A process that puts one large payload, for the tests that end it: ``python -m … ENDPOINT MIB``."""

from __future__ import annotations

import asyncio
import sys

from artifact_plane.adapters.gcs.settings import GcsSettings
from tests.adapters.gcs.stores import PREFIX, a_store, put
from tests.contracts.sources import GeneratedSource


async def main(endpoint: str, mib: int) -> None:
    """Put it."""
    settings = GcsSettings(bucket="payloads", prefix=PREFIX, endpoint=endpoint, chunk_bytes=1024 * 1024)
    async with a_store(settings) as store:
        await put(store, GeneratedSource(length=mib * 1024 * 1024))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
