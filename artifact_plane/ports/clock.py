"""Clock and IdSource: time, ids and randomness come in here and nowhere else (law 23)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime


class Clock(ABC):
    """The time."""

    @abstractmethod
    def now(self) -> datetime:
        """The time in UTC, aware, in microseconds."""

    @abstractmethod
    async def sleep(self, seconds: float) -> None:
        """Wait that long on this clock."""


class IdSource(ABC):
    """New identifiers."""

    @abstractmethod
    def new_id(self) -> str:
        """A new id, unique, legal as any id of the plane, and later ids sort after earlier ones of this process."""
