"""Plane: the application's face for artifacts, part of the driving port."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection

from artifact_plane.domain.model.artifact import Artifact, ArtifactFilter, ArtifactPage
from artifact_plane.domain.model.intent import ExecutionContext
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.lineage import Lineage
from artifact_plane.domain.model.request import Request
from artifact_plane.ports.answers import (
    ArtifactView,
    Content,
    PayloadLike,
    RecordedArtifact,
)


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
            Gone: the id is of a deleted artifact, or ``derived_from`` names one.
            Unavailable: a store failed; nothing was recorded, or nobody knows (the error says which): then ask again
                under the same id or ``request``, which records nothing twice.
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
    async def delete_artifact(
        self, artifact_id: str, tenant_id: str, *, expected_versions: Collection[int] | None = None
    ) -> Artifact:
        """Leave a tombstone: bytes of all versions go; record, receipts and lineage stay (law 18).

        Deleting again gives the same tombstone. Where ``expected_versions`` are given, one of them must be the current
        one at the commit.

        Raises:
            NotFound: there is none.
            Conflict: another version than those expected is the current one; nothing was deleted.
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
