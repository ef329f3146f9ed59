"""The Postgres record store under the suites of its ports."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest

from artifact_plane.adapters.postgres.lineage_feed import PostgresLineageFeed
from tests.adapters.postgres.under_test import Handle, handle, settings_of
from tests.contracts.artifact_registry import ArtifactRegistryContract
from tests.contracts.blob_references import BlobReferencesContract
from tests.contracts.credentials import CredentialsContract, CredentialsUnderTest
from tests.contracts.lineage_feed import FeedUnderTest, LineageFeedContract
from tests.contracts.lineage_graph import LineageGraphContract
from tests.contracts.outbox import OutboxContract
from tests.contracts.state_surface import StateSurfaceContract
from tests.contracts.write_ahead_log import WriteAheadLogContract
from tests.doubles.databases import PostgresDatabase


class TestPostgresArtifactRegistry(ArtifactRegistryContract):
    """The registry."""


class TestPostgresStateSurface(StateSurfaceContract):
    """Executions, holders, policies. Dying lets the lease run out, so nobody has to wait for that here."""


class TestPostgresWriteAheadLog(WriteAheadLogContract):
    """The journal."""


class TestPostgresOutbox(OutboxContract):
    """The outbox."""


class TestPostgresBlobReferences(BlobReferencesContract):
    """Claims and references."""


class TestPostgresLineageGraph(LineageGraphContract):
    """Lineage."""


class TestPostgresLineageFeed(LineageFeedContract):
    """Lineage by position."""

    @pytest.fixture
    def fed(self, opened_handle: Handle, postgres_database: PostgresDatabase, stack: AsyncExitStack) -> FeedUnderTest:
        async def reopen() -> PostgresLineageFeed:
            return (await handle(stack, settings_of(postgres_database), postgres_database.raw)).home.feed

        return FeedUnderTest(store=opened_handle.store, feed=opened_handle.home.feed, reopen=reopen)


class TestPostgresCredentials(CredentialsContract):
    """Credentials."""

    @pytest.fixture
    def under_test(
        self, opened_handle: Handle, postgres_database: PostgresDatabase, stack: AsyncExitStack
    ) -> CredentialsUnderTest:
        async def hashes() -> list[str]:
            found = await opened_handle.backdoor.rows("SELECT secret_hash FROM artifact_plane.credential")
            return sorted(secret_hash for (secret_hash,) in found)

        def of(one: Handle) -> CredentialsUnderTest:
            return CredentialsUnderTest(credentials=one.home.credentials, reopen=reopen, hashes=hashes)

        async def reopen() -> CredentialsUnderTest:
            return of(await handle(stack, settings_of(postgres_database), postgres_database.raw))

        return of(opened_handle)
