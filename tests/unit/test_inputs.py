"""What a run is given and reads: attachments by the policy, artifacts as its origins."""

from __future__ import annotations

import pytest

from artifact_plane.domain.model.decision import MaterializationDecision
from artifact_plane.domain.model.errors import Refused
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.lineage import Relation
from artifact_plane.domain.model.rendering import BytesSource, Rendered
from artifact_plane.domain.model.result import Output, RealmResult
from artifact_plane.ports.realm import ArtifactReader
from tests.unit.stage import KEEP, NOTE, TENANT, an_intent, makes, staged


async def test_what_a_realm_reads_becomes_a_used_edge_and_what_it_derives_names_the_version_read() -> None:
    """Lineage of a run."""

    async def deriving(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        source = str(intent.parameters["source"])
        reading = await reader.read(source)
        output = Output(result_type="note", semantic_payload={"of": reading.semantic_payload}, derived_from=(source,))
        return RealmResult(artifacts={"note": output})

    async with staged({"make": makes(note=NOTE), "derive": deriving}) as stage:
        runtime = stage.application.runtime
        first = (await runtime.execute(an_intent())).execution.references[0].artifact_id
        second = await runtime.execute(an_intent("derive", intent_id="i2", source=first))
        lineage = await stage.application.lineage.upstream(second.execution.references[0].artifact_id, TENANT)
        found = {(edge.source.partition(":")[0], edge.relation, edge.target) for edge in lineage.edges}
        assert ("execution", Relation.USED, f"artifact:{first}@1") in found
        assert ("artifact", Relation.WAS_DERIVED_FROM, f"artifact:{first}@1") in found
        assert ("execution", Relation.WAS_STARTED_BY, "intent:i1") in found


async def test_attachments_are_ruled_kept_for_the_run_and_dropped_at_its_end() -> None:
    """Law 7: a receipt, a lineage node, and no bytes left."""
    async with staged({"make": makes(note=NOTE)}) as stage:
        result = await stage.application.runtime.execute(an_intent(attachments={"data": BytesSource(b"secret input")}))
        (record,) = result.execution.attachments
        assert record.ruling.decision is MaterializationDecision.CACHE
        assert [receipt.subject for receipt in result.receipts if receipt.version is None] == [record.digest]
        assert [one async for one in stage.adapters.payloads.list(TENANT)] == []
        lineage = await stage.application.lineage.upstream(result.execution.references[0].artifact_id, TENANT)
        assert f"attachment:{record.digest}" in [node.id for node in lineage.nodes]


async def test_what_a_run_stored_goes_at_once_when_its_artifact_is_deleted() -> None:
    """Law 12: the claims of a run are released by its commit, so that a living process holds nothing back."""
    view = Rendered(name="file", media_type="text/plain", source=BytesSource(b"bytes"))
    output = Output(result_type="note", semantic_payload={"a": 1}, renderings=(view,))
    async with staged({"make": makes(note=output)}, policy=KEEP) as stage:
        result = await stage.application.runtime.execute(an_intent())
        assert len([one async for one in stage.adapters.payloads.list(TENANT)]) == 1
        await stage.application.plane.delete_artifact(result.execution.references[0].artifact_id, TENANT)
        assert [one async for one in stage.adapters.payloads.list(TENANT)] == []


async def test_a_persisted_attachment_stays() -> None:
    """Law 7: attachments follow the policy."""
    async with staged({"make": makes(note=NOTE)}, policy={"attachment": "persist"}) as stage:
        await stage.application.runtime.execute(an_intent(attachments={"data": BytesSource(b"input")}))
        assert len([one async for one in stage.adapters.payloads.list(TENANT)]) == 1


async def test_a_denied_attachment_refuses_the_intent_before_anything_is_put() -> None:
    """Law 7."""
    rule = [{"name": "no-files", "when": {"result_type": ["attachment"]}, "deny": ["persist", "cache"], "reason": "r"}]
    async with staged({"make": makes(note=NOTE)}, governance=rule) as stage:
        with pytest.raises(Refused, match="no-files"):
            await stage.application.runtime.execute(an_intent(attachments={"data": BytesSource(b"input")}))
        assert [one async for one in stage.adapters.payloads.list(TENANT)] == []
        assert await stage.adapters.records.log.position() == 0
