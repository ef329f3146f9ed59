"""The laws of deciding, on random policies and random subjects, against a naive reading of the same data."""

from __future__ import annotations

import attrs
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from artifact_plane.domain.model.decision import PLATFORM_NATIVE, Basis, Layer, Role, Ruling, Subject
from artifact_plane.domain.model.policy import MaterializationPolicy
from tests.properties.policies import (
    CACHE,
    DIGEST,
    DISCARD,
    EMPTY,
    LARGEST_BOUND,
    PERSIST,
    RANK,
    TYPES,
    VIEWS,
    WORDS,
    Data,
    Texts,
    Verdict,
    decisions,
    denied,
    governs,
    stewards,
    subjects,
    tables,
    texts,
    verdict,
)

many = settings(max_examples=150, deadline=None)
unsized = st.none()


def said(ruling: Ruling) -> Verdict:
    """What a ruling says, for comparing."""
    return Verdict(ruling.decision, ruling.layer, ruling.rule)


@many
@given(texts, subjects())
def test_what_is_decided_is_what_the_policy_says(policy: Texts, subject: Subject) -> None:
    """Denial over floor over explicit request over override over default over DISCARD, and who won is named (law 1)."""
    assert said(policy.compiled().decide(subject)) == verdict(policy, subject)


@many
@given(texts, subjects(size=unsized))
def test_where_the_size_is_not_known_no_rule_about_it_holds(policy: Texts, subject: Subject) -> None:
    """The same, before anything was rendered."""
    assert said(policy.compiled().decide(subject)) == verdict(policy, subject)


@many
@given(texts, subjects(), st.text())
def test_deciding_is_total_and_deterministic(policy: Texts, subject: Subject, any_type: str) -> None:
    """Whatever is asked, there is a ruling, the same one each time, from any compilation of the policy (law 4)."""
    compiled = policy.compiled()
    for asked in (subject, attrs.evolve(subject, result_type=any_type)):
        ruling = compiled.decide(asked)
        assert compiled.decide(asked) is ruling
        assert policy.compiled().decide(asked) == ruling


@many
@given(texts, subjects())
def test_every_ruling_says_why(policy: Texts, subject: Subject) -> None:
    """Layer, rule, source, reason and digest; a lifetime for CACHE and for nothing else."""
    ruling = policy.compiled().decide(subject)
    assert ruling.rule and ruling.source and ruling.reason
    assert ruling.policy_digest == DIGEST
    assert (ruling.ttl is not None) is (ruling.decision is CACHE)


@many
@given(texts, stewards(kinds=("require",)), subjects())
def test_a_floor_is_never_lowered(policy: Texts, floors: tuple[Data, ...], subject: Subject) -> None:
    """Where no denial stands, nothing is decided below what a steward requires (law 1)."""
    ruling = attrs.evolve(policy, governance=floors).compiled().decide(subject)
    for rule in floors:
        if governs(rule, subject):
            assert RANK[ruling.decision] >= RANK[WORDS[str(rule["require"])]]


@many
@given(texts, subjects())
def test_a_denial_is_never_passed(policy: Texts, subject: Subject) -> None:
    """No floor, no explicit request, no override gets past it; only platform-native records do (laws 1 and 2)."""
    ruling = policy.compiled().decide(subject)
    for rule in policy.denials:
        if governs(rule, subject):
            assert ruling.decision not in denied(rule)


@many
@given(texts, stewards(kinds=("deny",)), subjects())
def test_a_denied_decision_becomes_the_next_lower_one_that_is_allowed(
    policy: Texts, denials: tuple[Data, ...], subject: Subject
) -> None:
    """Not lower than it has to be (law 1)."""
    policy = attrs.evolve(policy, governance=(*policy.floors, *denials))
    without = attrs.evolve(policy, governance=policy.floors).compiled().decide(subject)
    forbidden = {decision for rule in denials if governs(rule, subject) for decision in denied(rule)}
    allowed = [
        decision
        for decision in (PERSIST, CACHE, DISCARD)
        if RANK[decision] <= RANK[without.decision] and decision not in forbidden
    ]
    assert policy.compiled().decide(subject).decision is allowed[0]


