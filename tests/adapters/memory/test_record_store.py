"""The record store in memory keeps the law of each of its ports."""

from __future__ import annotations

from tests.contracts.artifact_registry import ArtifactRegistryContract
from tests.contracts.blob_references import BlobReferencesContract
from tests.contracts.ledger import LedgerContract
from tests.contracts.lineage_graph import LineageGraphContract
from tests.contracts.outbox import OutboxContract
from tests.contracts.state_surface import StateSurfaceContract
from tests.contracts.write_ahead_log import WriteAheadLogContract


class TestMemoryLedger(LedgerContract):
    """Everything that ``LedgerContract`` says."""


class TestMemoryArtifactRegistry(ArtifactRegistryContract):
    """Everything that ``ArtifactRegistryContract`` says."""


class TestMemoryStateSurface(StateSurfaceContract):
    """Everything that ``StateSurfaceContract`` says."""


class TestMemoryWriteAheadLog(WriteAheadLogContract):
    """Everything that ``WriteAheadLogContract`` says."""


class TestMemoryOutbox(OutboxContract):
    """Everything that ``OutboxContract`` says."""


class TestMemoryBlobReferences(BlobReferencesContract):
    """Everything that ``BlobReferencesContract`` says."""


class TestMemoryLineageGraph(LineageGraphContract):
    """Everything that ``LineageGraphContract`` says."""
