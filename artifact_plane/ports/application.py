"""The driving port: what the application offers to those who use it.

The command line and the HTTP service speak it; the composed application implements it, and so does a client of a
running service. Five faces: the plane (artifacts), the runtime (executions), lineage, the steward (policy), and access
(who may call it from outside).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from artifact_plane.domain.model.artifact import Artifact, ArtifactFilter, ArtifactPage
from artifact_plane.domain.model.change import PolicyRecord
from artifact_plane.domain.model.decision import Subject
from artifact_plane.domain.model.errors import PolicyProblem
from artifact_plane.domain.model.execution import Execution
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
from artifact_plane.ports.outbox import PendingEvent


class Plane(ABC):
    """Artifacts: create, read, update, delete, list, and register where they came from (000, step 1)."""

    @abstractmethod
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
        """Record a new artifact by explicit request: PERSIST, below denials and floors only (law 1).

        ``artifact_id`` None gives it a new id. The same id and content again is the same artifact (law 17).
        ``request`` is recorded in the same commit (see ``answered``).

        Raises:
            InvalidInput: an id, name or the payload is not legal, or a renderer is not known.
            NotFound: ``derived_from`` names an artifact that is not there.
            Conflict: the id exists with other content, ``context`` names an execution that has not ended, or the
                request's key is taken.
            Gone: the id is of a deleted artifact.
            Unavailable: a store failed; nothing was recorded.
        """

    @abstractmethod
    async def get_artifact(
        self, artifact_id: str, tenant_id: str, include_payload: bool = True, *, version: int | None = None
    ) -> ArtifactView:
        """The current version, or the one named, its meaning verified.

        Raises:
            NotFound: this tenant has no such artifact or version.
            Gone: it was deleted; or its meaning was asked for and is not kept.
            Damaged: the meaning does not match its digest.
        """

    @abstractmethod
    async def get_meaning(self, artifact_id: str, tenant_id: str, *, version: int | None = None) -> bytes:
        """The meaning as its canonical bytes, verified. Raises as ``get_artifact``."""

    @abstractmethod
    async def open_content(self, artifact_id: str, tenant_id: str, name: str, *, version: int | None = None) -> Content:
        """The bytes of the part called ``name``: from where it is kept, else drawn again from the meaning (law 10).

        A format's name that is no part of the artifact (for instance ``pdf``) is drawn by the renderer of one of
        its views, where that renderer knows the format.

        Raises:
            NotFound: no such artifact, version or part.
            Gone: deleted, or dropped and nothing can draw it again.
            Damaged: the bytes do not match, or the same renderer version draws something else than is on record.
            UnsupportedRendering: it cannot be drawn here; the remedy says what to install.
        """

    @abstractmethod
    async def update_artifact(
        self,
        artifact_id: str,
        payload: PayloadLike,
        metadata: JsonObject,
        context: ExecutionContext,
        *,
        expected_version: int,
    ) -> RecordedArtifact:
        """Replace the whole payload by a new version and rule all its parts anew (law 17).

        Raises:
            Conflict: the current version is another than ``expected_version`` (unless it is the next one with
                this very content: then it is the answer).
            NotFound, Gone, InvalidInput, Unavailable: as ``create_artifact``.
        """

    @abstractmethod
    async def delete_artifact(self, artifact_id: str, tenant_id: str) -> Artifact:
        """Leave a tombstone: bytes of all versions go; record, receipts and lineage stay (law 18).

        Deleting again gives the same tombstone. Raises NotFound where there is none.
        """

    @abstractmethod
    async def list_artifacts(
        self, tenant_id: str, criteria: ArtifactFilter, *, limit: int = 100, after: str | None = None
    ) -> ArtifactPage:
        """A page of current versions, newest first; ``limit`` is 1 to 1,000."""

    @abstractmethod
    async def versions(self, artifact_id: str, tenant_id: str) -> tuple[Artifact, ...]:
        """All versions, oldest first; a deleted artifact's too. Raises NotFound where there is none."""

    @abstractmethod
    async def register_lineage(
        self, artifact_id: str, source_execution_id: str, source_intent: str, context: ExecutionContext
    ) -> Lineage:
        """Say that the artifact's current version came from an execution of an intent; the answer is its origin now.

        Saying it again has no effect.

        Raises:
            NotFound: this tenant has no such artifact.
            Conflict: the execution has not ended yet.
            LineageCycle: the execution itself comes from this artifact; the message names the cycle.
        """

    @abstractmethod
    async def answered(self, key: str, tenant_id: str) -> Request | None:
        """What was asked under a key that has not expired, and what came of it; None where the key is free."""

    @abstractmethod
    async def record_request(self, request: Request, tenant_id: str) -> None:
        """Remember a request that has no other effect. Raises Conflict where the key is another request's."""

    @abstractmethod
    async def resolve(self, prefix: str, tenant_id: str) -> str:
        """The artifact id that a short id stands for.

        Raises:
            NotFound: no id of this tenant begins so.
            InvalidInput: several do; the message names some.
        """


