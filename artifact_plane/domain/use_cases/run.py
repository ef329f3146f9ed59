"""One run: from an accepted execution to its end, whatever happens on the way (DESIGN section 4, steps 2 to 5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

import attrs

from artifact_plane.domain.model.artifact import Receipt
from artifact_plane.domain.model.change import Change, ExecutionWrite, JournalEntry, PolicyRecord
from artifact_plane.domain.model.errors import ArtifactPlaneError, Conflict
from artifact_plane.domain.model.execution import Execution, ExecutionState
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.lineage import LineageEdge, NodeId, artifact_node
from artifact_plane.domain.model.plan import plan
from artifact_plane.domain.model.policy import MaterializationPolicy
from artifact_plane.domain.model.request import Request
from artifact_plane.domain.model.result import Output, RealmResult
from artifact_plane.domain.use_cases import recording
from artifact_plane.domain.use_cases.attachments import Attachments
from artifact_plane.domain.use_cases.blobs import Blobs
from artifact_plane.domain.use_cases.happenings import Happenings
from artifact_plane.domain.use_cases.materialize import Materializer
from artifact_plane.domain.use_cases.output_work import Identity, Materialized
from artifact_plane.domain.use_cases.reading import Reading
from artifact_plane.domain.use_cases.realms import RecordingReader, contained, handle
from artifact_plane.domain.use_cases.wording import failure_of
from artifact_plane.ports.clock import Clock, IdSource
from artifact_plane.ports.ledger import Ledger
from artifact_plane.ports.realm import Realm

_MEND: Final = "mend the realm: an output's meaning is JSON, and the bytes of its renderings can be read"


@attrs.frozen(kw_only=True)
class RunTools:
    """What a run works with."""

    ledger: Ledger
    reading: Reading
    materializer: Materializer
    attachments: Attachments
    blobs: Blobs
    happenings: Happenings
    clock: Clock
    ids: IdSource
    realm_seconds: float


@attrs.frozen(kw_only=True)
class Finish:
    """What an ended execution brings with it, ready to be committed."""

    made: tuple[Materialized, ...] = ()
    edges: tuple[LineageEdge, ...] = ()
    realm_events: tuple[JsonObject, ...] = ()


class Superseded(Conflict):
    """The execution was ended or taken over by somebody else; a realm's own conflicts are failures of its run."""


class Run:
    """Carries out one execution that this process holds."""

    def __init__(self, tools: RunTools, policy: MaterializationPolicy) -> None:
        self._tools = tools
        self._policy = policy
        self._ending = Ending(tools)

    async def carry_out(self, execution: Execution, intent: Intent, realm: Realm) -> Execution:
        """Run the realm, rule, store, and record the end; the execution as it ended.

        Every failure becomes a FAILED execution with its cause; nothing of a failed run is kept (law 14).

        Raises:
            Superseded: somebody else ended or took over the execution meanwhile; what was put is given up.
            Unavailable: the end could not be recorded.
        """
        try:
            with contained("what the realm gave could not be kept: it failed", where=_place(execution), remedy=_MEND):
                async with self._tools.blobs.claiming(execution.tenant_id) as claims:
                    finish = await self._finish(execution, intent, realm, claims)
                    return await self._ending.complete(execution, finish, claims)
        except Superseded:
            raise
        except ArtifactPlaneError as error:
            return await self._ending.fail(execution, error)

    async def finished(
        self,
        execution: Execution,
        result: RealmResult,
        used: Mapping[str, int],
        claims: list[str],
    ) -> Finish:
        """Rule on a result and put what is to be kept."""
        tools, context = self._tools, context_of(execution)
        origins = {key: await self._origins(output, context, used) for key, output in result.artifacts.items()}
        drafts = await tools.materializer.drafts(result.artifacts)
        ids = {draft.key: Identity(artifact_id=tools.ids.new_id()) for draft in drafts}
        planned = plan(drafts, self._policy, context)
        made = await tools.materializer.carry_out(
            planned, self._policy, context, ids.__getitem__, tools.clock.now(), claims
        )
        edges = [*recording.used_edges(execution.execution_id, used)]
        for one in made:
            edges += recording.origin_edges(one.artifact, origins[one.receipt.key], None)
        return Finish(made=made, edges=Change.distinct(edges), realm_events=result.events)

    async def _finish(self, execution: Execution, intent: Intent, realm: Realm, claims: list[str]) -> Finish:
        context = context_of(execution)
        reader = RecordingReader(self._tools.reading, context)
        sources = await self._tools.attachments.sources(intent, execution.attachments)
        given = attrs.evolve(intent, attachments=sources)
        result = await handle(realm, given, context, reader, self._tools.realm_seconds)
        return await self.finished(execution, result, reader.used, claims)

    async def _origins(self, output: Output, context: ExecutionContext, used: Mapping[str, int]) -> tuple[NodeId, ...]:
        """The versions an output was derived from: those that were read, else the current ones."""
        unread = tuple(one for one in output.derived_from if one not in used)
        current = await self._tools.reading.current(context.tenant_id, unread)
        versions = {**used, **{one.artifact_id: one.version for one in current}}
        return tuple(artifact_node(one, versions[one]) for one in output.derived_from)


