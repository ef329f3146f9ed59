"""The PolicySource's law: one document in force, with its digest, or everything that is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import ClassVar, Final

import pytest

from artifact_plane.domain.model.change import PolicyRecord
from artifact_plane.domain.model.decision import Layer, MaterializationDecision, Ruling, Subject
from artifact_plane.domain.model.errors import InvalidPolicy
from artifact_plane.domain.model.policy import MaterializationPolicy
from artifact_plane.ports.policy_source import PolicySource
from tests.contracts.under_test import PolicyTexts
from tests.doubles.samples import OTHER_TENANT, SOLUTION, TENANT

PERSIST, CACHE, DISCARD = (
    MaterializationDecision.PERSIST,
    MaterializationDecision.CACHE,
    MaterializationDecision.DISCARD,
)
PLATFORM_TABLE: Final = {
    "intent": "persist",
    "journey": "persist",
    "state_transition": "persist",
    "governance_decision": "persist",
    "workflow": "discard",
    "sop": "discard",
    "blueprint": "discard",
    "solution": "discard",
    "roadmap": "discard",
    "poc": "discard",
    "visual": "discard",
    "attachment": "cache",
}
"""001's table, and attachments (law 7)."""


def text(**rules: object) -> str:
    """A policy text with these rules."""
    return json.dumps({"materialization_policy": rules})


def ruled(record: PolicyRecord, result_type: str) -> Ruling:
    """What the policy in force says to a plain result of that type."""
    subject = Subject(result_type=result_type, tenant_id=TENANT, solution_id=SOLUTION)
    return MaterializationPolicy(record.document, record.digest).decide(subject)


OpenSource = Callable[[PolicyTexts], PolicySource]


