"""Doing several things at once."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import TypeVar

Result = TypeVar("Result")


async def together(works: Iterable[Coroutine[object, object, Result]]) -> list[Result]:
    """Run all of ``works`` at once and give their results in order; a single one runs in the caller's task.

    When one fails the others are cancelled and waited for, and the first failure is raised as it is.
    """
    pending = list(works)
    if len(pending) == 1:
        return [await pending[0]]
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work) for work in pending]
    except BaseExceptionGroup as failures:
        first = _first(failures)
        raise first from first.__cause__
    return [task.result() for task in tasks]


def _first(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    first: BaseException = failures
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return first
