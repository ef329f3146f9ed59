"""Cursors: answers that are fetched a page at a time, and dropped with their last page or when their time is over."""

from __future__ import annotations

import itertools
import time
from typing import Final

import attrs

from tests.doubles.arango.store import Refusal


@attrs.define(kw_only=True)
class Cursor:
    """The rest of an answer; the server keeps it until ``until``."""

    rows: list[object]
    size: int
    ttl: float
    until: float


@attrs.frozen(kw_only=True)
class Page:
    """Rows of an answer; ``cursor_id`` is where the next ones are, None where these are the last."""

    rows: list[object]
    cursor_id: str | None


class Cursors:
    """All cursors that are open; ``rows_sent`` is how many rows were fetched of these and of earlier ones."""

    def __init__(self) -> None:
        self._numbers: Final = itertools.count(7000)
        self._open: Final[dict[str, Cursor]] = {}
        self.rows_sent = 0

    def __len__(self) -> int:
        return len(self._open)

    def open(self, rows: list[object], size: int, ttl: float) -> Page:
        """The first of these rows, ``size`` a page; the cursor waits ``ttl`` seconds for who fetches the next."""
        if size <= 0:
            raise Refusal(400, 10, "batchSize must be greater than 0")
        cursor_id = str(next(self._numbers))
        self._open[cursor_id] = Cursor(rows=rows, size=size, ttl=ttl, until=0.0)
        return self._page(cursor_id)

    def next_page(self, cursor_id: str) -> Page:
        """The next rows; with the last ones the cursor is gone."""
        if cursor_id in self._open and self._open[cursor_id].until < time.monotonic():
            del self._open[cursor_id]
        if cursor_id not in self._open:
            raise _gone()
        return self._page(cursor_id)

    def close(self, cursor_id: str) -> None:
        """Drop the rest."""
        if self._open.pop(cursor_id, None) is None:
            raise _gone()

    def _page(self, cursor_id: str) -> Page:
        cursor = self._open[cursor_id]
        rows, cursor.rows = cursor.rows[: cursor.size], cursor.rows[cursor.size :]
        cursor.until = time.monotonic() + cursor.ttl
        self.rows_sent += len(rows)
        if not cursor.rows:
            del self._open[cursor_id]
        return Page(rows=rows, cursor_id=cursor_id if cursor.rows else None)


def _gone() -> Refusal:
    return Refusal(404, 1600, "cursor not found")
