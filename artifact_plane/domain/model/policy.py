"""The materialization policy, compiled: ``decide(subject) -> Ruling``, pure, total and synchronous (law 4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final

import attrs

from artifact_plane.domain.model.course import Course, Denial, Floor, Option
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
DEFAULT_ENTRY: Final = "*"
"""The entry of a table that stands for every type the table does not name."""

_WHY: Final = {
    Layer.PLATFORM_NATIVE: "platform-native records always persist",
    Layer.EXPLICIT_REQUEST: "it was stored by an explicit request",
    Layer.MEANING: "the platform persists meaning by default",
    Layer.FALLBACK: "no rule names this type, so it is dropped",
}
_WORDS: Final = {Layer.SOLUTION_OVERRIDE: "the solution's override", Layer.PLATFORM_DEFAULT: "the platform default"}
_RESULT: Final = Basis.RESULT


class MaterializationPolicy:
    """One compiled policy. Two of them with the same digest decide alike."""

    def __init__(self, document: PolicyDocument, digest: str = "") -> None:
        """Compile ``document``; ``digest`` is that of the document, and every ruling carries it."""
        self.document: Final = document
        self.digest: Final = digest
        compiler = _Compiler(document, digest)
        self._courses: Final = {name: compiler.course(name) for name in compiler.named_types()}
        self._unlisted: Final = compiler.course(None)

    @property
    def platform_default(self) -> RuleTable:
        """The platform's own table, before any override."""
        return self.document.platform

    def decide(self, subject: Subject) -> Ruling:
        """The ruling on ``subject``; never fails, and always the same for equal subjects."""
        course = self._courses.get(subject.result_type, self._unlisted)
        if course.settled is not None and subject.basis is _RESULT:
            return course.settled
        return course.decide(subject)

    def outcomes(self, subject: Subject) -> tuple[tuple[int, Ruling], ...]:
        """The rulings that are still possible while the size is unknown, each with a size that brings it about.

        One entry means that the size does not matter: no rule that could still win tests ``bytes`` (law 10).
        """
        if subject.size is not None:
            return ((subject.size, self.decide(subject)),)
        found: dict[Ruling, int] = {}
        for size in self._courses.get(subject.result_type, self._unlisted).sizes:
            found.setdefault(self.decide(attrs.evolve(subject, size=size)), size)
        return tuple((size, ruling) for ruling, size in found.items())

    def needs_size(self, subject: Subject) -> bool:
        """Whether the size has to be known before ``subject`` can be ruled on."""
        return subject.size is None and len(self.outcomes(subject)) > 1


