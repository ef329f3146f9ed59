"""A process of its own that lets a child die after each effect of a run in turn: ``crashing FOLDER MANNER``.

The n-th child works in ``FOLDER/n`` and writes down in ``FOLDER/n.log`` what it was told; the last one survives.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from tests.adapters.filesystem.effects import DeadlyEffects, PowerLoss
from tests.adapters.filesystem.stores import a_store, put

FIRST: Final = b"first " * 200_000
SECOND: Final = b"second " * 10

MANNERS: Final[Mapping[str, Callable[[int], DeadlyEffects]]] = {
    "killed": DeadlyEffects,
    "power lost, entries too": lambda number: PowerLoss(number, entries_stay=False),
    "power lost, entries kept": lambda number: PowerLoss(number, entries_stay=True),
}


async def run(root: Path, effects: DeadlyEffects) -> None:
    """Put, put again, put another, delete that one."""
    log = os.open(root.with_suffix(".log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    async with a_store(root, effects=effects) as store:
        await put(store, FIRST)
        os.write(log, b"put first\n")
        await put(store, FIRST)
        os.write(log, b"put first again\n")
        second = await put(store, SECOND)
        os.write(log, b"put second\n")
        os.write(log, b"deleting second\n")
        await store.delete(second)
        os.write(log, b"deleted second\n")


def main(folder: Path, manner: str) -> None:
    """Let children die until one does not."""
    for number in itertools.count(1):
        child = os.fork()
        if child == 0:
            asyncio.run(run(folder / str(number), MANNERS[manner](number)))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status == 0:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
