"""The policy language, word by word: what it means, and what it says about everything else (law 3)."""

from __future__ import annotations

from textwrap import dedent

import pytest

from artifact_plane.adapters.filesystem.yaml_text import read_yaml
from artifact_plane.domain.model.condition import Condition
from artifact_plane.domain.model.decision import MaterializationDecision
from artifact_plane.domain.model.errors import InvalidPolicy
from artifact_plane.domain.model.governance import GovernanceRule
from artifact_plane.domain.model.policy_document import Choice, RetentionClass, Rule
from artifact_plane.domain.model.policy_text import (
    PolicyText,
    assemble,
    node_of,
    parse_duration,
    parse_size,
    read_policy,
)

PERSIST, CACHE, DISCARD = (
    MaterializationDecision.PERSIST,
    MaterializationDecision.CACHE,
    MaterializationDecision.DISCARD,
)
DAY = 86_400


def policy(text: str, *, governance: bool = False, file: str = "p.yaml") -> PolicyText:
    """What a YAML text says."""
    return read_policy(read_yaml(dedent(text).encode(), file), governance=governance)


def problems(text: str, *, governance: bool = False) -> list[str]:
    """Everything wrong with a text, as it is printed."""
    with pytest.raises(InvalidPolicy) as caught:
        policy(text, governance=governance)
    return [str(problem) for problem in caught.value.problems]


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


