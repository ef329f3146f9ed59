"""What a run is given and reads: attachments by the policy, artifacts as its origins."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import attrs
import pytest

from artifact_plane.composition.application import running
from artifact_plane.domain.model.artifact import Artifact, ArtifactFilter, ArtifactPage, Receipt
from artifact_plane.domain.model.decision import MaterializationDecision
from artifact_plane.domain.model.errors import Refused
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.lineage import Relation
from artifact_plane.domain.model.rendering import BytesSource, Rendered
from artifact_plane.domain.model.result import Output, RealmResult
from artifact_plane.domain.use_cases.limits import Limits
from artifact_plane.ports.artifact_registry import ArtifactRegistry, RegisteredArtifact
from artifact_plane.ports.realm import ArtifactReader
from tests.doubles.recording import Calls, recorded
from tests.unit.stage import CONTEXT, KEEP, NOTE, TENANT, an_intent, makes, staged


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


async def test_an_execution_shows_the_receipts_that_were_recorded_without_looking_through_those_of_other_runs() -> None:
    """However many runs have used a file, what is shown of one of them costs the same."""
    calls = Calls()
    files = {"b": BytesSource(b"template"), "a": BytesSource(b"template"), "c": BytesSource(b"data")}
    async with (
        staged({"make": makes(note=NOTE)}) as stage,
        running(recorded(stage.adapters, calls), Limits()) as application,
    ):
        results = [
            await application.runtime.execute(an_intent(intent_id=one, attachments=files)) for one in ("i1", "i2")
        ]
        assert not [call for call in calls.taken() if call.startswith("registry.receipts") and "blake3" in call]
        assert (await application.runtime.execution(results[0].execution.execution_id, TENANT)) == results[0]
        for result in results:
            shown = [receipt for receipt in result.receipts if receipt.version is None]
            registry = stage.adapters.records.registry
            digests = {record.digest for record in result.execution.attachments}
            kept = [receipt for digest in digests for receipt in await registry.receipts(TENANT, digest)]
            assert {receipt.key: receipt for receipt in shown} == {
                receipt.key: receipt for receipt in kept if receipt.execution_id == result.execution.execution_id
            }
            assert len(shown) == len(files)


class Interrupted(ArtifactRegistry):
    """Once a record was fetched, and before it is handed on, something else happens."""

    def __init__(self, inner: ArtifactRegistry) -> None:
        self._inner: Final = inner
        self.meanwhile: Final[list[Callable[[], Awaitable[object]]]] = []

    async def get(
        self, tenant_id: str, artifact_id: str, version: int | None = None, *, body: bool = True
    ) -> RegisteredArtifact:
        found = await self._inner.get(tenant_id, artifact_id, version, body=body)
        if self.meanwhile:
            await self.meanwhile.pop()()
        return found

    async def history(self, tenant_id: str, artifact_id: str) -> tuple[Artifact, ...]:
        return await self._inner.history(tenant_id, artifact_id)

    async def find(
        self, tenant_id: str, criteria: ArtifactFilter, *, limit: int, after: str | None = None
    ) -> ArtifactPage:
        return await self._inner.find(tenant_id, criteria, limit=limit, after=after)

    async def matching(self, tenant_id: str, prefix: str, *, limit: int) -> tuple[str, ...]:
        return await self._inner.matching(tenant_id, prefix, limit=limit)

    async def receipts(self, tenant_id: str, subject: str) -> tuple[Receipt, ...]:
        return await self._inner.receipts(tenant_id, subject)


async def test_two_reads_of_one_run_at_the_same_time_see_one_version() -> None:
    """One run sees one world, and what it saw is what its lineage says, also while the artifact is updated."""
    seen: list[int] = []

    async def reading(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        async def meanwhile() -> None:
            await stage.application.plane.update_artifact("n1", {"v": 2}, {}, CONTEXT, expected_version=1)
            seen.append((await reader.read("n1")).version)

        registry.meanwhile.append(meanwhile)
        seen.append((await reader.read("n1")).version)
        return RealmResult()

    async with staged({"read": reading}, policy=KEEP) as stage:
        registry = Interrupted(stage.adapters.records.registry)
        await stage.application.plane.create_artifact("note", "n1", {"v": 1}, {}, CONTEXT)
        records = attrs.evolve(stage.adapters.records, registry=registry)
        async with running(attrs.evolve(stage.adapters, records=records), Limits()) as application:
            result = await application.runtime.execute(an_intent("read"))
        edges = (await stage.application.lineage.downstream("n1", TENANT, version=seen[0])).edges
        assert [edge.source for edge in edges if edge.relation is Relation.USED] == [
            f"execution:{result.execution.execution_id}"
        ]
        assert len(seen) == 2
        assert len(set(seen)) == 1


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
