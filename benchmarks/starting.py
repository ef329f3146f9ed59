"""Starting: what importing the package costs, and how soon ``ap ls`` answers on ten thousand artifacts."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final

from benchmarks.harness import MILLISECONDS, Figure, alternating, at_most, compared, no_more_than
from benchmarks.places import folder
from benchmarks.plane import opened, seeded
from benchmarks.samples import TENANT
from benchmarks.scale import Scale

_ARTIFACTS: Final = 10_000
_MOST_MS: Final = 50
_LIBRARIES: Final = "import attrs, apsw, orjson, cyclopts, rich"


async def measure(scale: Scale) -> list[Figure]:
    """Whole processes, by the clock on the wall."""
    with folder() as place:
        async with opened(place / "home") as ours:
            await seeded(ours, _ARTIFACTS)
        return [await _importing(scale, place), await _listing(scale, place)]


async def _importing(scale: Scale, place: Path) -> Figure:
    bare, package = await alternating(
        scale.starts,
        lambda: _run(["-c", "pass"], place),
        lambda: _run(["-c", "import artifact_plane"], place),
    )
    over = [one - other for one, other in zip(package, bare, strict=True)]
    return Figure(
        work="import artifact_plane, over a bare Python",
        unit="ms",
        bar=no_more_than(_MOST_MS),
        raw=median(bare) * MILLISECONDS,
        ours=median(over) * MILLISECONDS,
        rounds=scale.starts,
        note="raw: the bare interpreter as a whole",
    )


async def _listing(scale: Scale, place: Path) -> Figure:
    words = ["ls", "--home", str(place / "home"), "--tenant", TENANT]
    raw, ours = await alternating(
        scale.starts,
        lambda: _run(["-c", _LIBRARIES], place),
        lambda: _run(["-m", "artifact_plane", *words], place),
    )
    work = f"ap ls on {_ARTIFACTS:,} artifacts"
    return compared(work, "ms", at_most(2.5), raw, ours, scale=MILLISECONDS, note=f"raw: python -c '{_LIBRARIES}'")


async def _run(arguments: Sequence[str], place: Path) -> float:
    began = perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, cwd=place)
    return perf_counter() - began
