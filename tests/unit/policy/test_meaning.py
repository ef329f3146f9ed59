"""The policy language, word by word: what it means (law 3)."""

from __future__ import annotations

import pytest

from artifact_plane.domain.model.condition import Condition
from artifact_plane.domain.model.errors import InvalidPolicy
from artifact_plane.domain.model.governance import GovernanceRule
from artifact_plane.domain.model.policy_document import Choice, RetentionClass, Rule
from artifact_plane.domain.model.policy_text import PolicyText, assemble, node_of, read_policy
from tests.unit.policy.texts import CACHE, DAY, DISCARD, PERSIST, policy, problems

# What it means

FULL = """\
    materialization_policy:
      workflow: persist
      business_analysis: {decision: cache, ttl: 1h}
      roadmap:
        decision: persist
        retention: client-records
        renderings: {pdf: persist, png: discard, svg: {decision: cache, ttl: session}}
      visual:
        - {when: {bytes: {over: 20MiB}}, decision: discard}
        - {when: {labels: [draft], media_type: image/*}, decision: cache, ttl: 15m}
        - {decision: persist}
      "*": discard
    retention:
      client-records: {keep: 7y}
"""


def test_the_full_form_means_what_it_says() -> None:
    """Every rule has its words, its conditions, and the place where it is written."""
    text = policy(FULL)
    rules = text.rules.entries
    assert rules["workflow"] == (Rule(name="workflow", source="p.yaml:2:13", choice=Choice(decision=PERSIST)),)
    assert rules["business_analysis"][0].choice == Choice(decision=CACHE, ttl=3600)
    assert rules["roadmap"] == (
        Rule(
            name="roadmap",
            source="p.yaml:5:5",
            choice=Choice(decision=PERSIST, retention="client-records"),
            renderings={
                "pdf": Choice(decision=PERSIST),
                "png": Choice(decision=DISCARD),
                "svg": Choice(decision=CACHE, ttl="session"),
            },
        ),
    )
    assert [rule.name for rule in rules["visual"]] == ["visual[0]", "visual[1]", "visual[2]"]
    assert [rule.when for rule in rules["visual"]] == [
        Condition(over=20 * 2**20),
        Condition(labels=frozenset({"draft"}), media_types=frozenset({"image/*"})),
        Condition(),
    ]
    assert [rule.source for rule in rules["visual"]] == ["p.yaml:9:7", "p.yaml:10:7", "p.yaml:11:7"]
    assert rules["*"][0].choice == Choice(decision=DISCARD)
    assert text.retention == {
        "client-records": RetentionClass(name="client-records", keep=7 * 365 * DAY, source="p.yaml:14:19")
    }
    assert (text.rules.origin, text.governance) == ("p.yaml", ())


def test_every_fact_can_be_asked_about_by_one_value_or_several() -> None:
    """The closed set of conditions."""
    text = policy("""\
        materialization_policy:
          chart:
            - when:
                result_type: chart
                realm: [content, insights]
                intent_type: visualize
                tenant: acme
                solution: [claims]
                labels: [draft, pii]
                media_type: [IMAGE/PNG, text/*]
                bytes: {over: 1KB, under: 2000}
                regenerable: true
              decision: cache
        """)
    assert text.rules.entries["chart"][0].when == Condition(
        result_types=frozenset({"chart"}),
        realms=frozenset({"content", "insights"}),
        intent_types=frozenset({"visualize"}),
        tenants=frozenset({"acme"}),
        solutions=frozenset({"claims"}),
        labels=frozenset({"draft", "pii"}),
        media_types=frozenset({"image/png", "text/*"}),
        over=1000,
        under=2000,
        regenerable=True,
    )


