"""The ArtifactRegistry's law: tenant first, versions that never change, pages that hold still."""

from __future__ import annotations

from tests.contracts.artifact_registry.lists import Lists
from tests.contracts.artifact_registry.records import Records

__all__ = ["ArtifactRegistryContract"]


class ArtifactRegistryContract(Records, Lists):
    """Subclass it and give the fixture ``store``."""
