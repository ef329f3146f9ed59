"""Lateness: how late the event loop gets while a realm parses a large CSV file in the same process."""

from __future__ import annotations

import asyncio
import csv
import random
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import perf_counter
from typing import Final

from artifact_plane.adapters.filesystem.byte_source import FileSource
from artifact_plane.domain.model.intent import Intent
from benchmarks.harness import MILLISECONDS, Figure, alternating, no_more_than, percentile
from benchmarks.places import folder
from benchmarks.plane import Ours, opened
from benchmarks.samples import TENANT
from benchmarks.scale import MIB, Scale

_TICK: Final = 0.002
_MOST_MS: Final = 20
_ROUNDS: Final = 2


async def measure(scale: Scale) -> list[Figure]:
    """The latest of thousands of ticks; raw is what the machine itself adds while a thread reads the file as CSV."""
    with folder() as place:
        table = place / "table.csv"
        _fill(table, scale.csv_bytes)
        async with opened(place / "home") as ours:
            late: list[float] = []
            raw, our = await alternating(
                _ROUNDS,
                lambda: _latest(lambda: asyncio.to_thread(_read, table), []),
                lambda: _latest(lambda: _parse(ours, table), late),
            )
    return [
        Figure(
            work=f"loop lateness, CSV of {scale.csv_bytes // MIB} MiB parsed",
            unit="ms",
            bar=no_more_than(_MOST_MS),
            raw=max(raw) * MILLISECONDS,
            ours=max(our) * MILLISECONDS,
            rounds=_ROUNDS,
            note=f"the latest; 99.9 % within {percentile(late, 0.999) * MILLISECONDS:.1f} ms; raw: csv in a thread",
        )
    ]


async def _latest(work: Callable[[], Awaitable[object]], late: list[float]) -> float:
    """How late the latest tick was while ``work`` went on; ``late`` holds all of them afterwards."""
    ticks: list[float] = []
    ticker = asyncio.create_task(_tick(ticks))
    try:
        await work()
    finally:
        ticker.cancel()
    late[:] = ticks
    return max(ticks)


async def _tick(ticks: list[float]) -> None:
    while True:
        due = perf_counter() + _TICK
        await asyncio.sleep(_TICK)
        ticks.append(perf_counter() - due)


async def _parse(ours: Ours, table: Path) -> None:
    intent = Intent(
        intent_id=str(uuid.uuid4()),
        intent_type="parse_content",
        tenant_id=TENANT,
        session_id="default",
        solution_id="default",
        attachments={"data": FileSource(table)},
    )
    result = await ours.app.runtime.execute(intent)
    assert result.execution.failure is None, result.execution.failure


def _read(table: Path) -> None:
    with table.open(newline="", encoding="utf-8") as stream:
        for _ in csv.reader(stream):
            pass


def _fill(table: Path, size: int) -> None:
    chance = random.Random(2)  # noqa: S311 - sample data
    with table.open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow(["id", "name", "amount", "date", "region", "note"])
        number = 0
        while stream.tell() < size if number % 1_000 == 0 else True:
            number += 1
            date = f"2026-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
            amount = f"{chance.random() * 1000:.2f}"
            rows.writerow([number, f"name {number % 977}", amount, date, "north" if number % 3 else "south", "a note"])
