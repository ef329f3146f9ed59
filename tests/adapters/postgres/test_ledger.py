"""The ledger in Postgres under its suite, and what is its own."""

from __future__ import annotations

import pytest

from artifact_plane.domain.model.errors import Conflict
from artifact_plane.ports.ledger import Committed
from tests.adapters.postgres.under_test import Handle
from tests.contracts.ledger import LedgerContract
from tests.doubles.samples import OTHER_TENANT, a_change, a_claim, an_artifact


class TestPostgresLedger(LedgerContract):
    """The ledger."""


async def test_a_commit_under_a_claim_that_was_swept_is_refused(opened_handle: Handle) -> None:
    """A slow holder whose lease ran out cannot refer to a blob that a sweeper has taken, nor after it was settled."""
    store = opened_handle.store
    claim = a_claim()
    await store.references.claim(claim)  # its holder is dead: it never held
    assert await store.references.removable(claim.tenant_id, claim.digest)
    late = a_change(an_artifact(), releases=[claim.claim_id])
    for _ in range(2):
        with pytest.raises(Conflict, match="sweeper"):
            await store.ledger.commit(late)
        await store.references.settle(claim)
    assert isinstance(await store.ledger.commit(a_change(an_artifact(tenant_id=OTHER_TENANT))), Committed)
    assert (await opened_handle.backdoor.census())["versions"] == 1
