"""Governance: the Data Steward's rules, which no override can lower (law 1)."""

from __future__ import annotations

from typing import Final

import attrs

from artifact_plane.domain.model.condition import Condition
from artifact_plane.domain.model.decision import MaterializationDecision, Role

COVERED: Final = {
    "meaning": frozenset({Role.SEMANTIC}),
    "renderings": frozenset({Role.RENDERING, Role.OUTPUT}),
    "attachments": frozenset({Role.ATTACHMENT}),
}
"""What the words of a rule's ``on`` cover; a rule without ``on`` covers all."""


@attrs.frozen(kw_only=True)
class GovernanceRule:
    """One rule of the steward: a denial (``deny`` is not empty) or a floor (``require`` is given)."""

    name: str
    when: Condition
    reason: str
    source: str
    deny: frozenset[MaterializationDecision] = frozenset()
    require: MaterializationDecision | None = None
    on: frozenset[str] = frozenset(COVERED)

    @property
    def roles(self) -> frozenset[Role]:
        """The roles that the rule covers."""
        return frozenset().union(*(COVERED[word] for word in self.on))
