"""Cases F10 to F12: what becomes of payloads when the way to the bucket, or the bucket, fails."""

from __future__ import annotations

import asyncio
import time
from email.utils import formatdate
from typing import Final

import pytest

from artifact_plane.adapters.gcs.payload_store import GcsPayloadStore
from artifact_plane.adapters.gcs.settings import GcsSettings
from artifact_plane.domain.model.errors import Damaged, NotFound, Unavailable
from tests.adapters.gcs.stores import PREFIX, TENANT, a_store, put, read
from tests.contracts.sources import GeneratedSource
from tests.doubles import gcs_faults as faults
from tests.doubles.gcs_faults import Fault, FaultyProxy
from tests.doubles.gcs_strict import StrictGcs

MIB: Final = 1024 * 1024
SMALL: Final = b"a small payload"
LARGE: Final = GeneratedSource(length=5 * MIB + 1)
"""One is sent in one request, the other announced and then streamed."""

SEND: Final = r"POST /upload/.*uploadType=multipart"
BEGIN: Final = r"POST /upload/.*uploadType=resumable"
STREAM: Final = r"PUT /upload/"
MEDIA: Final = r"GET /download/"
LOOK: Final = r"GET /storage/v1/b/payloads/o/"
MARK: Final = r"PATCH /"
REMOVE: Final = r"DELETE /"

TROUBLE: Final[dict[str, Fault]] = {
    "503": faults.refuse(503),
    "429": faults.refuse(429),
    "reset": faults.reset,
    "request-cut": faults.cut_request,
    "reply-lost": faults.ack_lost,
    "reply-cut": faults.reset_in_body,
}


def names(strict: StrictGcs) -> list[str]:
    """The payloads in the bucket."""
    return sorted(name for name in strict.buckets["payloads"] if "/." not in name)


async def is_whole(store: GcsPayloadStore, strict: StrictGcs, source: GeneratedSource) -> None:
    """There is exactly this payload, and it can be read."""
    assert names(strict) == [f"{PREFIX}/{TENANT}/{source.digest.replace(':', '/')}"]
    assert await read(store, source.digest) == b"".join(source.blocks())


@pytest.mark.parametrize("trouble", TROUBLE)
@pytest.mark.parametrize("times", [1, 2])
async def test_a_small_put_survives_trouble(
    store: GcsPayloadStore, proxy: FaultyProxy, strict: StrictGcs, trouble: str, times: int
) -> None:
    """F10, F11: whatever happens to the request, there is one object in the end, and the put says so."""
    proxy.plan(SEND, TROUBLE[trouble], times=times)
    stored = await put(store, SMALL)
    assert await store.find(TENANT, stored.digest) == stored
    assert await read(store, stored.digest) == SMALL
    assert len(names(strict)) == 1


@pytest.mark.parametrize("trouble", TROUBLE)
@pytest.mark.parametrize("at", [BEGIN, STREAM], ids=["beginning", "stream"])
@pytest.mark.parametrize("times", [1, 2])
async def test_a_large_put_survives_trouble(
    store: GcsPayloadStore, proxy: FaultyProxy, strict: StrictGcs, trouble: str, at: str, times: int
) -> None:
    """F10, F11: whether the announcement fails, or what is streamed, or its reply is lost."""
    proxy.plan(at, TROUBLE[trouble], times=times)
    await put(store, LARGE)
    await is_whole(store, strict, LARGE)


async def test_an_upload_goes_on_where_it_broke(store: GcsPayloadStore, proxy: FaultyProxy, strict: StrictGcs) -> None:
    """What the bucket has is not sent again; it is asked, and may have less than was sent."""
    begun, received = proxy.count(BEGIN), strict.received
    proxy.plan(STREAM, faults.cut_request)
    await put(store, LARGE)
    await is_whole(store, strict, LARGE)
    assert proxy.count(BEGIN) == begun + 1
    assert LARGE.length <= strict.received - received <= LARGE.length + MIB


async def test_an_upload_whose_reply_is_lost_is_not_sent_again(
    store: GcsPayloadStore, proxy: FaultyProxy, strict: StrictGcs
) -> None:
    """F10: the bucket is asked, and says what it has stored."""
    made, received = strict.made, strict.received
    proxy.plan(STREAM, faults.ack_lost)
    await put(store, LARGE)
    await is_whole(store, strict, LARGE)
    assert (strict.received - received, strict.made) == (LARGE.length, made + 1)


