"""Random policies as their author would write them, random subjects, and what is decided about them, naively."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias, cast

import attrs
from hypothesis import strategies as st

from artifact_plane.domain.model.decision import PLATFORM_NATIVE, Basis, Layer, MaterializationDecision, Role, Subject
from artifact_plane.domain.model.policy import MaterializationPolicy
from artifact_plane.domain.model.policy_text import PolicyText, assemble, node_of, read_policy

Data: TypeAlias = "Mapping[str, object]"

PERSIST, CACHE, DISCARD = (
    MaterializationDecision.PERSIST,
    MaterializationDecision.CACHE,
    MaterializationDecision.DISCARD,
)
WORDS: Final = {"persist": PERSIST, "cache": CACHE, "discard": DISCARD}
RANK: Final = {DISCARD: 0, CACHE: 1, PERSIST: 2}
NEXT_LOWER: Final = {PERSIST: CACHE, CACHE: DISCARD}
COVERED: Final = {
    Role.SEMANTIC: "meaning",
    Role.RENDERING: "renderings",
    Role.OUTPUT: "renderings",
    Role.ATTACHMENT: "attachments",
}
DIGEST: Final = "blake3:policy"
LARGEST_BOUND: Final = 12

TYPES: Final = ("a", "b", "attachment")
LABELS: Final = ("x", "y")
VIEWS: Final = ("pdf", "png")


@attrs.frozen(kw_only=True)
class Texts:
    """The three texts of a policy, as data."""

    platform: Data
    override: Data | None
    governance: tuple[Data, ...]

    def compiled(self) -> MaterializationPolicy:
        """The policy, by way of the language."""
        document = assemble(
            _text({"materialization_policy": self.platform}),
            None if self.override is None else _text({"materialization_policy": self.override}),
            _text({"governance": list(self.governance)}, governance=True),
            3600,
        )
        return MaterializationPolicy(document, DIGEST)

    @property
    def denials(self) -> tuple[Data, ...]:
        """The steward's rules that deny."""
        return tuple(rule for rule in self.governance if "deny" in rule)

    @property
    def floors(self) -> tuple[Data, ...]:
        """The steward's rules that require."""
        return tuple(rule for rule in self.governance if "require" in rule)


EMPTY: Final = Texts(platform={}, override=None, governance=())


def _text(data: Data, *, governance: bool = False) -> PolicyText:
    return read_policy(node_of(data, "policy"), governance=governance)


# Random ones

decisions = st.sampled_from(sorted(WORDS))


def _several(values: Sequence[str]) -> st.SearchStrategy[object]:
    """One value, or a list of them."""
    return st.sampled_from(values) | st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True)


bounds = st.integers(0, LARGEST_BOUND)
FACTS: Final[Mapping[str, st.SearchStrategy[object]]] = {
    "result_type": _several(TYPES),
    "realm": _several(("r", "q")),
    "intent_type": _several(("i", "j")),
    "tenant": _several(("t", "u")),
    "solution": _several(("s", "o")),
    "labels": _several(LABELS),
    "media_type": _several(("image/png", "image/*", "text/html")),
    "bytes": st.fixed_dictionaries({}, optional={"over": bounds, "under": bounds}).filter(bool),
    "regenerable": st.booleans(),
}


@st.composite
def whens(draw: st.DrawFn) -> Data:
    """No condition, or one about a fact or two: half of them about the size, which has laws of its own."""
    facts = draw(st.lists(st.sampled_from(sorted(FACTS)) | st.just("bytes"), max_size=2, unique=True))
    return {"when": {fact: draw(FACTS[fact]) for fact in facts}} if facts else {}


@st.composite
def rules(draw: st.DrawFn) -> Data:
    """One rule of a table, in its full form."""
    decision = draw(decisions)
    views = draw(st.dictionaries(st.sampled_from(VIEWS), decisions, max_size=2))
    rule = {**draw(whens()), "decision": decision}
    if decision == "cache" and draw(st.booleans()):
        rule["ttl"] = draw(st.sampled_from(["5m", "session"]))
    return {**rule, "renderings": views} if views else rule


def tables(types: Sequence[str] = (*TYPES, "*")) -> st.SearchStrategy[Data]:
    """The table of a layer: for some types a word, a rule, or a list of rules."""
    entry = decisions | rules() | st.lists(rules(), min_size=1, max_size=2)
    return st.dictionaries(st.sampled_from(types), entry, max_size=3)


@st.composite
def stewards(
    draw: st.DrawFn, *, about: str | None = None, kinds: Sequence[str] = ("deny", "require")
) -> tuple[Data, ...]:
    """Governance rules; ``about`` limits them to one result type, ``kinds`` to denials or floors."""
    drawn = draw(st.lists(st.tuples(st.just({}) | whens(), st.sampled_from(kinds)), max_size=3))
    made = []
    for number, (when, kind) in enumerate(drawn):
        rule: dict[str, object] = {"name": f"{kind}-{number}", "reason": "so the steward says", **when}
        if about is not None:
            rule["when"] = {**cast(Data, when.get("when", {})), "result_type": about}
        if kind == "deny":
            rule["deny"] = draw(st.lists(st.sampled_from(["persist", "cache"]), min_size=1, max_size=2, unique=True))
        else:
            rule["require"] = draw(st.sampled_from(["persist", "cache"]))
        if draw(st.booleans()):
            rule["on"] = draw(_several(("meaning", "renderings", "attachments")))
        made.append(rule)
    return tuple(made)