@many
@given(texts, tables(), subjects())
@example(Texts(platform={"a": "persist"}, override=None, governance=()), {"*": "cache"}, Subject(result_type="a"))
def test_an_override_beats_the_default(policy: Texts, override: Data, subject: Subject) -> None:
    """Where the override says something, it does not matter what the platform says."""
    alone = Texts(platform={}, override=override, governance=policy.governance).compiled().decide(subject)
    assume(alone.layer is not Layer.FALLBACK)
    both = attrs.evolve(policy, override=override).compiled().decide(subject)
    if alone.layer is Layer.SOLUTION_OVERRIDE:
        assert both == alone


@many
@given(texts, tables(), subjects())
def test_an_override_that_says_nothing_about_a_subject_leaves_the_default(
    policy: Texts, override: Data, subject: Subject
) -> None:
    """It takes the place of rules, not of the table."""
    alone = Texts(platform={}, override=override, governance=()).compiled().decide(subject)
    assume(alone.layer is Layer.FALLBACK)
    assert attrs.evolve(policy, override=override).compiled().decide(subject) == attrs.evolve(
        policy, override=None
    ).compiled().decide(subject)


@many
@given(decisions, st.dictionaries(st.sampled_from(VIEWS), decisions), subjects(("a",)))
def test_a_view_named_apart_is_ruled_apart_and_the_others_with_the_whole(
    word: str, views: dict[str, str], subject: Subject
) -> None:
    """A rule's ``renderings`` are about the views they name, and nothing else."""
    asked = attrs.evolve(subject, basis=Basis.RESULT)
    table = {"a": {"decision": word, "renderings": views}}
    ruling = attrs.evolve(EMPTY, platform=table).compiled().decide(asked)
    assert ruling.decision is WORDS[views.get(asked.rendering or "", word)]


@many
@given(texts, subjects())
def test_an_empty_override_changes_nothing(policy: Texts, subject: Subject) -> None:
    """Law 3."""
    without, empty = attrs.evolve(policy, override=None), attrs.evolve(policy, override={})
    assert empty.compiled().decide(subject) == without.compiled().decide(subject)


@many
@given(texts, subjects(("b", "unlisted")), tables(("a",)), tables(("a",)), stewards(about="a"))
def test_a_rule_for_one_type_never_changes_another(
    policy: Texts, subject: Subject, platform: Data, override: Data, governance: tuple[Data, ...]
) -> None:
    """Whatever is said about ``a``, in whatever layer, ``b`` is ruled as before."""
    policy = attrs.evolve(policy, governance=())
    more = Texts(
        platform={**policy.platform, **platform},
        override=policy.override
        if policy.override is None and not override
        else {**(policy.override or {}), **override},
        governance=governance,
    )
    assert more.compiled().decide(subject) == policy.compiled().decide(subject)


@many
@given(texts, subjects())
def test_the_winning_layer_alone_gives_the_same_decision(policy: Texts, subject: Subject) -> None:
    """What a ruling names as its reason is reason enough."""
    ruling = policy.compiled().decide(subject)
    without_denials = attrs.evolve(policy, governance=policy.floors).compiled().decide(subject)
    word = without_denials.decision.value
    alone = {
        Layer.SOLUTION_OVERRIDE: attrs.evolve(EMPTY, override=policy.override),
        Layer.PLATFORM_DEFAULT: attrs.evolve(EMPTY, platform=policy.platform),
        Layer.FLOOR: attrs.evolve(EMPTY, governance=tuple(one for one in policy.floors if one["name"] == ruling.rule)),
        Layer.DENIAL: attrs.evolve(EMPTY, platform={"*": word}, governance=policy.denials),
    }.get(ruling.layer, EMPTY)
    assert alone.compiled().decide(subject).decision is ruling.decision


