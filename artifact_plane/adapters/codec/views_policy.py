"""Policies and what they would say as plain JSON; the counterpart of ``views`` for the steward's questions."""

from __future__ import annotations

from typing import Final

import attrs

from artifact_plane.adapters.codec.views import outcomes_view, ruling_view
from artifact_plane.domain.model.change import PolicyRecord
from artifact_plane.domain.model.condition import Condition
from artifact_plane.domain.model.decision import Subject
from artifact_plane.domain.model.governance import GovernanceRule
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.policy_document import Choice, Rule, RuleTable
from artifact_plane.ports.answers import Outlook

WORDS: Final = {
    "result_types": "result_type",
    "realms": "realm",
    "intent_types": "intent_type",
    "tenants": "tenant",
    "solutions": "solution",
    "media_types": "media_type",
}


def policy_view(record: PolicyRecord) -> JsonObject:
    """What is in force for one solution, every rule with its place."""
    document = record.document
    return {
        "digest": record.digest,
        "cache_ttl": document.cache_ttl,
        "governance": [governance_view(rule) for rule in document.governance],
        "override": None if document.override is None else table_view(document.override),
        "platform": table_view(document.platform),
        "retention": [attrs.asdict(one) for one in document.retention.values()],
    }


def table_view(table: RuleTable) -> JsonObject:
    """The rules of one layer, in the order in which they are asked."""
    return {
        "origin": table.origin,
        "rules": [rule_view(name, rule) for name, rules in table.entries.items() for rule in rules],
    }


def rule_view(result_type: str, rule: Rule) -> JsonObject:
    """One rule for a result type; ``renderings`` holds the views that are treated apart."""
    return {
        "result_type": result_type,
        "rule": rule.name,
        "source": rule.source,
        **choice_view(rule.choice),
        "when": condition_view(rule.when),
        "renderings": {name: choice_view(choice) for name, choice in rule.renderings.items()},
    }


def choice_view(choice: Choice) -> JsonObject:
    """What a rule says when it wins."""
    return {"decision": choice.decision.value, "ttl": choice.ttl, "retention": choice.retention}


def condition_view(condition: Condition) -> JsonObject:
    """The tests of a condition that are given, in the words of the policy language, sets as sorted lists."""
    given = attrs.asdict(condition, recurse=False, filter=lambda _, value: value is not None)
    bounds: JsonObject = {word: given.pop(word) for word in ("over", "under") if word in given}
    view = {
        WORDS.get(name, name): sorted(value) if isinstance(value, frozenset) else value for name, value in given.items()
    }
    return {**view, "bytes": bounds} if bounds else view


def governance_view(rule: GovernanceRule) -> JsonObject:
    """One rule of the steward: a denial or a floor."""
    return {
        "name": rule.name,
        "source": rule.source,
        "reason": rule.reason,
        "deny": sorted(decision.value for decision in rule.deny),
        "require": None if rule.require is None else rule.require.value,
        "on": sorted(rule.on),
        "when": condition_view(rule.when),
    }


def outlook_view(outlook: Outlook) -> JsonObject:
    """What a policy would say; ``ruling`` is null where that depends on the size."""
    return {
        "subject": subject_view(outlook.subject),
        "policy_digest": outlook.policy_digest,
        "size_matters": outlook.size_matters,
        "ruling": None if outlook.size_matters else ruling_view(outlook.outcomes[0][1]),
        "outcomes": outcomes_view(outlook.outcomes),
    }


def subject_view(subject: Subject) -> JsonObject:
    """The facts that a policy was asked about."""
    facts = attrs.asdict(subject, recurse=False)
    return facts | {
        "role": subject.role.value,
        "basis": subject.basis.value,
        "labels": sorted(subject.labels),
    }
