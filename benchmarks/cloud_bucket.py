"""The bucket: 64 MiB to it and from it, beside the client library alone; and the memory of eight at once.

The bucket is an emulator's, on this machine: what the network and the real service cost is not in it, and the
emulator's own work is in both figures.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from time import perf_counter
from typing import Final, Protocol, cast

import attrs
from google.auth.credentials import AnonymousCredentials
from google.cloud.storage import Client  # type: ignore[import-untyped]  # it has no py.typed

from artifact_plane.adapters.codec.canonical import JsonCodec
from artifact_plane.adapters.codec.verified import VerifiedSource
from artifact_plane.adapters.filesystem.byte_source import FileSource
from artifact_plane.adapters.gcs.payload_store import GcsPayloadStore
from artifact_plane.adapters.gcs.settings import GcsSettings
from artifact_plane.adapters.system.clock import SystemClock
from artifact_plane.adapters.system.ids import UuidIds
from artifact_plane.domain.model.rendering import ByteSource, Digest
from artifact_plane.ports.payload_store import PayloadStore, StoredPayload
from benchmarks.apart import Growth, apart
from benchmarks.harness import Figure, alternating, at_least, compared, no_more_than
from benchmarks.places import folder
from benchmarks.raw import CHUNK
from benchmarks.samples import TENANT
from benchmarks.scale import MIB, Scale
from tests.doubles.server_gcs import PROJECT, GcsOptions, GcsServer

_BUCKET: Final = "bench"
_OBJECT: Final = "raw"
_ROUNDS: Final = 9
_AT_ONCE: Final = 8


class _Blob(Protocol):
    """What is used of the client library's object."""

    def upload_from_filename(self, filename: str, *, if_generation_match: int) -> None: ...
    def download_to_filename(self, filename: str) -> None: ...
    def delete(self) -> None: ...


async def measure(scale: Scale) -> list[Figure]:
    """On each of the emulator's ways of keeping things; the memory in a process of its own."""
    figures: list[Figure] = []
    with folder() as place:
        sources = [_filled(place / f"source-{number}", scale.bucket_bytes, number) for number in range(_AT_ONCE)]
        for kept in ("files", "memory"):
            with GcsServer(GcsOptions(files=kept == "files")) as server:
                server.make_bucket(_BUCKET)
                async with _store(server.endpoint) as store:
                    streams = _Streams(store, _client_alone(server.endpoint), sources[0], place / "out")
                    figures += await streams.figures(f"emulator on {kept}")
                if kept == "files":
                    figures += _memory(server.endpoint, place, scale)
    return figures


def _memory(endpoint: str, place: Path, scale: Scale) -> list[Figure]:
    grown = apart("benchmarks.cloud_bucket", "grown", endpoint=endpoint, place=str(place))
    size = f"{_AT_ONCE} × {scale.bucket_bytes // MIB} MiB"
    return [
        Figure(work=f"memory, {size} at once {way} the bucket", unit="MiB", bar=no_more_than(64), ours=grown[way] / MIB)
        for way in ("to", "from")
    ]


@asynccontextmanager
async def _store(endpoint: str) -> AsyncIterator[PayloadStore]:
    settings = GcsSettings(bucket=_BUCKET, endpoint=endpoint, unsafe_bucket=True, threads=_AT_ONCE)
    hasher = JsonCodec().hasher
    async with GcsPayloadStore.open(settings, hasher=hasher, clock=SystemClock(), ids=UuidIds()) as store:
        yield store


def _client_alone(endpoint: str) -> _Blob:
    credentials = AnonymousCredentials()  # type: ignore[no-untyped-call]
    client = Client(project=PROJECT, credentials=credentials, client_options={"api_endpoint": endpoint})
    return cast(_Blob, client.bucket(_BUCKET).blob(_OBJECT))


@attrs.frozen
class _Streams:
    """One payload to the bucket and from it, by the client alone (with its own checksum) and by the payload store."""

    _store: PayloadStore
    _blob: _Blob
    _file: Path
    _out: Path

    async def figures(self, note: str) -> list[Figure]:
        size = f"{self._file.stat().st_size // MIB} MiB"
        raw_to, to = await alternating(_ROUNDS, self._raw_to, self._to)
        await self._uploaded()
        kept = await _put(self._store, self._file)
        raw_from, from_ = await alternating(_ROUNDS, self._raw_from, lambda: self._from(kept.digest))
        note = f"raw: the client alone; {note}"
        return [
            compared(f"{size} to the bucket", "MiB/s", at_least(0.8), raw_to, to, note=note),
            compared(f"{size} from the bucket, verified", "MiB/s", at_least(0.8), raw_from, from_, note=note),
        ]

    async def _raw_to(self) -> float:
        speed = await self._speed(self._uploaded)
        await asyncio.to_thread(self._blob.delete)
        return speed

    async def _to(self) -> float:
        kept: list[StoredPayload] = []

        async def put() -> None:
            kept.append(await _put(self._store, self._file))

        speed = await self._speed(put)
        assert await self._store.delete(kept[0])
        return speed

    async def _uploaded(self) -> None:
        await asyncio.to_thread(self._blob.upload_from_filename, str(self._file), if_generation_match=0)

    async def _raw_from(self) -> float:
        return await self._speed(lambda: asyncio.to_thread(self._blob.download_to_filename, str(self._out)))

    async def _from(self, digest: Digest) -> float:
        return await self._speed(lambda: _get(self._store, digest, self._out))

    async def _speed(self, work: Callable[[], Awaitable[object]]) -> float:
        began = perf_counter()
        await work()
        return self._file.stat().st_size / MIB / (perf_counter() - began)


async def grown(endpoint: str, place: str) -> dict[str, float]:
    """By how many bytes memory grows while eight payloads go to the bucket at once, and while they come from it."""
    sources = sorted(Path(place).glob("source-*"))
    small = _filled(Path(place, "small"), 8 * MIB, _AT_ONCE)
    async with _store(endpoint) as store:
        await _through(store, [small])
        growth = Growth()
        digests = [kept.digest for kept in await asyncio.gather(*(_put(store, source) for source in sources))]
        to = growth.peak()
        growth = Growth()
        await asyncio.gather(*(_get(store, one, Path(place, f"out-{n}")) for n, one in enumerate(digests)))
        return {"to": to, "from": growth.peak()}


async def _through(store: PayloadStore, sources: Sequence[Path]) -> None:
    for source in sources:
        kept = await _put(store, source)
        await _get(store, kept.digest, source.with_name("out"))


async def _put(store: PayloadStore, file: Path) -> StoredPayload:
    async def claim(_: Digest) -> None:
        """Nobody sweeps here."""

    return await store.put(TENANT, FileSource(file), claim)


async def _get(store: PayloadStore, digest: Digest, target: Path) -> None:
    source = VerifiedSource(await store.source(TENANT, digest), digest, "payload", JsonCodec().hasher)
    await asyncio.to_thread(_write_out, source, target)


def _write_out(source: ByteSource, target: Path) -> None:
    with source.open() as stream, target.open("wb", buffering=0) as out:
        while chunk := stream.read(CHUNK):
            out.write(chunk)


def _filled(target: Path, size: int, seed: int) -> Path:
    chance = random.Random(seed)  # noqa: S311 - sample data
    with target.open("wb") as out:
        for _ in range(size // MIB):
            out.write(chance.randbytes(MIB))
    return target
