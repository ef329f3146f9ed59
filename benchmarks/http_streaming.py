"""A large rendering down, verified, beside a plain file as the framework sends it; and the memory of eight at once."""

from __future__ import annotations

import http.client
import random
from pathlib import Path
from typing import Final

from artifact_plane.adapters.filesystem.byte_source import FileSource
from artifact_plane.domain.model.rendering import Rendered
from artifact_plane.ports.answers import Payload
from benchmarks.apart import apart
from benchmarks.harness import Figure, alternating, at_least, compared, no_more_than
from benchmarks.http_generator import write_requests
from benchmarks.http_servers import Server, our_server, plain_server, request_bytes, token_of
from benchmarks.places import folder
from benchmarks.plane import CONTEXT, Ours, opened
from benchmarks.scale import MIB, Scale

_ROUNDS: Final = 5
_VIEW: Final = "original"
_AT_ONCE: Final = 8


async def measure(scale: Scale) -> list[Figure]:
    """The same bytes: a file in a folder, and a rendering in a home."""
    with folder() as place:
        files = place / "files"
        files.mkdir()
        _fill(files / "source.bin", scale.stream_bytes)
        async with opened(place / "home") as ours:
            artifact_id = await _put(ours, files / "source.bin")
            token = await token_of(ours)
        target = f"/api/artifact/{artifact_id}/renderings/{_VIEW}"
        write_requests(place / "ours.json", [request_bytes("GET", target, token)])
        write_requests(place / "raw.json", [request_bytes("GET", "/file/source.bin", token)])
        with our_server(place / "home") as served, plain_server(place / "home", files) as plain:
            _wake(served)
            return [*await _speed(place, plain, served, scale), _memory(place, served, scale)]


def _fill(path: Path, size: int) -> None:
    chance = random.Random(11)  # noqa: S311 - sample data
    with path.open("wb") as file:
        for _ in range(size // MIB):
            file.write(chance.randbytes(MIB))


async def _put(ours: Ours, source: Path) -> str:
    view = Rendered(name=_VIEW, media_type="application/octet-stream", source=FileSource(source))
    payload = Payload(semantic_payload={"name": source.name}, renderings=(view,))
    recorded = await ours.app.plane.create_artifact("file", None, payload, {}, CONTEXT)
    return recorded.artifact.artifact_id


def _wake(served: Server) -> None:
    """One small question, so that what every server loads of itself is there before its memory is looked at."""
    connection = http.client.HTTPConnection("127.0.0.1", served.port)
    connection.request("GET", "/readyz")
    connection.getresponse().read()
    connection.close()


def _downloaded(server: Server, requests: Path, times: int, size: int) -> float:
    """Mebibytes a second."""
    told = apart(
        "benchmarks.http_generator", "download", port=server.port, requests=str(requests), times=times, size=size
    )
    return told["rate"] / MIB


async def _speed(place: Path, plain: Server, served: Server, scale: Scale) -> list[Figure]:
    async def raw() -> float:
        return _downloaded(plain, place / "raw.json", 1, scale.stream_bytes)

    async def ours() -> float:
        return _downloaded(served, place / "ours.json", 1, scale.stream_bytes)

    of_raw, of_ours = await alternating(_ROUNDS, raw, ours)
    size = f"{scale.stream_bytes // MIB} MiB"
    note = "raw: a plain file, sent by the framework"
    return [compared(f"rendering of {size} down", "MiB/s", at_least(0.6), of_raw, of_ours, note=note)]


def _memory(place: Path, served: Server, scale: Scale) -> Figure:
    base = served.resident()
    served.forget_peak()
    rate = _downloaded(served, place / "ours.json", _AT_ONCE, scale.stream_bytes)
    return Figure(
        work=f"memory, {_AT_ONCE} × {scale.stream_bytes // MIB} MiB down at once",
        unit="MiB",
        bar=no_more_than(64),
        ours=(served.peak() - base) / MIB,
        note=f"over {base / MIB:.0f} MiB before; {rate:.0f} MiB/s in all",
    )