async def test_an_upload_that_the_bucket_has_forgotten_is_begun_anew(
    store: GcsPayloadStore, proxy: FaultyProxy, strict: StrictGcs
) -> None:
    """Unless what it was to store is there: it ended well, and was then forgotten."""
    begun, made = proxy.count(BEGIN), strict.made
    for status in (404, 410):
        proxy.plan(STREAM, faults.refuse(status))
    proxy.plan(STREAM, faults.ack_lost)
    proxy.plan(STREAM, faults.refuse(410))
    await put(store, LARGE)
    await is_whole(store, strict, LARGE)
    assert (proxy.count(BEGIN), strict.made) == (begun + 3, made + 1)


@pytest.mark.parametrize("at", [LOOK, MARK], ids=["look", "mark"])
@pytest.mark.parametrize("trouble", TROUBLE)
async def test_a_renewal_survives_trouble(store: GcsPayloadStore, proxy: FaultyProxy, trouble: str, at: str) -> None:
    """A put of what is there: its answer is as it stands in the bucket, renewed."""
    first = await put(store, SMALL)
    proxy.plan(at, TROUBLE[trouble], times=2)
    second = await put(store, SMALL)
    assert second.generation != first.generation
    assert await store.find(TENANT, second.digest) == second


@pytest.mark.parametrize("trouble", TROUBLE)
async def test_a_removal_survives_trouble(
    store: GcsPayloadStore, proxy: FaultyProxy, strict: StrictGcs, trouble: str
) -> None:
    """Its reply lost, it still says that it removed the payload."""
    stored = await put(store, SMALL)
    proxy.plan(REMOVE, TROUBLE[trouble])
    assert await store.delete(stored)
    assert names(strict) == []
    assert not await store.delete(stored)


@pytest.mark.parametrize("fault", ["503", "429", "reset", "reply-cut", "short-body", "short-length"])
async def test_a_read_goes_on_where_it_broke(store: GcsPayloadStore, proxy: FaultyProxy, fault: str) -> None:
    """F12: never cut; the rest is asked for by range, of the same generation."""
    stored = await put(store, LARGE)
    more = {"short-body": faults.short_body, "short-length": faults.short_length}
    proxy.plan(MEDIA, {**TROUBLE, **more}[fault], times=3)
    assert await read(store, stored.digest) == b"".join(LARGE.blocks())
    assert await read(store, stored.digest, 3, MIB) == b"".join(LARGE.blocks())[3:MIB]


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
async def test_wrong_bytes_are_an_error(
    store: GcsPayloadStore, proxy: FaultyProxy, content: bytes | GeneratedSource
) -> None:
    """F12: a flipped bit is seen, and the end is not given out."""
    stored = await put(store, content)
    proxy.plan(MEDIA, faults.flipped)
    source = await store.source(TENANT, stored.digest)
    given = bytearray()
    with source.open() as reader, pytest.raises(Damaged):
        while piece := await asyncio.to_thread(reader.read, 64 * 1024):
            given += piece
    assert len(given) < stored.size
    assert len(await read(store, stored.digest)) == stored.size


@pytest.mark.parametrize("value", ["crc32c=AAAAAA==", "md5=AAAA,crc32c=AAAAAA=="])
async def test_a_wrong_checksum_header_is_an_error(store: GcsPayloadStore, proxy: FaultyProxy, value: str) -> None:
    """F12: the bucket contradicts itself."""
    stored = await put(store, SMALL)
    proxy.plan(MEDIA, faults.header("x-goog-hash", value), times=99)
    with pytest.raises(Damaged, match="crc32c"):
        await read(store, stored.digest)


@pytest.mark.parametrize(
    ("header", "value"), [("x-goog-generation", "12"), ("Content-Range", "bytes 0-3/15"), ("Content-Range", "bytes")]
)
async def test_another_answer_than_was_asked_for_is_an_error(
    store: GcsPayloadStore, proxy: FaultyProxy, header: str, value: str
) -> None:
    """Another generation, another range."""
    stored = await put(store, SMALL)
    proxy.plan(MEDIA, faults.header(header, value), times=99)
    with pytest.raises(Unavailable):
        await read(store, stored.digest, 2, 6)


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
async def test_what_is_damaged_on_its_way_in_is_sent_again(
    store: GcsPayloadStore, proxy: FaultyProxy, strict: StrictGcs, content: bytes | GeneratedSource
) -> None:
    """The bucket refuses it, having been told the checksum beforehand."""
    proxy.plan(SEND if isinstance(content, bytes) else STREAM, faults.flipped_request)
    stored = await put(store, content)
    assert len(await read(store, stored.digest)) == stored.size
    assert len(names(strict)) == 1


