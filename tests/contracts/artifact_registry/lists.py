"""The ArtifactRegistry's law: lists are newest first, and their pages hold still."""

from __future__ import annotations

import contextlib

import attrs
import pytest

from artifact_plane.domain.model.artifact import ArtifactFilter, ArtifactState
from artifact_plane.domain.model.decision import MaterializationDecision
from artifact_plane.domain.model.errors import InvalidInput
from tests.contracts.artifact_registry.filling import EVERY_STATE, numbered, pages, stored
from tests.contracts.under_test import RecordStoreUnderTest
from tests.doubles.samples import (
    OTHER_TENANT,
    TENANT,
    a_change,
    a_rendering,
    a_tombstone,
    an_artifact,
    an_execution,
    at,
    the_next_version,
)


class Lists:
    """Asking for what meets a filter, or begins with a prefix."""

    async def test_an_empty_registry_is_one_empty_page(self, store: RecordStoreUnderTest) -> None:
        """No artifacts, no cursor, no error."""
        assert await pages(store, EVERY_STATE, 10) == [[]]

    async def test_find_is_newest_first_by_first_creation(self, store: RecordStoreUnderTest) -> None:
        """Newest first by first creation: an update does not move an artifact."""
        names = await numbered(store, 5)
        oldest = (await store.registry.get(TENANT, names[0])).artifact
        await stored(store, attrs.evolve(the_next_version(oldest), updated_at=at(100)))
        assert await pages(store, ArtifactFilter(), 10) == [names[::-1]]

    async def test_artifacts_of_one_change_and_one_instant_are_each_listed_once(
        self, store: RecordStoreUnderTest
    ) -> None:
        """Equal times of creation neither repeat nor hide anybody at the edge of a page."""
        names = [f"twin-{number}" for number in range(10)]
        await store.ledger.commit(a_change(*map(an_artifact, names)))
        found = await pages(store, ArtifactFilter(), 3)
        assert [len(page) for page in found] == [3, 3, 3, 1]
        assert sorted(name for page in found for name in page) == names

    async def test_pages_end_where_the_artifacts_end(self, store: RecordStoreUnderTest) -> None:
        """``next`` is None at the end, also where the last page is full."""
        names = await numbered(store, 6)
        assert await pages(store, ArtifactFilter(), 3) == [names[:2:-1], names[2::-1]]
        assert await pages(store, ArtifactFilter(), 6) == [names[::-1]]

    async def test_find_answers_current_versions_with_all_their_fields(self, store: RecordStoreUnderTest) -> None:
        """Current versions, as ``get`` gives them."""
        second = the_next_version(an_artifact(), parts=[a_rendering()])
        await stored(store, an_artifact(), second)
        assert (await store.registry.find(TENANT, ArtifactFilter(), limit=10)).artifacts == (second,)

    async def test_who_turns_pages_while_others_create_sees_each_once(self, store: RecordStoreUnderTest) -> None:
        """Artifacts that are created meanwhile neither repeat nor hide others."""
        names = await numbered(store, 9)
        first = await store.registry.find(TENANT, ArtifactFilter(), limit=4)
        await numbered(store, 5, start=100)
        second = await store.registry.find(TENANT, ArtifactFilter(), limit=4, after=first.next)
        third = await store.registry.find(TENANT, ArtifactFilter(), limit=4, after=second.next)
        seen = [artifact.artifact_id for page in (first, second, third) for artifact in page.artifacts]
        assert (seen, third.next) == (names[::-1], None)

    async def test_who_turns_pages_while_others_delete_misses_nobody(self, store: RecordStoreUnderTest) -> None:
        """Deleted artifacts do not hide others, be it the very one that the cursor stands at."""
        names = await numbered(store, 9)
        first = await store.registry.find(TENANT, ArtifactFilter(), limit=4)
        for artifact in (first.artifacts[-1], first.artifacts[0]):
            await stored(store, a_tombstone(artifact))
        second = await store.registry.find(TENANT, ArtifactFilter(), limit=4, after=first.next)
        assert [artifact.artifact_id for artifact in second.artifacts] == names[4:0:-1]

    async def test_a_cursor_works_in_another_process(self, store: RecordStoreUnderTest) -> None:
        """A cursor says where to go on and leans on nothing that a process remembers."""
        names = await numbered(store, 4)
        first = await store.registry.find(TENANT, ArtifactFilter(), limit=2)
        other = await store.reopen()
        second = await other.registry.find(TENANT, ArtifactFilter(), limit=2, after=first.next)
        assert [artifact.artifact_id for artifact in second.artifacts] == names[1::-1]

    @pytest.mark.parametrize(
        "cursor", ["", " ", "nonsense", "-1", "a:b", "\x00", "\u0663", "9" * 400, "' OR 1=1 --", "null", "{}"]
    )
    async def test_what_is_no_cursor_is_refused(self, store: RecordStoreUnderTest, cursor: str) -> None:
        """InvalidInput: ``after`` is not a cursor of this registry."""
        await numbered(store, 3)
        with pytest.raises(InvalidInput):
            await store.registry.find(TENANT, ArtifactFilter(), limit=2, after=cursor)

    async def test_a_cursor_over_executions_is_refused(self, store: RecordStoreUnderTest) -> None:
        """A cursor of another list is none of this one."""
        await numbered(store, 3)
        for number in (1, 2):
            run = an_execution(f"execution-{number}", intent_id=f"intent-{number}")
            await store.ledger.commit(a_change(execution=run))
        _, foreign = await store.state.executions(TENANT, limit=1)
        assert foreign is not None
        with pytest.raises(InvalidInput):
            await store.registry.find(TENANT, ArtifactFilter(), limit=2, after=foreign)

    async def test_find_shows_a_tenant_its_own_artifacts_only(self, store: RecordStoreUnderTest) -> None:
        """Tenant first: also in the middle of a page, and whatever another tenant's cursor does."""
        ours = await numbered(store, 4)
        theirs = await numbered(store, 4, OTHER_TENANT)
        assert ours == theirs
        for tenant in (TENANT, OTHER_TENANT):
            page = await store.registry.find(tenant, ArtifactFilter(), limit=10)
            assert {artifact.tenant_id for artifact in page.artifacts} == {tenant}
        cursor = (await store.registry.find(OTHER_TENANT, ArtifactFilter(), limit=1)).next
        with contextlib.suppress(InvalidInput):
            page = await store.registry.find(TENANT, ArtifactFilter(), limit=10, after=cursor)
            assert {artifact.tenant_id for artifact in page.artifacts} <= {TENANT}

    @pytest.mark.parametrize(
        "criteria",
        [
            ArtifactFilter(artifact_type="visual"),
            ArtifactFilter(session_id="other"),
            ArtifactFilter(execution_id="execution-7"),
            ArtifactFilter(solution_id="other"),
            ArtifactFilter(label="final"),
            ArtifactFilter(decision=MaterializationDecision.DISCARD),
            ArtifactFilter(state=ArtifactState.DELETED),
            ArtifactFilter(artifact_type="visual", session_id="other", label="final", state=None),
        ],
        ids=lambda criteria: "+".join(
            field.name for field in attrs.fields(ArtifactFilter) if getattr(criteria, field.name) != field.default
        ),
    )
    async def test_find_shows_those_that_meet_every_test(
        self, store: RecordStoreUnderTest, criteria: ArtifactFilter
    ) -> None:
        """Those that meet every given test, and all of those, page by page."""
        chosen = an_artifact(
            artifact_type="visual",
            session_id="other",
            solution_id="other",
            execution_id="execution-7",
            labels=("draft", "final"),
            decision=MaterializationDecision.DISCARD,
        )
        others = [an_artifact(f"other-{number}", labels=("finale",), created_at=at(number)) for number in range(6)]
        wanted = [
            attrs.evolve(chosen, artifact_id=f"chosen-{number}", created_at=at(6 + number)) for number in range(5)
        ]
        for pair in zip(others, wanted, strict=False):
            await stored(store, *pair)
        if criteria.state is ArtifactState.DELETED:
            await stored(store, *map(a_tombstone, wanted))
        found = await pages(store, criteria, 2)
        assert found == [["chosen-4", "chosen-3"], ["chosen-2", "chosen-1"], ["chosen-0"]]

    async def test_find_shows_active_artifacts_unless_told_otherwise(self, store: RecordStoreUnderTest) -> None:
        """``state`` None shows all, DELETED the tombstones."""
        kept, deleted = an_artifact("kept"), an_artifact("deleted", created_at=at(1))
        await stored(store, kept, deleted, a_tombstone(deleted))
        assert await pages(store, ArtifactFilter(), 10) == [["kept"]]
        assert await pages(store, EVERY_STATE, 10) == [["deleted", "kept"]]
        assert await pages(store, ArtifactFilter(state=ArtifactState.DELETED), 10) == [["deleted"]]

    async def test_find_asks_the_current_version(self, store: RecordStoreUnderTest) -> None:
        """An artifact is found by what it is now, not by what an older version was."""
        first = an_artifact(labels=("old",))
        await stored(store, first, attrs.evolve(the_next_version(first), labels=("new",)))
        assert await pages(store, ArtifactFilter(label="old"), 10) == [[]]
        assert await pages(store, ArtifactFilter(label="new"), 10) == [["artifact-1"]]

    async def test_matching_is_by_prefix_in_order(self, store: RecordStoreUnderTest) -> None:
        """Up to ``limit`` ids that begin with the prefix, in order; deleted artifacts included."""
        await stored(store, *map(an_artifact, ["ab2", "ab1", "aB1", "a", "abc", "b", "ab"]))
        await stored(store, a_tombstone(an_artifact("ab1")))
        assert await store.registry.matching(TENANT, "ab", limit=10) == ("ab", "ab1", "ab2", "abc")
        assert await store.registry.matching(TENANT, "ab", limit=2) == ("ab", "ab1")
        assert await store.registry.matching(TENANT, "", limit=10) == ("a", "aB1", "ab", "ab1", "ab2", "abc", "b")
        assert await store.registry.matching(TENANT, "abcd", limit=10) == ()

    @pytest.mark.parametrize("prefix", ["%", "_", "a_", "a%", "*", "?", "[a]", "a*", "\U0010ffff", "\x00"])
    async def test_a_prefix_is_text_and_no_pattern(self, store: RecordStoreUnderTest, prefix: str) -> None:
        """Whatever a pattern language would make of it, it stands for itself."""
        await stored(store, an_artifact("ab"), an_artifact("a.b"))
        assert await store.registry.matching(TENANT, prefix, limit=10) == ()

    async def test_a_short_id_may_hold_what_patterns_are_made_of(self, store: RecordStoreUnderTest) -> None:
        """An underscore matches itself only."""
        await stored(store, an_artifact("a_b"), an_artifact("axb"))
        assert await store.registry.matching(TENANT, "a_", limit=10) == ("a_b",)
