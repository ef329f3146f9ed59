"""Reading artifacts: the record, the verified meaning, and the bytes of a part."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import attrs

from artifact_plane.domain.model.artifact import Artifact, ArtifactState, Part, Place, RenderedBy
from artifact_plane.domain.model.decision import MaterializationDecision, Role
from artifact_plane.domain.model.errors import Damaged, Gone, NotFound
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.rendering import SEMANTIC_PART, ByteSource, BytesSource, Digest, Renderable
from artifact_plane.domain.use_cases.renderers import Renderers
from artifact_plane.ports.answers import Content
from artifact_plane.ports.artifact_registry import ArtifactRegistry, RegisteredArtifact
from artifact_plane.ports.clock import Clock
from artifact_plane.ports.codec import Codec
from artifact_plane.ports.payload_store import PayloadStore
from artifact_plane.ports.working_memory import MemoryKey, WorkingMemory

ON_LOOP: Final = 64 * 1024
"""Bytes up to which hashing and parsing on the event loop cost less than a hop to a thread."""


class Reading:
    """Everything that is read, is read here: verified, or an error (law 15)."""

    def __init__(
        self,
        *,
        registry: ArtifactRegistry,
        payloads: PayloadStore,
        memory: WorkingMemory,
        renderers: Renderers,
        codec: Codec,
        clock: Clock,
    ) -> None:
        self._registry = registry
        self._payloads = payloads
        self._memory = memory
        self._renderers = renderers
        self._codec = codec
        self._clock = clock
        self._drawing: dict[tuple[str, str, int, str], asyncio.Task[ByteSource]] = {}

    async def record(
        self, tenant_id: str, artifact_id: str, version: int | None = None, *, body: bool = False
    ) -> RegisteredArtifact:
        """The record of an artifact that is there. Raises NotFound, and Gone for a tombstone."""
        registered = await self._registry.get(tenant_id, artifact_id, version, body=body)
        _check_there(registered.artifact)
        return registered

    async def current(self, tenant_id: str, artifact_ids: Sequence[str]) -> tuple[Artifact, ...]:
        """The current versions of artifacts that are there, in their order. Raises NotFound, Gone."""
        if not artifact_ids:
            return ()
        found = await self._registry.current(tenant_id, artifact_ids)
        for artifact in found:
            _check_there(artifact)
        return found

    async def meaning(self, registered: RegisteredArtifact) -> bytes:
        """The canonical bytes of a meaning, verified.

        Raises:
            Gone: it is not kept.
            Damaged: it is not what was recorded, or missing.
        """
        artifact, part = registered.artifact, registered.artifact.meaning
        where = _where(artifact, part)
        if part.place is Place.INLINE:
            return await self._inline(registered.body, part, where)
        if part.place is Place.PAYLOAD_STORE:
            source = await self._kept(artifact, part)
            return await asyncio.to_thread(_read_all, source)
        cached = await self._cached(artifact, part)
        if cached is None:
            raise Gone("the meaning is not kept", where=where, remedy="see `ap explain` for the rule that dropped it")
        return cached

    async def parsed(self, data: bytes) -> JsonObject:
        """The object that canonical bytes say; large ones are parsed off the loop."""
        if len(data) <= ON_LOOP:
            return self._codec.parse(data)
        return await asyncio.to_thread(self._codec.parse, data)

    async def content(self, registered: RegisteredArtifact, name: str) -> Content:
        """The bytes of the part called ``name`` (see ``Plane.open_content``)."""
        artifact = registered.artifact
        part = artifact.part(name) or self._other_format(artifact, name)
        if part.name == SEMANTIC_PART:
            return _content(artifact, part, BytesSource(await self.meaning(registered)))
        if part.place is Place.PAYLOAD_STORE:
            return _content(artifact, part, await self._kept(artifact, part))
        if part.place is Place.WORKING_MEMORY and (cached := await self._cached(artifact, part)) is not None:
            return _content(artifact, part, BytesSource(cached))
        return await self._redrawn(registered, part)

    # From where it is kept

    async def _inline(self, body: bytes | None, part: Part, where: str) -> bytes:
        if body is None:
            raise Damaged("the record says the meaning is inline, but it is missing", where=where, remedy=_RESTORE)
        digest = self._codec.digest(body) if len(body) <= ON_LOOP else await asyncio.to_thread(self._codec.digest, body)
        if digest != part.digest and self._digest_as(part, body) != part.digest:
            raise Damaged(f"the meaning does not match its digest {part.digest}", where=where, remedy=_RESTORE)
        return body

    def _digest_as(self, part: Part, body: bytes) -> Digest:
        """The digest under the algorithm of the record, which a setting may have changed since."""
        hasher = self._codec.hasher(str(part.digest).partition(":")[0])
        hasher.update(body)
        return hasher.digest()

    async def _kept(self, artifact: Artifact, part: Part) -> ByteSource:
        where = _where(artifact, part)
        digest = _known(part)
        try:
            source = await self._payloads.source(artifact.tenant_id, digest)
        except NotFound as error:
            raise Damaged(f"the payload {digest} is missing from the store", where=where, remedy=_RESTORE) from error
        return self._codec.verified(source, digest, where)

    async def _cached(self, artifact: Artifact, part: Part) -> bytes | None:
        if part.place is not Place.WORKING_MEMORY or part.digest is None:
            return None
        key = MemoryKey(
            tenant_id=artifact.tenant_id, artifact_id=artifact.artifact_id, version=artifact.version, part=part.name
        )
        return await self._memory.recall(key, part.digest, now=self._clock.now())

    # Drawn again

    async def _redrawn(self, registered: RegisteredArtifact, part: Part) -> Content:
        artifact = registered.artifact
        if part.rendered_by is None:
            raise Gone(
                f"the rendering was {_ENDS[part.decision]}, and no renderer can draw it again",
                where=_where(artifact, part),
                remedy="see `ap explain` for the rule, and run the intent again to have it made anew",
            )
        source = await self._single_flight(
            (artifact.tenant_id, artifact.artifact_id, artifact.version, part.name),
            lambda: self._draw(registered, part, part.rendered_by),
        )
        content = await asyncio.to_thread(self._measured, artifact, part, source)
        return attrs.evolve(content, drawn=True, notice=self._drift(content, part))

    async def _draw(self, registered: RegisteredArtifact, part: Part, how: RenderedBy | None) -> ByteSource:
        if how is None:
            raise AssertionError("only parts that can be drawn come here")
        payload = await self.parsed(await self.meaning(registered))
        renderable = Renderable(name=part.name, renderer=how.renderer, format=how.format, options=how.options)
        return await self._renderers.draw(payload, renderable)

    async def _single_flight(
        self, key: tuple[str, str, int, str], draw: Callable[[], Awaitable[ByteSource]]
    ) -> ByteSource:
        task = self._drawing.get(key)
        if task is None:
            task = asyncio.ensure_future(draw())
            self._drawing[key] = task
            task.add_done_callback(lambda done: self._landed(key, done))
        # A waiter that is cancelled must not take the drawing away from the others.
        return await asyncio.shield(task)

    def _landed(self, key: tuple[str, str, int, str], task: asyncio.Task[ByteSource]) -> None:
        self._drawing.pop(key, None)
        if not task.cancelled():
            task.exception()  # seen, even where every waiter was cancelled

    def _measured(self, artifact: Artifact, part: Part, source: ByteSource) -> Content:
        hasher, size = self._codec.hasher(), 0
        with source.open() as stream:
            while chunk := stream.read(1 << 20):
                hasher.update(chunk)
                size += len(chunk)
        return Content(artifact=artifact, part=part, source=source, size=size, digest=hasher.digest())

    def _drift(self, content: Content, part: Part) -> str | None:
        """Compare with the digest on record: drift is damage under the same renderer version, else a notice."""
        how = part.rendered_by
        if how is None or part.digest is None or part.digest == content.digest:
            return None
        now = self._renderers.version(how.renderer, how.format)
        if now == how.version:
            raise Damaged(
                f"the renderer {how.renderer!r} {now} drew {content.digest}, on record is {part.digest}",
                where=_where(content.artifact, part),
                remedy="the renderer is not deterministic, or its version was not raised when it changed",
            )
        return f"drawn by {how.renderer} {now}; version {how.version} drew other bytes when it was recorded"

    def _other_format(self, artifact: Artifact, name: str) -> Part:
        """A view that nobody recorded, but that the renderer of a recorded one can draw too."""
        for part in artifact.renderings:
            how = part.rendered_by
            if how is not None and self._renderers.offers(how.renderer, name):
                view = Renderable(name=name, renderer=how.renderer, format=name)
                return Part(
                    name=name,
                    role=Role.RENDERING,
                    media_type=self._renderers.media_type(view),
                    decision=MaterializationDecision.DISCARD,
                    place=Place.NOWHERE,
                    rendered_by=self._renderers.rendered_by(view),
                )
        names = ", ".join(part.name for part in artifact.parts)
        raise NotFound(
            f"it has no part {name!r}", where=f"artifact {artifact.artifact_id}", remedy=f"its parts are: {names}"
        )


_RESTORE: Final = "restore it from a backup, or store the same content again, which mends it"
_ENDS: Final = {
    MaterializationDecision.DISCARD: "dropped",
    MaterializationDecision.CACHE: "cached and has expired",
    MaterializationDecision.PERSIST: "kept",
}


def _content(artifact: Artifact, part: Part, source: ByteSource) -> Content:
    return Content(artifact=artifact, part=part, source=source, size=part.size or 0, digest=_known(part))


def _known(part: Part) -> Digest:
    if part.digest is None:
        raise Damaged("the record of a kept part has no digest", where=f"part {part.name!r}", remedy=_RESTORE)
    return part.digest


def _check_there(artifact: Artifact) -> None:
    """Raises Gone for a tombstone."""
    if artifact.state is ArtifactState.DELETED:
        raise Gone(
            f"the artifact was deleted at {artifact.updated_at.isoformat()}",
            where=f"artifact {artifact.artifact_id}",
            remedy="its record, receipts and lineage remain: see `ap explain` and `ap lineage`",
        )


def _where(artifact: Artifact, part: Part) -> str:
    return f"artifact {artifact.artifact_id}, version {artifact.version}, part {part.name!r}"


def _read_all(source: ByteSource) -> bytes:
    with source.open() as stream:
        return stream.read()
