"""Changes to commit, and what comes of several at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from artifact_plane.domain.model.change import Change, RecordKind
from artifact_plane.domain.model.errors import ArtifactPlaneError
from artifact_plane.domain.model.lineage import Relation, artifact_node, execution_node, intent_node
from artifact_plane.ports.ledger import Committed
from tests.contracts.under_test import RecordStoreUnderTest
from tests.doubles.samples import (
    a_change,
    a_policy_record,
    a_receipt,
    a_rendering,
    an_artifact,
    an_attachment,
    an_edge,
    an_entry,
    an_event,
    an_execution,
)


def a_full_change(number: int = 1) -> Change:
    """A change with something in every field that can stand in a first commit."""
    artifact = an_artifact(f"artifact-{number}", parts=[a_rendering()])
    run = an_execution(f"execution-{number}", intent_id=f"intent-{number}", attachments=[an_attachment()])
    node = artifact_node(artifact.artifact_id, 1)
    return a_change(
        artifact,
        execution=run,
        receipts=[a_receipt(artifact.artifact_id)],
        edges=[
            an_edge(node, execution_node(run.execution_id), Relation.WAS_GENERATED_BY),
            an_edge(execution_node(run.execution_id), intent_node(run.intent_id), Relation.WAS_STARTED_BY),
        ],
        journal=[an_entry(RecordKind.INTENT, run.intent_id), an_entry(subject=run.execution_id)],
        events=[an_event(f"event-{number}", subject=artifact.artifact_id)],
        policy=a_policy_record(),
    )


async def outcomes(store: RecordStoreUnderTest, changes: Sequence[Change]) -> list[Committed | ArtifactPlaneError]:
    """Commit all at once; each one's answer or error, in order."""

    async def one(change: Change) -> Committed | ArtifactPlaneError:
        try:
            return await store.ledger.commit(change)
        except ArtifactPlaneError as error:
            return error

    return await asyncio.gather(*map(one, changes))
