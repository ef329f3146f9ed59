"""PolicySource: where policies come from."""

from __future__ import annotations

from abc import ABC, abstractmethod

from artifact_plane.domain.model.change import PolicyRecord
from artifact_plane.domain.model.errors import PolicyProblem


class PolicySource(ABC):
    """The platform's, the steward's and the solutions' policies."""

    @abstractmethod
    async def policy(self, tenant_id: str, solution_id: str) -> PolicyRecord:
        """What is in force for a solution now, as one document with its digest.

        Same texts, same digest. An absent platform policy means 001's table; an absent override means none.

        Raises:
            InvalidPolicy: a text does not load, with everything that is wrong in it.
            Unavailable: a text cannot be read.
        """

    @abstractmethod
    async def check(self, text: bytes, name: str, *, governance: bool = False) -> tuple[PolicyProblem, ...]:
        """Everything that is wrong with a policy text; ``name`` stands for its file. Empty when it would load."""
