"""Several at once: who is overtaken looks again, and nobody's payload is lost, overwritten or left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Final

import attrs
import pytest

from artifact_plane.adapters.gcs.payload_store import GcsPayloadStore
from artifact_plane.adapters.gcs.settings import GcsSettings
from artifact_plane.domain.model.errors import Damaged, InvalidInput, Unavailable
from artifact_plane.domain.model.rendering import ByteSource, BytesSource, Digest
from tests.adapters.gcs.stores import PREFIX, TENANT, TwoFaced, a_store, put, read
from tests.adapters.gcs.test_faults import LARGE, LOOK, MARK, MIB, REMOVE, SEND, SMALL, STREAM, names
from tests.contracts.sources import GeneratedSource
from tests.doubles import gcs_faults as faults
from tests.doubles.gcs_faults import FaultyProxy, Gate
from tests.doubles.gcs_strict import StoredObject, StrictGcs

UPLOAD: Final = r"(POST|PUT) /upload/"


def only(strict: StrictGcs) -> StoredObject:
    """The one payload in the bucket."""
    (name,) = names(strict)
    return strict.buckets["payloads"][name]


def on_this_loop(deed: Callable[[], Coroutine[None, None, object]]) -> Callable[[], None]:
    """A deed that another thread can have done here, and wait for."""
    loop = asyncio.get_running_loop()

    def done() -> None:
        asyncio.run_coroutine_threadsafe(deed(), loop).result(30)

    return done


@pytest.mark.parametrize("source", [BytesSource(SMALL), LARGE], ids=["small", "large"])
async def test_sixteen_puts_of_the_same_at_once_make_one_object(
    settings: GcsSettings, strict: StrictGcs, source: ByteSource
) -> None:
    """One creates it; all have the same payload, and it is made once."""
    unhurried = attrs.evolve(settings, deadline_s=60.0)
    async with a_store(unhurried) as one, a_store(unhurried) as other:
        made_before = strict.made
        stored = await asyncio.gather(*(put(store, source) for store in (one, other) for _ in range(8)))
        assert len({(payload.digest, payload.size, payload.location) for payload in stored}) == 1
        assert len(names(strict)) == 1
        assert strict.made == made_before + 1
        assert len(await read(one, stored[0].digest)) == stored[0].size


async def test_who_was_overtaken_does_not_overwrite(
    store: GcsPayloadStore, settings: GcsSettings, proxy: FaultyProxy, strict: StrictGcs
) -> None:
    """Somebody stores the same in the moment before: theirs stays, renewed."""
    async with a_store(settings) as other:
        proxy.plan(SEND, faults.first(on_this_loop(lambda: put(other, SMALL))))
        mine = await put(store, SMALL)
        assert only(strict).metageneration == 2
        assert await other.find(TENANT, mine.digest) == mine


async def test_who_is_swept_under_stores_it_anew(store: GcsPayloadStore, proxy: FaultyProxy, strict: StrictGcs) -> None:
    """A payload that goes between the look and the renewal is there after the put."""
    seen = await put(store, SMALL)
    proxy.plan(MARK, faults.first(lambda: strict.buckets["payloads"].pop(f"{PREFIX}/{seen.location}")))
    stored = await put(store, SMALL)
    assert await store.find(TENANT, stored.digest) == stored
    assert await read(store, stored.digest) == SMALL


async def test_a_sweep_spares_what_is_renewed_in_the_last_moment(
    store: GcsPayloadStore, settings: GcsSettings, proxy: FaultyProxy
) -> None:
    """After it has looked, before it removes: the bucket's own precondition decides."""
    seen = await put(store, SMALL)
    async with a_store(settings) as other:
        proxy.plan(REMOVE, faults.first(on_this_loop(lambda: put(other, SMALL))))
        assert not await store.delete(seen)
    assert await read(store, seen.digest) == SMALL


async def test_a_sweep_spares_what_is_replaced_in_the_last_moment(
    store: GcsPayloadStore, proxy: FaultyProxy, strict: StrictGcs
) -> None:
    """The generation is named too."""
    seen = await put(store, SMALL)

    def replace() -> None:
        kept = only(strict)
        strict.buckets["payloads"][kept.name] = attrs.evolve(kept, generation=kept.generation + 1)

    proxy.plan(REMOVE, faults.first(replace))
    assert not await store.delete(seen)
    assert await read(store, seen.digest) == SMALL


async def test_a_renewal_that_another_one_overtakes_counts_as_made(
    store: GcsPayloadStore, settings: GcsSettings, proxy: FaultyProxy, strict: StrictGcs
) -> None:
    """It is as young as it need be; nobody fights over it."""
    seen = await put(store, SMALL)
    async with a_store(settings) as other:
        proxy.plan(MARK, faults.first(on_this_loop(lambda: put(other, SMALL))))
        stored = await put(store, SMALL)
    assert stored.generation != seen.generation
    assert only(strict).metageneration == 2


async def test_reads_go_on_over_a_payload_that_was_put_anew(store: GcsPayloadStore) -> None:
    """The generation that was pinned is gone; equal bytes are there."""
    stored = await put(store, SMALL)
    source = await store.source(TENANT, stored.digest)
    await store.delete(stored)
    await put(store, SMALL)
    with source.open() as reader:
        assert await asyncio.to_thread(reader.read) == SMALL