# Durations and sizes


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1s", 1),
        ("90s", 90),
        ("15m", 900),
        ("1h", 3600),
        ("24H", DAY),
        ("7d", 7 * DAY),
        ("2w", 14 * DAY),
        ("7y", 7 * 365 * DAY),
        (" 5 m ", 300),
        ("1000y", 1000 * 365 * DAY),
        *(
            (text, None)
            for text in ("", "5", "h", "0s", "-1h", "1.5h", "1h30m", "1 hour", "1mo", "1001y", "9" * 20 + "s")
        ),
        ("١h", None),
    ],
)
def test_durations(text: str, seconds: int | None) -> None:
    """A whole number and a unit; what is not a duration is none."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("4096", 4096),
        ("10b", 10),
        ("30KB", 30_000),
        ("30 MB", 30_000_000),
        ("2gb", 2_000_000_000),
        ("1KiB", 1024),
        ("20MiB", 20 * 2**20),
        ("1gib", 2**30),
        (str(2**53), 2**53),
        *(
            (text, None)
            for text in ("", "MiB", "-1", "1.5MB", "1TB", "1 k", "0x10", "1e3", str(2**53 + 1), "9" * 16 + "GB")
        ),
    ],
)
def test_sizes(text: str, size: int | None) -> None:
    """A whole number, and a unit if wanted: MB is a million, MiB 2^20."""
    assert parse_size(text) == size


# What it refuses: the text, and every line of the answer

NAME_REMEDY = "use 1 to 128 letters, digits, '.', '_' or '-', beginning with a letter or a digit"
FACTS = "result_type, realm, intent_type, tenant, solution, labels, media_type, bytes, regenerable"

REFUSED: list[tuple[str, list[str]]] = [
    (  # P01
        "materialization_policy:\n  sop: presist\n",
        ["2:8: 'presist' is not a decision (persist, cache, discard); did you mean 'persist'?"],
    ),
    (
        "materialization_policy:\n  sop: Persist\n",
        ["2:8: 'Persist' is not a decision (persist, cache, discard); did you mean 'persist'?"],
    ),
    ("materialization_policy:\n  sop:\n", ["2:3: 'nothing' is not a decision (persist, cache, discard)"]),
    ("materialization_policy:\n  sop: true\n", ["2:8: 'true' is not a decision (persist, cache, discard)"]),
    ("materialization_policy:\n  sop: 1\n", ["2:8: '1' is not a decision (persist, cache, discard)"]),
    (  # P02
        "materialization_policy:\n  sop: persist\n  poc: cache\n  sop: discard\n",
        ["4:3: 'sop' stands here twice; first at line 2"],
    ),
    (
        "materialization_policy: {}\nmaterialization_policy: {}\n",
        ["2:1: 'materialization_policy' stands here twice; first at line 1"],
    ),
    (
        "materialisation_policy: {}\n",
        [
            "1:1: 'materialisation_policy' is not a key of a policy (materialization_policy, retention, governance);"
            " did you mean 'materialization_policy'?"
        ],
    ),
    ("- sop\n", ["1:1: a policy is a mapping, not 'a list'"]),
    ("persist\n", ["1:1: a policy is a mapping, not 'persist'"]),
    ("materialization_policy: [sop]\n", ["1:25: a table by result type is a mapping, not 'a list'"]),
    ("materialization_policy:\n  a b: persist\n", [f"2:3: 'a b' is not a valid result type: {NAME_REMEDY}"]),
    ("materialization_policy:\n  sop: []\n", ["2:8: an empty list names nothing; leave it out, or name something"]),
    ("materialization_policy:\n  sop: {ttl: 1h}\n", ["2:8: a rule needs a decision: persist, cache or discard"]),
    (
        "materialization_policy:\n  sop: {decison: cache}\n",
        [
            "2:8: a rule needs a decision: persist, cache or discard",
            "2:9: 'decison' is not a key of a rule (when, decision, ttl, retention, renderings);"
            " did you mean 'decision'?",
        ],
    ),
    ("materialization_policy:\n  sop: {decision: persist, ttl: 1h}\n", ["2:33: ttl goes with cache only"]),
    (
        "materialization_policy:\n  sop: {decision: cache, ttl: 1 hour}\n",
        ["2:31: a ttl is a duration as in 15m, 1h or 7d, or the word session; not '1 hour'"],
    ),
    (
        "materialization_policy:\n  sop: {decision: cache, ttl: 60}\n",
        ["2:31: a ttl is a duration as in 15m, 1h or 7d, or the word session; not '60'"],
    ),
    (
        "materialization_policy:\n  sop: {decision: persist, retention: audit}\nretention:\n  adit: {keep: 1y}\n",
        ["2:39: 'audit' is not a retention class of this file (adit); did you mean 'adit'?"],
    ),
    (
        "materialization_policy:\n  sop: {decision: persist, retention: audit}\n",
        ["2:39: 'audit' is not a retention class of this file (none is defined)"],
    ),
    (
        "materialization_policy:\n  sop: {decision: cache, retention: audit}\nretention: {audit: {keep: 1y}}\n",
        ["2:37: retention goes with persist only"],
    ),
    ("retention:\n  audit: {}\n", ["2:10: a retention class needs keep, as in {keep: 7y}"]),
    (
        "retention:\n  audit: 7y\n",
        ["2:10: a retention class is a mapping, not '7y'"],
    ),
    ("retention:\n  audit: {keep: forever}\n", ["2:17: keep is a duration as in 30d or 7y; not 'forever'"]),
    (
        "materialization_policy:\n  sop: {decision: persist, renderings: {pdf: keep}}\n",
        ["2:46: 'keep' is not a decision (persist, cache, discard)"],
    ),
    (
        "materialization_policy:\n  sop: {decision: persist, renderings: {pdf: {when: x, decision: cache}}}\n",
        ["2:47: 'when' is not a key of a rendering's rule (decision, ttl, retention)"],
    ),
    (
        "materialization_policy:\n  sop: {decision: persist, renderings: {semantic_payload: discard}}\n",
        ["2:41: semantic_payload is the meaning, not a rendering; only a steward's denial rules on it"],
    ),
    (
        "materialization_policy:\n  sop: {decision: persist, renderings: {a/b: discard}}\n",
        [f"2:41: 'a/b' is not a valid rendering name: {NAME_REMEDY}"],
    ),
    (  # law 2
        "materialization_policy:\n  intent: discard\n  journey: {decision: persist, renderings: {x: cache}}\n",
        [
            "2:11: intent is a platform-native record, which always persists",
            "3:12: journey is a platform-native record, which always persists",
        ],
    ),
    (
        "governance:\n  - {name: a, require: persist, reason: b}\n",
        ["2:3: governance rules stand in governance.yaml only, which is the steward's"],
    ),
    (
        "materialization_policy:\n  sop: {when: {lables: [a]}, decision: cache}\n",
        [f"2:16: 'lables' is not a key of a condition ({FACTS}); did you mean 'labels'?"],
    ),
    (
        "materialization_policy:\n  sop: {when: {}, decision: cache}\n",
        [f"2:15: a condition asks about a fact ({FACTS}), or is left out"],
    ),
    (
        "materialization_policy:\n  sop: {when: draft, decision: cache}\n",
        ["2:15: a condition is a mapping, not 'draft'"],
    ),
    (
        "materialization_policy:\n  sop: {when: {labels: []}, decision: cache}\n",
        ["2:24: an empty list names nothing; leave it out, or name something"],
    ),
    (
        "materialization_policy:\n  sop: {when: {labels: [a b, 2024]}, decision: cache}\n",
        [
            f"2:25: 'a b' is not a valid label: {NAME_REMEDY}",
            "2:30: text is expected, not '2024'; put it in quotes if it is text",
        ],
    ),
    (
        "materialization_policy:\n  sop: {when: {media_type: [png, '*/*', image/]}, decision: cache}\n",
        [
            "2:29: 'png' is not a media type, as in image/png or image/*",
            "2:34: '*/*' is not a media type, as in image/png or image/*",
            "2:41: 'image/' is not a media type, as in image/png or image/*",
        ],
    ),
    (
        "materialization_policy:\n  sop: {when: {bytes: 5}, decision: cache}\n",
        ["2:23: bytes is a mapping, not '5'"],
    ),
    (
        "materialization_policy:\n  sop: {when: {bytes: {}}, decision: cache}\n",
        ["2:23: bytes needs over or under, as in {over: 20MiB}"],
    ),
    (
        "materialization_policy:\n  sop: {when: {bytes: {above: 5, over: -1}}, decision: cache}\n",
        [
            "2:24: 'above' is not a key of bytes (over, under); did you mean 'over'?",
            "2:40: a size is a number of bytes, or as in 20MiB or 30MB; not '-1'",
        ],
    ),
    (
        "materialization_policy:\n  sop: {when: {regenerable: yes}, decision: cache}\n",
        ["2:29: true or false is expected, not 'yes'"],
    ),
]

STEWARDS_REFUSED: list[tuple[str, list[str]]] = [
    (
        "materialization_policy:\n  sop: presist\n",
        [
            "2:3: materialization_policy does not stand in the steward's file, where it would have no effect",
            "2:8: 'presist' is not a decision (persist, cache, discard); did you mean 'persist'?",
        ],
    ),
    ("governance: {name: a}\n", ["1:13: governance is a list of rules"]),
    (
        "governance:\n  - {when: {labels: [a]}}\n",
        ["2:5: a governance rule needs name and reason", "2:5: a governance rule has either deny or require"],
    ),
    (
        "governance:\n  - {name: a, reason: b, deny: cache, require: persist}\n",
        ["2:5: a governance rule has either deny or require"],
    ),
    (
        "governance:\n  - {name: a, reason: b, deny: [discard]}\n",
        ["2:32: discard cannot be denied: there is nothing lower; require cache or persist instead"],
    ),
    (
        "governance:\n  - {name: a, reason: b, deny: []}\n",
        ["2:32: an empty list names nothing; leave it out, or name something"],
    ),
    (
        "governance:\n  - {name: a, reason: b, require: discard}\n",
        ["2:35: to require discard raises nothing; to forbid more, say deny: [persist, cache]"],
    ),
    (
        "governance:\n  - {name: a, reason: b, require: persist, on: [meanings]}\n",
        [
            "2:49: 'meanings' is not a part that a rule can cover (meaning, renderings, attachments);"
            " did you mean 'meaning'?"
        ],
    ),
    (
        "governance:\n  - {name: a, reason: '', require: persist}\n",
        ["2:23: text is expected, not ''; put it in quotes if it is text"],
    ),
    (
        "governance:\n  - {name: a, reason: b, require: persist, when: {result_type: [sop, intent]}}\n",
        ["2:50: intent is a platform-native record, which always persists"],
    ),
    (
        "governance:\n  - {name: a, reason: b, require: persist}\n  - {name: a, reason: c, deny: cache}\n",
        ["3:5: two governance rules are called 'a'; also at p.yaml:2:5"],
    ),
    (
        "governance:\n  - persist\n",
        [
            "2:5: a governance rule is a mapping, not 'persist'",
        ],
    ),
]


@pytest.mark.parametrize(("text", "said"), REFUSED)
def test_what_a_policy_cannot_say_is_refused_at_its_place(text: str, said: list[str]) -> None:
    """File, line, column, the legal words, and the nearest one: everything that is wrong, in the order of the text."""
    assert problems(text) == [f"p.yaml:{line}" for line in said]


@pytest.mark.parametrize(("text", "said"), STEWARDS_REFUSED)
def test_what_a_steward_cannot_say_is_refused_at_its_place(text: str, said: list[str]) -> None:
    """The same for the steward's file."""
    assert problems(text, governance=True) == [f"p.yaml:{line}" for line in said]


def test_all_problems_of_a_text_are_found_in_one_go() -> None:
    """Nobody mends a policy one error at a time."""
    said = problems("""\
        retention:
          audit: {keep: soon}
        materialization_policy:
          sop: presist
          poc: {decision: cache, ttl: soon}
          poc: cache
        governance: []
        """)
    assert [line.split(": ")[0] for line in said] == [
        "p.yaml:2:17",
        "p.yaml:4:8",
        "p.yaml:5:31",
        "p.yaml:6:3",
        "p.yaml:7:13",
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
