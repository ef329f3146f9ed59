"""The policy language (DESIGN section 7): from positioned text nodes to a checked ``PolicyDocument``.

An adapter reads YAML (or anything like it) into ``Node``; everything the language means is here. All problems of
a text are found in one go, each with file, line and column, the legal words and the nearest one (law 3).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

import attrs

from artifact_plane.domain.model.condition import Condition
from artifact_plane.domain.model.decision import PLATFORM_NATIVE, MaterializationDecision, Seconds, TimeToLive
from artifact_plane.domain.model.errors import InvalidInput, InvalidPolicy, PolicyProblem
from artifact_plane.domain.model.governance import COVERED, GovernanceRule
from artifact_plane.domain.model.identity import check_name
from artifact_plane.domain.model.policy_document import Choice, RetentionClass, Rule, RuleTable

Scalar: TypeAlias = "str | int | float | bool | None"


@attrs.frozen(kw_only=True)
class Node:
    """A value of the text with its place: a scalar, a tuple of nodes, or a ``Table``."""

    file: str
    line: int
    column: int
    value: Scalar | tuple[Node, ...] | Table

    @property
    def source(self) -> str:
        """``file:line:column``, or the file alone where the text has no lines."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@attrs.frozen
class Table:
    """A mapping's entries in the order of the text; keys have places too."""

    entries: tuple[tuple[Node, Node], ...]


@attrs.frozen(kw_only=True)
class PolicyText:
    """What one text says: a table of rules, retention classes, and governance rules."""

    rules: RuleTable
    retention: Mapping[str, RetentionClass]
    governance: tuple[GovernanceRule, ...]


def node_of(value: object, file: str) -> Node:
    """A node tree over plain Python data, for policies that are given in code; it has no lines.

    Raises:
        InvalidPolicy: it holds something else than mappings, sequences and scalars.
    """
    if isinstance(value, Mapping):
        pairs = tuple((node_of(key, file), node_of(item, file)) for key, item in value.items())
        return Node(file=file, line=0, column=0, value=Table(pairs))
    if isinstance(value, list | tuple):
        return Node(file=file, line=0, column=0, value=tuple(node_of(item, file) for item in value))
    if value is None or isinstance(value, str | int | float | bool):
        return Node(file=file, line=0, column=0, value=value)
    raise InvalidPolicy([PolicyProblem(file=file, line=0, column=0, message=f"{type(value).__name__} is not policy")])


def read_policy(root: Node, *, governance: bool = False) -> PolicyText:
    """Check one whole text. ``governance`` says that it is the steward's file, where alone such rules may stand.

    Raises:
        InvalidPolicy: with everything that is wrong in it.
    """
    reader = _Reader(governance)
    text = reader.text(root)
    if reader.problems:
        raise InvalidPolicy(sorted(reader.problems, key=lambda problem: (problem.line, problem.column)))
    return text


_DECISIONS: Final = {decision.value: decision for decision in MaterializationDecision}
_DURATIONS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400, "y": 365 * 86_400}
_SIZES: Final = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
_NUMBER_UNIT: Final = re.compile(r"(\d{1,12})\s*([A-Za-z]*)")
_CONDITION_FIELDS: Final = {
    "result_type": "result_types",
    "realm": "realms",
    "intent_type": "intent_types",
    "tenant": "tenants",
    "solution": "solutions",
    "labels": "labels",
    "media_type": "media_types",
}
_CONDITION_WORDS: Final = (*_CONDITION_FIELDS, "bytes", "regenerable")


def parse_size(text: str) -> int | None:
    """Bytes from ``20MiB``, ``30 MB`` or ``4096``; None where it is not a size."""
    return _measured(text, _SIZES)


def parse_duration(text: str) -> Seconds | None:
    """Seconds from ``90s``, ``15m``, ``1h``, ``7d``, ``2w`` or ``7y``; None where it is not a duration."""
    seconds = _measured(text, _DURATIONS)
    return seconds if seconds else None


