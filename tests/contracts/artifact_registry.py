"""The ArtifactRegistry's law: tenant first, versions that never change, pages that hold still."""

from __future__ import annotations

import contextlib

import attrs
import pytest

from artifact_plane.domain.model.artifact import Artifact, ArtifactFilter, ArtifactState, Place
from artifact_plane.domain.model.decision import MaterializationDecision
from artifact_plane.domain.model.errors import InvalidInput, NotFound
from tests.contracts.under_test import RecordStoreUnderTest
from tests.doubles.samples import (
    MEANING,
    OTHER_TENANT,
    TENANT,
    a_change,
    a_meaning,
    a_receipt,
    a_rendering,
    a_tombstone,
    a_write,
    an_artifact,
    an_execution,
    at,
    the_next_version,
)

EVERY_STATE = ArtifactFilter(state=None)


async def stored(store: RecordStoreUnderTest, *artifacts: Artifact) -> None:
    """Commit each in a change of its own, in order."""
    for artifact in artifacts:
        await store.ledger.commit(a_change(artifact))


async def numbered(store: RecordStoreUnderTest, count: int, tenant_id: str = TENANT, start: int = 0) -> list[str]:
    """``count`` artifacts, one a second; their ids, oldest first. The ids' order says nothing about their age."""
    names = [f"n{number * 7919 % 1009:04d}" for number in range(start, start + count)]
    for number, name in enumerate(names, start):
        await stored(store, an_artifact(name, tenant_id=tenant_id, created_at=at(number)))
    return names


async def pages(
    store: RecordStoreUnderTest, criteria: ArtifactFilter, limit: int, tenant_id: str = TENANT
) -> list[list[str]]:
    """All pages from the first to the last, as ids."""
    found: list[list[str]] = []
    after: str | None = None
    while True:
        page = await store.registry.find(tenant_id, criteria, limit=limit, after=after)
        found.append([artifact.artifact_id for artifact in page.artifacts])
        if page.next is None:
            return found
        after = page.next


