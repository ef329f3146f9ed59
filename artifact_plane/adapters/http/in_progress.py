"""Idempotency keys that somebody is working under right now: what the records cannot know yet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from artifact_plane.adapters.http.problems import RequestProblem

HEADER: Final = "Idempotency-Key"


class InProgress:
    """The keys that requests to this process are working under."""

    def __init__(self) -> None:
        self._keys: set[tuple[str, str]] = set()

    @contextmanager
    def holding(self, tenant_id: str, key: str) -> Iterator[None]:
        """Hold a key for the length of a request. Raises RequestProblem (409) where another request holds it."""
        if (tenant_id, key) in self._keys:
            raise RequestProblem(
                409,
                "in_progress",
                "a request with this key is still in work",
                where=f"header {HEADER}",
                remedy="wait for its answer, or send it again a little later",
                headers={"retry-after": "1"},
            )
        self._keys.add((tenant_id, key))
        try:
            yield
        finally:
            self._keys.discard((tenant_id, key))