class Ending:
    """Records the end of an execution, in one commit."""

    def __init__(self, tools: RunTools) -> None:
        self._tools = tools

    async def complete(
        self,
        execution: Execution,
        finish: Finish,
        claims: list[str],
        *,
        beginning: Beginning | None = None,
    ) -> Execution:
        """Commit the end of a run: records, receipts, edges, references and events at once (law 13).

        Raises:
            Superseded: somebody else ended or took over the execution meanwhile.
            Unavailable: it could not be recorded.
        """
        now = self._tools.clock.now()
        ended = execution.moved(ExecutionState.COMPLETED, now, references=tuple(one.reference() for one in finish.made))
        await self._end(self._change(execution, ended, now, finish, claims, beginning))
        await self._tools.materializer.remember(finish.made, now)
        if execution.attachments:
            await self._tools.blobs.sweep(execution.tenant_id)
        return ended

    async def fail(self, execution: Execution, error: ArtifactPlaneError) -> Execution:
        """Commit that a run failed, and why; nothing else of it is kept (law 14). Raises as ``complete``."""
        now = self._tools.clock.now()
        ended = execution.moved(ExecutionState.FAILED, now, failure=failure_of(error))
        await self._end(self._change(execution, ended, now, Finish(), [], None))
        if execution.attachments:
            await self._tools.blobs.sweep(execution.tenant_id)
        return ended

    async def _end(self, change: Change) -> None:
        try:
            await self._tools.ledger.commit(change)
        except Conflict as error:
            raise Superseded(error.message, where=error.where, remedy=error.remedy) from error

    def _change(
        self,
        before: Execution,
        ended: Execution,
        now: datetime,
        finish: Finish,
        claims: Iterable[str],
        beginning: Beginning | None,
    ) -> Change:
        first = beginning or Beginning()
        change_id = self._tools.ids.new_id()
        return Change(
            change_id=change_id,
            tenant_id=ended.tenant_id,
            at=now,
            artifacts=tuple(one.write for one in finish.made),
            receipts=(*first.receipts, *(one.receipt for one in finish.made)),
            edges=Change.distinct((*first.edges, *finish.edges)),
            execution=ExecutionWrite(execution=ended, replaces=None if beginning else before.version),
            journal=(*first.journal, recording.transition(ended, before.state)),
            events=self._tools.happenings.of(
                change_id,
                ended.tenant_id,
                now,
                artifacts=(one.artifact for one in finish.made),
                execution=ended,
                realm_events=finish.realm_events,
            ),
            policy=first.policy,
            releases=tuple(claims),
            request=first.request,
        )


@attrs.frozen(kw_only=True)
class Beginning:
    """What the acceptance of an intent brings with it."""

    journal: tuple[JournalEntry, ...] = ()
    edges: tuple[LineageEdge, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    policy: PolicyRecord | None = None
    request: Request | None = None


def context_of(execution: Execution) -> ExecutionContext:
    """The context in which an execution's outputs are made."""
    return ExecutionContext(
        tenant_id=execution.tenant_id,
        session_id=execution.session_id,
        solution_id=execution.solution_id,
        execution_id=execution.execution_id,
        intent_id=execution.intent_id,
        intent_type=execution.intent_type,
        realm=execution.realm,
        policy_digest=execution.policy_digest,
    )


def _place(execution: Execution) -> str:
    return f"realm {execution.realm!r}, intent type {execution.intent_type!r}"