class PolicySourceContract:
    """Subclass it and give the fixture ``open_source``.

    ``syntax_error`` is a text that is not of the adapter's format at all.
    """

    syntax_error: ClassVar[bytes] = b'{"materialization_policy": {"workflow": "persist"'

    # policy

    async def test_an_absent_platform_policy_means_001s_table(self, open_source: OpenSource) -> None:
        """An absent platform policy means 001's table; an absent override means none."""
        record = await open_source(PolicyTexts()).policy(TENANT, SOLUTION)
        found = {name: ruled(record, name).decision.value for name in record.document.platform.entries}
        assert found == PLATFORM_TABLE
        assert record.document.override is None
        assert ruled(record, "anything").layer is Layer.FALLBACK

    async def test_a_platform_policy_takes_the_tables_place(self, open_source: OpenSource) -> None:
        """What the platform's text says is the platform default, and nothing else is."""
        record = await open_source(PolicyTexts(platform=text(chart="cache"))).policy(TENANT, SOLUTION)
        assert (ruled(record, "chart").decision, ruled(record, "chart").layer) == (CACHE, Layer.PLATFORM_DEFAULT)
        assert ruled(record, "workflow").layer is Layer.FALLBACK

    async def test_an_override_is_one_solutions_of_one_tenant(self, open_source: OpenSource) -> None:
        """In force for a solution: neither another solution's nor another tenant's."""
        source = open_source(PolicyTexts(solutions={(TENANT, SOLUTION): text(workflow="persist")}))
        ours = ruled(await source.policy(TENANT, SOLUTION), "workflow")
        assert (ours.decision, ours.layer) == (PERSIST, Layer.SOLUTION_OVERRIDE)
        for tenant, solution in ((OTHER_TENANT, SOLUTION), (TENANT, "other")):
            assert ruled(await source.policy(tenant, solution), "workflow").decision is DISCARD

    async def test_an_empty_override_is_there_and_changes_nothing(self, open_source: OpenSource) -> None:
        """An empty override means what it says (law 3)."""
        for empty in ("{}", text()):
            source = open_source(PolicyTexts(solutions={(TENANT, SOLUTION): empty}))
            record = await source.policy(TENANT, SOLUTION)
            assert record.document.override is not None
            assert ruled(record, "workflow").layer is Layer.PLATFORM_DEFAULT

    async def test_an_empty_platform_policy_is_a_policy(self, open_source: OpenSource) -> None:
        """An empty policy means what it says: everything falls back."""
        record = await open_source(PolicyTexts(platform=text())).policy(TENANT, SOLUTION)
        assert dict(record.document.platform.entries) == {}

    async def test_the_stewards_rules_hold_for_every_solution(self, open_source: OpenSource) -> None:
        """Governance is part of the document in force."""
        rules = [{"name": "audit", "when": {"result_type": ["sop"]}, "require": "persist", "reason": "audit"}]
        source = open_source(
            PolicyTexts(governance=json.dumps({"governance": rules}), solutions={(TENANT, SOLUTION): text(sop="cache")})
        )
        for tenant, solution in ((TENANT, SOLUTION), (OTHER_TENANT, "other")):
            assert ruled(await source.policy(tenant, solution), "sop").layer is Layer.FLOOR

    async def test_retention_classes_are_part_of_the_document(self, open_source: OpenSource) -> None:
        """The classes of the platform's and the solution's texts are both there."""
        classes = [
            {"materialization_policy": {}, "retention": {name: {"keep": keep}}}
            for name, keep in (("audit", "7y"), ("short", "30d"))
        ]
        source = open_source(
            PolicyTexts(platform=json.dumps(classes[0]), solutions={(TENANT, SOLUTION): json.dumps(classes[1])})
        )
        kept = (await source.policy(TENANT, SOLUTION)).document.retention
        assert {name: one.keep for name, one in kept.items()} == {"audit": 7 * 365 * 86_400, "short": 30 * 86_400}

    async def test_the_same_texts_have_the_same_digest(self, open_source: OpenSource) -> None:
        """Same texts, same digest; other texts, another."""
        texts = PolicyTexts(platform=text(chart="cache"), solutions={(TENANT, SOLUTION): text(chart="persist")})
        same = [(await open_source(texts).policy(TENANT, SOLUTION)).digest for _ in range(2)]
        other = PolicyTexts(platform=text(chart="cache"), solutions={(TENANT, SOLUTION): text(chart="discard")})
        assert same[0] == same[1] != (await open_source(other).policy(TENANT, SOLUTION)).digest

    async def test_a_digest_tells_an_empty_override_from_an_absent_one(self, open_source: OpenSource) -> None:
        """Two documents, two digests."""
        absent = await open_source(PolicyTexts()).policy(TENANT, SOLUTION)
        empty = await open_source(PolicyTexts(solutions={(TENANT, SOLUTION): "{}"})).policy(TENANT, SOLUTION)
        assert absent.digest != empty.digest

    @pytest.mark.parametrize("place", ["platform", "governance", "solution"])
    async def test_a_text_that_does_not_load_is_refused_with_all_that_is_wrong(
        self, open_source: OpenSource, place: str
    ) -> None:
        """InvalidPolicy: with everything that is wrong in it, the nearest legal word included (case P01)."""
        bad = text(sop="presist", chart="keep")
        texts = {
            "platform": PolicyTexts(platform=bad),
            "governance": PolicyTexts(governance=bad),
            "solution": PolicyTexts(solutions={(TENANT, SOLUTION): bad}),
        }[place]
        with pytest.raises(InvalidPolicy) as caught:
            await open_source(texts).policy(TENANT, SOLUTION)
        messages = [problem.message for problem in caught.value.problems]
        assert any("'presist'" in message and "'persist'" in message for message in messages)
        assert any("'keep'" in message for message in messages)

    async def test_governance_rules_are_the_stewards_alone(self, open_source: OpenSource) -> None:
        """A solution cannot make itself a steward."""
        rules = [{"name": "mine", "require": "persist", "reason": "mine"}]
        texts = PolicyTexts(solutions={(TENANT, SOLUTION): json.dumps({"governance": rules})})
        with pytest.raises(InvalidPolicy):
            await open_source(texts).policy(TENANT, SOLUTION)

    async def test_a_native_record_cannot_be_overridden(self, open_source: OpenSource) -> None:
        """An override that says otherwise is refused when it is loaded (law 2)."""
        texts = PolicyTexts(solutions={(TENANT, SOLUTION): text(intent="discard")})
        with pytest.raises(InvalidPolicy):
            await open_source(texts).policy(TENANT, SOLUTION)

    # check

    async def test_a_text_that_would_load_has_no_problems(self, open_source: OpenSource) -> None:
        """Empty when it would load."""
        source = open_source(PolicyTexts())
        assert await source.check(text(workflow="persist").encode(), "draft.yaml") == ()
        rules = [{"name": "audit", "require": "persist", "reason": "audit"}]
        assert await source.check(json.dumps({"governance": rules}).encode(), "g.yaml", governance=True) == ()

    async def test_a_check_names_the_file_and_finds_everything(self, open_source: OpenSource) -> None:
        """Everything that is wrong with a policy text; ``name`` stands for its file."""
        problems = await open_source(PolicyTexts()).check(text(sop="presist", chart="keep").encode(), "draft.yaml")
        assert [problem.file for problem in problems] == ["draft.yaml"] * 2

    async def test_a_check_keeps_governance_apart(self, open_source: OpenSource) -> None:
        """Only a text that is said to be the steward's may hold governance rules."""
        rules = json.dumps({"governance": [{"name": "audit", "require": "persist", "reason": "audit"}]})
        assert len(await open_source(PolicyTexts()).check(rules.encode(), "draft.yaml")) == 1

    async def test_a_key_that_stands_twice_is_a_problem(self, open_source: OpenSource) -> None:
        """Nothing is silently the last of two (case P02)."""
        twice = b'{"materialization_policy": {"sop": "persist",\n "sop": "discard"}}'
        problems = await open_source(PolicyTexts()).check(twice, "draft.yaml")
        assert len(problems) == 1
        assert "sop" in problems[0].message

    @pytest.mark.parametrize("broken", [b"\xff\xfe", b"[" * 100_000, b"\x00", b"[]", b"3"])
    async def test_what_is_no_policy_at_all_is_a_problem(self, open_source: OpenSource, broken: bytes) -> None:
        """A text that cannot even be read is told as a problem, never as an error of another kind."""
        problems = await open_source(PolicyTexts()).check(broken, "draft.yaml")
        assert problems
        assert {problem.file for problem in problems} == {"draft.yaml"}

    async def test_a_syntax_error_is_a_problem_at_its_place(self, open_source: OpenSource) -> None:
        """The line is told where the text stops making sense."""
        (problem,) = await open_source(PolicyTexts()).check(self.syntax_error, "draft.yaml")
        assert (problem.file, problem.line > 0, problem.column > 0) == ("draft.yaml", True, True)

    async def test_a_check_changes_nothing(self, open_source: OpenSource) -> None:
        """To check a text is not to put it in force."""
        source = open_source(PolicyTexts())
        before = await source.policy(TENANT, SOLUTION)
        await source.check(text(workflow="persist").encode(), "draft.yaml")
        assert await source.policy(TENANT, SOLUTION) == before
