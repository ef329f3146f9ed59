"""ArtifactPlane: create, read, update and delete artifacts, and register where they came from (000, step 1)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

import attrs

from artifact_plane.domain.model.artifact import Artifact, ArtifactFilter, ArtifactPage, ArtifactState, Part, Place
from artifact_plane.domain.model.change import ArtifactWrite, Change
from artifact_plane.domain.model.decision import Basis
from artifact_plane.domain.model.errors import Conflict, InvalidInput, NotFound
from artifact_plane.domain.model.identity import check_identifier
from artifact_plane.domain.model.intent import ExecutionContext
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.lineage import (
    Lineage,
    artifact_node,
)
from artifact_plane.domain.model.plan import Draft, plan
from artifact_plane.domain.model.request import AGAIN, Request, Subject
from artifact_plane.domain.model.result import Output
from artifact_plane.domain.use_cases import recording
from artifact_plane.domain.use_cases.blobs import Blobs
from artifact_plane.domain.use_cases.happenings import Happenings
from artifact_plane.domain.use_cases.materialize import Materializer
from artifact_plane.domain.use_cases.origins import Origins
from artifact_plane.domain.use_cases.output_work import Identity, Materialized
from artifact_plane.domain.use_cases.policies import Policies
from artifact_plane.domain.use_cases.reading import Reading
from artifact_plane.domain.use_cases.requests import Requests
from artifact_plane.domain.use_cases.same_content import SameContent
from artifact_plane.ports.answers import ArtifactView, Content, Payload, PayloadLike, RecordedArtifact
from artifact_plane.ports.application import Plane
from artifact_plane.ports.artifact_registry import ArtifactRegistry
from artifact_plane.ports.clock import Clock, IdSource
from artifact_plane.ports.ledger import Ledger
from artifact_plane.ports.working_memory import WorkingMemory

MOST_LISTED: Final = 1_000
EXPLICIT_KEY: Final = "artifact"
"""The key of an output that no realm named."""


class ArtifactPlane(Plane):
    """See ``Plane``."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        registry: ArtifactRegistry,
        memory: WorkingMemory,
        reading: Reading,
        materializer: Materializer,
        blobs: Blobs,
        policies: Policies,
        origins: Origins,
        same_content: SameContent,
        requests: Requests,
        happenings: Happenings,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._ledger = ledger
        self._registry = registry
        self._memory = memory
        self._reading = reading
        self._materializer = materializer
        self._blobs = blobs
        self._policies = policies
        self._origins = origins
        self._same_content = same_content
        self._requests = requests
        self._happenings = happenings
        self._clock = clock
        self._ids = ids

    # Writing

    async def create_artifact(
        self,
        artifact_type: str,
        artifact_id: str | None,
        payload: PayloadLike,
        metadata: JsonObject,
        context: ExecutionContext,
        *,
        request: Request | None = None,
    ) -> RecordedArtifact:
        """See ``Plane``."""
        async with self._materializer.turn:
            draft, facts = await self._draft(artifact_type, payload), await self._materializer.facts(metadata)
            if artifact_id is not None:
                check_identifier("artifact id", artifact_id)
                repeated = await self._repeated(artifact_id, draft, facts, context)
                if repeated is not None:
                    return await self._asked_again(repeated, request)
            await self._origins.check_ended(context)
            identity = Identity(artifact_id=artifact_id or self._ids.new_id())
            try:
                return await self._record(draft, facts, context, identity, request)
            except Conflict:
                # Somebody created it a moment ago; the same content is the same artifact (law 17).
                repeated = await self._repeated(identity.artifact_id, draft, facts, context)
                if repeated is None:
                    raise
                return await self._asked_again(repeated, request)

    async def update_artifact(
        self,
        artifact_id: str,
        payload: PayloadLike,
        metadata: JsonObject,
        context: ExecutionContext,
        *,
        expected_version: int,
    ) -> RecordedArtifact:
        """See ``Plane``."""
        async with self._materializer.turn:
            current = (await self._reading.record(context.tenant_id, artifact_id)).artifact
            draft = await self._draft(current.artifact_type, payload)
            facts = await self._materializer.facts(metadata)
            if current.version != expected_version:
                if current.version == expected_version + 1 and await self._same_content.holds(current, draft, facts):
                    return await self._recorded(current)
                raise Conflict(
                    f"its version is {current.version}, not {expected_version}",
                    where=f"artifact {artifact_id}",
                    remedy="read it again and repeat the update on what is there now",
                )
            await self._origins.check_ended(context)
            identity = Identity(
                artifact_id=artifact_id,
                version=current.version + 1,
                replaces=current.version,
                created_at=current.created_at,
            )
            return await self._record(draft, facts, context, identity)

    async def delete_artifact(
        self, artifact_id: str, tenant_id: str, *, expected_versions: Collection[int] | None = None
    ) -> Artifact:
        """See ``Plane``."""
        while True:
            current = (await self._registry.get(tenant_id, artifact_id, body=False)).artifact
            if expected_versions is not None and current.version not in expected_versions:
                raise Conflict(
                    f"its version is {current.version}, which is not the one expected",
                    where=f"artifact {artifact_id}",
                    remedy="read it again, and delete what is there now",
                )
            if current.state is ArtifactState.DELETED:
                return current
            try:
                return await self._bury(current)
            except Conflict:
                continue  # it was updated meanwhile: delete what is there now

    async def register_lineage(
        self, artifact_id: str, source_execution_id: str, source_intent: str, context: ExecutionContext
    ) -> Lineage:
        """See ``Plane``."""
        return await self._origins.register(artifact_id, source_execution_id, source_intent, context)

    # Reading

    async def get_artifact(
        self, artifact_id: str, tenant_id: str, include_payload: bool = True, *, version: int | None = None
    ) -> ArtifactView:
        """See ``Plane``."""
        registered = await self._reading.record(tenant_id, artifact_id, version, body=include_payload)
        if not include_payload:
            return ArtifactView(artifact=registered.artifact)
        payload = await self._reading.parsed(await self._reading.meaning(registered))
        return ArtifactView(artifact=registered.artifact, semantic_payload=payload)

    async def get_meaning(self, artifact_id: str, tenant_id: str, *, version: int | None = None) -> bytes:
        """See ``Plane``."""
        return await self._reading.meaning(await self._reading.record(tenant_id, artifact_id, version, body=True))

    async def open_content(self, artifact_id: str, tenant_id: str, name: str, *, version: int | None = None) -> Content:
        """See ``Plane``."""
        registered = await self._reading.record(tenant_id, artifact_id, version, body=True)
        return await self._reading.content(registered, name)

    async def list_artifacts(
        self, tenant_id: str, criteria: ArtifactFilter, *, limit: int = 100, after: str | None = None
    ) -> ArtifactPage:
        """See ``Plane``."""
        if not 1 <= limit <= MOST_LISTED:
            raise InvalidInput(
                f"a page has 1 to {MOST_LISTED} artifacts, not {limit}", where="limit", remedy="turn pages with `after`"
            )
        return await self._registry.find(tenant_id, criteria, limit=limit, after=after)

    async def versions(self, artifact_id: str, tenant_id: str) -> tuple[Artifact, ...]:
        """See ``Plane``."""
        versions = await self._registry.history(tenant_id, artifact_id)
        if not versions:
            raise NotFound("there is no such artifact", where=f"artifact {artifact_id}", remedy="see `ap ls`")
        return versions

    async def answered(self, key: str, tenant_id: str) -> Request | None:
        """See ``Plane``."""
        return await self._requests.answered(key, tenant_id)

    async def record_request(self, request: Request, tenant_id: str) -> None:
        """See ``Plane``."""
        await self._requests.record(request, tenant_id, request.subject)

    async def resolve(self, prefix: str, tenant_id: str) -> str:
        """See ``Plane``."""
        found = await self._registry.matching(tenant_id, check_identifier("artifact id", prefix), limit=4)
        if prefix in found or len(found) == 1:
            return prefix if prefix in found else found[0]
        if not found:
            raise NotFound("no artifact's id begins so", where=f"artifact {prefix}", remedy="see `ap ls`")
        raise InvalidInput(
            f"several artifacts' ids begin so: {', '.join(found[:3])}{' …' if len(found) > 3 else ''}",
            where=f"artifact {prefix}",
            remedy="give more of the id",
        )

    # Steps

    async def _draft(self, artifact_type: str, payload: PayloadLike) -> Draft:
        given = Payload(semantic_payload=payload) if isinstance(payload, Mapping) else payload
        output = Output(
            result_type=artifact_type,
            semantic_payload=given.semantic_payload,
            renderings=given.renderings,
            derived_from=given.derived_from,
            labels=given.labels,
        )
        return await self._materializer.draft(EXPLICIT_KEY, output)

    async def _record(
        self,
        draft: Draft,
        metadata: JsonObject,
        context: ExecutionContext,
        identity: Identity,
        request: Request | None = None,
    ) -> RecordedArtifact:
        policy = await self._policies.in_force(context.tenant_id, context.solution_id)
        planned = plan((draft,), policy, context, basis=Basis.EXPLICIT)
        now = self._clock.now()
        async with self._blobs.claiming(context.tenant_id) as claims:
            (made,) = await self._materializer.carry_out(
                planned, policy, context, lambda _: identity, now, claims, metadata
            )
            change_id = self._ids.new_id()
            await self._ledger.commit(
                Change(
                    change_id=change_id,
                    tenant_id=context.tenant_id,
                    at=now,
                    artifacts=(attrs.evolve(made.write, derived_from=draft.output.derived_from),),
                    receipts=(made.receipt,),
                    edges=tuple(recording.origin_edges(made.artifact, (), identity.replaces)),
                    events=self._happenings.of(change_id, context.tenant_id, now, artifacts=(made.artifact,)),
                    policy=self._policies.to_keep(policy),
                    releases=tuple(claims),
                    request=None if request is None else request.about(_subject(made.artifact)),
                )
            )
        self._policies.kept(policy)
        return await self._remembered(made)

    async def _remembered(self, made: Materialized) -> RecordedArtifact:
        await self._materializer.remember((made,), made.artifact.updated_at)
        return RecordedArtifact(artifact=made.artifact, receipt=made.receipt)

    async def _bury(self, current: Artifact) -> Artifact:
        now, change_id = self._clock.now(), self._ids.new_id()
        tombstone = attrs.evolve(
            current,
            state=ArtifactState.DELETED,
            updated_at=now,
            parts=tuple(_dropped(part) for part in current.parts),
        )
        await self._ledger.commit(
            Change(
                change_id=change_id,
                tenant_id=current.tenant_id,
                at=now,
                artifacts=(ArtifactWrite(artifact=tombstone, replaces=current.version),),
                journal=(recording.artifact_deleted(tombstone),),
                events=self._happenings.of(change_id, current.tenant_id, now, artifacts=(tombstone,)),
            )
        )
        await self._memory.forget(current.tenant_id, current.artifact_id)
        await self._blobs.sweep(current.tenant_id)
        return tombstone

    async def _repeated(
        self, artifact_id: str, draft: Draft, metadata: JsonObject, context: ExecutionContext
    ) -> RecordedArtifact | None:
        """The first version under that id, if this is its content; None where the id is free.

        What later updates made of it does not matter: creating again is repeating that creation (law 17).
        """
        try:
            existing = (await self._reading.record(context.tenant_id, artifact_id, 1)).artifact
        except NotFound as error:
            if error.code == NotFound.code:
                return None
            raise
        if existing.artifact_type == draft.output.result_type and await self._same_content.holds(
            existing, draft, metadata
        ):
            return await self._recorded(existing)
        raise Conflict(
            "this artifact id exists with another content",
            where=f"artifact {artifact_id}",
            remedy="update it (naming its version), or choose another id",
        )

    async def _asked_again(self, repeated: RecordedArtifact, request: Request | None) -> RecordedArtifact:
        if request is not None:
            artifact = repeated.artifact
            await self._requests.record(request, artifact.tenant_id, AGAIN + _subject(artifact))
        return repeated

    async def _recorded(self, artifact: Artifact) -> RecordedArtifact:
        receipts = await self._registry.receipts(artifact.tenant_id, artifact.artifact_id)
        receipt = next(one for one in receipts if one.version == artifact.version)
        return RecordedArtifact(artifact=artifact, receipt=receipt, repeated=True)


def _subject(artifact: Artifact) -> Subject:
    return artifact_node(artifact.artifact_id, artifact.version)


def _dropped(part: Part) -> Part:
    return attrs.evolve(part, place=Place.NOWHERE, location=None, expires_at=None)
