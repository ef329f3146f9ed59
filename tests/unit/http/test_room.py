"""Room for large documents: bounded, in order, shared, and never lost."""

from __future__ import annotations

import asyncio

import pytest

from artifact_plane.adapters.http.problems import RequestProblem
from artifact_plane.adapters.http.room import Room


async def test_whoever_fits_goes_in_and_the_others_in_the_order_in_which_they_came() -> None:
    room, came = Room(20), list[str]()

    async def enter(name: str, weight: int) -> None:
        await room.take(weight, name)
        came.append(name)

    give = await room.take(10, "a")
    await room.take(8, "other")
    later = [asyncio.create_task(enter(name, weight)) for name, weight in (("b", 6), ("c", 2))]
    await asyncio.sleep(0)
    assert came == []  # c would fit, and waits for b all the same
    give()
    await asyncio.gather(*later)
    assert came == ["b", "c"]


async def test_one_holder_has_half_of_it_at_most() -> None:
    room = Room(20)
    give = await room.take(50, "a")
    with pytest.raises(RequestProblem):
        await room.take(1, "a", patience=0.01)
    await room.take(50, "b", patience=0.01)
    give()
    await room.take(10, "a", patience=0.01)


async def test_whoever_is_told_to_come_again_or_goes_away_leaves_no_hole() -> None:
    room = Room(20)
    gives = [await room.take(10, "a"), await room.take(10, "b")]
    with pytest.raises(RequestProblem) as caught:
        await room.take(4, "c", patience=0.01)
    assert caught.value.status == 503
    assert caught.value.headers["retry-after"]
    gone = [asyncio.create_task(room.take(4, name)) for name in ("a", "c")]
    await asyncio.sleep(0)
    for one in gone:
        one.cancel()
    await asyncio.gather(*gone, return_exceptions=True)
    for give in gives:
        give()
    for holder in "abc"[:2]:
        await room.take(10, holder, patience=0.01)
