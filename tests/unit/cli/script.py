"""An application that answers from what it was given.

What an application does is shown elsewhere; here it only has to have something to say, however odd.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any, Final

import attrs

from artifact_plane.adapters.cli import OpenOptions
from artifact_plane.domain.model.artifact import Artifact, ArtifactFilter, ArtifactPage, Receipt
from artifact_plane.domain.model.change import PolicyRecord
from artifact_plane.domain.model.decision import Ruling, Subject
from artifact_plane.domain.model.errors import InvalidInput, NotFound, PolicyProblem
from artifact_plane.domain.model.execution import Execution, ExecutionState, Failure
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.lineage import Bounds, Lineage
from artifact_plane.domain.model.request import Request
from artifact_plane.domain.model.result import RealmResult
from artifact_plane.ports.access import Access
from artifact_plane.ports.answers import (
    ArtifactView,
    Content,
    DryRun,
    ExecutionResult,
    Explanation,
    Lag,
    Outlook,
    PayloadLike,
    Progress,
    RecordedArtifact,
)
from artifact_plane.ports.application import Application, LineageQueries, Plane, Runtime, Steward
from artifact_plane.ports.health import Finding
from artifact_plane.ports.outbox import PendingEvent
from tests.doubles.samples import (
    a_policy_record,
    a_receipt,
    a_reference,
    a_ruling,
    an_artifact,
    an_attachment,
    an_execution,
    completed,
    failed,
    running,
)

ID: Final = "019adf12-1111-7aaa-8bbb-0123456789ab"
"""The artifact that is there."""


@attrs.define(kw_only=True)
class Script:
    """What the application on the stage knows, and what it will say."""

    artifacts: dict[str, Artifact] = attrs.field(factory=dict)
    payloads: dict[str, JsonObject] = attrs.field(factory=dict)
    contents: dict[str, Content] = attrs.field(factory=dict)
    receipts: tuple[Receipt, ...] = ()
    lineage: Lineage | None = None
    result: ExecutionResult | None = None
    dry_run: DryRun | None = None
    outcomes: tuple[tuple[int, Ruling], ...] = attrs.field(factory=lambda: ((0, a_ruling()),))
    policy: PolicyRecord = attrs.field(factory=a_policy_record)
    set_aside: tuple[PendingEvent, ...] = ()
    executions: tuple[Execution, ...] = ()
    findings: tuple[Finding, ...] = ()
    steps: tuple[str, ...] = ()
    raises: BaseException | None = None
    next: str | None = None
    asked: list[Any] = attrs.field(factory=list)  # Any: a question of each command's own kind, which its test knows
    opened: list[OpenOptions] = attrs.field(factory=list)


class ScriptedPlane(Plane):
    """Artifacts as the script has them."""

    def __init__(self, script: Script) -> None:
        self._script = script

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
        self._script.asked.append((artifact_type, artifact_id, payload, context))
        return RecordedArtifact(artifact=next(iter(self._script.artifacts.values())), receipt=a_receipt())

    async def get_artifact(
        self, artifact_id: str, tenant_id: str, include_payload: bool = True, *, version: int | None = None
    ) -> ArtifactView:
        payload = self._script.payloads.get(artifact_id, {}) if include_payload else None
        return ArtifactView(artifact=self._script.artifacts[artifact_id], semantic_payload=payload)

    async def answered(self, key: str, tenant_id: str) -> Request | None:
        return None

    async def record_request(self, request: Request, tenant_id: str) -> None:
        raise NotFound("the command line has no keys")

    async def get_meaning(self, artifact_id: str, tenant_id: str, *, version: int | None = None) -> bytes:
        return json.dumps(self._script.payloads[artifact_id]).encode()

    async def open_content(self, artifact_id: str, tenant_id: str, name: str, *, version: int | None = None) -> Content:
        return self._script.contents[name]

    async def update_artifact(
        self,
        artifact_id: str,
        payload: PayloadLike,
        metadata: JsonObject,
        context: ExecutionContext,
        *,
        expected_version: int,
    ) -> RecordedArtifact:
        raise NotFound("the command line updates nothing")

    async def delete_artifact(
        self, artifact_id: str, tenant_id: str, *, expected_versions: Collection[int] | None = None
    ) -> Artifact:
        return self._script.artifacts[artifact_id]

    async def list_artifacts(
        self, tenant_id: str, criteria: ArtifactFilter, *, limit: int = 100, after: str | None = None
    ) -> ArtifactPage:
        if self._script.raises is not None:
            raise self._script.raises
        self._script.asked.append((tenant_id, criteria, limit, after))
        return ArtifactPage(artifacts=tuple(self._script.artifacts.values()), next=self._script.next)

    async def versions(self, artifact_id: str, tenant_id: str) -> tuple[Artifact, ...]:
        return (self._script.artifacts[artifact_id],)

    async def register_lineage(
        self, artifact_id: str, source_execution_id: str, source_intent: str, context: ExecutionContext
    ) -> Lineage:
        raise NotFound("the command line registers nothing")

    async def resolve(self, prefix: str, tenant_id: str) -> str:
        found = [one for one in self._script.artifacts if one.startswith(prefix)]
        if not found:
            raise NotFound("no artifact's id begins so", where=f"artifact {prefix}", remedy="see `ap ls`")
        return found[0]


class ScriptedRuntime(Runtime):
    """Executions as the script has them."""

    def __init__(self, script: Script) -> None:
        self._script = script

    async def execute(self, intent: Intent, *, retry: bool = False, request: Request | None = None) -> ExecutionResult:
        self._script.asked.append(intent)
        if self._script.result is None:
            raise InvalidInput("no realm handles it", where="intent type", remedy="did you mean 'parse_content'?")
        return self._script.result

    async def start(self, intent: Intent, *, retry: bool = False, request: Request | None = None) -> ExecutionResult:
        return await self.execute(intent, retry=retry, request=request)

    async def dry_run(self, intent: Intent) -> DryRun:
        if self._script.dry_run is None:
            raise InvalidInput("no realm handles it")
        return self._script.dry_run

    async def submit_result(
        self, intent: Intent, result: RealmResult, realm: str, *, request: Request | None = None
    ) -> ExecutionResult:
        raise NotFound("the command line submits nothing")

    async def cancel(self, execution_id: str, tenant_id: str, *, request: Request | None = None) -> Execution:
        raise NotFound("the command line cancels nothing")

    async def execution(self, execution_id: str, tenant_id: str) -> ExecutionResult:
        for one in self._script.executions:
            if one.execution_id == execution_id:
                return ExecutionResult(execution=one, receipts=self._script.receipts)
        raise NotFound("there is no such execution", where=f"execution {execution_id}")

    async def executions(
        self, tenant_id: str, *, session_id: str | None = None, limit: int = 100, after: str | None = None
    ) -> tuple[tuple[Execution, ...], str | None]:
        return self._script.executions, None

    async def journey(self, session_id: str, tenant_id: str) -> tuple[str, ...]:
        return ()

    async def end_session(self, session_id: str, tenant_id: str) -> None:
        """Nothing was cached."""

    async def recover(self) -> tuple[ExecutionResult, ...]:
        return ()

    def intent_types(self) -> tuple[tuple[str, str], ...]:
        return ()

    async def set_aside_events(self, *, limit: int = 100) -> tuple[PendingEvent, ...]:
        return self._script.set_aside

    async def requeue_event(self, event_id: str) -> None:
        if event_id not in [one.event.event_id for one in self._script.set_aside]:
            raise NotFound("no such event was set aside", where=f"event {event_id}")
        self._script.asked.append(event_id)


class ScriptedLineage(LineageQueries):
    """The one lineage that the script has."""

    def __init__(self, script: Script) -> None:
        self._script = script

    async def upstream(
        self,
        artifact_id: str,
        tenant_id: str,
        *,
        bounds: Bounds | None = None,
        version: int | None = None,
        at_least: int = 0,
    ) -> Lineage:
        return self._answer("up", bounds)

    async def downstream(
        self,
        artifact_id: str,
        tenant_id: str,
        *,
        bounds: Bounds | None = None,
        version: int | None = None,
        at_least: int = 0,
    ) -> Lineage:
        return self._answer("down", bounds)

    async def lag(self) -> Lag:
        return Lag(seen=2, ledger=3)

    async def rebuild(self, progress: Progress | None = None) -> Lag:
        return await self.lag()

    async def impact(self, artifact_id: str, tenant_id: str, *, bounds: Bounds | None = None) -> tuple[Artifact, ...]:
        return ()

    async def path(self, artifact_id: str, origin: str, tenant_id: str, *, bounds: Bounds | None = None) -> Lineage:
        return self._answer("path", bounds)

    def _answer(self, way: str, bounds: Bounds | None) -> Lineage:
        self._script.asked.append((way, bounds))
        if self._script.lineage is None:
            raise NotFound("there is no such artifact")
        return self._script.lineage


class ScriptedSteward(Steward):
    """Receipts and a policy as the script has them."""

    def __init__(self, script: Script) -> None:
        self._script = script

    async def policy(self, tenant_id: str, solution_id: str) -> PolicyRecord:
        return self._script.policy

    async def policy_by_digest(self, digest: str, tenant_id: str, subject: str) -> PolicyRecord:
        return self._script.policy

    async def explain(self, artifact_id: str, tenant_id: str) -> Explanation:
        return Explanation(artifact=self._script.artifacts[artifact_id], receipts=self._script.receipts)

    async def would_rule(self, subject: Subject) -> Outlook:
        self._script.asked.append(subject)
        outcomes = self._script.outcomes
        return Outlook(subject=subject, policy_digest="blake3:p", outcomes=outcomes, size_matters=len(outcomes) > 1)

    async def check(self, text: bytes, name: str, *, governance: bool = False) -> Sequence[PolicyProblem]:
        return ()


class ScriptedApplication(Application):
    """The four faces of one script."""

    def __init__(self, script: Script) -> None:
        self._plane = ScriptedPlane(script)
        self._runtime = ScriptedRuntime(script)
        self._lineage = ScriptedLineage(script)
        self._steward = ScriptedSteward(script)

    @property
    def plane(self) -> Plane:
        return self._plane

    @property
    def runtime(self) -> Runtime:
        return self._runtime

    @property
    def lineage(self) -> LineageQueries:
        return self._lineage

    @property
    def steward(self) -> Steward:
        return self._steward

    @property
    def access(self) -> Access:
        raise NotFound("nobody calls it from outside")


def outcome(state: ExecutionState, failure: Failure | None = None) -> ExecutionResult:
    """An execution that ended so, with one attachment and, where it completed, one output."""
    run = running(an_execution(attachments=[an_attachment()]))
    if state is ExecutionState.COMPLETED:
        return ExecutionResult(execution=completed(run, a_reference(an_artifact(ID))), receipts=(a_receipt(ID),))
    ended = attrs.evolve(failed(run), state=state)
    return ExecutionResult(execution=attrs.evolve(ended, failure=failure or ended.failure))