def _measured(text: str, units: Mapping[str, int]) -> int | None:
    match = _NUMBER_UNIT.fullmatch(text.strip())
    factor = units.get(match[2].lower()) if match else None
    return None if match is None or factor is None else int(match[1]) * factor


class _Reader:
    """Reads one text, collecting problems instead of stopping at the first."""

    def __init__(self, governance: bool) -> None:
        self.problems: list[PolicyProblem] = []
        self._governance = governance
        self._retention: dict[str, RetentionClass] = {}

    # The text as a whole

    def text(self, root: Node) -> PolicyText:
        top = self._fields(root, ("materialization_policy", "retention", "governance"), "a policy")
        if "retention" in top:
            self._retention = {
                name: RetentionClass(name=name, keep=keep, source=node.source)
                for name, node in self._named(top["retention"], "retention class")
                if (keep := self._keep(node)) is not None
            }
        rules: dict[str, tuple[Rule, ...]] = {}
        if "materialization_policy" in top:
            table = self._named(top["materialization_policy"], "result type", also=("*",))
            rules = {name: self._rules(name, node) for name, node in table}
        return PolicyText(
            rules=RuleTable(origin=root.file, entries=rules),
            retention=self._retention,
            governance=self._stewards(top["governance"]) if "governance" in top else (),
        )

    # Rules of one result type

    def _rules(self, result_type: str, node: Node) -> tuple[Rule, ...]:
        if isinstance(node.value, tuple):
            rules = [self._rule(f"{result_type}[{index}]", item) for index, item in enumerate(node.value)]
        else:
            rules = [self._rule(result_type, node)]
        kept = tuple(rule for rule in rules if rule is not None)
        if result_type in PLATFORM_NATIVE:
            self._check_native(result_type, node, kept)
        return kept

    def _check_native(self, result_type: str, node: Node, rules: Iterable[Rule]) -> None:
        for rule in rules:
            choices = (rule.choice, *rule.renderings.values())
            if any(choice.decision is not MaterializationDecision.PERSIST for choice in choices):
                self._problem(node, f"{result_type} is a platform-native record, which always persists")

    def _rule(self, name: str, node: Node) -> Rule | None:
        if not isinstance(node.value, Table):
            choice = self._word_choice(node)
            return None if choice is None else Rule(name=name, source=node.source, choice=choice)
        fields = self._fields(node, ("when", "decision", "ttl", "retention", "renderings"), "a rule")
        choice = self._choice(node, fields)
        when = self._condition(fields["when"]) if "when" in fields else Condition()
        views = self._views(fields["renderings"]) if "renderings" in fields else {}
        if choice is None:
            return None
        return Rule(name=name, source=node.source, choice=choice, when=when, renderings=views)

    def _views(self, node: Node) -> dict[str, Choice]:
        views: dict[str, Choice] = {}
        for name, item in self._named(node, "rendering name"):
            if isinstance(item.value, Table):
                choice = self._choice(item, self._fields(item, ("decision", "ttl", "retention"), "a rendering's rule"))
            else:
                choice = self._word_choice(item)
            if choice is not None:
                views[name] = choice
        return views

    def _word_choice(self, node: Node) -> Choice | None:
        decision = self._decision(node)
        return None if decision is None else Choice(decision=decision)

    def _choice(self, node: Node, fields: Mapping[str, Node]) -> Choice | None:
        if "decision" not in fields:
            self._problem(node, "a rule needs a decision: persist, cache or discard")
            return None
        decision = self._decision(fields["decision"])
        ttl = self._ttl(fields["ttl"]) if "ttl" in fields else None
        retention = self._retention_name(fields["retention"]) if "retention" in fields else None
        if "ttl" in fields and decision not in (None, MaterializationDecision.CACHE):
            self._problem(fields["ttl"], "ttl goes with cache only")
        if "retention" in fields and decision not in (None, MaterializationDecision.PERSIST):
            self._problem(fields["retention"], "retention goes with persist only")
        return None if decision is None else Choice(decision=decision, ttl=ttl, retention=retention)

    # Governance

    def _stewards(self, node: Node) -> tuple[GovernanceRule, ...]:
        if not self._governance:
            self._problem(node, "governance rules stand in governance.yaml only, which is the steward's")
            return ()
        if not isinstance(node.value, tuple):
            self._problem(node, "governance is a list of rules")
            return ()
        rules = [rule for item in node.value if (rule := self._steward(item)) is not None]
        names = [rule.name for rule in rules]
        for rule, item in zip(rules, node.value, strict=False):
            if names.count(rule.name) > 1:
                self._problem(item, f"two governance rules are called {rule.name!r}")
        return tuple(rules)

    def _steward(self, node: Node) -> GovernanceRule | None:
        fields = self._fields(node, ("name", "when", "deny", "require", "on", "reason"), "a governance rule")
        if ("deny" in fields) is ("require" in fields):
            self._problem(node, "a governance rule has either deny or require")
            return None
        missing = [word for word in ("name", "reason") if word not in fields]
        if missing:
            self._problem(node, f"a governance rule needs {' and '.join(missing)}")
            return None
        when = self._condition(fields["when"]) if "when" in fields else Condition()
        self._refuse_natives(fields.get("when", node), when)
        return GovernanceRule(
            name=self._string(fields["name"]),
            when=when,
            reason=self._string(fields["reason"]),
            source=node.source,
            deny=self._denied(fields["deny"]) if "deny" in fields else frozenset(),
            require=self._decision(fields["require"]) if "require" in fields else None,
            on=self._covered(fields["on"]) if "on" in fields else frozenset(COVERED),
        )

    def _refuse_natives(self, node: Node, when: Condition) -> None:
        for native in sorted(PLATFORM_NATIVE & (when.result_types or frozenset())):
            self._problem(node, f"{native} is a platform-native record, which always persists")

    def _denied(self, node: Node) -> frozenset[MaterializationDecision]:
        decisions = {decision for item in self._items(node) if (decision := self._decision(item)) is not None}
        if MaterializationDecision.DISCARD in decisions:
            self._problem(node, "discard cannot be denied: there is nothing lower; require cache or persist instead")
        if not decisions:
            self._problem(node, "deny names no decision")
        return frozenset(decisions)

    def _covered(self, node: Node) -> frozenset[str]:
        words = [self._string(item) for item in self._items(node)]
        for word, item in zip(words, self._items(node), strict=True):
            if word not in COVERED:
                self._unknown(item, word, tuple(COVERED), "a part that a rule can cover")
        return frozenset(words) & COVERED.keys()

    # Conditions

    def _condition(self, node: Node) -> Condition:
        fields = self._fields(node, _CONDITION_WORDS, "a condition")
        sets = {
            _CONDITION_FIELDS[word]: frozenset(self._string(item) for item in self._items(value))
            for word, value in fields.items()
            if word in _CONDITION_FIELDS
        }
        over, under = self._bounds(fields["bytes"]) if "bytes" in fields else (None, None)
        regenerable = self._truth(fields["regenerable"]) if "regenerable" in fields else None
        return Condition(**sets, over=over, under=under, regenerable=regenerable)

    def _bounds(self, node: Node) -> tuple[int | None, int | None]:
        bounds = {word: self._bytes(item) for word, item in self._fields(node, ("over", "under"), "bytes").items()}
        if not bounds:
            self._problem(node, "bytes needs over or under, as in {over: 20MiB}")
        return bounds.get("over"), bounds.get("under")

    # Words and measures

    def _decision(self, node: Node) -> MaterializationDecision | None:
        if isinstance(node.value, str) and node.value in _DECISIONS:
            return _DECISIONS[node.value]
        self._unknown(node, _shown(node), tuple(_DECISIONS), "a decision")
        return None

    def _ttl(self, node: Node) -> TimeToLive:
        if node.value == "session":
            return "session"
        return self._duration(node, "a ttl is a duration as in 15m, 1h or 7d, or the word session")

    def _keep(self, node: Node) -> Seconds | None:
        fields = self._fields(node, ("keep",), "a retention class")
        if "keep" not in fields:
            self._problem(node, "a retention class needs keep, as in {keep: 7y}")
            return None
        return self._duration(fields["keep"], "keep is a duration as in 30d or 7y")

    def _duration(self, node: Node, message: str) -> Seconds | None:
        seconds = parse_duration(node.value) if isinstance(node.value, str) else None
        if seconds is None:
            self._problem(node, f"{message}; not {_shown(node)!r}")
        return seconds

    def _bytes(self, node: Node) -> int | None:
        size = parse_size(str(node.value)) if type(node.value) in (str, int) else None
        if size is None:
            self._problem(node, f"a size is a number of bytes, or as in 20MiB or 30MB; not {_shown(node)!r}")
        return size

    def _retention_name(self, node: Node) -> str:
        name = self._string(node)
        if name not in self._retention:
            self._unknown(node, name, tuple(self._retention), "a retention class of this file")
        return name

    def _truth(self, node: Node) -> bool | None:
        if isinstance(node.value, bool):
            return node.value
        self._problem(node, f"true or false is expected, not {_shown(node)!r}")
        return None

    def _string(self, node: Node) -> str:
        if isinstance(node.value, str) and node.value:
            return node.value
        self._problem(node, f"text is expected, not {_shown(node)!r}")
        return ""

    def _items(self, node: Node) -> tuple[Node, ...]:
        return node.value if isinstance(node.value, tuple) else (node,)

    # Mappings

    def _fields(self, node: Node, legal: tuple[str, ...], what: str) -> dict[str, Node]:
        """The entries of a mapping that may hold ``legal`` keys only, each once."""
        fields: dict[str, Node] = {}
        for name, key, value in self._entries(node, what):
            if name not in legal:
                self._unknown(key, name, legal, f"a key of {what}")
            else:
                fields[name] = value
        return fields

    def _named(self, node: Node, what: str, also: tuple[str, ...] = ()) -> list[tuple[str, Node]]:
        """The entries of a mapping whose keys are names of the user's own."""
        named = []
        for name, key, value in self._entries(node, f"a table by {what}"):
            problem = None if name in also else _name_problem(what, name)
            if problem is None:
                named.append((name, value))
            else:
                self._problem(key, problem)
        return named

    def _entries(self, node: Node, what: str) -> list[tuple[str, Node, Node]]:
        if node.value is None:
            return []
        if not isinstance(node.value, Table):
            self._problem(node, f"{what} is a mapping, not {_shown(node)!r}")
            return []
        first: dict[str, Node] = {}
        entries = []
        for key, value in node.value.entries:
            name = _shown(key)
            if name in first:
                self._problem(key, f"{name!r} stands here twice; first at line {first[name].line}")
            else:
                first[name] = key
                entries.append((name, key, value))
        return entries

    def _unknown(self, node: Node, word: str, legal: tuple[str, ...], what: str) -> None:
        near = difflib.get_close_matches(word, legal, n=1, cutoff=0.5)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        choices = ", ".join(legal) if legal else "none is defined"
        self._problem(node, f"{word!r} is not {what} ({choices}){hint}")

    def _problem(self, node: Node, message: str) -> None:
        self.problems.append(PolicyProblem(file=node.file, line=node.line, column=node.column, message=message))


def _shown(node: Node) -> str:
    if isinstance(node.value, Table):
        return "a mapping"
    if isinstance(node.value, tuple):
        return "a list"
    if isinstance(node.value, bool):
        return "true" if node.value else "false"
    return "nothing" if node.value is None else str(node.value)[:80]


def _name_problem(what: str, name: str) -> str | None:
    try:
        check_name(what, name)
    except InvalidInput as error:
        return f"{error.message}: {error.remedy}"
    return None
