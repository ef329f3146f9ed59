"""A history that leaves one of everything behind."""

from __future__ import annotations

import attrs

from artifact_plane.domain.model.artifact import Place
from artifact_plane.domain.model.change import RecordKind
from artifact_plane.domain.model.decision import MaterializationDecision
from artifact_plane.domain.model.lineage import artifact_node, attachment_node, execution_node
from tests.contracts.under_test import RecordStoreUnderTest
from tests.doubles.samples import (
    OTHER_TENANT,
    TENANT,
    a_change,
    a_policy_record,
    a_receipt,
    a_reference,
    a_rendering,
    a_request,
    a_tombstone,
    an_artifact,
    an_attachment,
    an_edge,
    an_entry,
    an_event,
    an_execution,
    at,
    completed,
    failed,
    running,
    the_next_version,
)


async def lead_a_life(store: RecordStoreUnderTest) -> None:
    """Commit one of everything: runs that ended and one that did not, updates, deletions, two tenants, edges added
    later, requests, events in every state."""
    ledger = store.ledger
    workflow = an_artifact(execution_id="execution-1", parts=[a_rendering(), a_rendering("svg", place=Place.NOWHERE)])
    run = an_execution(attachments=[an_attachment(), an_attachment("kept", b"kept", MaterializationDecision.PERSIST)])
    cached = a_rendering("pdf", b"for a while", Place.WORKING_MEMORY)
    note = an_artifact("note", labels=(), metadata={}, parts=[cached])
    await ledger.commit(
        a_change(
            execution=run,
            policy=a_policy_record(),
            journal=[an_entry(RecordKind.INTENT, "intent-1"), an_entry(RecordKind.JOURNEY, run.session_id)],
            receipts=[a_receipt(run.attachments[0].digest, version=None)],
            edges=[an_edge(execution_node("execution-1"), "intent:intent-1")],
            request=a_request(subject="execution:execution-1"),
        )
    )
    run = running(run)
    await ledger.commit(a_change(execution=run, journal=[an_entry()], when=at(1)))
    await ledger.commit(
        a_change(
            workflow,
            note,
            execution=completed(run, a_reference(workflow), a_reference(note)),
            receipts=[a_receipt(), a_receipt("note")],
            edges=[
                an_edge(artifact_node("artifact-1", 1), execution_node("execution-1")),
                an_edge(artifact_node("note", 1), execution_node("execution-1")),
                an_edge(artifact_node("note", 1), attachment_node(run.attachments[0].digest)),
            ],
            events=[an_event("event-1"), an_event("event-2", subject="note")],
            when=at(2),
        )
    )
    other = an_artifact("artifact-1", tenant_id=OTHER_TENANT, parts=[a_rendering(content=b"theirs")])
    await ledger.commit(a_change(other, receipts=[a_receipt(tenant_id=OTHER_TENANT)], when=at(3)))
    await _update_and_delete(store)
    await _relate_and_fail(store)
    claimed = await store.outbox.claim("relay", at(50), lease=10, limit=10)
    first, second = (pending.event for pending in claimed)
    await store.outbox.retry_later("relay", first, at(50), pause=50, trouble="the listener was away")
    await store.outbox.set_aside("relay", second, "the listener refuses it")


async def _update_and_delete(store: RecordStoreUnderTest) -> None:
    first = an_artifact(execution_id="execution-1", parts=[a_rendering()])
    second = the_next_version(first, parts=[a_rendering(content=b"a new picture")], data=b'{"rows":4}')
    write = attrs.evolve(a_change(second).artifacts[0], body=b'{"rows":4}')
    revision = an_edge(artifact_node("artifact-1", 2), artifact_node("artifact-1", 1))
    await store.ledger.commit(a_change(write, receipts=[a_receipt(version=2)], edges=[revision], when=at(4)))
    doomed = an_artifact("doomed", parts=[a_rendering(content=b"doomed")])
    later = the_next_version(doomed, parts=[a_rendering(content=b"doomed too")])
    await store.ledger.commit(a_change(doomed, receipts=[a_receipt("doomed")], when=at(5)))
    await store.ledger.commit(a_change(later, receipts=[a_receipt("doomed", version=2)], when=at(6)))
    await store.ledger.commit(a_change(a_tombstone(later), journal=[an_entry(subject="doomed")], when=at(7)))


async def _relate_and_fail(store: RecordStoreUnderTest) -> None:
    edges = [
        an_edge(artifact_node("note", 1), artifact_node("artifact-1", 1)),
        an_edge(artifact_node("note", 1), "execution:somebody-elses"),
    ]
    await store.ledger.commit(a_change(tenant_id=TENANT, edges=edges, attaches_edges=True, when=at(8)))
    run = an_execution("execution-2", intent_id="intent-2", attachments=[an_attachment("again", b"again")])
    await store.ledger.commit(a_change(execution=run, when=at(9)))
    await store.ledger.commit(a_change(execution=running(run), when=at(10)))
    await store.ledger.commit(a_change(execution=failed(running(run)), when=at(11)))
    left = an_execution("execution-3", intent_id="intent-3", attempt=2, attachments=[an_attachment("left", b"left")])
    await store.ledger.commit(a_change(execution=left, journal=[an_entry(subject="execution-3")], when=at(12)))
    await store.ledger.commit(a_change(tenant_id=OTHER_TENANT, request=a_request("theirs"), when=at(13)))
