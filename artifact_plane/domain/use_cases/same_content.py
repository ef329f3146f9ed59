"""Whether an artifact that is there has the very content that somebody wants to store (law 17)."""

from __future__ import annotations

import asyncio

from artifact_plane.domain.model.artifact import Artifact, Part
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.plan import Draft
from artifact_plane.domain.model.rendering import ByteSource, Digest, Rendered, Rendering
from artifact_plane.domain.use_cases.renderers import Renderers
from artifact_plane.ports.codec import Codec


class SameContent:
    """Compares a record with a draft: meaning, views, labels and metadata.

    A view is the same when its bytes have the digest on record, or when the same renderer would draw it in the
    same way. Of a rendered view that was dropped only name and media type are known, and only they are compared.
    """

    def __init__(self, codec: Codec, renderers: Renderers) -> None:
        self._codec = codec
        self._renderers = renderers

    async def holds(self, artifact: Artifact, draft: Draft, metadata: JsonObject) -> bool:
        """Whether ``artifact`` is ``draft`` with that metadata."""
        output = draft.output
        if (
            artifact.meaning.digest != draft.meaning.digest
            or artifact.labels != output.labels
            or [part.name for part in artifact.renderings] != [view.name for view in output.renderings]
            or self._codec.meaning(artifact.metadata).digest != self._codec.meaning(metadata).digest
        ):
            return False
        for part, view in zip(artifact.renderings, output.renderings, strict=True):
            if part.media_type != draft.media_types[view.name] or not await self._same_view(part, view):
                return False
        return True

    async def _same_view(self, part: Part, view: Rendering) -> bool:
        if not isinstance(view, Rendered):
            how, now = part.rendered_by, self._renderers.rendered_by(view)
            return how is not None and (how.renderer, how.format, dict(how.options)) == (
                now.renderer,
                now.format,
                dict(now.options),
            )
        if part.rendered_by is not None:
            return False
        return part.digest is None or part.digest == await asyncio.to_thread(self._digest, view.source, part.digest)

    def _digest(self, source: ByteSource, like: Digest) -> Digest:
        hasher = self._codec.hasher(like.partition(":")[0])
        with source.open() as stream:
            while chunk := stream.read(1 << 20):
                hasher.update(chunk)
        return hasher.digest()
