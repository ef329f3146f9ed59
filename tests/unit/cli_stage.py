"""A stage for the command line: an application that answers from what it was given, and captured output.

What an application does is shown elsewhere; here it only has to have something to say, however odd.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import attrs

from artifact_plane.adapters.cli import OpenOptions, Toolbox, run
from artifact_plane.adapters.cli.toolbox import CopyOptions, PolicyPut, ServeOptions, Started
from artifact_plane.domain.model.artifact import Artifact, ArtifactFilter, ArtifactPage, Receipt
from artifact_plane.domain.model.change import PolicyRecord
from artifact_plane.domain.model.decision import Ruling, Subject
from artifact_plane.domain.model.errors import InvalidInput, InvalidJson, NotFound, PolicyProblem
from artifact_plane.domain.model.execution import Execution
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.json import Json, JsonObject, admit
from artifact_plane.domain.model.lineage import Bounds, Lineage
from artifact_plane.domain.model.rendering import ByteSource, BytesSource, Digest
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
from artifact_plane.ports.copying import CopyProgress, CopyReport, CopyStage, CopyWatcher
from artifact_plane.ports.health import Finding
from artifact_plane.ports.outbox import PendingEvent
from tests.doubles.samples import NOW, a_digest, a_policy_record, a_receipt, a_ruling


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
    asked: list[Any] = attrs.field(factory=list)
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

    async def delete_artifact(self, artifact_id: str, tenant_id: str) -> Artifact:
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

    async def policy_by_digest(self, digest: str) -> PolicyRecord:
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


@attrs.frozen
class Answer:
    """What came of a command line."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """Standard output as the one JSON document that it must be."""
        value = json.loads(self.out)
        assert isinstance(value, dict)
        return value

    @property
    def error(self) -> Mapping[str, Any]:
        """The error on standard error, given as JSON."""
        value = json.loads(self.err)["error"]
        assert isinstance(value, dict)
        return value


class Stage:
    """Runs command lines against a script, in this process."""

    def __init__(self, capture: object, script: Script | None = None) -> None:
        self.script = script or Script()
        self._capture = capture

    def toolbox(self) -> Toolbox:
        return Toolbox(
            open=self._open,
            attachment=_attachment,
            digest_of=_digest_of,
            parse_json=strict_json,
            check_policy=_check_policy,
            mvp_policy=lambda: Path("mvp.yaml"),
            migrate=self._migrate,
            put_policy=self._put_policy,
            copy=self._copy,
            serve=self._serve,
            examine=self._examine,
            new_id=lambda: "id-1",
            now=_now,
        )

    def ap(self, *words: str) -> Answer:
        """Run ``ap`` with these words."""
        code = run(words, self.toolbox())
        out, err = self._capture.readouterr()  # type: ignore[attr-defined]
        return Answer(code, out, err)

    async def _serve(self, options: ServeOptions, announce: Callable[[Started], None]) -> None:
        self.script.asked.append(options)
        announce(
            Started(url="http://127.0.0.1:8470", link="http://127.0.0.1:8470/login?token=x", tenant=options.tenant)
        )

    async def _put_policy(self, options: OpenOptions, wanted: PolicyPut) -> None:
        self.script.asked.append(wanted)

    async def _migrate(self, options: OpenOptions, dry_run: bool) -> Sequence[str]:
        self.script.asked.append(dry_run)
        return self.script.steps

    async def _copy(self, options: CopyOptions, watcher: CopyWatcher) -> CopyReport:
        self.script.asked.append(options)
        watcher(CopyProgress(stage=CopyStage.COPYING, done=1, total=3, payloads=2, payload_bytes=2048))
        counts = {"commits": 3, "versions": 2}
        return CopyReport(position=3, resumed_from=1, payloads=2, payload_bytes=2048, counts=counts)

    async def _examine(self, options: OpenOptions) -> Sequence[Finding]:
        self.script.opened.append(options)
        return self.script.findings

    @asynccontextmanager
    async def _open(self, options: OpenOptions) -> AsyncIterator[Application]:
        self.script.opened.append(options)
        yield ScriptedApplication(self.script)


def _now() -> datetime:
    return NOW


def _attachment(path: Path) -> ByteSource:
    if not path.is_file():
        raise InvalidInput("there is no such file", where=str(path))
    return BytesSource(path.read_bytes())


def _digest_of(source: ByteSource) -> tuple[Digest, int]:
    data = source.open().read()
    return a_digest(data), len(data)


def strict_json(data: bytes, what: str) -> Json:
    """JSON as strict as the plane's gate is about what these tests try."""
    try:
        return admit(json.loads(data.decode(), object_pairs_hook=_once))
    except InvalidJson as error:
        raise InvalidJson(error.message, where=f"{what}, {error.where}") from error
    except (ValueError, RecursionError) as error:
        raise InvalidJson("not JSON", where=what) from error


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError("duplicate key")
    return dict(pairs)


def _check_policy(text: bytes, name: str, governance: bool) -> Sequence[PolicyProblem]:
    rows = text.decode().splitlines()
    return [
        PolicyProblem(file=name, line=number, column=1, message="'presist' is not a decision")
        for number, row in enumerate(rows, start=1)
        if "presist" in row
    ]
