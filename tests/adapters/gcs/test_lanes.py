"""Lanes: what becomes of work whose caller is cancelled, once or twice."""

from __future__ import annotations

import asyncio
import gc
import threading

import pytest

from artifact_plane.adapters.gcs.lanes import Lanes


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