async def test_reads_never_go_from_one_content_to_another(store: GcsPayloadStore, strict: StrictGcs) -> None:
    """What lies under the name now is something else: an error, not its bytes."""
    stored = await put(store, SMALL)
    source = await store.source(TENANT, stored.digest)
    kept = only(strict)
    other = attrs.evolve(kept, generation=kept.generation + 1, data=SMALL[::-1])
    strict.buckets["payloads"][kept.name] = other
    with source.open() as reader, pytest.raises(Damaged, match="replaced"):
        await asyncio.to_thread(reader.read)


@pytest.mark.parametrize("length", [5 * MIB, 5 * MIB + 2, 3 * MIB, 6 * MIB, 0, LARGE.length])
async def test_a_source_that_changes_is_refused_before_anything_is_visible(
    store: GcsPayloadStore, strict: StrictGcs, length: int
) -> None:
    """InvalidInput: longer, shorter, or others of the same length; the last bytes are never sent."""
    changed = attrs.evolve(LARGE, length=length)
    if length == LARGE.length:
        changed = Shifted(length=length)
    with pytest.raises(InvalidInput):
        await put(store, TwoFaced([LARGE, changed]))
    assert names(strict) == []


@attrs.frozen(kw_only=True)
class Shifted(GeneratedSource):
    """Other blocks."""

    def block(self, number: int) -> bytes:
        return super().block(number + 1)


async def _cancelled(task: asyncio.Task[object], gate: Gate) -> None:
    task.cancel()
    await asyncio.sleep(0)
    gate.open()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("at", [SEND, STREAM], ids=["small", "large"])
async def test_a_put_that_is_cancelled_under_way_leaves_nothing(
    store: GcsPayloadStore, proxy: FaultyProxy, strict: StrictGcs, at: str
) -> None:
    """Before its caller hears of it, nothing of it is visible, and nothing will be."""
    gate = Gate()
    proxy.plan(at, faults.first(gate))
    task: asyncio.Task[object] = asyncio.create_task(put(store, SMALL if at == SEND else LARGE))
    await asyncio.to_thread(gate.wait_for_somebody)
    await _cancelled(task, gate)
    assert names(strict) == []


def done_and_lost(gate: Gate) -> faults.Fault:
    """The bucket does it; its reply is held back, and then lost."""

    def fault(exchange: faults.Exchange) -> None:
        exchange.forward()
        gate()
        exchange.hang_up(reset=True)

    return fault


async def test_a_put_that_is_cancelled_when_it_is_visible_takes_it_back(
    store: GcsPayloadStore, proxy: FaultyProxy, strict: StrictGcs
) -> None:
    """The bucket's reply was on its way, or was lost."""
    gate = Gate()
    proxy.plan(SEND, done_and_lost(gate))
    task: asyncio.Task[object] = asyncio.create_task(put(store, SMALL))
    await asyncio.to_thread(gate.wait_for_somebody)
    assert len(names(strict)) == 1
    await _cancelled(task, gate)
    assert names(strict) == []


async def test_a_put_that_fails_takes_back_what_may_be_visible(
    store: GcsPayloadStore, proxy: FaultyProxy, strict: StrictGcs
) -> None:
    """Every reply is lost: the put fails, and nothing is left."""
    proxy.plan(SEND, faults.ack_lost)
    proxy.plan(UPLOAD, faults.refuse(503, "3600"))
    with pytest.raises(Unavailable):
        await put(store, SMALL)
    assert names(strict) == []


@pytest.mark.parametrize("lost", [False, True], ids=["before-it", "reply-lost"])
async def test_a_cancelled_put_of_what_is_there_leaves_it(
    store: GcsPayloadStore, proxy: FaultyProxy, strict: StrictGcs, lost: bool
) -> None:
    """What others have stored is not the cancelled one's to take back, renewed by it or not."""
    await put(store, SMALL)
    gate = Gate()
    proxy.plan(MARK, done_and_lost(gate) if lost else faults.first(gate))
    task: asyncio.Task[object] = asyncio.create_task(put(store, SMALL))
    await asyncio.to_thread(gate.wait_for_somebody)
    await _cancelled(task, gate)
    assert len(names(strict)) == 1


async def test_the_event_loop_goes_on_while_the_bucket_is_slow(store: GcsPayloadStore, proxy: FaultyProxy) -> None:
    """The one who lets the bucket answer runs on the loop."""
    gate = Gate()
    proxy.plan(LOOK, faults.first(gate), times=99)
    task = asyncio.create_task(store.find(TENANT, Digest("blake3:" + "0" * 64)))
    await asyncio.to_thread(gate.wait_for_somebody)
    assert not task.done()
    gate.open()
    assert await task is None


async def test_calls_beyond_the_threads_wait_for_their_turn_and_not_for_ever(
    settings: GcsSettings, proxy: FaultyProxy
) -> None:
    """The queue is bounded in time: who waits past the deadline is told that the threads are busy."""
    absent = Digest("blake3:" + "0" * 64)
    gate = Gate()
    async with a_store(attrs.evolve(settings, threads=1, deadline_s=3.0)) as store:
        assert await asyncio.gather(*(store.find(TENANT, absent) for _ in range(5))) == [None] * 5
        proxy.plan(LOOK, faults.first(gate), times=99)
        stalled = asyncio.gather(*(store.find(TENANT, absent) for _ in range(9)), return_exceptions=True)
        outcome = await stalled
        gate.open()
    assert all(isinstance(one, Unavailable) for one in outcome)
    assert any("busy" in str(one) for one in outcome)
