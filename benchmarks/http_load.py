"""Five hundred connections that all ask as fast as they are answered: what they see, and what the server holds."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Final

import attrs
import orjson

from benchmarks.apart import apart
from benchmarks.harness import Figure, no_more_than
from benchmarks.http_generator import write_requests
from benchmarks.http_servers import Server, our_server, request_bytes, token_of
from benchmarks.places import folder
from benchmarks.plane import opened
from benchmarks.samples import meaning
from benchmarks.scale import MIB, Scale

_CONNECTIONS: Final = 500
_SECONDS: Final = 60
_STORED: Final = 100
_EXPECTED: Final = frozenset({"200", "201", "429", "503", "seconds"})
_SETTLED: Final = 3
"""By then a third of the time has gone by, and what a server gathers at first it has gathered."""


@attrs.frozen
class _Sample:
    resident: int
    files: int


async def measure(scale: Scale) -> list[Figure]:
    """Reads, lists and creates, mixed; the server is looked at every second."""
    with folder() as place:
        async with opened(place / "home") as ours:
            ids = await asyncio.gather(*(ours.create(meaning(number)) for number in range(_STORED)))
            token = await token_of(ours)
        write_requests(place / "requests.json", chain.from_iterable(_asked(one, token) for one in ids))
        with our_server(place / "home") as served:
            before = served.files()
            load = asyncio.create_task(
                asyncio.to_thread(
                    apart,
                    "benchmarks.http_generator",
                    "send_for",
                    port=served.port,
                    requests=str(place / "requests.json"),
                    connections=_CONNECTIONS,
                    seconds=_SECONDS,
                )
            )
            samples = await _watched(served, load)
            await asyncio.sleep(2)  # connections that were closed here take a moment to be closed there
            return _figures(await load, samples, served.files() - before)


def _asked(artifact_id: str, token: str) -> list[bytes]:
    """Eight reads, a page of the list and a create."""
    read = request_bytes("GET", f"/api/artifact/{artifact_id}", token)
    body = orjson.dumps({"artifact_type": "note", "payload": {"semantic_payload": {"of": artifact_id}}})
    return [
        *[read] * 8,
        request_bytes("GET", "/api/artifacts?limit=20", token),
        request_bytes("POST", "/api/artifacts", token, body),
    ]


async def _watched(served: Server, load: asyncio.Task[object]) -> list[_Sample]:
    samples = []
    while not load.done():
        samples.append(_Sample(served.resident(), served.files()))
        await asyncio.wait([load], timeout=1)
    return samples


def _figures(told: Mapping[str, float], samples: Sequence[_Sample], more_files: int) -> list[Figure]:
    settled = samples[len(samples) // _SETTLED]
    wrong = sum(count for what, count in told.items() if what not in _EXPECTED)
    seen = ", ".join(f"{what}: {count:,.0f}" for what, count in sorted(told.items()) if what != "seconds")
    work = f"{_CONNECTIONS} connections, {_SECONDS} s"
    return [
        Figure(work=f"{work}: errors", unit="", bar=no_more_than(0), ours=wrong, note=seen),
        Figure(
            work=f"{work}: memory gained once settled",
            unit="MiB",
            bar=no_more_than(32),
            ours=(max(one.resident for one in samples) - settled.resident) / MIB,
            note=f"from {samples[0].resident / MIB:.0f} to {samples[-1].resident / MIB:.0f} MiB",
        ),
        Figure(
            work=f"{work}: files open afterwards",
            unit="more",
            bar=no_more_than(20),
            ours=more_files,
            note=f"{max(one.files for one in samples)} at most",
        ),
    ]
