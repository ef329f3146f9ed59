"""What the policy language refuses: the text, and every line of the answer (law 3)."""

from __future__ import annotations

import pytest

from tests.unit.policy.texts import problems

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
