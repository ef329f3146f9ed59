"""``python -m benchmarks [THEME…]``: measure, print the table, then one JSON line per figure."""

from __future__ import annotations

import argparse
import asyncio
import importlib
from collections.abc import Sequence
from time import perf_counter
from typing import Final

import orjson

from benchmarks.harness import MICROSECONDS, Figure, Kind
from benchmarks.places import folder
from benchmarks.raw import sync_seconds
from benchmarks.scale import Scale, chosen

THEMES: Final = (
    "deciding",
    "creating",
    "reading",
    "listing",
    "lineage",
    "executing",
    "streaming",
    "lateness",
    "growth",
    "pressure",
    "starting",
)
GROUPS: Final = {
    "cloud": (
        "cloud_creating",
        "cloud_reading",
        "cloud_listing",
        "cloud_lineage",
        "cloud_bucket",
        "cloud_relay",
        "cloud_growth",
        "cloud_sizes",
        "cloud_processes",
    ),
    "http": ("http_reading", "http_creating", "http_streaming", "http_pages", "http_load"),
}
"""Themes that need servers of their own, by the word that stands for all of them; they start what they need."""
_WIDTHS: Final = (44, 12, 12, 8, 14, 7)


def main() -> None:
    """Measure what was asked for, all by default; a bar that is missed is a finding and no error."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("themes", nargs="*", metavar="THEME", help=f"one or more of: {', '.join(THEMES)}")
    asked = parser.parse_args().themes or THEMES
    themes = [theme for word in asked for theme in GROUPS.get(word, (word,))]
    known = (*THEMES, *(theme for group in GROUPS.values() for theme in group))
    unknown = set(themes).difference(known)
    if unknown:
        parser.error(f"no such theme: {', '.join(sorted(unknown))}; there are: {', '.join((*known, *GROUPS))}")
    scale = chosen()
    with folder() as place:
        sync = sync_seconds(place) * MICROSECONDS
    print(f"scale: {scale.name}; a durable append takes {sync:.0f} µs here; medians of rounds in turns\n")
    print(_row("work", "raw", "ours", "ratio", "bar", ""))
    figures = [figure for theme in themes for figure in _measured(theme, scale)]
    barred = [figure for figure in figures if figure.bar.kind is not Kind.NOTHING]
    print(f"\n{sum(figure.met for figure in barred)} of {len(barred)} bars met\n")
    for figure in figures:
        print(orjson.dumps(_record(figure, scale)).decode())


def _measured(theme: str, scale: Scale) -> Sequence[Figure]:
    module = importlib.import_module(f"benchmarks.{theme}")
    began = perf_counter()
    figures: Sequence[Figure] = asyncio.run(module.measure(scale))
    print(f"-- {theme}, {perf_counter() - began:.0f} s", flush=True)
    for figure in figures:
        print(_line(figure), flush=True)
    return figures


def _line(figure: Figure) -> str:
    cells = (
        figure.work,
        "" if figure.raw is None else f"{_number(figure.raw)} {figure.unit}",
        f"{_number(figure.ours)} {figure.unit}",
        "" if figure.ratio is None else f"{figure.ratio:.3g}",
        figure.bar.text(figure.unit),
        "" if figure.bar.kind is Kind.NOTHING else "met" if figure.met else "MISSED",
    )
    return _row(*cells) + figure.note


def _row(*cells: str) -> str:
    first, *others = (
        cell.ljust(width) if index == 0 else cell.rjust(width)
        for index, (cell, width) in enumerate(zip(cells, _WIDTHS, strict=True))
    )
    return f"{first}{''.join(others)}  "


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1_000 else f"{value:.3g}"


def _record(figure: Figure, scale: Scale) -> dict[str, object]:
    return {
        "work": figure.work,
        "unit": figure.unit,
        "raw": figure.raw,
        "ours": figure.ours,
        "ratio": figure.ratio,
        "bar": figure.bar.text(figure.unit),
        "met": figure.met,
        "rounds": figure.rounds,
        "scale": scale.name,
        "note": figure.note,
    }


if __name__ == "__main__":
    main()
