"""A policy as data: what the files say, checked, with the place of every rule.

It can be kept by its digest, compared, and compiled again after a crash (law 6).
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from artifact_plane.domain.model.condition import Condition
from artifact_plane.domain.model.decision import MaterializationDecision, Seconds, TimeToLive
from artifact_plane.domain.model.governance import GovernanceRule

DEFAULT_CACHE_TTL: Seconds = 3600


@attrs.frozen(kw_only=True)
class Choice:
    """What a rule says when it wins."""

    decision: MaterializationDecision
    ttl: TimeToLive = None
    retention: str | None = None


@attrs.frozen(kw_only=True)
class Rule:
    """One rule for one result type; ``renderings`` holds the views that are treated apart."""

    name: str
    source: str
    choice: Choice
    when: Condition = attrs.field(factory=Condition)
    renderings: Mapping[str, Choice] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class RuleTable:
    """The rules of one layer by result type, in order; ``*`` is the layer's own default."""

    origin: str
    entries: Mapping[str, tuple[Rule, ...]] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class RetentionClass:
    """How long a class of artifacts is meant to be kept; recorded now, swept by in a later release."""

    name: str
    keep: Seconds
    source: str


@attrs.frozen(kw_only=True)
class PolicyDocument:
    """Everything in force for one solution: platform defaults, the solution's override, governance."""

    platform: RuleTable
    override: RuleTable | None = None
    governance: tuple[GovernanceRule, ...] = ()
    retention: Mapping[str, RetentionClass] = attrs.field(factory=dict)
    cache_ttl: Seconds = DEFAULT_CACHE_TTL
