"""Asking Redis within a time limit, and leaving it alone while it fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from artifact_plane.adapters.redis.breaker import Breaker
from artifact_plane.adapters.redis.connection import FAULTS, Client, Command, Reply, probe, run

_PROBE_TIMES: Final = 40
"""A probe may take so many times as long as a call: it connects, and learns a cluster's layout; nobody waits for it."""
_OPENING_TIMES: Final = 10
"""Opening may take so many times as long as a call."""


class GuardedRedis:
    """Answers, or None: within the time limit, and at once while the circuit is open.

    While it is open, a probe runs beside the calls once the cool-down has passed, and none of them waits for it.
    """

    def __init__(self, client: Client, breaker: Breaker, *, seconds: float, pool: int) -> None:
        """``pool`` is the number of connections, so of calls at once; ``seconds`` is the time limit of a call."""
        self._client: Final = client
        self._breaker: Final = breaker
        self._seconds: Final = seconds
        self._slots: Final = asyncio.Semaphore(pool)
        self._recover: Callable[[], Awaitable[bool]] = _nothing_to_do
        self._probing: asyncio.Task[None] | None = None

    async def start(self, recover: Callable[[], Awaitable[bool]]) -> None:
        """Probe for the first time; where that takes long, it goes on beside the first calls, which miss.

        ``recover`` is done after each probe that goes well: calls pass only where it answers True.
        """
        self._recover = recover
        self._probing = asyncio.ensure_future(self._probe())
        await asyncio.wait({self._probing}, timeout=self._seconds * _OPENING_TIMES)

    async def ask(self, commands: Sequence[Command]) -> tuple[Reply, ...] | None:
        """An answer for each command; None where there is none in time. Refusals are exceptions in the answers."""
        if not self._breaker.closed:
            self._probe_when_due()
            return None
        asked = False
        try:
            async with asyncio.timeout(self._seconds), self._slots:
                asked = True
                replies = await run(self._client, commands)
        except FAULTS:
            if asked:  # waiting for a connection of our own is no fault of the server's
                self._breaker.failed()
            return None
        self._breaker.succeeded()
        return replies

    async def ask_past(self, commands: Sequence[Command]) -> tuple[Reply, ...] | None:
        """The same past the breaker, and with more time: for what must be done before it closes."""
        try:
            async with asyncio.timeout(self._seconds * _PROBE_TIMES):
                return await run(self._client, commands)
        except FAULTS:
            return None

    def trip(self) -> None:
        """Let no call pass until a probe and ``recover`` have gone well."""
        self._breaker.trip()

    async def end_probe(self) -> None:
        """End the probe; the client is its owner's to close."""
        if self._probing is not None:
            self._probing.cancel()
            await asyncio.wait({self._probing})

    def _probe_when_due(self) -> None:
        if self._breaker.take_probe():
            self._probing = asyncio.ensure_future(self._probe())

    async def _probe(self) -> None:
        well = False
        try:
            async with asyncio.timeout(self._seconds * _PROBE_TIMES):
                await probe(self._client)
            well = await self._recover()
        except FAULTS:
            return
        finally:
            self._breaker.probe_ended(well=well)


async def _nothing_to_do() -> bool:
    return True
