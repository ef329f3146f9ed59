"""Lineage in ArangoDB answers as every lineage graph does, and keeps a projection's law."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import ClassVar

import pytest

from artifact_plane.adapters.arango.settings import ArangoSettings
from artifact_plane.adapters.memory.records import MemoryRecordStore
from tests.adapters.arango.under_test import opened, projection_of
from tests.contracts.lineage_graph import LineageGraphContract
from tests.contracts.lineage_projection import LineageProjectionContract, ProjectionUnderTest
from tests.contracts.under_test import RecordStoreUnderTest


class TestArangoLineageGraph(LineageGraphContract):
    """Everything that ``LineageGraphContract`` says; each level of a walk is a round trip, so the chain is shorter."""

    chain_length: ClassVar[int] = 600
    fan_out: ClassVar[int] = 300


class TestArangoLineageGraphInParts(LineageGraphContract):
    """The same where cursors have many pages, levels many queries, and most levels more edges than are fetched."""

    chain_length: ClassVar[int] = 30
    fan_out: ClassVar[int] = 25
    inputs_each: ClassVar[int] = 3

    @pytest.fixture
    async def store(self, narrow: ArangoSettings) -> AsyncIterator[RecordStoreUnderTest]:
        """As the other, with room for next to nothing in a request."""
        async with AsyncExitStack() as stack:
            yield await opened(stack, narrow, MemoryRecordStore())


class TestArangoLineageProjection(LineageProjectionContract):
    """Everything that ``LineageProjectionContract`` says."""


class TestArangoLineageProjectionInParts(LineageProjectionContract):
    """The same where an import takes a few documents only."""

    @pytest.fixture
    async def projected(self, narrow: ArangoSettings) -> AsyncIterator[ProjectionUnderTest]:
        """As the other, with room for next to nothing in a request."""
        async with AsyncExitStack() as stack:
            yield await projection_of(stack, narrow)
