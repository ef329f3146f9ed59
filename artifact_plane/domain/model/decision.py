"""Decisions and rulings: what is decided about a part, by which layer, and about what.

Precedence (law 1), strongest first: denial > floor > explicit request > solution override > platform default >
DISCARD. Two things stand outside that order: platform-native records always persist (law 2), and a meaning is
kept unless a denial removes it (law 8).
"""

from __future__ import annotations

from enum import Enum
from typing import Final, Literal, TypeAlias

import attrs

Seconds: TypeAlias = int
TimeToLive: TypeAlias = "Seconds | Literal['session'] | None"

ATTACHMENT: Final = "attachment"
"""The result type under which attachments are ruled (law 7)."""

PLATFORM_NATIVE: Final = frozenset({"intent", "journey", "state_transition", "governance_decision"})
"""The record types that always persist (law 2)."""


class MaterializationDecision(Enum):
    """What becomes of a part: kept, kept for a while, or dropped (001)."""

    PERSIST = "persist"
    CACHE = "cache"
    DISCARD = "discard"

    @property
    def rank(self) -> int:
        """0 for DISCARD, 1 for CACHE, 2 for PERSIST: a floor raises it, a denial lowers it."""
        return _RANKS[self]


_RANKS: Final = {
    MaterializationDecision.DISCARD: 0,
    MaterializationDecision.CACHE: 1,
    MaterializationDecision.PERSIST: 2,
}
DESCENDING: Final = (
    MaterializationDecision.PERSIST,
    MaterializationDecision.CACHE,
    MaterializationDecision.DISCARD,
)


class Layer(Enum):
    """Who had the last word."""

    PLATFORM_NATIVE = "platform_native"
    DENIAL = "denial"
    FLOOR = "floor"
    EXPLICIT_REQUEST = "explicit_request"
    MEANING = "meaning"
    SOLUTION_OVERRIDE = "solution_override"
    PLATFORM_DEFAULT = "platform_default"
    FALLBACK = "fallback"


class Role(Enum):
    """What is being ruled on: an output as a whole, its meaning, one view of it, or an input file."""

    OUTPUT = "output"
    SEMANTIC = "semantic"
    RENDERING = "rendering"
    ATTACHMENT = "attachment"


class Basis(Enum):
    """Why it is there: a realm's result, somebody's explicit request, or a meaning (kept by default)."""

    RESULT = "result"
    EXPLICIT = "explicit"
    MEANING = "meaning"


@attrs.frozen(kw_only=True)
class Subject:
    """The facts a policy may look at; ``size`` (bytes) is None while it is not known."""

    result_type: str
    role: Role = Role.OUTPUT
    basis: Basis = Basis.RESULT
    rendering: str | None = None
    realm: str | None = None
    intent_type: str | None = None
    tenant_id: str = ""
    solution_id: str = ""
    labels: frozenset[str] = frozenset()
    media_type: str | None = None
    size: int | None = None
    regenerable: bool = False


@attrs.frozen(kw_only=True)
class Ruling:
    """A decision and its whole why: the layer and rule that won, where it is written, and in words.

    ``source`` is ``file:line:column``, or names the built-in table. ``ttl`` (seconds, or 'session') is given for
    CACHE, ``retention`` names a retention class for PERSIST.
    """

    decision: MaterializationDecision
    layer: Layer
    rule: str
    source: str
    reason: str
    ttl: TimeToLive = None
    retention: str | None = None
    policy_digest: str = ""
