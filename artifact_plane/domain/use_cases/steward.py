"""DataSteward: what is in force, why something was decided, and what would be decided."""

from __future__ import annotations

from collections.abc import Sequence

from artifact_plane.domain.model.change import PolicyRecord
from artifact_plane.domain.model.decision import Subject
from artifact_plane.domain.model.errors import NotFound, PolicyProblem
from artifact_plane.domain.model.identity import printable
from artifact_plane.domain.use_cases.policies import Policies
from artifact_plane.ports.answers import Explanation, Outlook
from artifact_plane.ports.application import Steward
from artifact_plane.ports.artifact_registry import ArtifactRegistry
from artifact_plane.ports.policy_source import PolicySource
from artifact_plane.ports.state_surface import StateSurface


class DataSteward(Steward):
    """See ``Steward``."""

    def __init__(
        self, policies: Policies, source: PolicySource, registry: ArtifactRegistry, state: StateSurface
    ) -> None:
        self._policies = policies
        self._source = source
        self._registry = registry
        self._state = state

    async def policy(self, tenant_id: str, solution_id: str) -> PolicyRecord:
        """See ``Steward``."""
        return await self._policies.record(tenant_id, solution_id)

    async def policy_by_digest(self, digest: str, tenant_id: str, subject: str) -> PolicyRecord:
        """See ``Steward``."""
        if digest not in await self._digests(tenant_id, subject):
            raise NotFound(
                "nothing was decided under that policy",
                where=f"{printable(subject)}, policy {printable(digest)}",
                remedy="take the digest from one of its receipts",
            )
        policy = await self._policies.by_digest(digest)
        return PolicyRecord(digest=digest, document=policy.document)

    async def explain(self, artifact_id: str, tenant_id: str) -> Explanation:
        """See ``Steward``."""
        registered = await self._registry.get(tenant_id, artifact_id, body=False)
        receipts = await self._registry.receipts(tenant_id, artifact_id)
        return Explanation(artifact=registered.artifact, receipts=receipts)

    async def would_rule(self, subject: Subject) -> Outlook:
        """See ``Steward``."""
        policy = await self._policies.in_force(subject.tenant_id, subject.solution_id)
        outcomes = policy.outcomes(subject)
        return Outlook(subject=subject, policy_digest=policy.digest, outcomes=outcomes, size_matters=len(outcomes) > 1)

    async def check(self, text: bytes, name: str, *, governance: bool = False) -> Sequence[PolicyProblem]:
        """See ``Steward``."""
        return await self._source.check(text, name, governance=governance)

    async def _digests(self, tenant_id: str, subject: str) -> set[str]:
        """The policies under which something about the tenant's subject was decided."""
        receipts = await self._registry.receipts(tenant_id, subject)
        if receipts:
            return {receipt.policy_digest for receipt in receipts}
        try:
            return {(await self._state.execution(tenant_id, subject)).policy_digest}
        except NotFound:
            return set()