class ArtifactRegistryContract:
    """Subclass it and give the fixture ``store``."""

    # get

    async def test_get_answers_the_current_version_and_its_body(self, store: RecordStoreUnderTest) -> None:
        """The current version, with the canonical bytes of its meaning where they are kept inline."""
        first = an_artifact(parts=[a_rendering(), a_rendering("svg", place=Place.NOWHERE)])
        second = the_next_version(first, parts=[a_rendering("pdf", b"%PDF", Place.WORKING_MEMORY)], data=b"{}")
        await stored(store, first)
        await store.ledger.commit(a_change(a_write(second, b"{}")))
        found = await store.registry.get(TENANT, "artifact-1")
        assert (found.artifact, found.body) == (second, b"{}")

    async def test_get_answers_the_version_that_is_named(self, store: RecordStoreUnderTest) -> None:
        """Or the one named: an older version reads as it was written."""
        first = an_artifact(parts=[a_rendering()])
        await stored(store, first, the_next_version(first))
        found = await store.registry.get(TENANT, "artifact-1", 1)
        assert (found.artifact, found.body) == (first, MEANING)

    async def test_get_leaves_the_body_out_when_told(self, store: RecordStoreUnderTest) -> None:
        """``body`` False leaves the inline meaning out."""
        await stored(store, an_artifact())
        found = await store.registry.get(TENANT, "artifact-1", body=False)
        assert (found.artifact, found.body) == (an_artifact(), None)

    async def test_a_meaning_that_is_a_blob_has_no_body(self, store: RecordStoreUnderTest) -> None:
        """The body is there where the meaning is inline, and nowhere else."""
        await stored(store, an_artifact(meaning=a_meaning(place=Place.PAYLOAD_STORE)))
        assert (await store.registry.get(TENANT, "artifact-1")).body is None

    async def test_the_body_comes_from_the_store(self, store: RecordStoreUnderTest) -> None:
        """What the back door puts there is what is read: no copy is kept where damage could not be seen."""
        await stored(store, an_artifact())
        await store.backdoor.set_body(TENANT, "artifact-1", 1, b"damaged")
        assert (await store.registry.get(TENANT, "artifact-1")).body == b"damaged"

    async def test_every_field_of_a_record_comes_back(self, store: RecordStoreUnderTest) -> None:
        """A record is read as it was written: every field, with every kind of part and value."""
        rich = attrs.evolve(
            an_artifact(
                artifact_type="visual",
                execution_id="execution-9",
                labels=("a", "b", "c"),
                decision=MaterializationDecision.CACHE,
                metadata={"text": "ä\u2028\U0001f600 \x00", "list": [1, 2.5, None, True, {"deep": []}], "": {}},
                parts=[a_rendering(place.value.replace("_", "-"), place=place) for place in Place],
                updated_at=at(0.000001),
            ),
            payload_artifact_id="artifact-0",
            realm=None,
            intent_type=None,
            key=None,
            retention_policy=None,
        )
        await stored(store, rich)
        assert (await store.registry.get(TENANT, "artifact-1")).artifact == rich
        assert await store.registry.history(TENANT, "artifact-1") == (rich,)

    async def test_what_is_not_there_is_not_found(self, store: RecordStoreUnderTest) -> None:
        """NotFound: this tenant has no such artifact, or no such version of it."""
        await stored(store, an_artifact())
        with pytest.raises(NotFound):
            await store.registry.get(TENANT, "absent")
        for version in (0, 2, -1):
            with pytest.raises(NotFound):
                await store.registry.get(TENANT, "artifact-1", version)

    async def test_not_yours_and_not_there_are_one_answer(self, store: RecordStoreUnderTest) -> None:
        """Another tenant's artifact is not there, word for word (law 16)."""
        await stored(store, an_artifact("theirs", tenant_id=OTHER_TENANT))
        answers = []
        for name in ("theirs", "absent"):
            with pytest.raises(NotFound) as caught:
                await store.registry.get(TENANT, name)
            answers.append(str(caught.value).replace(name, "…"))
        assert answers[0] == answers[1]
        assert await store.registry.history(TENANT, "theirs") == ()
        assert await store.registry.matching(TENANT, "t", limit=10) == ()

    async def test_equal_ids_of_two_tenants_are_two_artifacts(self, store: RecordStoreUnderTest) -> None:
        """Tenant first, always."""
        await store.ledger.commit(a_change(a_write(an_artifact(), b'{"whose":"ours"}')))
        await store.ledger.commit(a_change(a_write(an_artifact(tenant_id=OTHER_TENANT), b'{"whose":"theirs"}')))
        assert (await store.registry.get(TENANT, "artifact-1")).body == b'{"whose":"ours"}'
        assert (await store.registry.get(OTHER_TENANT, "artifact-1")).body == b'{"whose":"theirs"}'
        await store.ledger.commit(a_change(a_tombstone(an_artifact())))
        assert (await store.registry.get(OTHER_TENANT, "artifact-1")).body == b'{"whose":"theirs"}'

    # Tombstones

    async def test_of_a_deleted_artifact_the_tombstone_is_there(self, store: RecordStoreUnderTest) -> None:
        """Of a deleted artifact its tombstone: state DELETED, no body."""
        await stored(store, an_artifact(), a_tombstone(an_artifact()))
        found = await store.registry.get(TENANT, "artifact-1")
        assert (found.artifact, found.body) == (a_tombstone(an_artifact()), None)

    async def test_the_older_versions_of_a_deleted_artifact_are_deleted_too(self, store: RecordStoreUnderTest) -> None:
        """A deletion is of the artifact: every version reads as DELETED, without a body, all else as it was."""
        first = an_artifact()
        second = the_next_version(first)
        await stored(store, first, second, a_tombstone(second))
        older = attrs.evolve(first, state=ArtifactState.DELETED)
        found = await store.registry.get(TENANT, "artifact-1", 1)
        assert (found.artifact, found.body) == (older, None)
        assert await store.registry.history(TENANT, "artifact-1") == (older, a_tombstone(second))

    # history

    async def test_history_is_all_versions_oldest_first(self, store: RecordStoreUnderTest) -> None:
        """All versions, oldest first, each as it was written: versions are immutable (law 18)."""
        versions = [an_artifact()]
        for number in range(11):
            versions.append(the_next_version(versions[-1], data=b"%d" % number))
        await stored(store, *versions)
        assert await store.registry.history(TENANT, "artifact-1") == tuple(versions)

    async def test_history_of_what_is_not_there_is_empty(self, store: RecordStoreUnderTest) -> None:
        """Empty where this tenant has no such artifact."""
        assert await store.registry.history(TENANT, "absent") == ()

    # find

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

    # matching

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

    # receipts

    async def test_receipts_about_an_artifact_are_those_of_all_versions(self, store: RecordStoreUnderTest) -> None:
        """The receipts about an artifact id (all its versions), oldest first, field for field."""
        kept = [a_receipt(version=version, decided_at=at(version)) for version in (1, 2, 3)]
        await store.ledger.commit(a_change(receipts=kept[:2]))
        await store.ledger.commit(a_change(receipts=[a_receipt("artifact-2")]))
        await store.ledger.commit(a_change(receipts=kept[2:]))
        assert await store.registry.receipts(TENANT, "artifact-1") == tuple(kept)

    async def test_receipts_about_an_attachment_are_found_by_its_digest(self, store: RecordStoreUnderTest) -> None:
        """Or an attachment's digest; a tenant sees its own only."""
        receipt = a_receipt("blake3:0123", version=None)
        await store.ledger.commit(a_change(receipts=[receipt]))
        assert await store.registry.receipts(TENANT, "blake3:0123") == (receipt,)
        assert await store.registry.receipts(OTHER_TENANT, "blake3:0123") == ()
        assert await store.registry.receipts(TENANT, "blake3:01") == ()

    async def test_receipts_outlive_the_artifact(self, store: RecordStoreUnderTest) -> None:
        """A deletion takes no receipt away: what was decided stays explained."""
        await store.ledger.commit(a_change(an_artifact(), receipts=[a_receipt()]))
        await stored(store, a_tombstone(an_artifact()))
        assert await store.registry.receipts(TENANT, "artifact-1") == (a_receipt(),)

    # current

    async def test_current_answers_the_current_versions_in_the_order_asked(self, store: RecordStoreUnderTest) -> None:
        """``current``: as ``get`` gives each, a tombstone too, and twice what is asked for twice."""
        first, other, gone = an_artifact("a-1"), an_artifact("a-2"), an_artifact("a-3")
        await stored(store, first, other, gone)
        await store.ledger.commit(a_change(a_write(the_next_version(first))))
        await store.ledger.commit(a_change(a_tombstone(gone)))
        asked = ["a-3", "a-1", "a-2", "a-1"]
        found = await store.registry.current(TENANT, asked)
        assert [artifact.artifact_id for artifact in found] == asked
        assert [artifact.version for artifact in found] == [1, 2, 1, 2]
        assert found[0].state is ArtifactState.DELETED
        assert found == tuple([(await store.registry.get(TENANT, one, body=False)).artifact for one in asked])
        assert await store.registry.current(TENANT, []) == ()

    async def test_current_lacks_what_is_not_there_or_anothers(self, store: RecordStoreUnderTest) -> None:
        """NotFound: this tenant lacks one of them (law 16)."""
        await stored(store, an_artifact("a-1"), an_artifact("a-2", tenant_id=OTHER_TENANT))
        for missing in ("a-2", "a-9"):
            with pytest.raises(NotFound):
                await store.registry.current(TENANT, ["a-1", missing])
