"""Streaming: large attachments and renderings, in and out, beside a copy with the same hash; and the memory."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Final

import attrs

from artifact_plane.adapters.filesystem.byte_source import FileSource
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.rendering import ByteSource, Rendered
from artifact_plane.domain.model.result import RealmResult
from artifact_plane.ports.answers import Payload
from artifact_plane.ports.realm import ArtifactReader, Realm
from benchmarks.apart import Growth, apart
from benchmarks.harness import Figure, alternating, at_least, compared, no_more_than
from benchmarks.places import folder
from benchmarks.plane import CONTEXT, Ours, opened
from benchmarks.raw import CHUNK, copy, copy_durably, read_hashed
from benchmarks.samples import TENANT
from benchmarks.scale import MIB, Scale

_ROUNDS: Final = 5
_VIEW: Final = "original"


@attrs.frozen
class _Reads(Realm):
    """Reads its attachment to the end."""

    name: str = attrs.field(default="reads", init=False)

    @property
    def intent_types(self) -> frozenset[str]:
        return frozenset({"read"})

    async def handle(self, intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        await asyncio.to_thread(_drain, intent.attachments["data"])
        return RealmResult()


async def measure(scale: Scale) -> list[Figure]:
    """One source, streamed again and again; what came of it is removed after each round."""
    with folder() as place:
        source = place / "source.bin"
        _fill(source, scale.stream_bytes)
        async with opened(place / "home", realms=[_Reads()]) as ours:
            figures = await _Streams(place, source, ours).figures()
        grown = apart("benchmarks.streaming", "grown", home=str(place / "memory"), source=str(source))
        work = f"resident memory, {scale.stream_bytes // MIB} MiB in and out"
        figures.append(Figure(work=work, unit="MiB", bar=no_more_than(64), ours=grown["bytes"] / MIB))
        return figures


class _Streams:
    def __init__(self, place: Path, source: Path, ours: Ours) -> None:
        self._place = place
        self._source = source
        self._ours = ours
        self._size = source.stat().st_size

    async def figures(self) -> list[Figure]:
        raw_in, ours_in = await alternating(_ROUNDS, self._raw_in, self._rendering_in)
        kept = await _put(self._ours, self._source)
        raw_out, ours_out = await alternating(_ROUNDS, self._raw_out, lambda: self._rendering_out(kept))
        raw_both, ours_both = await alternating(_ROUNDS, self._raw_in_and_read, self._attachment)
        size = f"{self._size // MIB} MiB"
        return [
            compared(f"rendering of {size}, in", "MiB/s", at_least(0.6), raw_in, ours_in),
            compared(f"rendering of {size}, out to a file", "MiB/s", at_least(0.6), raw_out, ours_out),
            compared(f"attachment of {size}, in and read", "MiB/s", at_least(0.6), raw_both, ours_both),
        ]

    async def _raw_in(self) -> float:
        began = perf_counter()
        target = await asyncio.to_thread(copy_durably, self._source, self._place)
        return self._speed(began, target.unlink)

    async def _rendering_in(self) -> float:
        began = perf_counter()
        artifact_id = await _put(self._ours, self._source)
        speed = self._speed(began, lambda: None)
        await self._ours.app.plane.delete_artifact(artifact_id, TENANT)
        return speed

    async def _raw_out(self) -> float:
        began = perf_counter()
        await asyncio.to_thread(copy, self._source, self._place / "out.bin")
        return self._speed(began, (self._place / "out.bin").unlink)

    async def _rendering_out(self, artifact_id: str) -> float:
        began = perf_counter()
        await _get(self._ours, artifact_id, self._place / "out.bin")
        return self._speed(began, (self._place / "out.bin").unlink)

    async def _raw_in_and_read(self) -> float:
        began = perf_counter()
        target = await asyncio.to_thread(copy_durably, self._source, self._place)
        await asyncio.to_thread(read_hashed, target)
        return self._speed(began, target.unlink)

    async def _attachment(self) -> float:
        began = perf_counter()
        await _execute(self._ours, self._source)
        return self._speed(began, lambda: None)

    def _speed(self, began: float, clean_up: Callable[[], None]) -> float:
        speed = self._size / MIB / (perf_counter() - began)
        clean_up()
        return speed


async def grown(home: str, source: str) -> dict[str, float]:
    """By how much memory grows while the source goes in and out as a rendering and as an attachment."""
    place, large = Path(home), Path(source)
    place.mkdir()
    small = place / "small.bin"
    _fill(small, 8 * MIB)
    async with opened(place / "home", realms=[_Reads()]) as ours:
        await _through(ours, small, place)
        growth = Growth()
        await _through(ours, large, place)
        return {"bytes": growth.peak()}


async def _through(ours: Ours, source: Path, place: Path) -> None:
    artifact_id = await _put(ours, source)
    await _get(ours, artifact_id, place / "out.bin")
    await _execute(ours, source)


async def _put(ours: Ours, source: Path) -> str:
    view = Rendered(name=_VIEW, media_type="application/octet-stream", source=FileSource(source))
    payload = Payload(semantic_payload={"name": source.name}, renderings=(view,))
    recorded = await ours.app.plane.create_artifact("file", None, payload, {}, CONTEXT)
    return recorded.artifact.artifact_id


async def _get(ours: Ours, artifact_id: str, target: Path) -> None:
    content = await ours.app.plane.open_content(artifact_id, TENANT, _VIEW)
    await asyncio.to_thread(_write_out, content.source, target)


async def _execute(ours: Ours, source: Path) -> None:
    intent = Intent(
        intent_id=str(uuid.uuid4()),
        intent_type="read",
        tenant_id=TENANT,
        session_id="default",
        solution_id="default",
        attachments={"data": FileSource(source)},
    )
    result = await ours.app.runtime.execute(intent)
    assert result.execution.failure is None, result.execution.failure


def _drain(source: ByteSource) -> None:
    with source.open() as stream:
        while stream.read(CHUNK):
            pass


def _write_out(source: ByteSource, target: Path) -> None:
    with source.open() as stream, target.open("wb", buffering=0) as out:
        while chunk := stream.read(CHUNK):
            out.write(chunk)


def _fill(target: Path, size: int) -> None:
    chance = random.Random(11)  # noqa: S311 - sample data
    with target.open("wb") as out:
        for _ in range(size // MIB):
            out.write(chance.randbytes(MIB))
