"""The materialization policy, compiled: ``decide(subject) -> Ruling``, pure, total and synchronous (law 4).

Every ruling that a rule can give is built when the policy is compiled; deciding is looking one up. A type that
no condition and no governance rule concerns is *settled*: one dictionary look-up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import attrs

from artifact_plane.domain.model.condition import Test, holds
from artifact_plane.domain.model.decision import (
    DESCENDING,
    PLATFORM_NATIVE,
    Basis,
    Layer,
    MaterializationDecision,
    Ruling,
    Subject,
)
from artifact_plane.domain.model.governance import GovernanceRule
from artifact_plane.domain.model.policy_document import Choice, PolicyDocument, Rule, RuleTable

BUILT_IN: Final = "built in"
_WHY: Final = {
    Layer.PLATFORM_NATIVE: "platform-native records always persist",
    Layer.EXPLICIT_REQUEST: "it was stored by an explicit request",
    Layer.MEANING: "the platform persists meaning by default",
    Layer.FALLBACK: "no rule names this type, so it is dropped",
}
_WORDS: Final = {Layer.SOLUTION_OVERRIDE: "the solution's override", Layer.PLATFORM_DEFAULT: "the platform default"}


class MaterializationPolicy:
    """One compiled policy. Two of them with the same digest decide alike."""

    def __init__(self, document: PolicyDocument, digest: str = "") -> None:
        """Compile ``document``; ``digest`` is that of the document, and every ruling carries it."""
        self.document: Final = document
        self.digest: Final = digest
        self._fixed: Final = {layer: self._fixed_ruling(layer) for layer in _WHY}
        tables = (
            self._compiled(Layer.SOLUTION_OVERRIDE, document.override),
            self._compiled(Layer.PLATFORM_DEFAULT, document.platform),
        )
        self._unlisted: Final = _chain(tables, "*")
        self._chains: Final = {name: _chain(tables, name, "*") for table in tables for name in table}
        self._floors: Final = tuple(self._floor(rule) for rule in document.governance if rule.require is not None)
        self._denials: Final = tuple(self._denial(rule) for rule in document.governance if rule.deny)
        self._settled: Final = {name: ruling for name in self._chains if (ruling := self._settle(name)) is not None}

    def decide(self, subject: Subject) -> Ruling:
        """The ruling on ``subject``; never fails, and always the same for equal subjects."""
        if subject.basis is Basis.RESULT:
            settled = self._settled.get(subject.result_type)
            if settled is not None:
                return settled
        if subject.result_type in PLATFORM_NATIVE:
            return self._fixed[Layer.PLATFORM_NATIVE]
        return self._denied(subject, self._raised(subject, self._chosen(subject)))

    def outcomes(self, subject: Subject) -> tuple[tuple[int, Ruling], ...]:
        """The rulings that are still possible while the size is unknown, each with a size that brings it about.

        One entry means that the size does not matter: no rule that could still win tests ``bytes`` (law 10).
        """
        if subject.size is not None:
            return ((subject.size, self.decide(subject)),)
        found: dict[Ruling, int] = {}
        for size in self._telling_sizes(subject.result_type):
            found.setdefault(self.decide(attrs.evolve(subject, size=size)), size)
        return tuple((size, ruling) for ruling, size in found.items())

    def needs_size(self, subject: Subject) -> bool:
        """Whether the size has to be known before ``subject`` can be ruled on."""
        return subject.size is None and len(self.outcomes(subject)) > 1

    # Choosing: explicit request, meaning, override, default, fallback

    def _chosen(self, subject: Subject) -> Ruling:
        if subject.basis is Basis.EXPLICIT:
            return self._fixed[Layer.EXPLICIT_REQUEST]
        if subject.basis is Basis.MEANING:
            return self._fixed[Layer.MEANING]
        for rule in self._chains.get(subject.result_type, self._unlisted):
            if holds(rule.tests, subject):
                return rule.ruling(subject.rendering)
        return self._fixed[Layer.FALLBACK]

    def _raised(self, subject: Subject, ruling: Ruling) -> Ruling:
        for rule, tests, raised in self._floors:
            if raised.decision.rank > ruling.decision.rank and subject.role in rule.roles and holds(tests, subject):
                ruling = raised
        return ruling

    def _denied(self, subject: Subject, ruling: Ruling) -> Ruling:
        active = [
            (rule, lowered)
            for rule, tests, lowered in self._denials
            if subject.role in rule.roles and holds(tests, subject)
        ]
        for decision in DESCENDING[DESCENDING.index(ruling.decision) :]:
            forbidding = next((lowered for rule, lowered in active if decision in rule.deny), None)
            if forbidding is None:
                return ruling
            ruling = forbidding[_next_lower(decision)]
        return ruling

    # Compiling

    def _compiled(self, layer: Layer, table: RuleTable | None) -> Mapping[str, tuple[_CompiledRule, ...]]:
        if table is None:
            return {}
        return {name: tuple(self._compile(layer, rule) for rule in rules) for name, rules in table.entries.items()}

    def _compile(self, layer: Layer, rule: Rule) -> _CompiledRule:
        views = {
            view: self._ruling(layer, f"{rule.name}.renderings.{view}", rule, choice)
            for view, choice in rule.renderings.items()
        }
        return _CompiledRule(rule, self._ruling(layer, rule.name, rule, rule.choice), views)

    def _ruling(self, layer: Layer, name: str, rule: Rule, choice: Choice) -> Ruling:
        ttl = choice.ttl
        if ttl is None and choice.decision is MaterializationDecision.CACHE:
            ttl = self.document.cache_ttl
        return Ruling(
            decision=choice.decision,
            layer=layer,
            rule=name,
            source=rule.source,
            reason=f"{_WORDS[layer]} says so for {name}",
            ttl=ttl,
            retention=choice.retention,
            policy_digest=self.digest,
        )

    def _fixed_ruling(self, layer: Layer) -> Ruling:
        kept = layer is not Layer.FALLBACK
        return Ruling(
            decision=MaterializationDecision.PERSIST if kept else MaterializationDecision.DISCARD,
            layer=layer,
            rule=layer.value,
            source=BUILT_IN,
            reason=_WHY[layer],
            policy_digest=self.digest,
        )

    def _floor(self, rule: GovernanceRule) -> tuple[GovernanceRule, tuple[Test, ...], Ruling]:
        decision = rule.require or MaterializationDecision.DISCARD
        return rule, rule.when.compiled(), self._governed(rule, Layer.FLOOR, decision)

    def _denial(
        self, rule: GovernanceRule
    ) -> tuple[GovernanceRule, tuple[Test, ...], Mapping[MaterializationDecision, Ruling]]:
        lowered = {decision: self._governed(rule, Layer.DENIAL, decision) for decision in DESCENDING}
        return rule, rule.when.compiled(), lowered

    def _governed(self, rule: GovernanceRule, layer: Layer, decision: MaterializationDecision) -> Ruling:
        return Ruling(
            decision=decision,
            layer=layer,
            rule=rule.name,
            source=rule.source,
            reason=rule.reason,
            ttl=self.document.cache_ttl if decision is MaterializationDecision.CACHE else None,
            policy_digest=self.digest,
        )

    def _settle(self, result_type: str) -> Ruling | None:
        """The one ruling for this type, where nothing but the type can matter."""
        if result_type in PLATFORM_NATIVE or any(
            rule.when.could_concern(result_type) for rule in self.document.governance
        ):
            return None
        first = next(iter(self._chains[result_type]), None)
        return None if first is None or first.tests or first.views else first.whole

    def _telling_sizes(self, result_type: str) -> Iterable[int]:
        bounds = set(self._thresholds(result_type))
        return sorted({0} | bounds | {bound + 1 for bound in bounds} | {bound - 1 for bound in bounds if bound})

    def _thresholds(self, result_type: str) -> Iterator[int]:
        for rule in self._chains.get(result_type, self._unlisted):
            yield from rule.thresholds
        for governed in self.document.governance:
            if governed.when.could_concern(result_type):
                yield from governed.when.thresholds


class _CompiledRule:
    """A rule ready to be asked: its tests, and the ruling for the whole and for each view named apart."""

    __slots__ = ("tests", "thresholds", "views", "whole")

    def __init__(self, rule: Rule, whole: Ruling, views: Mapping[str, Ruling]) -> None:
        self.tests: Final = rule.when.compiled()
        self.thresholds: Final = rule.when.thresholds
        self.whole: Final = whole
        self.views: Final = views

    def ruling(self, rendering: str | None) -> Ruling:
        if rendering is None:
            return self.whole
        return self.views.get(rendering, self.whole)


def _chain(tables: Iterable[Mapping[str, tuple[_CompiledRule, ...]]], *names: str) -> tuple[_CompiledRule, ...]:
    """The rules to try in order: layer by layer, and in each the type's own before the layer's default."""
    return tuple(rule for table in tables for name in names for rule in table.get(name, ()))


def _next_lower(decision: MaterializationDecision) -> MaterializationDecision:
    return DESCENDING[min(DESCENDING.index(decision) + 1, len(DESCENDING) - 1)]
