"""Sample policies."""

from __future__ import annotations

from collections.abc import Mapping

from artifact_plane.domain.model.change import PolicyRecord
from artifact_plane.domain.model.decision import MaterializationDecision
from artifact_plane.domain.model.policy_document import Choice, PolicyDocument, Rule, RuleTable


def a_policy_document(
    decisions: Mapping[str, MaterializationDecision] | None = None, *, cache_ttl: int = 3600
) -> PolicyDocument:
    """A platform policy with one plain rule per result type."""
    table = {"workflow": MaterializationDecision.PERSIST} if decisions is None else decisions
    rules = {
        name: (Rule(name=name, source="platform.yaml:2:3", choice=Choice(decision=decision)),)
        for name, decision in table.items()
    }
    return PolicyDocument(platform=RuleTable(origin="platform.yaml", entries=rules), cache_ttl=cache_ttl)


def a_policy_record(digest: str = "blake3:policy", document: PolicyDocument | None = None) -> PolicyRecord:
    """A policy under ``digest``, which is not computed from it."""
    return PolicyRecord(digest=digest, document=a_policy_document() if document is None else document)
