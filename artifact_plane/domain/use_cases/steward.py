"""DataSteward: what is in force, why something was decided, and what would be decided."""

from __future__ import annotations

from collections.abc import Sequence

from artifact_plane.domain.model.change import PolicyRecord
from artifact_plane.domain.model.decision import Subject
from artifact_plane.domain.model.errors import PolicyProblem
from artifact_plane.domain.use_cases.policies import Policies
from artifact_plane.ports.answers import Explanation, Outlook
from artifact_plane.ports.application import Steward
from artifact_plane.ports.artifact_registry import ArtifactRegistry
from artifact_plane.ports.policy_source import PolicySource


class DataSteward(Steward):
    """See ``Steward``."""

    def __init__(self, policies: Policies, source: PolicySource, registry: ArtifactRegistry) -> None:
        self._policies = policies
        self._source = source
        self._registry = registry

    async def policy(self, tenant_id: str, solution_id: str) -> PolicyRecord:
        """See ``Steward``."""
        return await self._policies.record(tenant_id, solution_id)

    async def policy_by_digest(self, digest: str) -> PolicyRecord:
        """See ``Steward``."""
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
