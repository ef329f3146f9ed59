"""Filling a registry, and leafing through it."""

from __future__ import annotations

from artifact_plane.domain.model.artifact import Artifact, ArtifactFilter
from tests.contracts.under_test import RecordStoreUnderTest
from tests.doubles.samples import TENANT, a_change, an_artifact, at

EVERY_STATE = ArtifactFilter(state=None)


async def stored(store: RecordStoreUnderTest, *artifacts: Artifact) -> None:
    """Commit each in a change of its own, in order."""
    for artifact in artifacts:
        await store.ledger.commit(a_change(artifact))


async def numbered(store: RecordStoreUnderTest, count: int, tenant_id: str = TENANT, start: int = 0) -> list[str]:
    """``count`` artifacts, one a second; their ids, oldest first. The ids' order says nothing about their age."""
    names = [f"n{number * 7919 % 1009:04d}" for number in range(start, start + count)]
    for number, name in enumerate(names, start):
        await stored(store, an_artifact(name, tenant_id=tenant_id, created_at=at(number)))
    return names


async def pages(store: RecordStoreUnderTest, criteria: ArtifactFilter, limit: int) -> list[list[str]]:
    """All pages from the first to the last, as ids."""
    found: list[list[str]] = []
    after: str | None = None
    while True:
        page = await store.registry.find(TENANT, criteria, limit=limit, after=after)
        found.append([artifact.artifact_id for artifact in page.artifacts])
        if page.next is None:
            return found
        after = page.next
