"""Policies and what they would say, read back from the views of ``views_policy``; raises as ``views_reading``."""

from __future__ import annotations

from typing import Final

from artifact_plane.adapters.codec.views_policy import WORDS
from artifact_plane.adapters.codec.views_reading import Fields, known, outcomes_of_view, read
from artifact_plane.domain.model.change import PolicyRecord
from artifact_plane.domain.model.condition import Condition
from artifact_plane.domain.model.decision import Basis, MaterializationDecision, Role, Subject
from artifact_plane.domain.model.governance import GovernanceRule
from artifact_plane.domain.model.json import Json
from artifact_plane.domain.model.policy_document import Choice, PolicyDocument, RetentionClass, Rule, RuleTable
from artifact_plane.ports.answers import Outlook

_FIELDS: Final = {word: field for field, word in WORDS.items()}
"""A condition's fields by the words of the policy language."""


def policy_of_view(view: Json) -> PolicyRecord:
    """The policy of ``policy_view``; a type that is listed without any rule is not in a view."""
    return read("policy", _policy, view)


def _policy(fields: Fields) -> PolicyRecord:
    override = fields["override"]
    retention = [RetentionClass(**known(RetentionClass, one)) for one in fields["retention"]]
    document = PolicyDocument(
        platform=_table(fields["platform"]),
        override=None if override is None else _table(override),
        governance=tuple(map(_governance, fields["governance"])),
        retention={one.name: one for one in retention},
        cache_ttl=fields["cache_ttl"],
    )
    return PolicyRecord(digest=fields["digest"], document=document)


def _table(fields: Fields) -> RuleTable:
    entries: dict[str, list[Rule]] = {}
    for one in fields["rules"]:
        entries.setdefault(one["result_type"], []).append(_rule(one))
    return RuleTable(origin=fields["origin"], entries={name: tuple(rules) for name, rules in entries.items()})


def _rule(fields: Fields) -> Rule:
    return Rule(
        name=fields["rule"],
        source=fields["source"],
        choice=_choice(fields),
        when=_condition(fields["when"]),
        renderings={name: _choice(choice) for name, choice in fields["renderings"].items()},
    )


def _choice(fields: Fields) -> Choice:
    return Choice(
        decision=MaterializationDecision(fields["decision"]), ttl=fields["ttl"], retention=fields["retention"]
    )


def _condition(fields: Fields) -> Condition:
    tests: Fields = {
        _FIELDS.get(word, word): frozenset(value) if isinstance(value, list) else value
        for word, value in fields.items()
        if word != "bytes"
    }
    return Condition(**fields.get("bytes", {}), **tests)


def _governance(fields: Fields) -> GovernanceRule:
    require = fields["require"]
    return GovernanceRule(
        name=fields["name"],
        source=fields["source"],
        reason=fields["reason"],
        deny=frozenset(map(MaterializationDecision, fields["deny"])),
        require=None if require is None else MaterializationDecision(require),
        on=frozenset(fields["on"]),
        when=_condition(fields["when"]),
    )


def outlook_of_view(view: Json) -> Outlook:
    """What a policy would say, as ``outlook_view`` has it."""
    return read("outlook", _outlook, view)


def _outlook(fields: Fields) -> Outlook:
    return Outlook(
        subject=subject_of_view(fields["subject"]),
        policy_digest=fields["policy_digest"],
        outcomes=outcomes_of_view(fields["outcomes"]),
        size_matters=fields["size_matters"],
    )


def subject_of_view(view: Json) -> Subject:
    """The facts of ``subject_view``."""
    return read("subject", _subject, view)


def _subject(fields: Fields) -> Subject:
    read_back = {"role": Role(fields["role"]), "basis": Basis(fields["basis"]), "labels": frozenset(fields["labels"])}
    return Subject(**{**known(Subject, fields), **read_back})
