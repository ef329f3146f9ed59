"""Materialize: carry out a plan. Bytes first, the record afterwards, by whoever commits (law 12)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

import attrs

from artifact_plane.domain.model.artifact import Artifact, ArtifactRef, Part, PartRuling, Place, Receipt, RenderedBy
from artifact_plane.domain.model.change import ArtifactWrite
from artifact_plane.domain.model.decision import PLATFORM_NATIVE, MaterializationDecision, Ruling
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.identity import check_name
from artifact_plane.domain.model.intent import ExecutionContext
from artifact_plane.domain.model.json import JsonObject, LargerThanBudget
from artifact_plane.domain.model.plan import Draft, Meaning, OutputPlan, Plan, Step
from artifact_plane.domain.model.policy import MaterializationPolicy
from artifact_plane.domain.model.rendering import ByteSource, BytesSource, Digest, Renderable
from artifact_plane.domain.model.result import Output
from artifact_plane.domain.use_cases.blobs import Blobs
from artifact_plane.domain.use_cases.limits import Limits
from artifact_plane.domain.use_cases.renderers import Renderers
from artifact_plane.domain.use_cases.together import together
from artifact_plane.ports.codec import Codec
from artifact_plane.ports.working_memory import MemoryKey, WorkingMemory


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


class Materializer:
    """Drafts outputs, and carries out the plans made of the drafts."""

    def __init__(
        self, *, blobs: Blobs, memory: WorkingMemory, renderers: Renderers, codec: Codec, limits: Limits
    ) -> None:
        self._blobs = blobs
        self._memory = memory
        self._renderers = renderers
        self._codec = codec
        self._limits = limits

    async def drafts(self, outputs: Mapping[str, Output]) -> tuple[Draft, ...]:
        """Check outputs and put their meanings into canonical form.

        Raises:
            InvalidInput: a key or a meaning is not legal, a platform-native type is used (law 2), or a view's
                renderer or format is not known.
        """
        return tuple([await self.draft(key, output) for key, output in outputs.items()])

    async def draft(self, key: str, output: Output) -> Draft:
        """As ``drafts``, for one output."""
        check_name("output key", key)
        if output.result_type in PLATFORM_NATIVE:
            raise InvalidInput(
                f"{output.result_type!r} is a platform-native record type, which only the runtime writes",
                where=f"output {key!r}",
                remedy="give the output a type of its own",
            )
        media_types = {
            view.name: self._renderers.media_type(view) if isinstance(view, Renderable) else view.media_type
            for view in output.renderings
        }
        meaning = await self.canonical(output.semantic_payload)
        return Draft(key=key, output=output, meaning=meaning, media_types=media_types)

    async def canonical(self, payload: JsonObject) -> Meaning:
        """The canonical form of a meaning; a large one is made off the event loop. Raises InvalidJson."""
        try:
            return self._codec.meaning(payload, budget=self._limits.loop_budget)
        except LargerThanBudget:
            return await asyncio.to_thread(self._codec.meaning, payload)

    async def carry_out(
        self,
        plan: Plan,
        policy: MaterializationPolicy,
        context: ExecutionContext,
        identify: Callable[[str], Identity],
        now: datetime,
        claims: list[str],
        metadata: JsonObject | None = None,
    ) -> tuple[Materialized, ...]:
        """Put what is to be persisted and prepare the records; nothing is visible yet.

        ``claims`` receives the ids of the claims made, also when it fails: commit with them as ``releases``, or
        give them up. Outputs and parts are worked on in parallel.

        Raises:
            Unavailable: a payload could not be put.
            ExecutionFailed, UnsupportedRendering: a view that is to be kept could not be drawn.
        """
        gate = asyncio.Semaphore(self._limits.puts_at_once)
        works = [
            _OutputWork(self, output, policy, context, identify(output.key), now, claims, metadata or {}, gate)
            for output in plan.outputs
        ]
        return tuple(await together(work.materialized() for work in works))

    async def remember(self, done: Iterable[Materialized], now: datetime) -> None:
        """Put the cached parts into working memory; after the commit, since it may forget anyway."""
        for cached in (cached for one in done for cached in one.cached):
            await self._memory.remember(
                cached.key,
                cached.value,
                cached.digest,
                now=now,
                expires_at=cached.expires_at,
                session_id=cached.session_id,
            )


class _OutputWork:
    """Carrying out the plan for one output."""

    def __init__(
        self,
        owner: Materializer,
        planned: OutputPlan,
        policy: MaterializationPolicy,
        context: ExecutionContext,
        identity: Identity,
        now: datetime,
        claims: list[str],
        metadata: JsonObject,
        gate: asyncio.Semaphore,
    ) -> None:
        self._owner = owner
        self._planned = planned
        self._policy = policy
        self._context = context
        self._identity = identity
        self._now = now
        self._claims = claims
        self._metadata = metadata
        self._gate = gate

    async def materialized(self) -> Materialized:
        done = await together(self._step(step) for step in self._planned.steps)
        artifact = self._artifact(tuple(one.part for one in done))
        receipt = self._receipt(tuple(one.ruling for one in done))
        body = next((one.body for one in done if one.body is not None), None)
        return Materialized(
            write=ArtifactWrite(artifact=artifact, replaces=self._identity.replaces, body=body),
            receipt=receipt,
            cached=tuple(one.cached for one in done if one.cached is not None),
        )

    async def _step(self, step: Step) -> _Done:
        source: ByteSource | None = None
        if step.needs_size:
            source = await self._source(step)
            step = step.settled(self._policy, await asyncio.to_thread(_size_of, source))
        decision = step.ruling.decision
        if decision is MaterializationDecision.PERSIST:
            return await self._persist(step, source)
        if decision is MaterializationDecision.CACHE:
            return await self._cache(step, source)
        return self._drop(step)

    async def _persist(self, step: Step, source: ByteSource | None) -> _Done:
        meaning = self._planned.meaning
        if step.rendering is None and meaning.size <= self._owner._limits.inline_bytes:
            return self._done(step, Place.INLINE, size=meaning.size, digest=meaning.digest, body=meaning.data)
        async with self._gate:
            source = source or await self._source(step)
            stored = await self._owner._blobs.put(self._context.tenant_id, source, self._claims)
        return self._done(step, Place.PAYLOAD_STORE, size=stored.size, digest=stored.digest, location=stored.location)

    async def _cache(self, step: Step, source: ByteSource | None) -> _Done:
        most = self._owner._limits.cached_part_bytes
        source = source or await self._source(step)
        value = await asyncio.to_thread(_read_up_to, source, most)
        if value is None:
            return self._done(step, Place.NOWHERE, note=f"larger than {most} bytes, the most that is cached")
        digest = await asyncio.to_thread(self._owner._codec.digest, value)
        cached = CachedPart(
            key=MemoryKey(
                tenant_id=self._context.tenant_id,
                artifact_id=self._identity.artifact_id,
                version=self._identity.version,
                part=step.part,
            ),
            value=value,
            digest=digest,
            expires_at=self._now + timedelta(seconds=self._seconds(step.ruling)),
            session_id=self._context.session_id,
        )
        return self._done(step, Place.WORKING_MEMORY, size=len(value), digest=digest, cached=cached)

    def _drop(self, step: Step) -> _Done:
        if step.rendering is None:
            return self._done(step, Place.NOWHERE, size=self._planned.meaning.size, digest=self._planned.meaning.digest)
        return self._done(step, Place.NOWHERE, size=step.subject.size)

    async def _source(self, step: Step) -> ByteSource:
        if step.rendering is None:
            return BytesSource(self._planned.meaning.data)
        if isinstance(step.rendering, Renderable):
            payload = await asyncio.to_thread(self._owner._codec.parse, self._planned.meaning.data)
            return await self._owner._renderers.draw(payload, step.rendering)
        return step.rendering.source

    def _seconds(self, ruling: Ruling) -> int:
        return ruling.ttl if isinstance(ruling.ttl, int) else self._owner._limits.session_ttl

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
        return self._owner._renderers.rendered_by(step.rendering) if isinstance(step.rendering, Renderable) else None

    def _artifact(self, parts: tuple[Part, ...]) -> Artifact:
        output, context, identity = self._planned.output, self._context, self._identity
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
            key=self._planned.key,
            created_at=identity.created_at or self._now,
            updated_at=self._now,
            decision=self._planned.whole.decision,
            parts=parts,
            labels=output.labels,
            metadata=self._metadata,
            retention_policy=self._planned.whole.retention,
        )

    def _receipt(self, parts: tuple[PartRuling, ...]) -> Receipt:
        return Receipt(
            tenant_id=self._context.tenant_id,
            subject=self._identity.artifact_id,
            version=self._identity.version,
            execution_id=self._context.execution_id,
            key=self._planned.key,
            result_type=self._planned.output.result_type,
            labels=self._planned.output.labels,
            policy_digest=self._policy.digest,
            decided_at=self._now,
            whole=self._planned.whole,
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
    """All the bytes, or None where there are more than ``most``."""
    with source.open() as stream:
        data = stream.read(most + 1)
    return data if len(data) <= most else None
