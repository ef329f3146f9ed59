"""Whoever is cancelled leaves nothing, and the event loop goes on."""

from __future__ import annotations

import asyncio
import gc
import io
import threading
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TypeVar

import attrs
import pytest

from artifact_plane.adapters.filesystem.payload_store import FilesystemPayloadStore
from artifact_plane.domain.model.rendering import ByteSource
from tests.adapters.filesystem.effects import WatchedEffects
from tests.adapters.filesystem.stores import (
    Blake3Hasher,
    WallClock,
    a_store,
    digest_of,
    files_below,
    put,
    scratch_files,
)

T = TypeVar("T")
CONTENT = b"two chunks and a bit " * 110_000
DIGEST = digest_of(CONTENT)


@attrs.frozen
class HeldSource(ByteSource):
    """Yields a first chunk; then nothing until it is let go, from the event loop of the test."""

    reached: asyncio.Event = attrs.field(factory=asyncio.Event)
    loop: asyncio.AbstractEventLoop = attrs.field(factory=asyncio.get_running_loop)
    go: threading.Event = attrs.field(factory=threading.Event)

    @property
    def size(self) -> None:
        return None

    def open(self, start: int = 0, stop: int | None = None) -> BinaryIO:
        return _HeldReader(self)


class _HeldReader(io.BytesIO):
    """The reader of a held source; it has no ``readinto`` of its own use."""

    def __init__(self, source: HeldSource) -> None:
        super().__init__(CONTENT)
        self._source = source
        self._read = 0

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        if self._read:
            self._source.loop.call_soon_threadsafe(self._source.reached.set)
            assert self._source.go.wait(20)
        count = super().readinto(buffer)
        self._read += count
        return count


async def test_the_event_loop_goes_on_while_a_source_is_slow(tmp_path: Path) -> None:
    """Nothing blocks the event loop: it is what lets this source go on."""
    async with a_store(tmp_path) as store:
        source = HeldSource()
        putting = asyncio.create_task(put(store, source))
        await source.reached.wait()
        source.go.set()
        assert (await putting).digest == DIGEST


async def test_who_is_cancelled_while_the_source_is_read_leaves_nothing(tmp_path: Path) -> None:
    """When the cancellation is heard of, the work has ended and its litter is gone."""
    async with a_store(tmp_path) as store:
        source = HeldSource()
        putting = asyncio.create_task(put(store, source))
        await source.reached.wait()
        assert len(scratch_files(tmp_path)) == 1
        putting.cancel()
        await asyncio.sleep(0)
        source.go.set()
        with pytest.raises(asyncio.CancelledError):
            await putting
        assert files_below(tmp_path) == []


async def test_who_is_cancelled_while_waiting_for_a_thread_is_not_waited_for(tmp_path: Path) -> None:
    """Work that has not begun never begins."""
    store = FilesystemPayloadStore(tmp_path, hasher=Blake3Hasher, clock=WallClock(), workers=1)
    async with store:
        source = HeldSource()
        first = asyncio.create_task(put(store, source))
        await source.reached.wait()
        second = asyncio.create_task(put(store, b"second"))
        await asyncio.sleep(0)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        source.go.set()
        await first
        assert len(files_below(tmp_path)) == 1


class HeldAtRename(WatchedEffects):
    """Waits, after a payload became visible, until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.get_running_loop()
        self.reached = asyncio.Event()
        self.go = threading.Event()

    def around(self, name: str, effect: Callable[[], T]) -> T:
        answer = super().around(name, effect)
        if name == "rename":
            self.loop.call_soon_threadsafe(self.reached.set)
            assert self.go.wait(20)
        return answer


async def test_who_is_cancelled_while_the_payload_becomes_visible_leaves_none_in_sight(tmp_path: Path) -> None:
    """A put that did not return takes its payload back."""
    effects = HeldAtRename()
    async with a_store(tmp_path, effects=effects) as store:
        putting = asyncio.create_task(put(store, CONTENT))
        await effects.reached.wait()
        putting.cancel()
        await asyncio.sleep(0)
        effects.go.set()
        with pytest.raises(asyncio.CancelledError):
            await putting
        assert files_below(tmp_path) == []


async def test_who_is_cancelled_twice_while_the_source_is_read_hears_no_complaint(tmp_path: Path) -> None:
    """That the work was given up is no news, also where its caller did not wait for it to end."""
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context["message"]))
    async with a_store(tmp_path) as store:
        source = HeldSource()
        putting = asyncio.create_task(put(store, source))
        await source.reached.wait()
        for _ in range(2):
            putting.cancel()
            await asyncio.sleep(0)
        source.go.set()
        with pytest.raises(asyncio.CancelledError):
            await putting
    await asyncio.sleep(0)
    del putting
    gc.collect()
    assert complaints == []
