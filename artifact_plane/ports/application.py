"""The driving port: what the application offers to those who use it.

The command line and the HTTP service speak it; the composed application implements it, and so does a client of a
running service. Five faces: the plane (artifacts), the runtime (executions), lineage, the steward (policy), and access
(who may call it from outside).
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from artifact_plane.ports.access import Access
from artifact_plane.ports.lineage_queries import LineageQueries
from artifact_plane.ports.plane import Plane
from artifact_plane.ports.runtime import Runtime
from artifact_plane.ports.steward import Steward

__all__ = ["Application", "LineageQueries", "Plane", "Runtime", "Steward"]


class Application(ABC):
    """The five faces of an open plane."""

    @property
    @abstractmethod
    def plane(self) -> Plane:
        """Artifacts."""

    @property
    @abstractmethod
    def runtime(self) -> Runtime:
        """Executions."""

    @property
    @abstractmethod
    def lineage(self) -> LineageQueries:
        """Where things came from."""

    @property
    @abstractmethod
    def steward(self) -> Steward:
        """Policy."""

    @property
    @abstractmethod
    def access(self) -> Access:
        """Who may call it from outside."""
