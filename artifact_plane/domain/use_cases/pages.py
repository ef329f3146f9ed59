"""Going through what a store gives in pages, so that there is never more of it at hand than one of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")


async def pages_of(ask: Callable[[Item | None], Awaitable[Sequence[Item]]], size: int) -> AsyncIterator[Sequence[Item]]:
    """All pages, none of them empty. ``ask`` gives the one after an item, of ``size`` items unless it is the last."""
    page = await ask(None)
    while page:
        yield page
        page = await ask(page[-1]) if len(page) == size else ()
