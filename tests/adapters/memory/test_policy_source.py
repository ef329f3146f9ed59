"""The policy source over mappings keeps its port's law."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast

import pytest

from artifact_plane.adapters.codec.canonical import JsonCodec
from artifact_plane.adapters.codec.records import policy_digest
from artifact_plane.adapters.memory.policy_source import MemoryPolicySource
from artifact_plane.domain.model.errors import InvalidPolicy
from artifact_plane.domain.model.policy_document import PolicyDocument
from tests.contracts.policy_source import PLATFORM_TABLE, OpenSource, PolicySourceContract, ruled
from tests.contracts.under_test import PolicyTexts
from tests.doubles.samples import OTHER_TENANT, SOLUTION, TENANT

PLATFORM = {"materialization_policy": PLATFORM_TABLE}


def digest(document: PolicyDocument) -> str:
    """A policy's digest, as the other adapters make it."""
    return policy_digest(document, JsonCodec().digest)


def mapping(text: str) -> Mapping[str, object]:
    """What a JSON text says."""
    return cast(Mapping[str, object], json.loads(text))


class TestMemoryPolicySource(PolicySourceContract):
    """Everything that ``PolicySourceContract`` says."""

    @pytest.fixture
    def open_source(self) -> OpenSource:
        def source(texts: PolicyTexts) -> MemoryPolicySource:
            return MemoryPolicySource(
                PLATFORM if texts.platform is None else mapping(texts.platform),
                digest=digest,
                governance=None if texts.governance is None else mapping(texts.governance),
                solutions={solution: mapping(text) for solution, text in texts.solutions.items()},
            )

        return source


async def test_one_override_for_all_takes_the_place_of_each_solutions_own() -> None:
    """``override``, if given, is every solution's instead."""
    own = {(TENANT, SOLUTION): {"materialization_policy": {"workflow": "persist"}}}
    source = MemoryPolicySource(
        PLATFORM, digest=digest, solutions=own, override={"materialization_policy": {"sop": "cache"}}
    )
    for tenant in (TENANT, OTHER_TENANT):
        record = await source.policy(tenant, SOLUTION)
        assert [ruled(record, name).decision.value for name in ("workflow", "sop")] == ["discard", "cache"]


async def test_an_empty_override_for_all_hides_each_solutions_own() -> None:
    """Empty is not absent (law 3)."""
    own = {(TENANT, SOLUTION): {"materialization_policy": {"workflow": "persist"}}}
    record = await MemoryPolicySource(PLATFORM, digest=digest, solutions=own, override={}).policy(TENANT, SOLUTION)
    assert record.document.override is not None
    assert ruled(record, "workflow").decision.value == "discard"


async def test_what_is_wrong_in_several_policies_is_told_at_once() -> None:
    """Everything that is wrong, each problem under the name of its policy."""
    wrong = {"materialization_policy": {"sop": "presist"}}
    source = MemoryPolicySource(wrong, digest=digest, governance=wrong, solutions={(TENANT, SOLUTION): wrong})
    with pytest.raises(InvalidPolicy) as caught:
        await source.policy(TENANT, SOLUTION)
    names = list(dict.fromkeys(problem.file for problem in caught.value.problems))
    assert names == ["platform", "governance", f"solutions/{TENANT}/{SOLUTION}"]


async def test_something_that_is_no_policy_at_all_is_refused() -> None:
    """A value that no policy can hold is told as a problem."""
    with pytest.raises(InvalidPolicy):
        await MemoryPolicySource({"materialization_policy": object()}, digest=digest).policy(TENANT, SOLUTION)
