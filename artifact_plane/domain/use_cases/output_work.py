"""The work on one output: its plan's steps, carried out (laws 8, 10 and 12)."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import attrs

from artifact_plane.domain.model.artifact import Artifact, ArtifactRef, Part, PartRuling, Place, Receipt, RenderedBy
from artifact_plane.domain.model.change import ArtifactWrite
from artifact_plane.domain.model.decision import MaterializationDecision, Ruling
from artifact_plane.domain.model.intent import ExecutionContext
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.plan import OutputPlan, Step
from artifact_plane.domain.model.policy import MaterializationPolicy
from artifact_plane.domain.model.rendering import ByteSource, BytesSource, Digest, Renderable
from artifact_plane.domain.use_cases.blobs import Blobs
from artifact_plane.domain.use_cases.limits import Limits
from artifact_plane.domain.use_cases.renderers import Renderers
from artifact_plane.domain.use_cases.together import together
from artifact_plane.ports.codec import Codec
from artifact_plane.ports.working_memory import MemoryKey


@attrs.frozen(kw_only=True)
class MaterialTools:
    """What carrying out a plan needs."""

    blobs: Blobs
    renderers: Renderers
    codec: Codec
    limits: Limits


@attrs.frozen(kw_only=True)
class Identity:
    """Which record an output becomes: a new artifact (``replaces`` None), or the next version of one."""

    artifact_id: str
    version: int = 1
    replaces: int | None = None
    created_at: datetime | None = None


@attrs.frozen(kw_only=True)
class CachedPart:
    """A part to be remembered once its record is committed."""

    key: MemoryKey
    value: bytes = attrs.field(repr=False)
    digest: Digest
    expires_at: datetime
    session_id: str


@attrs.frozen(kw_only=True)
class Materialized:
    """What was made of one output: the record to commit and the receipt of its rulings."""

    write: ArtifactWrite
    receipt: Receipt
    cached: tuple[CachedPart, ...]

    @property
    def artifact(self) -> Artifact:
        """The record."""
        return self.write.artifact

    def reference(self) -> ArtifactRef:
        """What execution state holds of it (law 9)."""
        artifact = self.artifact
        return ArtifactRef(
            key=self.receipt.key,
            artifact_id=artifact.artifact_id,
            version=artifact.version,
            digest=_meaning_digest(artifact),
            decision=artifact.decision,
        )


@attrs.frozen(kw_only=True)
class _Done:
    """A step that was carried out: the part, and what has to be remembered or kept inline."""

    part: Part
    ruling: PartRuling
    body: bytes | None = None
    cached: CachedPart | None = None


@attrs.frozen(kw_only=True)
class OutputWork:
    """Carrying out the plan for one output. ``gate`` bounds how many payloads are put at once."""

    tools: MaterialTools
    planned: OutputPlan
    policy: MaterializationPolicy
    context: ExecutionContext
    identity: Identity
    now: datetime
    claims: list[str]
    metadata: JsonObject
    gate: asyncio.Semaphore

    async def materialized(self) -> Materialized:
        """Draw, put and describe every part; nothing is visible yet. Raises as ``Materializer.carry_out``."""
        done = await together(self._step(step) for step in self.planned.steps)
        artifact = self._artifact(tuple(one.part for one in done))
        receipt = self._receipt(tuple(one.ruling for one in done))
        body = next((one.body for one in done if one.body is not None), None)
        return Materialized(
            write=ArtifactWrite(artifact=artifact, replaces=self.identity.replaces, body=body),
            receipt=receipt,
            cached=tuple(one.cached for one in done if one.cached is not None),
        )

    async def _step(self, step: Step) -> _Done:
        source: ByteSource | None = None
        if step.needs_size:
            source = await self._source(step)
            step = step.settled(self.policy, await asyncio.to_thread(_size_of, source))
        decision = step.ruling.decision
        if decision is MaterializationDecision.PERSIST:
            return await self._persist(step, source)
        if decision is MaterializationDecision.CACHE:
            return await self._cache(step, source)
        return self._drop(step)

    async def _persist(self, step: Step, source: ByteSource | None) -> _Done:
        meaning = self.planned.meaning
        if step.rendering is None and meaning.size <= self.tools.limits.inline_bytes:
            return self._done(step, Place.INLINE, size=meaning.size, digest=meaning.digest, body=meaning.data)
        async with self.gate:
            source = source or await self._source(step)
            stored = await self.tools.blobs.put(self.context.tenant_id, source, self.claims)
        return self._done(step, Place.PAYLOAD_STORE, size=stored.size, digest=stored.digest, location=stored.location)

    async def _cache(self, step: Step, source: ByteSource | None) -> _Done:
        most = self.tools.limits.cached_part_bytes
        source = source or await self._source(step)
        value = await asyncio.to_thread(_read_up_to, source, most)
        if value is None:
            return self._done(step, Place.NOWHERE, note=f"larger than {most} bytes, the most that is cached")
        digest = await asyncio.to_thread(self.tools.codec.digest, value)
        cached = CachedPart(
            key=MemoryKey(
                tenant_id=self.context.tenant_id,
                artifact_id=self.identity.artifact_id,
                version=self.identity.version,
                part=step.part,
            ),
            value=value,
            digest=digest,
            expires_at=self.now + timedelta(seconds=self._seconds(step.ruling)),
            session_id=self.context.session_id,
        )
        return self._done(step, Place.WORKING_MEMORY, size=len(value), digest=digest, cached=cached)

    def _drop(self, step: Step) -> _Done:
        if step.rendering is None:
            return self._done(step, Place.NOWHERE, size=self.planned.meaning.size, digest=self.planned.meaning.digest)
        return self._done(step, Place.NOWHERE, size=step.subject.size)

    async def _source(self, step: Step) -> ByteSource:
        if step.rendering is None:
            return BytesSource(self.planned.meaning.data)
        if isinstance(step.rendering, Renderable):
            payload = await asyncio.to_thread(self.tools.codec.parse, self.planned.meaning.data)
            return await self.tools.renderers.draw(payload, step.rendering)
        return step.rendering.source

    def _seconds(self, ruling: Ruling) -> int:
        return ruling.ttl if isinstance(ruling.ttl, int) else self.tools.limits.session_ttl

    def _done(
        self,
        step: Step,
        place: Place,
        *,
        size: int | None = None,
        digest: Digest | None = None,
        location: str | None = None,
        body: bytes | None = None,
        cached: CachedPart | None = None,
        note: str | None = None,
    ) -> _Done:
        part = Part(
            name=step.part,
            role=step.role,
            media_type=step.media_type,
            decision=step.ruling.decision,
            place=place,
            size=size,
            digest=digest,
            location=location,
            expires_at=None if cached is None else cached.expires_at,
            rendered_by=self._rendered_by(step),
        )
        ruling = PartRuling(
            part=step.part, role=step.role, ruling=step.ruling, media_type=step.media_type, size=size, note=note
        )
        return _Done(part=part, ruling=ruling, body=body, cached=cached)

    def _rendered_by(self, step: Step) -> RenderedBy | None:
        return self.tools.renderers.rendered_by(step.rendering) if isinstance(step.rendering, Renderable) else None

    def _artifact(self, parts: tuple[Part, ...]) -> Artifact:
        output, context, identity = self.planned.output, self.context, self.identity
        return Artifact(
            tenant_id=context.tenant_id,
            artifact_id=identity.artifact_id,
            version=identity.version,
            artifact_type=output.result_type,
            session_id=context.session_id,
            solution_id=context.solution_id,
            realm=context.realm,
            intent_type=context.intent_type,
            execution_id=context.execution_id,
            key=self.planned.key,
            created_at=identity.created_at or self.now,
            updated_at=self.now,
            decision=self.planned.whole.decision,
            parts=parts,
            labels=output.labels,
            metadata=self.metadata,
            retention_policy=self.planned.whole.retention,
        )

    def _receipt(self, parts: tuple[PartRuling, ...]) -> Receipt:
        return Receipt(
            tenant_id=self.context.tenant_id,
            subject=self.identity.artifact_id,
            version=self.identity.version,
            execution_id=self.context.execution_id,
            key=self.planned.key,
            result_type=self.planned.output.result_type,
            labels=self.planned.output.labels,
            policy_digest=self.policy.digest,
            decided_at=self.now,
            whole=self.planned.whole,
            parts=parts,
        )


def _meaning_digest(artifact: Artifact) -> Digest:
    digest = artifact.meaning.digest
    if digest is None:
        raise AssertionError("a meaning always has a digest")
    return digest


def _size_of(source: ByteSource) -> int:
    if source.size is not None:
        return source.size
    size = 0
    with source.open() as stream:
        while chunk := stream.read(1 << 20):
            size += len(chunk)
    return size


def _read_up_to(source: ByteSource, most: int) -> bytes | None:
    """All the bytes, or None where there are more than ``most``. A stream may give fewer than it is asked for."""
    data = bytearray()
    with source.open() as stream:
        while len(data) <= most and (chunk := stream.read(most + 1 - len(data))):
            data += chunk
    return bytes(data) if len(data) <= most else None
