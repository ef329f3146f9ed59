"""Trying what may fail in any way: other people's code, and work in the background that nothing may end."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Final, TypeAlias, TypeVar

T = TypeVar("T")

Attempt: TypeAlias = "asyncio.Task[None]"

MOMENT: Final = 1.0
"""How long something that was cancelled may take to end. What does not heed it is left to itself."""


async def attempt(work: Coroutine[object, object, object], *, seconds: float | None = None) -> Exception | None:
    """Run ``work``, for ``seconds`` at most; what went wrong, or None.

    Raises nothing but the caller's own cancellation, which ends the work too. A cancellation from anywhere else is
    something that went wrong, as is the wish that the process may end.
    """
    task = begun(work)
    try:
        await asyncio.wait((task,), timeout=seconds)
        in_time = task.done()
    finally:
        await end(task)
    return failure_of(task) if in_time else TimeoutError(f"it did not end within {seconds:g} s")


def begun(work: Coroutine[object, object, object]) -> Attempt:
    """``work`` in a task of its own, of which ``failure_of`` says how it ended."""
    return asyncio.create_task(_contained(work))


def failure_of(task: asyncio.Task[T]) -> Exception | None:
    """What went wrong with something that has ended, or None."""
    if task.cancelled():
        return RuntimeError("it was cancelled, and nobody here had asked for that")
    error = task.exception()
    if error is None or isinstance(error, Exception):
        return error
    return RuntimeError(f"it ended with {type(error).__name__}")


def left_to_itself(task: asyncio.Task[T]) -> None:
    """Nobody will ask how it ends; asyncio does not complain of that."""
    task.cancel()
    task.add_done_callback(failure_of)


async def end(task: asyncio.Task[T]) -> None:
    """Cancel what has not ended, and wait a moment for it; whatever does not heed that is left to itself."""
    if not task.done():
        task.cancel()
        await asyncio.wait((task,), timeout=MOMENT)
        left_to_itself(task)


async def _contained(work: Coroutine[object, object, object]) -> None:
    try:
        await work
    except SystemExit as error:
        raise RuntimeError(f"it wanted to end the process: SystemExit({error.code!r})") from error
