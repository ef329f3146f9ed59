"""The faces of a service for programs without an event loop: artifacts.

The same names and parameters as the ports', whose docstrings say what is promised; results come without ``await``.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from artifact_plane.adapters.client.background import Background
from artifact_plane.domain.model.artifact import Artifact, ArtifactFilter, ArtifactPage
from artifact_plane.domain.model.intent import ExecutionContext
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.lineage import Lineage
from artifact_plane.domain.model.request import Request
from artifact_plane.ports.answers import ArtifactView, Content, PayloadLike, RecordedArtifact
from artifact_plane.ports.plane import Plane


class BlockingPlane:
    """As ``Plane``, each method answering when it is done."""

    def __init__(self, background: Background, face: Plane) -> None:
        self._run: Final = background.run
        self._face: Final = face

    def create_artifact(
        self,
        artifact_type: str,
        artifact_id: str | None,
        payload: PayloadLike,
        metadata: JsonObject,
        context: ExecutionContext,
        *,
        request: Request | None = None,
    ) -> RecordedArtifact:
        """As ``Plane.create_artifact``."""
        return self._run(
            self._face.create_artifact(artifact_type, artifact_id, payload, metadata, context, request=request)
        )

    def get_artifact(
        self, artifact_id: str, tenant_id: str, include_payload: bool = True, *, version: int | None = None
    ) -> ArtifactView:
        """As ``Plane.get_artifact``."""
        return self._run(self._face.get_artifact(artifact_id, tenant_id, include_payload, version=version))

    def get_meaning(self, artifact_id: str, tenant_id: str, *, version: int | None = None) -> bytes:
        """As ``Plane.get_meaning``."""
        return self._run(self._face.get_meaning(artifact_id, tenant_id, version=version))

    def open_content(self, artifact_id: str, tenant_id: str, name: str, *, version: int | None = None) -> Content:
        """As ``Plane.open_content``."""
        return self._run(self._face.open_content(artifact_id, tenant_id, name, version=version))

    def update_artifact(
        self,
        artifact_id: str,
        payload: PayloadLike,
        metadata: JsonObject,
        context: ExecutionContext,
        *,
        expected_version: int,
    ) -> RecordedArtifact:
        """As ``Plane.update_artifact``."""
        return self._run(
            self._face.update_artifact(artifact_id, payload, metadata, context, expected_version=expected_version)
        )

    def delete_artifact(
        self, artifact_id: str, tenant_id: str, *, expected_versions: Collection[int] | None = None
    ) -> Artifact:
        """As ``Plane.delete_artifact``."""
        return self._run(self._face.delete_artifact(artifact_id, tenant_id, expected_versions=expected_versions))

    def list_artifacts(
        self, tenant_id: str, criteria: ArtifactFilter, *, limit: int = 100, after: str | None = None
    ) -> ArtifactPage:
        """As ``Plane.list_artifacts``."""
        return self._run(self._face.list_artifacts(tenant_id, criteria, limit=limit, after=after))

    def versions(self, artifact_id: str, tenant_id: str) -> tuple[Artifact, ...]:
        """As ``Plane.versions``."""
        return self._run(self._face.versions(artifact_id, tenant_id))

    def register_lineage(
        self, artifact_id: str, source_execution_id: str, source_intent: str, context: ExecutionContext
    ) -> Lineage:
        """As ``Plane.register_lineage``."""
        return self._run(self._face.register_lineage(artifact_id, source_execution_id, source_intent, context))

    def answered(self, key: str, tenant_id: str) -> Request | None:
        """As ``Plane.answered``."""
        return self._run(self._face.answered(key, tenant_id))

    def record_request(self, request: Request, tenant_id: str) -> None:
        """As ``Plane.record_request``."""
        self._run(self._face.record_request(request, tenant_id))

    def resolve(self, prefix: str, tenant_id: str) -> str:
        """As ``Plane.resolve``."""
        return self._run(self._face.resolve(prefix, tenant_id))
