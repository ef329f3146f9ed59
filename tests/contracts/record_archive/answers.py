"""What a record store says to every question that can be asked, to compare it with another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from artifact_plane.domain.model.artifact import ArtifactFilter
from artifact_plane.domain.model.lineage import Bounds, Direction, artifact_node
from tests.contracts.under_test import RecordStoreUnderTest
from tests.doubles.samples import (
    NOW,
    OTHER_TENANT,
    TENANT,
    a_policy_record,
)

TENANTS: Final = (TENANT, OTHER_TENANT)
BOUNDS: Final = Bounds(depth=100, nodes=1_000)


async def answers(store: RecordStoreUnderTest) -> Mapping[str, object]:
    """What a store says to every question that can be asked."""
    found: dict[str, object] = {"position": await store.log.position(), "journal": await store.log.replay(0, limit=999)}
    found["unfinished"] = await store.state.unfinished()
    found["policy"] = await store.state.policy(a_policy_record().digest)
    census = await store.backdoor.census()
    found["census"] = {kind: count for kind, count in census.items() if kind != "claims"}
    found["aside"] = await store.outbox.set_aside_events(limit=10)
    for tenant in TENANTS:
        found |= await _answers_of(store, tenant)
    return found


async def _answers_of(store: RecordStoreUnderTest, tenant: str) -> Mapping[str, object]:
    found: dict[str, object] = {}
    for state_filter in (ArtifactFilter(), ArtifactFilter(state=None), ArtifactFilter(label="draft")):
        found[f"{tenant} {state_filter}"] = (await store.registry.find(tenant, state_filter, limit=99)).artifacts
    for artifact_id in ("artifact-1", "note", "doomed"):
        history = await store.registry.history(tenant, artifact_id)
        found[f"{tenant} {artifact_id}"] = history
        found[f"{tenant} {artifact_id} receipts"] = await store.registry.receipts(tenant, artifact_id)
        for version in history:
            registered = await store.registry.get(tenant, artifact_id, version.version)
            found[f"{tenant} {artifact_id} {version.version}"] = (registered.artifact, registered.body)
            await _trace(store, tenant, artifact_node(artifact_id, version.version), found)
    found[f"{tenant} executions"] = (await store.state.executions(tenant, limit=99))[0]
    found[f"{tenant} requests"] = [await store.state.request(tenant, key, NOW) for key in ("key-1", "theirs")]
    found[f"{tenant} edges"] = await store.backdoor.edges(tenant)
    found[f"{tenant} references"] = await store.backdoor.references(tenant)
    return found


async def _trace(store: RecordStoreUnderTest, tenant: str, node: str, found: dict[str, object]) -> None:
    for direction in Direction:
        walk = await store.lineage.trace(tenant, node, direction, BOUNDS)
        found[f"{tenant} {node} {direction.value}"] = walk
        found[f"{tenant} {node} {direction.value} described"] = await store.lineage.describe(tenant, walk.nodes)
