"""Materialize: carry out a plan. Bytes first, the record afterwards, by whoever commits (law 12)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final

from artifact_plane.domain.model.decision import PLATFORM_NATIVE
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.identity import check_name
from artifact_plane.domain.model.intent import ExecutionContext
from artifact_plane.domain.model.json import JsonObject, LargerThanBudget, admit_object
from artifact_plane.domain.model.plan import Draft, Meaning, Plan
from artifact_plane.domain.model.policy import MaterializationPolicy
from artifact_plane.domain.model.rendering import Renderable
from artifact_plane.domain.model.result import Output
from artifact_plane.domain.use_cases.blobs import Blobs
from artifact_plane.domain.use_cases.limits import Limits
from artifact_plane.domain.use_cases.output_work import Identity, Materialized, MaterialTools, OutputWork
from artifact_plane.domain.use_cases.renderers import Renderers
from artifact_plane.domain.use_cases.together import together
from artifact_plane.ports.codec import Codec
from artifact_plane.ports.working_memory import WorkingMemory


class Materializer:
    """Drafts outputs, and carries out the plans made of the drafts."""

    def __init__(
        self, *, blobs: Blobs, memory: WorkingMemory, renderers: Renderers, codec: Codec, limits: Limits
    ) -> None:
        self._tools = MaterialTools(blobs=blobs, renderers=renderers, codec=codec, limits=limits)
        self._memory = memory
        self.turn: Final = asyncio.Semaphore(limits.writes_at_once)
        """Taken from the draft to the commit by who writes by explicit request: what waits there is bounded."""

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
            view.name: self._tools.renderers.media_type(view) if isinstance(view, Renderable) else view.media_type
            for view in output.renderings
        }
        meaning = await self.canonical(output.semantic_payload)
        return Draft(key=key, output=output, meaning=meaning, media_types=media_types)

    async def canonical(self, payload: JsonObject) -> Meaning:
        """The canonical form of a meaning; a large one is made off the event loop. Raises InvalidJson."""
        try:
            return self._tools.codec.meaning(payload, budget=self._tools.limits.loop_budget)
        except LargerThanBudget:
            return await asyncio.to_thread(self._tools.codec.meaning, payload)

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
        gate = asyncio.Semaphore(self._tools.limits.puts_at_once)
        works = [
            OutputWork(
                tools=self._tools,
                planned=output,
                policy=policy,
                context=context,
                identity=identify(output.key),
                now=now,
                claims=claims,
                metadata=metadata or {},
                gate=gate,
            )
            for output in plan.outputs
        ]
        return tuple(await together(work.materialized() for work in works))

    async def facts(self, metadata: JsonObject) -> JsonObject:
        """Metadata as it is recorded; looked through off the event loop where it is large.

        Raises:
            InvalidInput: it is no JSON, or larger than is taken.
        """
        if not metadata:
            return {}
        most, size = self._tools.limits.metadata_bytes, (await self.canonical(metadata)).size
        if size > most:
            raise InvalidInput(
                f"metadata of {size} bytes is more than the {most} that are taken",
                where="metadata",
                remedy="put what is large into the meaning or a rendering, or have `metadata_bytes` raised",
            )
        return admit_object(metadata)

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
