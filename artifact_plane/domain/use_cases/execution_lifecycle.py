"""ExecutionLifecycleManager: executes intents, once each, through crashes and take-overs (001, phase 1.3)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final, cast

from artifact_plane.domain.model.artifact import Receipt
from artifact_plane.domain.model.change import JournalEntry, RecordKind
from artifact_plane.domain.model.errors import ArtifactPlaneError, Conflict, ExecutionFailed, NotFound
from artifact_plane.domain.model.execution import Execution, ExecutionState
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.lineage import execution_node
from artifact_plane.domain.model.plan import plan
from artifact_plane.domain.model.request import Request
from artifact_plane.domain.model.result import RealmResult
from artifact_plane.domain.use_cases import recording
from artifact_plane.domain.use_cases.acceptance import Acceptance
from artifact_plane.domain.use_cases.attachments import Attachments
from artifact_plane.domain.use_cases.holding import Holding
from artifact_plane.domain.use_cases.pages import pages_of
from artifact_plane.domain.use_cases.policies import Policies
from artifact_plane.domain.use_cases.realms import IntentRegistry, RecordingReader, contained, handle
from artifact_plane.domain.use_cases.requests import Requests
from artifact_plane.domain.use_cases.run import Ending, Run, RunTools, Superseded
from artifact_plane.domain.use_cases.together import together
from artifact_plane.ports.answers import DryRun, ExecutionResult
from artifact_plane.ports.application import Runtime
from artifact_plane.ports.artifact_registry import ArtifactRegistry
from artifact_plane.ports.outbox import Outbox, PendingEvent
from artifact_plane.ports.realm import Realm
from artifact_plane.ports.state_surface import UNFINISHED_PAGE, StateSurface
from artifact_plane.ports.working_memory import WorkingMemory
from artifact_plane.ports.write_ahead_log import WriteAheadLog

RECOVERED_AT_ONCE: Final = 4
"""So many of the executions that dead processes left behind are run at a time."""

_RETRYABLE: Final = frozenset({ExecutionState.FAILED, ExecutionState.CANCELLED})


class ExecutionLifecycleManager(Runtime):
    """See ``Runtime``."""

    def __init__(
        self,
        *,
        tools: RunTools,
        acceptance: Acceptance,
        attachments: Attachments,
        policies: Policies,
        registry: IntentRegistry,
        artifacts: ArtifactRegistry,
        state: StateSurface,
        log: WriteAheadLog,
        outbox: Outbox,
        memory: WorkingMemory,
        holding: Holding,
        requests: Requests,
    ) -> None:
        self._tools = tools
        self._acceptance = acceptance
        self._attachments = attachments
        self._policies = policies
        self._registry = registry
        self._artifacts = artifacts
        self._state = state
        self._log = log
        self._outbox = outbox
        self._memory = memory
        self._holding = holding
        self._requests = requests

    # Executing

    async def execute(self, intent: Intent, *, retry: bool = False, request: Request | None = None) -> ExecutionResult:
        """See ``Runtime``."""
        realm = self._registry.realm_for(intent.intent_type)
        with self._holding.accepting(intent):
            execution, fresh = await self._accepted(intent, realm, retry, request)
            if fresh:
                return await self._result(await self._holding.run(execution, intent, realm))
        return await self._result(await self._holding.ended(execution, intent, realm))

    async def start(self, intent: Intent, *, retry: bool = False, request: Request | None = None) -> ExecutionResult:
        """See ``Runtime``."""
        realm = self._registry.realm_for(intent.intent_type)
        with self._holding.accepting(intent):
            execution, fresh = await self._accepted(intent, realm, retry, request)
            if fresh or not execution.state.final:
                self._holding.run_in_background(execution, intent, realm, fresh=fresh)
        return await self._result(execution)

    async def drain(self, seconds: float) -> None:
        """Wait that long for what was started, then let the rest go: for the end of the application."""
        await self._holding.drain(seconds)

    async def submit_result(
        self, intent: Intent, result: RealmResult, realm: str, *, request: Request | None = None
    ) -> ExecutionResult:
        """See ``Runtime``. Acceptance and end are one commit: a crash leaves both or neither."""
        existing = await self._state.latest_attempt(intent.tenant_id, intent.intent_id)
        if existing is None:
            policy = await self._policies.in_force(intent.tenant_id, intent.solution_id)
            run = Run(self._tools, policy)
            try:
                async with self._tools.blobs.claiming(intent.tenant_id) as claims:
                    accepted = await self._acceptance.prepare(intent, realm, policy, 1, claims, request)
                    finish = await run.finished(accepted.execution, result, {}, claims)
                    ended = await Ending(self._tools).complete(
                        accepted.execution, finish, claims, beginning=accepted.beginning
                    )
                self._policies.kept(policy)
                return await self._result(ended)
            except Conflict:
                existing = await self._state.latest_attempt(intent.tenant_id, intent.intent_id)
                if existing is None:
                    raise
        await self._acceptance.check_same(intent, existing)
        await self._check_same_result(existing, result)
        await self._asked_again(existing, request)
        return await self._result(existing)

    async def dry_run(self, intent: Intent) -> DryRun:
        """See ``Runtime``."""
        realm = self._registry.realm_for(intent.intent_type)
        policy = await self._policies.in_force(intent.tenant_id, intent.solution_id)
        rulings = await self._attachments.rulings(intent, policy, realm.name)
        context = ExecutionContext(
            tenant_id=intent.tenant_id,
            session_id=intent.session_id,
            solution_id=intent.solution_id,
            intent_id=intent.intent_id,
            intent_type=intent.intent_type,
            realm=realm.name,
            policy_digest=policy.digest,
        )
        reader = RecordingReader(self._tools.reading, context)
        result = await handle(realm, intent, context, reader, self._tools.realm_seconds)
        drafts = await self._tools.materializer.drafts(result.artifacts)
        return DryRun(plan=plan(drafts, policy, context), attachments=tuple(rulings.items()))

    async def cancel(self, execution_id: str, tenant_id: str, *, request: Request | None = None) -> Execution:
        """See ``Runtime``."""
        while True:
            execution = await self._state.execution(tenant_id, execution_id)
            try:
                return await self._holding.cancel(execution, request)
            except Conflict:
                if await self._state.execution(tenant_id, execution_id) == execution:
                    raise  # it has ended, or the key is taken

    async def recover(self) -> tuple[ExecutionResult, ...]:
        """See ``Runtime``: several at once, and one that cannot be recovered keeps no other from it."""
        unswept = await self._tools.blobs.sweep()
        places = asyncio.Semaphore(RECOVERED_AT_ONCE)
        outcomes: list[ExecutionResult | ArtifactPlaneError | None] = []
        async for page in pages_of(
            lambda last: self._state.unfinished(limit=UNFINISHED_PAGE, after=last), UNFINISHED_PAGE
        ):
            # What no realm here can run is left to a process that has its realm.
            runnable = [one for one in page if self._registry.knows(one.intent_type)]
            outcomes += await together(self._recovered(execution, places) for execution in runnable)
        troubles = [outcome for outcome in outcomes if isinstance(outcome, ArtifactPlaneError)]
        if troubles:
            raise _unrecovered(troubles) from troubles[0]
        if unswept is not None:
            raise unswept
        return tuple(outcome for outcome in outcomes if isinstance(outcome, ExecutionResult))

    async def _recovered(
        self, execution: Execution, places: asyncio.Semaphore
    ) -> ExecutionResult | ArtifactPlaneError | None:
        """What became of an orphan, or why nothing did; None where somebody has it, or took it meanwhile."""
        where = f"execution {execution.execution_id}"
        try:
            async with places:
                with contained("it failed", where=where, remedy="report this"):
                    if not await self._holding.orphaned(execution):
                        return None
                    intent, realm = await self._intent_of(execution), self._registry.realm_for(execution.intent_type)
                    return await self._result(await self._holding.ended(execution, intent, realm))
        except Superseded:
            return None
        except ArtifactPlaneError as error:
            return error

    # Reading

    async def execution(self, execution_id: str, tenant_id: str) -> ExecutionResult:
        """See ``Runtime``."""
        return await self._result(await self._state.execution(tenant_id, execution_id))

    async def executions(
        self, tenant_id: str, *, session_id: str | None = None, limit: int = 100, after: str | None = None
    ) -> tuple[tuple[Execution, ...], str | None]:
        """See ``Runtime``."""
        return await self._state.executions(tenant_id, session_id=session_id, limit=limit, after=after)

    async def journey(self, session_id: str, tenant_id: str) -> tuple[str, ...]:
        """See ``Runtime``."""
        records = await self._log.about(tenant_id, RecordKind.JOURNEY, session_id)
        return tuple(str(record.entry.body["execution_id"]) for record in records)

    async def end_session(self, session_id: str, tenant_id: str) -> None:
        """See ``Runtime``."""
        await self._memory.forget_session(tenant_id, session_id)

    def intent_types(self) -> tuple[tuple[str, str], ...]:
        """See ``Runtime``."""
        return self._registry.pairs()

    async def set_aside_events(self, *, limit: int = 100) -> tuple[PendingEvent, ...]:
        """See ``Runtime``."""
        return await self._outbox.set_aside_events(limit=limit)

    async def requeue_event(self, event_id: str) -> None:
        """See ``Runtime``."""
        if not await self._outbox.requeue(event_id):
            raise NotFound(
                "no such event was set aside", where=f"event {event_id}", remedy="see `ap events` for those that were"
            )

    async def _intent_of(self, execution: Execution) -> Intent:
        records = await self._log.about(execution.tenant_id, RecordKind.INTENT, execution.intent_id)
        return Intent(
            intent_id=execution.intent_id,
            intent_type=execution.intent_type,
            tenant_id=execution.tenant_id,
            session_id=execution.session_id,
            solution_id=execution.solution_id,
            parameters=_parameters(records[-1].entry),
        )

    # Answers

    async def _result(self, execution: Execution) -> ExecutionResult:
        receipts: list[Receipt] = []
        for reference in execution.references:
            found = await self._artifacts.receipts(execution.tenant_id, reference.artifact_id)
            receipts += (receipt for receipt in found if receipt.execution_id == execution.execution_id)
        # Those of attachments say what the execution says: they are not looked for among all that are about a file
        # which countless runs may have used.
        return ExecutionResult(execution=execution, receipts=(*receipts, *recording.attachment_receipts(execution)))

    async def _accepted(
        self, intent: Intent, realm: Realm, retry: bool, request: Request | None
    ) -> tuple[Execution, bool]:
        """The intent's execution, and whether it was accepted just now, to be run by this process."""
        while True:
            existing = await self._state.latest_attempt(intent.tenant_id, intent.intent_id)
            if existing is not None:
                await self._acceptance.check_same(intent, existing)
                if not (retry and existing.state in _RETRYABLE):
                    await self._asked_again(existing, request)
                    return existing, False
            attempt = 1 if existing is None else existing.attempt + 1
            policy = await self._policies.in_force(intent.tenant_id, intent.solution_id)
            try:
                return await self._acceptance.accept(intent, realm.name, policy, attempt, request), True
            except Conflict:
                # The same intent was accepted a moment ago, here or elsewhere: that execution is the answer.
                if await self._unchanged(intent, attempt):
                    raise

    async def _asked_again(self, existing: Execution, request: Request | None) -> None:
        if request is not None:
            await self._requests.record(request, existing.tenant_id, execution_node(existing.execution_id))

    async def _unchanged(self, intent: Intent, attempt: int) -> bool:
        latest = await self._state.latest_attempt(intent.tenant_id, intent.intent_id)
        return latest is None or latest.attempt < attempt

    async def _check_same_result(self, existing: Execution, result: RealmResult) -> None:
        drafts = await self._tools.materializer.drafts(result.artifacts)
        given = {draft.key: draft.meaning.digest for draft in drafts}
        if given != {reference.key: reference.digest for reference in existing.references}:
            raise Conflict(
                "this intent has another result already",
                where=f"intent {existing.intent_id}, execution {existing.execution_id}",
                remedy="give the new intent an id of its own",
            )


def _unrecovered(troubles: Sequence[ArtifactPlaneError]) -> ExecutionFailed:
    first = troubles[0]
    return ExecutionFailed(
        f"{len(troubles)} of the executions left behind could not be recovered; the first says: {first.message}",
        where=first.where,
        remedy=f"the next recovery tries again; {first.remedy or 'see the cause'}",
    )


def _parameters(entry: JournalEntry) -> JsonObject:
    return cast(JsonObject, entry.body["parameters"])