class Runtime(ABC):
    """Executions of intents (DESIGN section 4)."""

    @abstractmethod
    async def execute(self, intent: Intent, *, retry: bool = False, request: Request | None = None) -> ExecutionResult:
        """Carry out an intent and wait for its end; a failed execution is an answer, not an exception.

        The same intent again gives the execution that exists, waiting for it where it runs and taking it over
        where its holder has died. ``retry`` starts a new attempt of one that failed or was cancelled.

        Raises:
            InvalidInput: the intent type is not known (the nearest is named), or the intent is not legal.
            Conflict: the intent id was accepted with other content, or the request's key is taken.
            Refused: the steward forbids to keep an attachment.
            InvalidPolicy: the policy in force does not load.
            Unavailable: it could not be accepted, or its end could not be recorded.
        """

    @abstractmethod
    async def start(self, intent: Intent, *, retry: bool = False, request: Request | None = None) -> ExecutionResult:
        """As ``execute``, without waiting for the end: it answers once the intent is accepted.

        The run goes on in the background while the application is open; when it closes, what has not ended within
        its time of grace is let go, for another process to take over. Raises as ``execute``.
        """

    @abstractmethod
    async def dry_run(self, intent: Intent) -> DryRun:
        """Run the realm and show the plan, without recording or storing anything.

        Raises:
            InvalidInput, Refused, InvalidPolicy: as ``execute``.
            ExecutionFailed: the realm failed.
        """

    @abstractmethod
    async def submit_result(
        self, intent: Intent, result: RealmResult, realm: str, *, request: Request | None = None
    ) -> ExecutionResult:
        """Decide and store a result that ``realm``, in a runtime elsewhere, made of ``intent``.

        Ruled as any realm's result, without explicit request. The same intent again with the same result is the
        same execution. Raises as ``execute``; the intent type need not be known here.
        """

    @abstractmethod
    async def cancel(self, execution_id: str, tenant_id: str, *, request: Request | None = None) -> Execution:
        """Cancel an execution that has not ended.

        Raises:
            NotFound: no such execution.
            Conflict: it has ended already, or the request's key is taken.
        """

    @abstractmethod
    async def execution(self, execution_id: str, tenant_id: str) -> ExecutionResult:
        """An execution with its receipts. Raises NotFound."""

    @abstractmethod
    async def executions(
        self, tenant_id: str, *, session_id: str | None = None, limit: int = 100, after: str | None = None
    ) -> tuple[tuple[Execution, ...], str | None]:
        """A page of executions, newest first, and the next page's cursor."""

    @abstractmethod
    async def journey(self, session_id: str, tenant_id: str) -> tuple[str, ...]:
        """The ids of a session's executions in the order of their acceptance."""

    @abstractmethod
    async def end_session(self, session_id: str, tenant_id: str) -> None:
        """End a session: what was cached with ``ttl: session`` (or for longer) is forgotten."""

    @abstractmethod
    async def recover(self) -> tuple[ExecutionResult, ...]:
        """Take over and finish every execution whose holder has died; sweep what dead writers left behind."""

    @abstractmethod
    def intent_types(self) -> tuple[tuple[str, str], ...]:
        """The (intent type, realm) pairs that this runtime can execute, sorted."""

    @abstractmethod
    async def set_aside_events(self, *, limit: int = 100) -> tuple[PendingEvent, ...]:
        """Events whose delivery was given up, oldest first."""

    @abstractmethod
    async def requeue_event(self, event_id: str) -> None:
        """Deliver an event that was set aside once more. Raises NotFound where there is none."""


