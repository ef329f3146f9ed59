"""A compiled policy's rulings, word for word: what a receipt will say."""

from __future__ import annotations

import attrs
import pytest

from artifact_plane.domain.model.condition import Condition
from artifact_plane.domain.model.decision import Basis, Layer, MaterializationDecision, Role, Ruling, Subject
from artifact_plane.domain.model.governance import GovernanceRule
from artifact_plane.domain.model.policy import MaterializationPolicy
from artifact_plane.domain.model.policy_document import PolicyDocument
from artifact_plane.domain.model.policy_text import assemble, node_of, read_policy

PERSIST, CACHE, DISCARD = (
    MaterializationDecision.PERSIST,
    MaterializationDecision.CACHE,
    MaterializationDecision.DISCARD,
)


def document(platform: object, override: object = None, governance: object = ()) -> PolicyDocument:
    """A document from plain data."""
    return assemble(
        read_policy(
            node_of({"materialization_policy": platform, "retention": {"long": {"keep": "7y"}}}, "platform.yaml")
        ),
        None if override is None else read_policy(node_of({"materialization_policy": override}, "override.yaml")),
        read_policy(node_of({"governance": governance}, "governance.yaml"), governance=True),
        600,
    )


def ruling(subject: Subject, platform: object, override: object = None, governance: object = ()) -> Ruling:
    """What is ruled under such a policy."""
    return MaterializationPolicy(document(platform, override, governance), "d").decide(subject)


sop = Subject(result_type="sop")


def test_a_ruling_says_layer_rule_place_and_reason() -> None:
    """Of the platform's table, of an override's list, of a view named apart."""
    assert ruling(sop, {"sop": {"decision": "persist", "retention": "long"}}) == Ruling(
        decision=PERSIST,
        layer=Layer.PLATFORM_DEFAULT,
        rule="sop",
        source="platform.yaml",
        reason="the platform default says so for sop",
        retention="long",
        policy_digest="d",
    )
    apart = {
        "sop": [{"when": {"labels": "x"}, "decision": "cache"}, {"decision": "cache", "renderings": {"pdf": "discard"}}]
    }
    pdf = attrs.evolve(sop, role=Role.RENDERING, rendering="pdf")
    assert ruling(pdf, {"sop": "persist"}, apart) == Ruling(
        decision=DISCARD,
        layer=Layer.SOLUTION_OVERRIDE,
        rule="sop[1].renderings.pdf",
        source="override.yaml",
        reason="the solution's override says so for sop[1].renderings.pdf",
        policy_digest="d",
    )


@pytest.mark.parametrize(
    ("subject", "layer", "decision", "reason"),
    [
        (sop, Layer.FALLBACK, DISCARD, "no rule names this type, so it is dropped"),
        (
            attrs.evolve(sop, basis=Basis.EXPLICIT),
            Layer.EXPLICIT_REQUEST,
            PERSIST,
            "it was stored by an explicit request",
        ),
        (attrs.evolve(sop, basis=Basis.MEANING), Layer.MEANING, PERSIST, "the platform persists meaning by default"),
        (Subject(result_type="journey"), Layer.PLATFORM_NATIVE, PERSIST, "platform-native records always persist"),
    ],
)
def test_what_no_rule_decides_is_decided_by_the_platform_itself(
    subject: Subject, layer: Layer, decision: MaterializationDecision, reason: str
) -> None:
    """An empty policy is a policy (law 3); what is built in says so."""
    found = ruling(subject, {})
    assert (found.layer, found.decision, found.reason, found.source) == (layer, decision, reason, "built in")


def test_a_plain_cache_lasts_as_the_settings_say() -> None:
    """Unless the rule says how long; the same where a floor or a denial makes it CACHE."""
    assert ruling(sop, {"sop": "cache"}).ttl == 600
    assert ruling(sop, {"sop": {"decision": "cache", "ttl": "15m"}}).ttl == 900
    assert ruling(sop, {"sop": {"decision": "cache", "ttl": "session"}}).ttl == "session"
    floor = {"name": "f", "require": "cache", "reason": "r"}
    assert (ruling(sop, {}, None, [floor]).layer, ruling(sop, {}, None, [floor]).ttl) == (Layer.FLOOR, 600)
    denial = {"name": "n", "deny": "persist", "reason": "r"}
    denied = ruling(sop, {"sop": "persist"}, None, [denial])
    assert (denied.layer, denied.decision, denied.ttl, denied.reason) == (Layer.DENIAL, CACHE, 600, "r")
    assert ruling(sop, {"sop": "persist"}).ttl is None


def test_each_step_of_a_denial_names_who_made_it() -> None:
    """One forbids PERSIST, another CACHE: the ruling names the second, which had the last word."""
    rules = [
        {"name": "no-keeping", "deny": "persist", "reason": "one"},
        {"name": "no-caching", "deny": ["cache"], "reason": "two"},
    ]
    found = ruling(sop, {"sop": "persist"}, None, rules)
    assert (found.decision, found.rule, found.reason) == (DISCARD, "no-caching", "two")


def test_the_order_of_rules_is_the_order_of_the_list() -> None:
    """The first that holds wins, though a later one says more."""
    rules = [{"decision": "cache"}, {"when": {"labels": "x"}, "decision": "persist"}]
    assert ruling(attrs.evolve(sop, labels=frozenset({"x"})), {"sop": rules}).decision is CACHE


def test_a_governance_rule_made_in_code_cannot_forbid_to_drop() -> None:
    """There is nothing lower than DISCARD; deciding stays total (law 4)."""
    rule = GovernanceRule(name="odd", when=Condition(), reason="r", source="s", deny=frozenset(MaterializationDecision))
    policy = MaterializationPolicy(attrs.evolve(document({"sop": "persist"}), governance=(rule,)))
    assert policy.decide(sop).decision is DISCARD


def test_the_platform_default_can_be_looked_at() -> None:
    """001's get_default_policy: the table before any override."""
    policy = MaterializationPolicy(document({"sop": "discard"}, {"sop": "persist"}))
    assert {name: rules[0].choice.decision for name, rules in policy.platform_default.entries.items()} == {
        "sop": DISCARD
    }


@pytest.mark.parametrize("media_type", ["image/png", "IMAGE/PNG", "image/png;q=1", "image/png ; q=1"])
def test_a_media_type_is_compared_without_case_and_parameters(media_type: str) -> None:
    """As HTTP compares them."""
    for wanted in ("image/png", "image/*", "Image/PNG"):
        rule = {"sop": {"when": {"media_type": wanted}, "decision": "cache"}}
        assert ruling(attrs.evolve(sop, media_type=media_type), rule).decision is CACHE
        assert ruling(attrs.evolve(sop, media_type=f"x{media_type}"), rule).decision is DISCARD
