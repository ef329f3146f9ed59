"""Accepting an intent: rule its attachments, keep what a recovery needs, and record that it was accepted."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from artifact_plane.domain.model.change import Change, ExecutionWrite
from artifact_plane.domain.model.errors import Conflict
from artifact_plane.domain.model.execution import AttachmentRecord, Execution, ExecutionState
from artifact_plane.domain.model.intent import Intent
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.lineage import execution_node
from artifact_plane.domain.model.plan import Meaning
from artifact_plane.domain.model.policy import MaterializationPolicy
from artifact_plane.domain.model.rendering import Digest
from artifact_plane.domain.model.request import Request
from artifact_plane.domain.use_cases import recording
from artifact_plane.domain.use_cases.attachments import Attachments
from artifact_plane.domain.use_cases.blobs import Blobs
from artifact_plane.domain.use_cases.happenings import Happenings
from artifact_plane.domain.use_cases.materialize import Materializer
from artifact_plane.domain.use_cases.policies import Policies
from artifact_plane.domain.use_cases.run import Beginning
from artifact_plane.ports.clock import Clock, IdSource
from artifact_plane.ports.codec import Codec
from artifact_plane.ports.ledger import Ledger


@attrs.frozen(kw_only=True)
class Accepted:
    """An execution as it was accepted, and what its first commit has to say besides."""

    execution: Execution
    beginning: Beginning


class Acceptance:
    """The first step of every execution (DESIGN section 4)."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        attachments: Attachments,
        materializer: Materializer,
        blobs: Blobs,
        happenings: Happenings,
        policies: Policies,
        codec: Codec,
        clock: Clock,
        ids: IdSource,
        holder: str,
    ) -> None:
        self._ledger = ledger
        self._attachments = attachments
        self._materializer = materializer
        self._blobs = blobs
        self._happenings = happenings
        self._policies = policies
        self._codec = codec
        self._clock = clock
        self._ids = ids
        self._holder = holder

    async def accept(
        self,
        intent: Intent,
        realm: str,
        policy: MaterializationPolicy,
        attempt: int,
        request: Request | None = None,
    ) -> Execution:
        """Commit the acceptance; the execution is RUNNING and held by this process.

        Raises:
            Conflict: the intent has an execution of this attempt already, or the request's key is taken.
            Refused: governance forbids to keep an attachment; nothing was stored.
            InvalidInput, Unavailable: the parameters are no JSON, an attachment cannot be read, a store failed.
        """
        async with self._blobs.claiming(intent.tenant_id) as claims:
            accepted = await self.prepare(intent, realm, policy, attempt, claims, request)
            await self._commit(accepted, tuple(claims))
        self._policies.kept(policy)
        return accepted.execution

    async def prepare(
        self,
        intent: Intent,
        realm: str,
        policy: MaterializationPolicy,
        attempt: int,
        claims: list[str],
        request: Request | None = None,
    ) -> Accepted:
        """Everything of the acceptance but its commit."""
        parameters = await self._materializer.canonical(intent.parameters)
        rulings = await self._attachments.rulings(intent, policy, realm)
        records = await self._attachments.accepted(intent, rulings, claims)
        fingerprint = self._fingerprint(intent, parameters, {record.name: record.digest for record in records})
        execution = self._execution(intent, realm, policy, attempt, records, fingerprint)
        running = execution.moved(ExecutionState.RUNNING, execution.created_at, holder=self._holder)
        beginning = Beginning(
            journal=(
                recording.intent_accepted(execution, self._codec.parse(parameters.data)),
                recording.journey_continued(execution),
                recording.transition(execution, None),
            ),
            edges=recording.accepted_edges(execution),
            receipts=recording.attachment_receipts(execution),
            policy=self._policies.to_keep(policy),
            request=None if request is None else request.about(execution_node(execution.execution_id)),
        )
        return Accepted(execution=running, beginning=beginning)

    async def check_same(self, intent: Intent, existing: Execution) -> None:
        """Raises Conflict where ``existing`` was accepted with another content under this intent id (law 17)."""
        parameters = await self._materializer.canonical(intent.parameters)
        digests = await self._attachments.digests(intent)
        if self._fingerprint(intent, parameters, digests) != existing.fingerprint:
            raise Conflict(
                "this intent id was accepted with another content",
                where=f"intent {intent.intent_id}, execution {existing.execution_id}",
                remedy="give the new intent an id of its own",
            )

    async def _commit(self, accepted: Accepted, claims: tuple[str, ...]) -> None:
        execution, beginning = accepted.execution, accepted.beginning
        change_id = self._ids.new_id()
        await self._ledger.commit(
            Change(
                change_id=change_id,
                tenant_id=execution.tenant_id,
                at=execution.created_at,
                receipts=beginning.receipts,
                edges=beginning.edges,
                execution=ExecutionWrite(execution=execution),
                journal=(*beginning.journal, recording.transition(execution, ExecutionState.ACCEPTED)),
                events=self._happenings.of(change_id, execution.tenant_id, execution.created_at, execution=execution),
                policy=beginning.policy,
                releases=claims,
                request=beginning.request,
            )
        )

    def _execution(
        self,
        intent: Intent,
        realm: str,
        policy: MaterializationPolicy,
        attempt: int,
        records: tuple[AttachmentRecord, ...],
        fingerprint: Digest,
    ) -> Execution:
        now = self._clock.now()
        return Execution(
            tenant_id=intent.tenant_id,
            execution_id=self._ids.new_id(),
            intent_id=intent.intent_id,
            intent_type=intent.intent_type,
            session_id=intent.session_id,
            solution_id=intent.solution_id,
            realm=realm,
            state=ExecutionState.ACCEPTED,
            policy_digest=policy.digest,
            fingerprint=fingerprint,
            created_at=now,
            updated_at=now,
            attempt=attempt,
            attachments=records,
        )

    def _fingerprint(self, intent: Intent, parameters: Meaning, attachments: Mapping[str, Digest]) -> Digest:
        content: JsonObject = {
            "intent_type": intent.intent_type,
            "session_id": intent.session_id,
            "solution_id": intent.solution_id,
            "parameters": parameters.digest,
            "attachments": dict(attachments),
        }
        return self._codec.meaning(content).digest
