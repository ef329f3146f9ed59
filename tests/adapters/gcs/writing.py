"""A process that puts a payload and stalls at a place of it while it is sent: ``python -m … ENDPOINT MIB PLACE``."""

from __future__ import annotations

import asyncio
import sys
import time

import attrs

from artifact_plane.adapters.gcs.settings import GcsSettings
from tests.adapters.gcs.stores import PREFIX, TwoFaced, a_store, put
from tests.contracts.sources import BLOCK, GeneratedSource

MIB = 1024 * 1024


@attrs.frozen(kw_only=True)
class Stalling(GeneratedSource):
    """Stalls for good at ``place``, when it has said so on standard output."""

    place: int

    def block(self, number: int) -> bytes:
        """As it is, or never."""
        if number * BLOCK >= self.place:
            sys.stdout.write("here\n")
            sys.stdout.flush()
            time.sleep(600)
        return super().block(number)


async def main(endpoint: str, length: int, place: int) -> None:
    """Put it."""
    async with a_store(GcsSettings(bucket="payloads", prefix=PREFIX, endpoint=endpoint)) as store:
        await put(store, TwoFaced([GeneratedSource(length=length), Stalling(length=length, place=place)]))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
