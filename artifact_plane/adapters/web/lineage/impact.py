"""What came of an artifact, at whichever of its versions: what a change or a deletion would concern."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

import attrs

from artifact_plane.domain.model.artifact import ArtifactState
from artifact_plane.domain.model.decision import MaterializationDecision
from artifact_plane.domain.model.lineage import Bounds, Lineage, LineageNode, NodeKind
from artifact_plane.ports.application import Application

VERSIONS_WALKED: Final = 10
"""Versions from which a page looks for what came of an artifact: the newest, and the first, of which the others are
revisions."""


@attrs.frozen(kw_only=True)
class Heir:
    """An artifact that came of another one."""

    artifact_id: str
    artifact_type: str
    decision: MaterializationDecision
    state: ArtifactState


@attrs.frozen(kw_only=True)
class Impact:
    """All that came of an artifact, nearest first; ``more`` where a walk was cut, so that there may be even more."""

    heirs: tuple[Heir, ...]
    more: bool

    @property
    def living(self) -> Impact:
        """The same without what was deleted."""
        return attrs.evolve(self, heirs=tuple(one for one in self.heirs if one.state is ArtifactState.ACTIVE))


async def walks_of_impact(app: Application, tenant_id: str, artifact_id: str, bounds: Bounds) -> list[Lineage]:
    """The walks downstream from an artifact's versions. Raises NotFound, Unavailable."""
    versions = [one.version for one in await app.plane.versions(artifact_id, tenant_id)]
    walked = dict.fromkeys((*versions[::-1][:VERSIONS_WALKED], versions[0]))
    asked = (app.lineage.downstream(artifact_id, tenant_id, bounds=bounds, version=one) for one in walked)
    return list(await asyncio.gather(*asked))


def impact_of(artifact_id: str, walks: Sequence[Lineage]) -> Impact:
    """What these walks say came of the artifact."""
    heirs: dict[str, Heir] = {}
    for node in _artifacts(walks):
        one = _heir(node)
        if one.artifact_id != artifact_id:
            heirs.setdefault(one.artifact_id, one)
    return Impact(heirs=tuple(heirs.values()), more=any(walk.truncated for walk in walks))


def _artifacts(walks: Iterable[Lineage]) -> Iterable[LineageNode]:
    return (node for walk in walks for node in walk.nodes if node.kind is NodeKind.ARTIFACT and node.facts)


def _heir(node: LineageNode) -> Heir:
    return Heir(
        artifact_id=node.id.partition(":")[2].rpartition("@")[0],
        artifact_type=str(node.facts["type"]),
        decision=MaterializationDecision(node.facts["decision"]),
        state=ArtifactState(node.facts["state"]),
    )
