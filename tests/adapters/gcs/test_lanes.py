"""Lanes: what becomes of work whose caller is cancelled, once or twice, and of who waits when they are closed."""

from __future__ import annotations

import asyncio
import gc
import threading

import pytest

from artifact_plane.adapters.gcs.lanes import Lanes
from artifact_plane.domain.model.errors import Unavailable


class GivenUp(Exception):
    """What work raises that nobody wants any more."""


@pytest.mark.parametrize("cancellations", [1, 2])
async def test_that_work_failed_which_nobody_waits_for_is_no_news(cancellations: int) -> None:
    """Who is cancelled while waiting for the work to end does not look at how it ended."""
    going, begun, complaints = threading.Event(), threading.Event(), list[object]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context["message"]))

    def work() -> None:
        begun.set()
        going.wait(60)
        raise GivenUp

    lanes = Lanes(1, 60)
    task = asyncio.create_task(lanes.run(work, lambda: None))
    await asyncio.to_thread(begun.wait, 60)
    for _ in range(cancellations):
        task.cancel()
        await asyncio.sleep(0)
    going.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    await lanes.close()
    await asyncio.sleep(0)
    del task
    gc.collect()
    assert complaints == []


async def test_who_waits_for_a_turn_when_the_store_is_closed_is_told() -> None:
    """And so is who comes later; what was under way ends first."""
    begun, going = threading.Event(), threading.Event()

    def work() -> str:
        begun.set()
        going.wait(60)
        return "done"

    lanes = Lanes(1, 60)
    first = asyncio.create_task(lanes.run(work))
    await asyncio.to_thread(begun.wait, 60)
    waiting = [asyncio.create_task(lanes.run(work)) for _ in range(2)]
    await asyncio.sleep(0)
    closing = asyncio.create_task(lanes.close())
    await asyncio.sleep(0)
    going.set()
    assert await first == "done"
    await closing
    for late in (*waiting, lanes.run(work)):
        with pytest.raises(Unavailable, match="closed"):
            await late
