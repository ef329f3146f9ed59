"""The SQL of this adapter, read once from its files."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from artifact_plane.adapters.codec.statements import statements_in

_FOLDER: Final = Path(__file__).with_name("queries")


@cache
def statement(name: str) -> str:
    """The statement of that name in the files of ``queries/``; see ``codec.statements``."""
    return _statements()[name]


@cache
def _statements() -> Mapping[str, str]:
    return statements_in(_FOLDER)