def test_the_stewards_rules_mean_what_they_say() -> None:
    """Denials and floors, on everything or on what is named."""
    text = policy(
        """\
        governance:
          - {name: pii-stays-out, when: {labels: [pii]}, deny: [persist, cache], reason: "no PII at rest"}
          - {name: keep-audit, when: {result_type: [quality_report]}, require: persist, on: renderings, reason: audit}
        """,
        governance=True,
    )
    assert text.governance == (
        GovernanceRule(
            name="pii-stays-out",
            when=Condition(labels=frozenset({"pii"})),
            reason="no PII at rest",
            source="p.yaml:2:5",
            deny=frozenset({PERSIST, CACHE}),
        ),
        GovernanceRule(
            name="keep-audit",
            when=Condition(result_types=frozenset({"quality_report"})),
            reason="audit",
            source="p.yaml:3:5",
            require=PERSIST,
            on=frozenset({"renderings"}),
        ),
    )


@pytest.mark.parametrize(
    "text", ["", "# nothing", "materialization_policy:", "materialization_policy: {}", "retention: {}"]
)
def test_an_empty_policy_is_a_policy(text: str) -> None:
    """It says nothing, and that is what it means."""
    assert policy(text) == PolicyText(rules=policy("").rules, retention={}, governance=())
    assert dict(policy(text).rules.entries) == {}


@pytest.mark.parametrize("text", ["", "governance:", "governance: []"])
def test_a_steward_may_have_no_rules(text: str) -> None:
    """An empty steward's file means that there are none."""
    assert policy(text, governance=True).governance == ()


def test_words_of_older_yaml_are_words() -> None:
    """``on`` is a key and ``no`` is no decision; neither becomes true or false on the way."""
    assert problems("materialization_policy: {sop: no}") == [
        "p.yaml:1:31: 'no' is not a decision (persist, cache, discard)"
    ]


# Policies given in code


def test_plain_data_means_what_the_same_text_means() -> None:
    """Rules then name the data instead of a place."""
    given = {"materialization_policy": {"sop": [{"when": {"labels": ("draft",)}, "decision": "cache"}]}}
    rule = read_policy(node_of(given, "settings")).rules.entries["sop"][0]
    assert rule == Rule(
        name="sop[0]",
        source="settings",
        choice=Choice(decision=CACHE),
        when=Condition(labels=frozenset({"draft"})),
    )


@pytest.mark.parametrize(
    "value", [{"materialization_policy": object()}, {"materialization_policy": {b"sop": "persist"}}]
)
def test_data_that_no_policy_can_hold_is_refused(value: object) -> None:
    """InvalidPolicy, like anything else that is wrong."""
    with pytest.raises(InvalidPolicy):
        read_policy(node_of(value, "settings"))


def test_data_that_holds_itself_is_refused() -> None:
    """By depth, not by recursion."""
    value: dict[str, object] = {}
    value["materialization_policy"] = value
    with pytest.raises(InvalidPolicy, match="deeper than 32"):
        node_of(value, "settings")


# Put together


def test_the_document_in_force_has_three_authors() -> None:
    """Platform, solution and steward; retention classes of the first two."""
    platform = policy("{materialization_policy: {sop: discard}, retention: {a: {keep: 1y}}}", file="platform.yaml")
    override = policy("{materialization_policy: {sop: cache}, retention: {b: {keep: 2y}}}", file="o.yaml")
    steward = policy("governance: [{name: n, require: cache, reason: r}]", governance=True, file="governance.yaml")
    document = assemble(platform, override, steward, 60)
    assert (document.platform, document.override, document.governance) == (
        platform.rules,
        override.rules,
        steward.governance,
    )
    assert set(document.retention) == {"a", "b"}
    alone = assemble(platform, None, None, 60)
    assert (alone.override, alone.governance, alone.cache_ttl) == (None, (), 60)


def test_an_override_does_not_redefine_a_retention_class_of_the_platform() -> None:
    """It would change what the platform's rules mean; to say the same again is no harm."""
    platform = policy("retention: {a: {keep: 1y}}", file="platform.yaml")
    assemble(platform, policy("retention: {a: {keep: 365d}}"), None, 60)
    with pytest.raises(InvalidPolicy) as caught:
        assemble(platform, policy("retention:\n  a: {keep: 2y}"), None, 60)
    assert str(caught.value) == "p.yaml:2:6: the retention class 'a' is defined otherwise at platform.yaml:1:16"