class LineageQueries(ABC):
    """Where things came from, and what came of them. ``version`` None means the current one.

    All raise NotFound for an artifact that this tenant never had; a deleted one has its lineage still.
    """

    @abstractmethod
    async def upstream(
        self,
        artifact_id: str,
        tenant_id: str,
        *,
        bounds: Bounds | None = None,
        version: int | None = None,
        at_least: int = 0,
    ) -> Lineage:
        """Everything it came from."""

    @abstractmethod
    async def downstream(
        self,
        artifact_id: str,
        tenant_id: str,
        *,
        bounds: Bounds | None = None,
        version: int | None = None,
        at_least: int = 0,
    ) -> Lineage:
        """Everything that came of it."""

    @abstractmethod
    async def impact(self, artifact_id: str, tenant_id: str, *, bounds: Bounds | None = None) -> tuple[Artifact, ...]:
        """The artifacts, at their current versions, that came of any version of it: what a change would concern."""

    @abstractmethod
    async def path(self, artifact_id: str, origin: str, tenant_id: str, *, bounds: Bounds | None = None) -> Lineage:
        """A shortest path from an artifact up to ``origin`` (an artifact id); no nodes where there is none."""

    @abstractmethod
    async def lag(self) -> Lag:
        """How far what answers about lineage is behind the ledger; never, where the ledger answers itself.

        Raises:
            Unavailable: the ledger or the projection's store is away.
        """

    @abstractmethod
    async def rebuild(self, progress: Progress | None = None) -> Lag:
        """Make the projection anew from the ledger (law 19); questions are answered meanwhile.

        Raises:
            InvalidInput: the ledger answers about lineage itself, so there is nothing to make anew.
            Unavailable: the ledger or the projection's store is away; what was applied stays.
        """


class Steward(ABC):
    """Policy: what is in force, why something was decided, and what would be decided."""

    @abstractmethod
    async def policy(self, tenant_id: str, solution_id: str) -> PolicyRecord:
        """What is in force for a solution. Raises InvalidPolicy, Unavailable."""

    @abstractmethod
    async def policy_by_digest(self, digest: str) -> PolicyRecord:
        """The policy that a receipt names. Raises NotFound."""

    @abstractmethod
    async def explain(self, artifact_id: str, tenant_id: str) -> Explanation:
        """Why is this here, why is that not? Answers for deleted artifacts too. Raises NotFound."""

    @abstractmethod
    async def would_rule(self, subject: Subject) -> Outlook:
        """What the policy in force for the subject's tenant and solution says to it."""

    @abstractmethod
    async def check(self, text: bytes, name: str, *, governance: bool = False) -> Sequence[PolicyProblem]:
        """Everything that is wrong with a policy text; empty when it would load."""


class Application(ABC):
    """The five faces of an open plane."""

    @property
    @abstractmethod
    def plane(self) -> Plane:
        """Artifacts."""

    @property
    @abstractmethod
    def runtime(self) -> Runtime:
        """Executions."""

    @property
    @abstractmethod
    def lineage(self) -> LineageQueries:
        """Where things came from."""

    @property
    @abstractmethod
    def steward(self) -> Steward:
        """Policy."""

    @property
    @abstractmethod
    def access(self) -> Access:
        """Who may call it from outside."""
