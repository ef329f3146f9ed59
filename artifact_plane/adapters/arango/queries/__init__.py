"""The AQL of this adapter, a file each; the data goes in by bind variables alone."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

NAMES: Final = frozenset(
    {
        "state",
        "advance",
        "begin_anew",
        "sweep",
        "known",
        "upstream",
        "upstream_ends",
        "upstream_among",
        "downstream",
        "downstream_ends",
        "downstream_among",
    }
)


@cache
def text(name: str) -> str:
    """The query of that name."""
    return Path(__file__).with_name(f"{name}.aql").read_text("utf-8")
