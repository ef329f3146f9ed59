"""Policies in force: compiled once, kept by digest."""

from __future__ import annotations

from artifact_plane.domain.model.change import PolicyRecord
from artifact_plane.domain.model.policy import MaterializationPolicy
from artifact_plane.ports.policy_source import PolicySource
from artifact_plane.ports.state_surface import StateSurface


class Policies:
    """Where the use cases get compiled policies from."""

    def __init__(self, source: PolicySource, state: StateSurface) -> None:
        self._source = source
        self._state = state
        self._compiled: dict[str, MaterializationPolicy] = {}
        self._kept: set[str] = set()

    async def record(self, tenant_id: str, solution_id: str) -> PolicyRecord:
        """What is in force for a solution. Raises InvalidPolicy, Unavailable."""
        return await self._source.policy(tenant_id, solution_id)

    async def in_force(self, tenant_id: str, solution_id: str) -> MaterializationPolicy:
        """The same, compiled."""
        record = await self.record(tenant_id, solution_id)
        return self._compile(record)

    async def by_digest(self, digest: str) -> MaterializationPolicy:
        """The policy that a run was accepted under (law 6). Raises NotFound."""
        if digest in self._compiled:
            return self._compiled[digest]
        return self._compile(PolicyRecord(digest=digest, document=await self._state.policy(digest)))

    def to_keep(self, policy: MaterializationPolicy) -> PolicyRecord | None:
        """What a change has to say so that the policy is kept; None once a change of this process said it."""
        if policy.digest in self._kept:
            return None
        return PolicyRecord(digest=policy.digest, document=policy.document)

    def kept(self, policy: MaterializationPolicy) -> None:
        """A change that keeps the policy was committed."""
        self._kept.add(policy.digest)

    def _compile(self, record: PolicyRecord) -> MaterializationPolicy:
        policy = self._compiled.get(record.digest)
        if policy is None:
            policy = MaterializationPolicy(record.document, record.digest)
            self._compiled[record.digest] = policy
        return policy
