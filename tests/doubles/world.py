"""``check_world``: the laws, asked of everything that is stored (CASES.md's questions).

It reads through the ports of a healthy process, after recovery, and knows which tenants there are.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from typing import Final

from artifact_plane.composition.adapters import Adapters
from artifact_plane.domain.model.artifact import Artifact, ArtifactFilter, ArtifactState, Place
from artifact_plane.domain.model.execution import ExecutionState
from artifact_plane.domain.model.lineage import Bounds, Direction, artifact_node
from artifact_plane.domain.model.rendering import ByteSource
from artifact_plane.domain.use_cases.blobs import Blobs

_PATIENCE: Final = 30.0


async def check_world(adapters: Adapters, tenants: Iterable[str], *, markers: Iterable[bytes] = ()) -> None:
    """Assert that nothing dangles, nothing is damaged, nothing is left over, and nothing of one tenant is another's.

    ``markers`` are bytes that must be in no payload: those of dropped parts.
    """
    for tenant in tenants:
        versions = [version async for version in _versions(adapters, tenant)]
        for version in versions:
            await _check_version(adapters, version)
        await _check_executions(adapters, tenant)
        await _check_payloads(adapters, tenant, versions, tuple(markers))
    await _nothing_abandoned(adapters)


async def _nothing_abandoned(adapters: Adapters) -> None:
    """A claim that a dying process had sent and not heard of may come to be after the sweep: the next one takes it."""
    until = time.monotonic() + _PATIENCE
    while left := await adapters.records.references.abandoned():
        assert time.monotonic() < until, f"sweeps left abandoned claims: {left}"
        await swept(adapters)
        await asyncio.sleep(0.05)


async def swept(adapters: Adapters) -> None:
    """Do what the next process that changes something does in the background: sweep what the dead have left."""
    await Blobs(adapters.payloads, adapters.records.references, adapters.ids, "sweeper").sweep()


async def all_artifacts(adapters: Adapters, tenant: str) -> list[Artifact]:
    """Every artifact's current version, tombstones too."""
    found: list[Artifact] = []
    after: str | None = None
    while True:
        page = await adapters.records.registry.find(tenant, ArtifactFilter(state=None), limit=100, after=after)
        found += page.artifacts
        after = page.next
        if after is None:
            return found


async def _versions(adapters: Adapters, tenant: str) -> AsyncIterator[Artifact]:
    for artifact in await all_artifacts(adapters, tenant):
        history = await adapters.records.registry.history(tenant, artifact.artifact_id)
        assert [one.version for one in history] == list(range(1, len(history) + 1)), "a version is missing"
        for version in history:
            yield version if artifact.state is ArtifactState.ACTIVE else artifact


async def _check_version(adapters: Adapters, artifact: Artifact) -> None:
    tenant, records = artifact.tenant_id, adapters.records
    registered = await records.registry.get(tenant, artifact.artifact_id, artifact.version)
    receipts = await records.registry.receipts(tenant, artifact.artifact_id)
    assert [receipt.version for receipt in receipts].count(artifact.version) == 1, "not one receipt for a version"
    receipt = next(one for one in receipts if one.version == artifact.version)
    assert [part.part for part in receipt.parts] == [part.name for part in artifact.parts], "a part without a ruling"
    assert (await records.state.policy(receipt.policy_digest)) is not None, "a receipt's policy is not kept"
    if artifact.state is ArtifactState.DELETED:
        assert registered.body is None, "a tombstone has a body"
    for part in artifact.parts:
        if part.place is Place.INLINE and artifact.state is ArtifactState.ACTIVE:
            assert registered.body is not None, "an inline meaning is missing"
            assert adapters.codec.digest(registered.body) == part.digest, "an inline meaning is damaged"
        if part.place is Place.PAYLOAD_STORE:
            assert part.digest is not None
            source = await adapters.payloads.source(tenant, part.digest)
            assert adapters.codec.digest(_read(source)) == part.digest, "a payload is damaged"
    await _check_lineage(adapters, artifact)


async def _check_lineage(adapters: Adapters, artifact: Artifact) -> None:
    start = artifact_node(artifact.artifact_id, artifact.version)
    walk = await adapters.records.lineage.trace(
        artifact.tenant_id, start, Direction.UPSTREAM, Bounds(depth=1000, nodes=10_000)
    )
    if artifact.execution_id is not None:
        assert any(artifact.execution_id in edge.target for edge in walk.edges), "an origin is missing"
    for node in walk.nodes:
        if node.startswith("artifact:"):
            artifact_id, _, version = node.removeprefix("artifact:").rpartition("@")
            await adapters.records.registry.get(artifact.tenant_id, artifact_id, int(version))


async def _check_executions(adapters: Adapters, tenant: str) -> None:
    records = adapters.records
    executions, _ = await records.state.executions(tenant, limit=1000)
    for execution in executions:
        if execution.state is not ExecutionState.COMPLETED:
            assert not execution.references, "an execution that did not complete has references"
        for reference in execution.references:
            registered = await records.registry.get(tenant, reference.artifact_id, reference.version)
            assert registered.artifact.meaning.digest == reference.digest, "a reference to another content"
            assert registered.artifact.execution_id == execution.execution_id


async def _check_payloads(
    adapters: Adapters, tenant: str, versions: Iterable[Artifact], markers: tuple[bytes, ...]
) -> None:
    async for payload in adapters.payloads.list(tenant):
        assert payload.tenant_id == tenant
        removable = await adapters.records.references.removable(tenant, payload.digest)
        assert not removable, f"nobody refers to {payload.digest}"
        data = _read(await adapters.payloads.source(tenant, payload.digest))
        for marker in markers:
            assert marker not in data, "the bytes of a dropped part are stored"


def _read(source: ByteSource) -> bytes:
    with source.open() as stream:
        return stream.read()
