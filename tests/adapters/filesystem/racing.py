"""A process that does as it is told, line by line: ``look``, ``put``, ``delete`` (what it saw). ``racing ROOT``."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Final

from artifact_plane.adapters.filesystem.payload_store import FilesystemPayloadStore
from artifact_plane.ports.payload_store import StoredPayload
from tests.adapters.filesystem.effects import SlowEffects
from tests.adapters.filesystem.stores import TENANT, a_store, chance, digest_of, put

LATER: Final = chance(os.getpid())
CONTENT: Final = b"the payload that everybody wants, or wants gone"


async def main(root: Path) -> None:
    """Answer each line with one."""
    seen: StoredPayload | None = None
    async with a_store(root, effects=SlowEffects(0.0005)) as store:
        for line in sys.stdin:
            if line == "look\n":
                seen = await store.find(TENANT, digest_of(CONTENT))
                answer = "" if seen is None else seen.generation
            else:
                answer = await obey(store, line, seen)
            sys.stdout.write(answer + "\n")
            sys.stdout.flush()


async def obey(store: FilesystemPayloadStore, line: str, seen: StoredPayload | None) -> str:
    """The generation put, or whether what was seen was removed, at some moment of a put."""
    if line == "put\n":
        return (await put(store, CONTENT)).generation
    assert seen is not None
    await asyncio.sleep(LATER.uniform(0, 0.006))
    return str(await store.delete(seen))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
