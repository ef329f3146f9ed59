"""Steward: the application's face for policy, part of the driving port."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from artifact_plane.domain.model.change import PolicyRecord
from artifact_plane.domain.model.decision import Subject
from artifact_plane.domain.model.errors import PolicyProblem
from artifact_plane.ports.answers import (
    Explanation,
    Outlook,
)


class Steward(ABC):
    """Policy: what is in force, why something was decided, and what would be decided."""

    @abstractmethod
    async def policy(self, tenant_id: str, solution_id: str) -> PolicyRecord:
        """What is in force for a solution. Raises InvalidPolicy, Unavailable."""

    @abstractmethod
    async def policy_by_digest(self, digest: str, tenant_id: str, subject: str) -> PolicyRecord:
        """The policy under which ``subject`` was decided: an artifact, an attachment's digest, or an execution.

        Policies are kept by their digest, for all tenants alike; what shows one is something of the tenant's own.

        Raises:
            NotFound: nothing about that subject was decided under it.
        """

    @abstractmethod
    async def explain(self, artifact_id: str, tenant_id: str) -> Explanation:
        """Why is this here, why is that not? Answers for deleted artifacts too. Raises NotFound."""

    @abstractmethod
    async def would_rule(self, subject: Subject) -> Outlook:
        """What the policy in force for the subject's tenant and solution says to it."""

    @abstractmethod
    async def check(self, text: bytes, name: str, *, governance: bool = False) -> Sequence[PolicyProblem]:
        """Everything that is wrong with a policy text; empty when it would load."""
