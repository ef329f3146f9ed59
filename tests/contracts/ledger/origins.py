"""The Ledger's law: what a version is derived from is worked out when it is recorded."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import pytest

from artifact_plane.domain.model.artifact import Artifact
from artifact_plane.domain.model.change import ArtifactWrite
from artifact_plane.domain.model.errors import Conflict, Gone, NotFound
from artifact_plane.domain.model.lineage import artifact_node
from artifact_plane.ports.ledger import Committed
from tests.contracts.ledger.changes import outcomes
from tests.contracts.under_test import RecordStoreUnderTest
from tests.doubles.samples import (
    OTHER_TENANT,
    TENANT,
    a_change,
    a_tombstone,
    a_write,
    an_artifact,
    an_edge,
    the_next_version,
)


def derived(artifact: Artifact, *origins: str) -> ArtifactWrite:
    """The write of ``artifact``, said to be derived from the artifacts ``origins``."""
    return attrs.evolve(a_write(artifact), derived_from=origins)


class Origins:
    """What a write says it is derived from."""

    async def test_it_is_derived_from_the_version_that_is_current_now(self, store: RecordStoreUnderTest) -> None:
        """An edge to the current version of each."""
        first, other = an_artifact("source"), an_artifact("other")
        await store.ledger.commit(a_change(first, other))
        await store.ledger.commit(a_change(the_next_version(first)))
        await store.ledger.commit(a_change(derived(an_artifact("new"), "source", "other")))
        new = artifact_node("new", 1)
        expected = {an_edge(new, artifact_node("source", 2)), an_edge(new, artifact_node("other", 1))}
        assert await store.backdoor.edges(TENANT) == expected

    async def test_an_update_may_be_derived_from_what_it_replaces(self, store: RecordStoreUnderTest) -> None:
        """Current is what is there before any of the change's own writes."""
        first = an_artifact()
        await store.ledger.commit(a_change(first))
        await store.ledger.commit(a_change(derived(the_next_version(first), "artifact-1")))
        edge = an_edge(artifact_node("artifact-1", 2), artifact_node("artifact-1", 1))
        assert await store.backdoor.edges(TENANT) == {edge}

    async def test_the_same_origin_twice_is_one_edge(self, store: RecordStoreUnderTest) -> None:
        """Also where the change has the edge already."""
        await store.ledger.commit(a_change(an_artifact("source")))
        edge = an_edge(artifact_node("new", 1), artifact_node("source", 1))
        await store.ledger.commit(a_change(derived(an_artifact("new"), "source", "source"), edges=[edge]))
        assert await store.backdoor.edges(TENANT) == {edge}
        assert (await store.backdoor.census())["edges"] == 1

    @pytest.mark.parametrize("origin", ["absent", "theirs", "new"])
    async def test_an_origin_that_is_not_there_leaves_nothing(self, store: RecordStoreUnderTest, origin: str) -> None:
        """NotFound: absent, another tenant's, or only about to be written."""
        await store.ledger.commit(a_change(an_artifact("theirs", tenant_id=OTHER_TENANT)))
        await store.ledger.commit(a_change(an_artifact("source")))
        before = await store.backdoor.census()
        with pytest.raises(NotFound) as caught:
            await store.ledger.commit(a_change(derived(an_artifact("new"), "source", origin)))
        assert origin in (caught.value.where or "")
        assert await store.backdoor.census() == before

    async def test_nothing_new_is_derived_from_what_was_deleted(self, store: RecordStoreUnderTest) -> None:
        """Gone: and the tombstone's name is in the error."""
        source = an_artifact("source")
        await store.ledger.commit(a_change(source))
        await store.ledger.commit(a_change(a_tombstone(source)))
        before = await store.backdoor.census()
        with pytest.raises(Gone, match="deleted") as caught:
            await store.ledger.commit(a_change(derived(an_artifact("new"), "source")))
        assert "source" in (caught.value.where or "")
        assert await store.backdoor.census() == before

    async def test_a_tombstone_is_derived_from_nothing(self, store: RecordStoreUnderTest) -> None:
        """A deletion cannot smuggle in new origins."""
        old = an_artifact("old")
        await store.ledger.commit(a_change(old, an_artifact("older")))
        await store.ledger.commit(a_change(derived(a_tombstone(old), "older")))
        assert await store.backdoor.edges(TENANT) == set()

    async def test_of_many_at_once_only_those_without_their_origin_fail(self, store: RecordStoreUnderTest) -> None:
        """Each of a group has its own origins, and its own failure."""
        await store.ledger.commit(a_change(*(an_artifact(f"source-{number}") for number in range(12))))
        wanted: Sequence[tuple[str, str]] = [(f"source-{number}", f"source-{number + 3}") for number in range(12)]
        changes = [a_change(derived(an_artifact(f"new-{number}"), *origins)) for number, origins in enumerate(wanted)]
        answers = await outcomes(store, changes)
        kinds = [type(answer) for answer in answers]
        assert kinds == [Committed] * 9 + [NotFound] * 3
        assert await store.backdoor.edges(TENANT) == {
            an_edge(artifact_node(f"new-{number}", 1), artifact_node(origin, 1))
            for number, origins in enumerate(wanted[:9])
            for origin in origins
        }

    async def test_an_origin_that_is_updated_at_the_same_time_is_one_of_its_versions(
        self, store: RecordStoreUnderTest
    ) -> None:
        """Whichever came first: the edge leads to what was current at the position of the commit."""
        source = an_artifact("source")
        await store.ledger.commit(a_change(source))
        update, derive = await outcomes(
            store, [a_change(the_next_version(source)), a_change(derived(an_artifact("new"), "source"))]
        )
        assert isinstance(update, Committed)
        assert isinstance(derive, Committed)
        version = 2 if update.position < derive.position else 1
        edge = an_edge(artifact_node("new", 1), artifact_node("source", version))
        assert await store.backdoor.edges(TENANT) == {edge}

    async def test_the_same_change_again_is_not_derived_anew(self, store: RecordStoreUnderTest) -> None:
        """Idempotent by ``change_id``, also where the origin has moved on or gone."""
        source = an_artifact("source")
        await store.ledger.commit(a_change(source))
        change = a_change(derived(an_artifact("new"), "source"))
        first = await store.ledger.commit(change)
        await store.ledger.commit(a_change(the_next_version(source)))
        again = await store.ledger.commit(change)
        await store.ledger.commit(a_change(a_tombstone(the_next_version(source))))
        later = await store.ledger.commit(change)
        assert again == later == Committed(position=first.position, repeated=True)
        edge = an_edge(artifact_node("new", 1), artifact_node("source", 1))
        assert await store.backdoor.edges(TENANT) == {edge}

    async def test_a_conflict_is_still_a_conflict(self, store: RecordStoreUnderTest) -> None:
        """Origins that are there do not hide that the artifact is not at the version its write replaces."""
        await store.ledger.commit(a_change(an_artifact("source"), an_artifact("taken")))
        with pytest.raises(Conflict):
            await store.ledger.commit(a_change(derived(an_artifact("taken"), "source")))
