"""How much is measured: little by default, so that it takes a few minutes; ``SCALE=full`` for the million rows."""

from __future__ import annotations

import os
from typing import Final

import attrs

MIB: Final = 1024 * 1024


@attrs.frozen(kw_only=True)
class Scale:
    """Counts for one run."""

    name: str
    rounds: int
    creates: int
    creates_at_once: int
    large_creates: int
    gets: int
    listed: int
    graph_edges: int
    executions: int
    stream_bytes: int
    csv_bytes: int
    few: int
    many: int
    in_flight: int
    with_reader: int
    starts: int
    http_gets: int
    bucket_bytes: int
    events: int
    sized: int
    seconds: int


SMALL: Final = Scale(
    name="small",
    rounds=5,
    creates=200,
    creates_at_once=1_024,
    large_creates=8,
    gets=500,
    listed=20_000,
    graph_edges=60_000,
    executions=100,
    stream_bytes=256 * MIB,
    csv_bytes=20 * MIB,
    few=2_000,
    many=40_000,
    in_flight=10_000,
    with_reader=10_000,
    starts=9,
    http_gets=2_000,
    bucket_bytes=64 * MIB,
    events=2_000,
    sized=1_000,
    seconds=4,
)
FULL: Final = Scale(
    name="full",
    rounds=9,
    creates=500,
    creates_at_once=4_096,
    large_creates=20,
    gets=2_000,
    listed=100_000,
    graph_edges=1_000_000,
    executions=300,
    stream_bytes=1024 * MIB,
    csv_bytes=100 * MIB,
    few=10_000,
    many=1_000_000,
    in_flight=10_000,
    with_reader=100_000,
    starts=21,
    http_gets=10_000,
    bucket_bytes=64 * MIB,
    events=10_000,
    sized=5_000,
    seconds=10,
)


def chosen() -> Scale:
    """The scale that the environment asks for."""
    return FULL if os.environ.get("SCALE", "").lower() == "full" else SMALL
