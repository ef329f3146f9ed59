"""The SQLite record store under the suites of its ports."""

from __future__ import annotations

from tests.contracts.artifact_registry import ArtifactRegistryContract
from tests.contracts.blob_references import BlobReferencesContract
from tests.contracts.ledger import LedgerContract
from tests.contracts.lineage_graph import LineageGraphContract
from tests.contracts.outbox import OutboxContract
from tests.contracts.state_surface import StateSurfaceContract
from tests.contracts.write_ahead_log import WriteAheadLogContract


class TestSqliteLedger(LedgerContract):
    """The ledger."""


class TestSqliteArtifactRegistry(ArtifactRegistryContract):
    """The registry."""


class TestSqliteStateSurface(StateSurfaceContract):
    """Executions, holders, policies."""


class TestSqliteWriteAheadLog(WriteAheadLogContract):
    """The journal."""


class TestSqliteOutbox(OutboxContract):
    """The outbox."""


class TestSqliteBlobReferences(BlobReferencesContract):
    """Claims and references."""


class TestSqliteLineageGraph(LineageGraphContract):
    """Lineage."""