@many
@given(texts, subjects(tuple(PLATFORM_NATIVE)))
def test_platform_native_records_always_persist(policy: Texts, subject: Subject) -> None:
    """No rule for all types, no denial without a type reaches them (law 2)."""
    assert said(policy.compiled().decide(subject)) == Verdict(PERSIST, Layer.PLATFORM_NATIVE, "platform_native")


@many
@given(texts, subjects())
def test_an_explicit_request_is_above_the_policy_and_below_the_steward(policy: Texts, subject: Subject) -> None:
    """PERSIST, unless it is denied (law 1)."""
    asked = attrs.evolve(subject, basis=Basis.EXPLICIT)
    ruling = policy.compiled().decide(asked)
    if any(PERSIST in denied(rule) and governs(rule, asked) for rule in policy.denials):
        assert ruling.layer is Layer.DENIAL
    else:
        assert (ruling.decision, ruling.layer) == (PERSIST, Layer.EXPLICIT_REQUEST)


@many
@given(texts, subjects())
def test_a_meaning_is_kept_unless_a_denial_removes_it(policy: Texts, subject: Subject) -> None:
    """Whatever is said about its renderings (law 8)."""
    meaning = attrs.evolve(subject, basis=Basis.MEANING, role=Role.SEMANTIC)
    ruling = policy.compiled().decide(meaning)
    if any(PERSIST in denied(rule) and governs(rule, meaning) for rule in policy.denials):
        assert ruling.layer is Layer.DENIAL
    else:
        assert (ruling.decision, ruling.layer) == (PERSIST, Layer.MEANING)


def rulings_by_size(policy: MaterializationPolicy, subject: Subject) -> set[Ruling]:
    """By trying every size that a random bound could tell apart."""
    return {policy.decide(attrs.evolve(subject, size=size)) for size in range(LARGEST_BOUND + 3)}


@many
@given(texts, subjects(size=unsized))
@example(
    Texts(
        platform={"a": [{"when": {"bytes": {"over": 0, "under": 2}}, "decision": "cache"}]},
        override=None,
        governance=(),
    ),
    Subject(result_type="a"),
)
def test_the_size_is_needed_exactly_where_some_size_changes_the_ruling(texts: Texts, subject: Subject) -> None:
    """A rule about bytes that cannot win is no reason to render (law 10)."""
    policy = texts.compiled()
    possible = rulings_by_size(policy, subject)
    assert policy.needs_size(subject) is (len(possible) > 1)
    outcomes = policy.outcomes(subject)
    assert {ruling for _, ruling in outcomes} == possible
    assert len(outcomes) == len(possible)
    for size, ruling in outcomes:
        assert policy.decide(attrs.evolve(subject, size=size)) == ruling


@many
@given(texts, subjects(size=unsized))
def test_where_the_size_is_not_needed_what_is_decided_without_it_holds(texts: Texts, subject: Subject) -> None:
    """To ask early and to ask late is the same then."""
    policy = texts.compiled()
    if not policy.needs_size(subject):
        assert rulings_by_size(policy, subject) == {policy.decide(subject)}


@many
@given(texts, subjects())
def test_a_known_size_is_never_needed(texts: Texts, subject: Subject) -> None:
    """One outcome: the ruling."""
    policy = texts.compiled()
    assert not policy.needs_size(subject)
    assert policy.outcomes(subject) == ((subject.size, policy.decide(subject)),)


def test_the_random_policies_reach_every_layer() -> None:
    """The strategies are worth something only if nothing is out of their reach."""
    reached: set[Layer] = set()

    @settings(max_examples=300, deadline=None, database=None, derandomize=True)
    @given(texts, subjects((*TYPES, "unlisted", "intent")))
    def collect(policy: Texts, subject: Subject) -> None:
        reached.add(policy.compiled().decide(subject).layer)

    collect()
    assert reached == set(Layer)
