"""The policy source over texts in the database keeps its port's law; what it adds: texts that change, one digest."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from artifact_plane.adapters.codec.canonical import JsonCodec
from artifact_plane.adapters.codec.records_policy import policy_digest
from artifact_plane.adapters.filesystem.policy_files import PLATFORM_POLICY
from artifact_plane.adapters.filesystem.policy_source import YamlPolicySource
from artifact_plane.adapters.filesystem.yaml_text import read_yaml
from artifact_plane.adapters.postgres.policy_source import PostgresPolicySource
from artifact_plane.adapters.postgres.policy_texts import PostgresPolicyTexts
from artifact_plane.domain.model.change import PolicyRecord
from artifact_plane.domain.model.errors import InvalidInput, InvalidPolicy, PolicyProblem
from artifact_plane.domain.model.policy_document import PolicyDocument
from artifact_plane.ports.policy_source import PolicySource
from tests.adapters.postgres.under_test import Handle, handle, settings_of
from tests.contracts.policy_source import OpenSource, PolicySourceContract, ruled, text
from tests.contracts.under_test import PolicyTexts
from tests.doubles.databases import PostgresDatabase
from tests.doubles.samples import OTHER_TENANT, SOLUTION, TENANT


def digest(document: PolicyDocument) -> str:
    """A policy's digest, as the other adapters make it."""
    return policy_digest(document, JsonCodec().digest)


def over(texts: PostgresPolicyTexts, *, fresh: float = 0.0) -> PostgresPolicySource:
    """A source as the composition makes it; unless told otherwise, one that looks again each time."""
    built_in = PLATFORM_POLICY.read_bytes()
    return PostgresPolicySource(texts, parse=read_yaml, built_in=built_in, digest=digest, fresh=fresh)


async def put(texts: PostgresPolicyTexts, given: PolicyTexts) -> None:
    """Put these texts in force."""
    await texts.put_platform(None if given.platform is None else given.platform.encode())
    await texts.put_governance(None if given.governance is None else given.governance.encode())
    for (tenant_id, solution_id), override in given.solutions.items():
        await texts.put_override(tenant_id, solution_id, override.encode())


class Prepared(PolicySource):
    """A source whose texts are put in force before the first question."""

    def __init__(self, texts: PostgresPolicyTexts, given: PolicyTexts) -> None:
        self._texts = texts
        self._given: PolicyTexts | None = given
        self._source = over(texts)

    async def policy(self, tenant_id: str, solution_id: str) -> PolicyRecord:
        if self._given is not None:
            await put(self._texts, self._given)
            self._given = None
        return await self._source.policy(tenant_id, solution_id)

    async def check(self, text: bytes, name: str, *, governance: bool = False) -> tuple[PolicyProblem, ...]:
        return await self._source.check(text, name, governance=governance)


@pytest.fixture
def texts(opened_handle: Handle) -> PostgresPolicyTexts:
    """The texts of a new database: none."""
    return PostgresPolicyTexts(opened_handle.home.database)


class TestPostgresPolicySource(PolicySourceContract):
    """Everything that ``PolicySourceContract`` says."""

    @pytest.fixture
    def open_source(self, texts: PostgresPolicyTexts) -> OpenSource:
        return lambda given: Prepared(texts, given)


async def test_a_text_that_is_put_is_in_force_for_the_next_question(texts: PostgresPolicyTexts) -> None:
    """And no more once it is removed."""
    source = over(texts)
    for override, decision in (
        (text(workflow="persist"), "persist"),
        (text(workflow="cache"), "cache"),
        (None, "discard"),
    ):
        await texts.put_override(TENANT, SOLUTION, None if override is None else override.encode())
        assert ruled(await source.policy(TENANT, SOLUTION), "workflow").decision.value == decision
        assert ruled(await source.policy(OTHER_TENANT, SOLUTION), "workflow").decision.value == "discard"


async def test_what_another_process_puts_is_in_force_here_when_this_one_looks_again(
    texts: PostgresPolicyTexts, postgres_database: PostgresDatabase, stack: AsyncExitStack
) -> None:
    """Within ``fresh`` seconds, for which what was read is trusted."""
    time = 0.0
    built_in = PLATFORM_POLICY.read_bytes()
    source = PostgresPolicySource(
        texts, parse=read_yaml, built_in=built_in, digest=digest, fresh=5.0, seconds=lambda: time
    )
    other = await handle(stack, settings_of(postgres_database), postgres_database.raw)
    before = await source.policy(TENANT, SOLUTION)
    await PostgresPolicyTexts(other.home.database).put_platform(text(workflow="persist").encode())
    time = 4.9
    assert await source.policy(TENANT, SOLUTION) is before
    time = 5.0
    assert ruled(await source.policy(TENANT, SOLUTION), "workflow").decision.value == "persist"


async def test_texts_have_one_digest_wherever_they_are_kept(texts: PostgresPolicyTexts, tmp_path: Path) -> None:
    """In files or in the database: the same rulings, under the same policy digest."""
    given = PolicyTexts(
        platform=text(workflow="cache"),
        governance='{"governance": [{"name": "audit", "require": "persist", "reason": "audit"}]}',
        solutions={(TENANT, SOLUTION): text(sop="persist")},
    )
    await put(texts, given)
    places = {"platform.yaml": given.platform, "governance.yaml": given.governance}
    places[f"solutions/{TENANT}/{SOLUTION}.yaml"] = given.solutions[TENANT, SOLUTION]
    for place, written in places.items():
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(written or "", "utf-8")
    files, database = YamlPolicySource(tmp_path, digest=digest), over(texts)
    for solution in (SOLUTION, "another"):
        assert await database.policy(TENANT, solution) == await files.policy(TENANT, solution)


@pytest.mark.parametrize(
    "override", [{"materialization_policy": {"sop": "cache"}}, b"materialization_policy: {sop: cache}"]
)
async def test_one_override_for_all_takes_the_place_of_each_solutions_own(
    texts: PostgresPolicyTexts, override: dict[str, object] | bytes
) -> None:
    """``override``, a text or plain data, is every solution's instead."""
    await texts.put_override(TENANT, SOLUTION, text(workflow="persist").encode())
    built_in = PLATFORM_POLICY.read_bytes()
    source = PostgresPolicySource(texts, parse=read_yaml, built_in=built_in, digest=digest, override=override)
    for tenant in (TENANT, OTHER_TENANT):
        record = await source.policy(tenant, SOLUTION)
        assert [ruled(record, name).decision.value for name in ("workflow", "sop")] == ["discard", "cache"]


async def test_what_is_wrong_in_several_texts_is_told_at_once(texts: PostgresPolicyTexts) -> None:
    """Each problem under the name of its text; and a policy that does not load is not in force."""
    wrong = text(sop="presist")
    await put(texts, PolicyTexts(platform=wrong, governance=wrong, solutions={(TENANT, SOLUTION): wrong}))
    with pytest.raises(InvalidPolicy) as caught:
        await over(texts).policy(TENANT, SOLUTION)
    names = list(dict.fromkeys(problem.file for problem in caught.value.problems))
    assert names == ["platform.yaml", "governance.yaml", f"solutions/{TENANT}/{SOLUTION}.yaml"]


async def test_an_id_that_is_none_has_no_policy(texts: PostgresPolicyTexts) -> None:
    """InvalidInput, whichever of the two it is."""
    for ids in (("a:b", SOLUTION), (TENANT, "../x"), ("", SOLUTION)):
        with pytest.raises(InvalidInput):
            await over(texts).policy(*ids)
        with pytest.raises(InvalidInput):
            await texts.put_override(*ids, b"{}")
