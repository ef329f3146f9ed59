"""A third party's realm, as an installed distribution: it naps until a file lets it go on.

The folder that ``install`` makes is put on PYTHONPATH; its entry point is how the plane finds the realm.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

_MODULE: Final = """
import asyncio
import os
import time
from pathlib import Path

from artifact_plane.domain.model.rendering import BytesSource, Rendered
from artifact_plane.domain.model.result import Output, RealmResult
from artifact_plane.ports.realm import Realm


class Nap(Realm):
    name = "napping"
    intent_types = frozenset({"nap", "snore"})

    async def handle(self, intent, context, reader):
        bed = Path(os.environ["NAP_BED"])
        with bed.joinpath("asleep").open("a") as log:
            log.write(f"{os.getpid()}\\n")
        while not bed.joinpath("wake").exists():
            if "NAP_BLOCKS" in os.environ:
                time.sleep(0.01)
            else:
                await asyncio.sleep(0.01)
        if intent.intent_type == "snore":
            raise ValueError("too loud")
        drawing = Rendered(name="dream", media_type="image/png", source=BytesSource(b"\\x89PNG dream"))
        output = Output(result_type="nap", semantic_payload={"slept": True}, renderings=(drawing,))
        return RealmResult(artifacts={"nap": output})
"""
_DISTRIBUTION: Final = {
    "METADATA": "Metadata-Version: 2.1\nName: napping\nVersion: 1.0\n",
    "entry_points.txt": "[artifact_plane.realms]\nnapping = napping_realm:Nap\n",
}


def install(folder: Path) -> Path:
    """Write the distribution into ``folder``."""
    (folder / "napping_realm.py").write_text(_MODULE)
    info = folder / "napping-1.0.dist-info"
    info.mkdir()
    for name, text in _DISTRIBUTION.items():
        (info / name).write_text(text)
    return folder


class Bed:
    """The folder through which a test and the realm see one another."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def asleep(self, count: int = 1, patience: float = 180.0) -> list[str]:
        """Wait until ``count`` naps have begun; who naps, by process id."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            log = self.folder / "asleep"
            lines = log.read_text().splitlines() if log.exists() else []
            if len(lines) >= count:
                return lines
            time.sleep(0.01)
        raise TimeoutError("nobody fell asleep")

    def wake(self) -> None:
        """Let every nap end, those that are still to begin too."""
        (self.folder / "wake").touch()
