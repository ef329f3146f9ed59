"""The clock that is set by hand, and the ids in order, keep their ports' law."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest

from artifact_plane.adapters.memory.clock import SequentialIds, SettableClock
from tests.contracts.clock import ClockContract, IdSourceContract

START = datetime(2026, 3, 1, 9, tzinfo=UTC)


class TestSettableClock(ClockContract):
    """Everything that ``ClockContract`` says."""

    @pytest.fixture
    def clock(self) -> SettableClock:
        return SettableClock(START)


class TestSequentialIds(IdSourceContract):
    """Everything that ``IdSourceContract`` says."""

    @pytest.fixture
    def ids(self) -> SequentialIds:
        return SequentialIds()


async def test_time_stands_still_until_it_is_moved() -> None:
    """Two looks give one time; ``advance`` moves it by exactly as much as was said."""
    clock = SettableClock(START)
    assert clock.now() == clock.now() == START
    clock.advance(0.000001)
    assert clock.now() - START == timedelta(microseconds=1)


async def test_a_time_of_another_zone_is_told_in_utc() -> None:
    """The time in UTC, whatever zone it was set in."""
    clock = SettableClock(START.astimezone(timezone(timedelta(hours=9))))
    assert (clock.now().tzinfo, clock.now()) == (UTC, START)


async def test_sleepers_of_a_clock_that_is_not_automatic_wait_for_it() -> None:
    """Each wakes when the clock has come to its time, and not before."""
    clock = SettableClock(START, automatic=False)
    woken: list[float] = []

    async def sleep(seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append(seconds)

    sleepers = [asyncio.create_task(sleep(seconds)) for seconds in (3, 1, 2)]
    for passed in ([1], [1, 2], [1, 2, 3]):
        await _settle()
        assert woken == passed[:-1]
        clock.advance(1)
        await _settle()
        assert woken == passed
    await asyncio.gather(*sleepers)


async def test_a_sleeper_that_is_cancelled_is_forgotten() -> None:
    """Moving the clock past a sleeper that has gone harms nobody."""
    clock = SettableClock(START, automatic=False)
    sleeper = asyncio.create_task(clock.sleep(1))
    await _settle()
    sleeper.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sleeper
    clock.advance(5)
    await _settle()


async def _settle() -> None:
    """Let everybody run who can."""
    for _ in range(5):
        await asyncio.sleep(0)