texts = st.builds(Texts, platform=tables(), override=st.none() | tables(), governance=stewards())

sizes = st.integers(0, LARGEST_BOUND + 2)


def subjects(
    types: Sequence[str] = (*TYPES, "unlisted"), size: st.SearchStrategy[int | None] = sizes
) -> st.SearchStrategy[Subject]:
    """Whatever may be asked about, in every combination of facts."""
    return st.builds(
        Subject,
        result_type=st.sampled_from(types),
        role=st.sampled_from(Role),
        basis=st.sampled_from(Basis),
        rendering=st.sampled_from([None, *VIEWS, "svg"]),
        realm=st.sampled_from([None, "r", "q"]),
        intent_type=st.sampled_from([None, "i", "j"]),
        tenant_id=st.sampled_from(["t", "u"]),
        solution_id=st.sampled_from(["s", "o"]),
        labels=st.frozensets(st.sampled_from(LABELS)),
        media_type=st.sampled_from(
            [None, "image/png", "Image/PNG; q=1", "image/gif", "text/html; charset=utf-8", "text/css"]
        ),
        size=size,
        regenerable=st.booleans(),
    )


# What is decided, naively


@attrs.frozen
class Verdict:
    """What was decided, by whom."""

    decision: MaterializationDecision
    layer: Layer
    rule: str


def verdict(texts: Texts, subject: Subject) -> Verdict:
    """Law 1, 2 and 8, straight from the data."""
    if subject.result_type in PLATFORM_NATIVE:
        return Verdict(PERSIST, Layer.PLATFORM_NATIVE, "platform_native")
    ruled = _chosen(texts, subject)
    for rule in sorted(texts.floors, key=lambda rule: -RANK[_word(rule["require"])]):
        if governs(rule, subject) and RANK[_word(rule["require"])] > RANK[ruled.decision]:
            ruled = Verdict(_word(rule["require"]), Layer.FLOOR, str(rule["name"]))
    while denying := [rule for rule in texts.denials if governs(rule, subject) and ruled.decision in denied(rule)]:
        ruled = Verdict(NEXT_LOWER[ruled.decision], Layer.DENIAL, str(denying[0]["name"]))
    return ruled


def governs(rule: Data, subject: Subject) -> bool:
    """Whether a steward's rule is about the subject."""
    on = _list(rule.get("on", list(COVERED.values())))
    return COVERED[subject.role] in on and holds(cast(Data, rule.get("when", {})), subject)


def denied(rule: Data) -> set[MaterializationDecision]:
    """What a steward's rule denies."""
    return {_word(word) for word in _list(rule["deny"])}


def _chosen(texts: Texts, subject: Subject) -> Verdict:
    if subject.basis is Basis.EXPLICIT:
        return Verdict(PERSIST, Layer.EXPLICIT_REQUEST, "explicit_request")
    if subject.basis is Basis.MEANING:
        return Verdict(PERSIST, Layer.MEANING, "meaning")
    for layer, table in ((Layer.SOLUTION_OVERRIDE, texts.override), (Layer.PLATFORM_DEFAULT, texts.platform)):
        for name in (subject.result_type, "*"):
            for rule_name, rule in _named_rules(name, (table or {}).get(name)):
                if holds(cast(Data, rule.get("when", {})), subject):
                    return _verdict_of(rule_name, rule, layer, subject.rendering)
    return Verdict(DISCARD, Layer.FALLBACK, "fallback")


def _named_rules(name: str, entry: object) -> list[tuple[str, Data]]:
    if entry is None:
        return []
    if isinstance(entry, list):
        return [(f"{name}[{index}]", rule) for index, rule in enumerate(entry)]
    return [(name, {"decision": entry} if isinstance(entry, str) else cast(Data, entry))]


def _verdict_of(name: str, rule: Data, layer: Layer, rendering: str | None) -> Verdict:
    views = cast(Data, rule.get("renderings", {}))
    if rendering in views:
        return Verdict(_word(views[str(rendering)]), layer, f"{name}.renderings.{rendering}")
    return Verdict(_word(rule["decision"]), layer, name)


def holds(when: Data, subject: Subject) -> bool:
    """Whether all that a condition asks is the case."""
    facts = {
        "result_type": subject.result_type,
        "realm": subject.realm,
        "intent_type": subject.intent_type,
        "tenant": subject.tenant_id,
        "solution": subject.solution_id,
    }
    if any(word in when and fact not in _list(when[word]) for word, fact in facts.items()):
        return False
    if "labels" in when and not subject.labels & set(_list(when["labels"])):
        return False
    if "media_type" in when and not any(_like(subject.media_type, wanted) for wanted in _list(when["media_type"])):
        return False
    if "regenerable" in when and when["regenerable"] != subject.regenerable:
        return False
    return _within(cast("Mapping[str, int]", when.get("bytes", {})), subject.size)


def _like(media_type: str | None, wanted: str) -> bool:
    plain = (media_type or "").split(";")[0].strip().lower()
    return plain == wanted or (wanted.endswith("/*") and plain.split("/")[0] == wanted[:-2])


def _within(limits: Mapping[str, int], size: int | None) -> bool:
    if not limits:
        return True
    return size is not None and limits.get("over", -1) < size < limits.get("under", 10**9)


def _list(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def _word(word: object) -> MaterializationDecision:
    return WORDS[str(word)]
