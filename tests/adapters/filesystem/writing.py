"""A process that puts payloads until it is killed: ``writing ROOT SEED``; it says each digest that was acknowledged."""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
from pathlib import Path

from tests.adapters.filesystem.effects import SlowEffects
from tests.adapters.filesystem.stores import a_store, chance, put


async def main(root: Path, seed: int) -> None:
    """Put new payloads and, now and then, ones that others put too."""
    contents = chance(seed)
    async with a_store(root, effects=SlowEffects(0.001)) as store:
        os.write(1, b"ready\n")
        for number in itertools.count():
            shared = number % 5 == 0
            content = b"%d" % contents.randrange(10) if shared else contents.randbytes(contents.randrange(3_000_000))
            stored = await put(store, content)
            os.write(1, stored.digest.encode() + b"\n")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