class _Compiler:
    """Makes the course of each result type from a document."""

    def __init__(self, document: PolicyDocument, digest: str) -> None:
        self._document = document
        self._digest = digest
        self._fixed = {layer: self._fixed_ruling(layer) for layer in _WHY}
        self._tables = [
            (layer, table)
            for layer, table in (
                (Layer.SOLUTION_OVERRIDE, document.override),
                (Layer.PLATFORM_DEFAULT, document.platform),
            )
            if table is not None
        ]

    def named_types(self) -> frozenset[str]:
        """Every type that a rule of any layer names."""
        listed = (table.entries.keys() for _, table in self._tables)
        governed = (rule.when.result_types or () for rule in self._document.governance)
        return PLATFORM_NATIVE.union(*listed, *governed) - {DEFAULT_ENTRY}

    def course(self, result_type: str | None) -> Course:
        """How subjects of that type are decided; None stands for a type that no rule names."""
        if result_type in PLATFORM_NATIVE:
            return self._native()
        rules = list(self._rules(result_type))
        governance = [rule for rule in self._document.governance if _could_concern(rule, result_type)]
        options = (*(self._option(layer, rule) for layer, rule in rules), Option(test=None, whole=self._fallback()))
        bounds = [rule.when.thresholds for _, rule in rules] + [rule.when.thresholds for rule in governance]
        settled = options[0].test is None and not options[0].views and not governance
        return Course(
            options=options,
            explicit=self._fixed[Layer.EXPLICIT_REQUEST],
            meaning=self._fixed[Layer.MEANING],
            floors=self._floors(governance),
            denials=tuple(self._denial(rule) for rule in governance if rule.deny),
            settled=options[0].whole if settled else None,
            sizes=_telling(bounds),
        )

    def _native(self) -> Course:
        """Whatever anybody says, it persists (law 2)."""
        ruling = self._fixed[Layer.PLATFORM_NATIVE]
        return Course(options=(Option(test=None, whole=ruling),), explicit=ruling, meaning=ruling, settled=ruling)

    def _rules(self, result_type: str | None) -> Iterator[tuple[Layer, Rule]]:
        """The rules to try in order: layer by layer, and in each the type's own before the layer's default."""
        for layer, table in self._tables:
            for name in (result_type, DEFAULT_ENTRY):
                if name is not None:
                    yield from ((layer, rule) for rule in table.entries.get(name, ()))

    def _option(self, layer: Layer, rule: Rule) -> Option:
        views = {
            view: self._ruling(layer, f"{rule.name}.renderings.{view}", rule, choice)
            for view, choice in rule.renderings.items()
        }
        return Option(test=rule.when.compiled(), whole=self._ruling(layer, rule.name, rule, rule.choice), views=views)

    def _ruling(self, layer: Layer, name: str, rule: Rule, choice: Choice) -> Ruling:
        return Ruling(
            decision=choice.decision,
            layer=layer,
            rule=name,
            source=rule.source,
            reason=f"{_WORDS[layer]} says so for {name}",
            ttl=self._default_ttl(choice.decision) if choice.ttl is None else choice.ttl,
            retention=choice.retention,
            policy_digest=self._digest,
        )

    def _fixed_ruling(self, layer: Layer) -> Ruling:
        kept = layer is not Layer.FALLBACK
        return Ruling(
            decision=MaterializationDecision.PERSIST if kept else MaterializationDecision.DISCARD,
            layer=layer,
            rule=layer.value,
            source=BUILT_IN,
            reason=_WHY[layer],
            policy_digest=self._digest,
        )

    def _fallback(self) -> Ruling:
        return self._fixed[Layer.FALLBACK]

    def _floors(self, governance: Iterable[GovernanceRule]) -> tuple[Floor, ...]:
        floors = [
            Floor(
                roles=tuple(rule.roles),
                test=rule.when.compiled(),
                ruling=self._governed(rule, Layer.FLOOR, rule.require),
                rank=rule.require.rank,
            )
            for rule in governance
            if rule.require is not None
        ]
        return tuple(sorted(floors, key=lambda floor: -floor.rank))

    def _denial(self, rule: GovernanceRule) -> Denial:
        lowered = {
            decision: self._governed(rule, Layer.DENIAL, lower)
            for decision, lower in pairwise(DESCENDING)
            if decision in rule.deny
        }
        return Denial(roles=tuple(rule.roles), test=rule.when.compiled(), lowered=lowered)

    def _governed(self, rule: GovernanceRule, layer: Layer, decision: MaterializationDecision) -> Ruling:
        return Ruling(
            decision=decision,
            layer=layer,
            rule=rule.name,
            source=rule.source,
            reason=rule.reason,
            ttl=self._default_ttl(decision),
            policy_digest=self._digest,
        )

    def _default_ttl(self, decision: MaterializationDecision) -> int | None:
        return self._document.cache_ttl if decision is MaterializationDecision.CACHE else None


def _could_concern(rule: GovernanceRule, result_type: str | None) -> bool:
    if result_type is None:
        return rule.when.result_types is None
    return rule.when.could_concern(result_type)


def _telling(thresholds: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    """Sizes that tell apart everything that tests at these bounds can: each bound and its neighbours, and 0."""
    bounds = {bound for group in thresholds for bound in group}
    return tuple(sorted({0} | bounds | {bound + 1 for bound in bounds} | {bound - 1 for bound in bounds if bound}))
