"""The policy language (DESIGN section 7): from positioned text nodes to a checked ``PolicyDocument``.

An adapter reads YAML (or anything like it) into ``Node``; everything the language means is here. All problems of
a text are found in one go, each with file, line and column, the legal words and the nearest one (law 3).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import attrs

from artifact_plane.domain.model.condition import Condition
from artifact_plane.domain.model.decision import PLATFORM_NATIVE, MaterializationDecision, Seconds, TimeToLive
from artifact_plane.domain.model.errors import InvalidPolicy, PolicyProblem
from artifact_plane.domain.model.governance import COVERED, GovernanceRule
from artifact_plane.domain.model.identity import printable
from artifact_plane.domain.model.policy import DEFAULT_ENTRY
from artifact_plane.domain.model.policy_document import Choice, PolicyDocument, RetentionClass, Rule, RuleTable
from artifact_plane.domain.model.policy_node import Node, Scalar, Table, node_of
from artifact_plane.domain.model.policy_reader import NodeReader, parse_duration, parse_size
from artifact_plane.domain.model.rendering import SEMANTIC_PART

__all__ = [
    "Node",
    "PolicyText",
    "Scalar",
    "Table",
    "assemble",
    "node_of",
    "parse_duration",
    "parse_size",
    "read_policy",
]

_NAMED_FACTS: Final = {
    "result_type": ("result_types", "result type"),
    "realm": ("realms", "realm"),
    "intent_type": ("intent_types", "intent type"),
    "tenant": ("tenants", "tenant id"),
    "solution": ("solutions", "solution id"),
    "labels": ("labels", "label"),
}
_CONDITION_WORDS: Final = (*_NAMED_FACTS, "media_type", "bytes", "regenerable")
_KEPT: Final = MaterializationDecision.PERSIST
_CACHED: Final = MaterializationDecision.CACHE
_DROPPED: Final = MaterializationDecision.DISCARD


@attrs.frozen(kw_only=True)
class PolicyText:
    """What one text says: a table of rules, retention classes, and governance rules."""

    rules: RuleTable
    retention: Mapping[str, RetentionClass]
    governance: tuple[GovernanceRule, ...]


def read_policy(root: Node, *, governance: bool = False) -> PolicyText:
    """Check one whole text. ``governance`` says that it is the steward's, where such rules stand and no others.

    Raises:
        InvalidPolicy: with everything that is wrong in it.
    """
    reader = _LanguageReader(governance)
    text = reader.text_of(root)
    if reader.problems:
        raise InvalidPolicy(sorted(reader.problems, key=lambda problem: (problem.line, problem.column)))
    return text


def assemble(
    platform: PolicyText, override: PolicyText | None, governance: PolicyText | None, cache_ttl: Seconds
) -> PolicyDocument:
    """The document in force for a solution: the texts of its three authors put together.

    Raises:
        InvalidPolicy: two texts define one retention class differently.
    """
    if override is not None:
        _refuse_redefinition(platform.retention, override.retention)
    return PolicyDocument(
        platform=platform.rules,
        override=None if override is None else override.rules,
        governance=() if governance is None else governance.governance,
        retention={**platform.retention, **(override.retention if override else {})},
        cache_ttl=cache_ttl,
    )


def _refuse_redefinition(platform: Mapping[str, RetentionClass], override: Mapping[str, RetentionClass]) -> None:
    problems = [
        _problem_at(own.source, f"the retention class {name!r} is defined otherwise at {platform[name].source}")
        for name, own in override.items()
        if name in platform and own.keep != platform[name].keep
    ]
    if problems:
        raise InvalidPolicy(problems)


def _problem_at(source: str, message: str) -> PolicyProblem:
    match source.rsplit(":", 2):
        case [file, line, column] if line.isdecimal() and column.isdecimal():
            return PolicyProblem(file=file, line=int(line), column=int(column), message=message)
        case _:
            return PolicyProblem(file=source, line=0, column=0, message=message)


class _LanguageReader(NodeReader):
    """Reads one text."""

    def __init__(self, governance: bool) -> None:
        super().__init__()
        self._governance = governance
        self._retention: dict[str, RetentionClass] = {}

    # The text as a whole

    def text_of(self, root: Node) -> PolicyText:
        top = self.fields(root, ("materialization_policy", "retention", "governance"), "a policy")
        if self._governance:
            for word in top.keys() - {"governance"}:
                self.problem(top[word], f"{word} does not stand in the steward's file, where it would have no effect")
        if "retention" in top:
            self._retention = dict(self._classes(top["retention"]))
        return PolicyText(
            rules=self._table(top["materialization_policy"], root.file)
            if "materialization_policy" in top
            else RuleTable(origin=root.file),
            retention=self._retention,
            governance=self._stewards(top["governance"]) if "governance" in top else (),
        )

    def _classes(self, node: Node) -> Iterator[tuple[str, RetentionClass]]:
        for name, _, value in self.named(node, "retention class"):
            if not self.is_mapping(value, "a retention class"):
                continue
            fields = self.fields(value, ("keep",), "a retention class")
            if "keep" not in fields:
                self.problem(value, "a retention class needs keep, as in {keep: 7y}")
            elif keep := self.duration(fields["keep"], "keep is a duration as in 30d or 7y"):
                yield name, RetentionClass(name=name, keep=keep, source=value.source)

    def _table(self, node: Node, origin: str) -> RuleTable:
        named = self.named(node, "result type", also=(DEFAULT_ENTRY,))
        return RuleTable(origin=origin, entries={name: self._rules(name, value) for name, _, value in named})

    # Rules of one result type

    def _rules(self, result_type: str, node: Node) -> tuple[Rule, ...]:
        if isinstance(node.value, tuple):
            rules = [self._rule(f"{result_type}[{index}]", item) for index, item in enumerate(self.items(node))]
        else:
            rules = [self._rule(result_type, node)]
        kept = tuple(rule for rule in rules if rule is not None)
        if result_type in PLATFORM_NATIVE and not all(_always_keeps(rule) for rule in kept):
            self.problem(node, f"{result_type} is a platform-native record, which always persists")
        return kept

    def _rule(self, name: str, node: Node) -> Rule | None:
        if not isinstance(node.value, Table):
            choice = self._word_choice(node)
            return None if choice is None else Rule(name=name, source=node.source, choice=choice)
        fields = self.fields(node, ("when", "decision", "ttl", "retention", "renderings"), "a rule")
        choice = self._choice(node, fields)
        when = self._condition(fields["when"]) if "when" in fields else Condition()
        views = self._views(fields["renderings"]) if "renderings" in fields else {}
        if choice is None:
            return None
        return Rule(name=name, source=node.source, choice=choice, when=when, renderings=views)

    def _views(self, node: Node) -> dict[str, Choice]:
        views: dict[str, Choice] = {}
        for name, key, item in self.named(node, "rendering name"):
            if name == SEMANTIC_PART:
                self.problem(key, f"{name} is the meaning, not a rendering; only a steward's denial rules on it")
            if isinstance(item.value, Table):
                choice = self._choice(item, self.fields(item, ("decision", "ttl", "retention"), "a rendering's rule"))
            else:
                choice = self._word_choice(item)
            if choice is not None:
                views[name] = choice
        return views

    def _word_choice(self, node: Node) -> Choice | None:
        decision = self.decision(node)
        return None if decision is None else Choice(decision=decision)

    def _choice(self, node: Node, fields: Mapping[str, Node]) -> Choice | None:
        if "decision" not in fields:
            self.problem(node, "a rule needs a decision: persist, cache or discard")
        decision = self.decision(fields["decision"]) if "decision" in fields else None
        ttl = self._ttl(fields["ttl"]) if "ttl" in fields else None
        retention = self._retention_name(fields["retention"]) if "retention" in fields else None
        if "ttl" in fields and decision not in (None, _CACHED):
            self.problem(fields["ttl"], "ttl goes with cache only")
        if "retention" in fields and decision not in (None, _KEPT):
            self.problem(fields["retention"], "retention goes with persist only")
        return None if decision is None else Choice(decision=decision, ttl=ttl, retention=retention)

    def _ttl(self, node: Node) -> TimeToLive:
        if node.value == "session":
            return "session"
        return self.duration(node, "a ttl is a duration as in 15m, 1h or 7d, or the word session")

    def _retention_name(self, node: Node) -> str:
        name = self.text(node)
        if name and name not in self._retention:
            self.unknown(node, name, tuple(self._retention), "a retention class of this file")
        return name

    # Governance

    def _stewards(self, node: Node) -> tuple[GovernanceRule, ...]:
        if not self._governance:
            self.problem(node, "governance rules stand in governance.yaml only, which is the steward's")
            return ()
        if not isinstance(node.value, tuple | None):
            self.problem(node, "governance is a list of rules")
            return ()
        rules: dict[str, GovernanceRule] = {}
        for item in node.value or ():
            rule = self._steward(item)
            if rule is not None and rule.name in rules:
                self.problem(item, f"two governance rules are called {rule.name!r}; also at {rules[rule.name].source}")
            elif rule is not None:
                rules[rule.name] = rule
        return tuple(rules.values())

    def _steward(self, node: Node) -> GovernanceRule | None:
        if not self.is_mapping(node, "a governance rule"):
            return None
        fields = self.fields(node, ("name", "when", "deny", "require", "on", "reason"), "a governance rule")
        missing = [word for word in ("name", "reason") if word not in fields]
        if missing:
            self.problem(node, f"a governance rule needs {' and '.join(missing)}")
        if ("deny" in fields) is ("require" in fields):
            self.problem(node, "a governance rule has either deny or require")
        when = self._condition(fields["when"]) if "when" in fields else Condition()
        self._refuse_natives(fields.get("when", node), when)
        deny = self._denied(fields["deny"]) if "deny" in fields else frozenset()
        require = self._required(fields["require"]) if "require" in fields else None
        on = self._covered(fields["on"]) if "on" in fields else frozenset(COVERED)
        if missing:
            return None
        name, reason = self.text(fields["name"]), self.text(fields["reason"])
        return GovernanceRule(
            name=name, when=when, reason=reason, source=node.source, deny=deny, require=require, on=on
        )

    def _refuse_natives(self, node: Node, when: Condition) -> None:
        for native in sorted(PLATFORM_NATIVE & (when.result_types or frozenset())):
            self.problem(node, f"{native} is a platform-native record, which always persists")

    def _denied(self, node: Node) -> frozenset[MaterializationDecision]:
        decisions = {decision for item in self.items(node) if (decision := self.decision(item)) is not None}
        if _DROPPED in decisions:
            self.problem(node, "discard cannot be denied: there is nothing lower; require cache or persist instead")
        return frozenset(decisions)

    def _required(self, node: Node) -> MaterializationDecision | None:
        decision = self.decision(node)
        if decision is _DROPPED:
            self.problem(node, "to require discard raises nothing; to forbid more, say deny: [persist, cache]")
        return decision

    def _covered(self, node: Node) -> frozenset[str]:
        for item in (items := self.items(node)):
            if item.shown not in COVERED:
                self.unknown(item, item.shown, tuple(COVERED), "a part that a rule can cover")
        return frozenset(item.shown for item in items) & COVERED.keys()

    # Conditions

    def _condition(self, node: Node) -> Condition:
        fields = self.fields(node, _CONDITION_WORDS, "a condition")
        if node.says_nothing:
            self.problem(node, f"a condition asks about a fact ({', '.join(_CONDITION_WORDS)}), or is left out")
        sets = {
            field: frozenset(self.name(item, what) for item in self.items(fields[word]))
            for word, (field, what) in _NAMED_FACTS.items()
            if word in fields
        }
        if "media_type" in fields:
            sets["media_types"] = frozenset(self._media_type(item) for item in self.items(fields["media_type"]))
        over, under = self._bounds(fields["bytes"]) if "bytes" in fields else (None, None)
        regenerable = self.truth(fields["regenerable"]) if "regenerable" in fields else None
        return Condition(**sets, over=over, under=under, regenerable=regenerable)

    def _media_type(self, node: Node) -> str:
        media_type = self.text(node).lower()
        kind, _, rest = media_type.partition("/")
        if media_type and not (kind and rest and "*" not in kind and (rest == "*" or "*" not in rest)):
            self.problem(node, f"{printable(node.shown)} is not a media type, as in image/png or image/*")
        return media_type

    def _bounds(self, node: Node) -> tuple[int | None, int | None]:
        bounds = {word: self.bytes(item) for word, item in self.fields(node, ("over", "under"), "bytes").items()}
        if node.says_nothing:
            self.problem(node, "bytes needs over or under, as in {over: 20MiB}")
        return bounds.get("over"), bounds.get("under")


def _always_keeps(rule: Rule) -> bool:
    return all(choice.decision is _KEPT for choice in (rule.choice, *rule.renderings.values()))