async def test_what_is_always_damaged_is_given_up(
    store: GcsPayloadStore, proxy: FaultyProxy, strict: StrictGcs
) -> None:
    """Nothing is visible, and the error says what to look for."""
    proxy.plan(SEND, faults.flipped_request, times=99)
    with pytest.raises(Unavailable, match="damaged"):
        await put(store, SMALL)
    assert names(strict) == []


def refuse_for_two_seconds(exchange: faults.Exchange) -> None:
    """Busy, with the date in the place of the seconds."""
    until = formatdate(time.time() + 2, usegmt=True)
    exchange.reply(faults.Answer(status=503, headers=(("Retry-After", until),), body=b"{}"))


@pytest.mark.parametrize("busy", [faults.refuse(429, "1"), refuse_for_two_seconds], ids=["seconds", "date"])
async def test_retry_after_is_honoured(store: GcsPayloadStore, proxy: FaultyProxy, busy: Fault) -> None:
    """F11: the next try comes no earlier than the bucket asks for (dates leave out the parts of a second)."""
    proxy.plan(SEND, busy)
    await put(store, SMALL)
    first, second = [when for when, asked in proxy.seen if "multipart" in asked][-2:]
    assert second - first >= 1.0


@pytest.mark.parametrize("asked_for", ["3600", "Fri, 31 Dec 2100 23:59:59 GMT"])
async def test_what_asks_for_too_much_patience_is_given_up_at_once(
    store: GcsPayloadStore, proxy: FaultyProxy, asked_for: str
) -> None:
    """F11: nobody waits for an hour inside a deadline of seconds."""
    before = proxy.count(SEND)
    proxy.plan(SEND, faults.refuse(503, asked_for), times=99)
    with pytest.raises(Unavailable) as failure:
        await put(store, SMALL)
    assert failure.value.retryable
    assert proxy.count(SEND) == before + 1


async def test_a_bucket_that_stays_away_is_tried_until_the_deadline(
    store: GcsPayloadStore, proxy: FaultyProxy, settings: GcsSettings
) -> None:
    """F11: several tries with pauses between them, and an end."""
    proxy.plan(r".*", faults.refuse(503), times=9999)
    began, before = time.monotonic(), len(proxy.seen)
    with pytest.raises(Unavailable, match="does not serve"):
        await put(store, SMALL)
    assert time.monotonic() - began < 2 * settings.deadline_s
    assert 3 <= len(proxy.seen) - before <= 40


@pytest.mark.parametrize("at", [SEND, LOOK, MEDIA], ids=["put", "find", "read"])
async def test_a_slow_drip_ends_at_the_deadline(
    store: GcsPayloadStore, proxy: FaultyProxy, settings: GcsSettings, at: str
) -> None:
    """F11: bytes that keep coming, and never fast enough, do not hold a call for ever."""
    stored = await put(store, SMALL * 1000)
    proxy.plan(at, faults.drip(0.05), times=99)
    began = time.monotonic()
    with pytest.raises(Unavailable):
        if at == SEND:
            await put(store, b"another one")
        elif at == LOOK:
            await store.find(TENANT, stored.digest)
        else:
            await read(store, stored.digest)
    assert time.monotonic() - began < 3 * settings.deadline_s


async def test_a_dead_port_is_unavailable_in_time() -> None:
    """Nobody listens: the error says what to check, and does not name the address."""
    settings = GcsSettings(bucket="payloads", endpoint="http://127.0.0.1:1", deadline_s=2.0)
    began = time.monotonic()
    with pytest.raises(Unavailable, match="cannot be reached") as failure:
        async with a_store(settings) as store:
            await put(store, b"content")
    assert time.monotonic() - began < 30
    assert "127.0.0.1" not in str(failure.value)


async def test_a_listing_survives_trouble(store: GcsPayloadStore, proxy: FaultyProxy) -> None:
    """Each page is asked for again."""
    stored = [await put(store, b"%d" % number) for number in range(5)]
    proxy.plan(r"GET /storage/v1/b/payloads/o\?", faults.refuse(503), times=2)
    proxy.plan(r"GET /storage/v1/b/payloads/o\?", faults.reset_in_body)
    listed = [payload async for payload in store.list(TENANT)]
    assert listed == sorted(stored, key=lambda payload: payload.digest)


async def test_a_payload_that_is_removed_while_it_is_read_is_not_found(
    store: GcsPayloadStore, proxy: FaultyProxy
) -> None:
    """The generation is pinned; there is no other."""
    stored = await put(store, SMALL)
    source = await store.source(TENANT, stored.digest)
    await store.delete(stored)
    with pytest.raises(NotFound), source.open() as reader:
        await asyncio.to_thread(reader.read)
