"""Room for large documents: bounded, in order, and never lost."""

from __future__ import annotations

import asyncio

import pytest

from artifact_plane.adapters.http.problems import RequestProblem
from artifact_plane.adapters.http.room import Room


async def test_whoever_fits_goes_in_and_the_others_in_the_order_in_which_they_came() -> None:
    room, came = Room(10), list[str]()

    async def enter(name: str, weight: int) -> int:
        taken = await room.take(weight)
        came.append(name)
        return taken

    assert await enter("a", 6) == 6
    later = [asyncio.create_task(enter(name, weight)) for name, weight in (("b", 6), ("c", 2))]
    await asyncio.sleep(0)
    assert came == ["a"]  # c would fit, and waits for b all the same
    room.give(6)
    assert await asyncio.gather(*later) == [6, 2]
    assert came == ["a", "b", "c"]


async def test_what_is_larger_than_all_of_it_gets_all_of_it() -> None:
    room = Room(10)
    assert await room.take(50) == 10
    with pytest.raises(RequestProblem):
        await room.take(1, patience=0.01)
    room.give(10)
    assert await room.take(1) == 1


async def test_whoever_is_told_to_come_again_or_goes_away_leaves_no_hole() -> None:
    room = Room(10)
    await room.take(10)
    with pytest.raises(RequestProblem) as caught:
        await room.take(4, patience=0.01)
    assert caught.value.status == 503
    assert caught.value.headers["retry-after"]
    gone = asyncio.create_task(room.take(4))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    room.give(10)
    assert await room.take(10, patience=0.01) == 10
