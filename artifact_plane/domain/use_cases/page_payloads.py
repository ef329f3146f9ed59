"""The payloads that a page of an archive needs, and the page as another payload store's addresses make it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs

from artifact_plane.domain.model.artifact import ArtifactState, Place
from artifact_plane.domain.model.decision import MaterializationDecision
from artifact_plane.domain.model.execution import AttachmentRecord, Execution
from artifact_plane.domain.model.rendering import Digest
from artifact_plane.ports.record_archive import ArchivedExecution, ArchivedVersion, ArchivePage


@attrs.frozen
class Blob:
    """A payload, and whose it is; ``where`` names who needs it."""

    tenant_id: str
    digest: Digest
    where: str = attrs.field(default="", eq=False)

    @property
    def algorithm(self) -> str:
        """What its digest was computed by."""
        return self.digest.partition(":")[0]


def blobs_of(page: ArchivePage) -> Iterator[Blob]:
    """The payloads that the records of a page need."""
    for version in page.versions:
        artifact = version.artifact
        if artifact.state is ArtifactState.ACTIVE:
            for part in artifact.blobs:
                if part.digest is not None:
                    yield Blob(artifact.tenant_id, part.digest, place_of(version, part.name))
    for one in page.executions:
        for record in one.execution.attachments:
            if _is_kept(record, one.execution):
                where = f"execution {one.execution.execution_id}, attachment {record.name!r}"
                yield Blob(one.execution.tenant_id, record.digest, where)


def _is_kept(record: AttachmentRecord, execution: Execution) -> bool:
    """Whether the payload store has an attachment: all of a run that goes on, PERSIST ones afterwards."""
    kept = not execution.state.final or record.ruling.decision is MaterializationDecision.PERSIST
    return kept and record.location is not None


def relocated(page: ArchivePage, locations: Mapping[Blob, str]) -> ArchivePage:
    """The page with the target's own addresses of payloads."""
    return attrs.evolve(
        page,
        versions=tuple(_version_at(one, locations) for one in page.versions),
        executions=tuple(_execution_at(one, locations) for one in page.executions),
    )


def _version_at(version: ArchivedVersion, locations: Mapping[Blob, str]) -> ArchivedVersion:
    artifact = version.artifact
    parts = tuple(
        attrs.evolve(part, location=locations.get(Blob(artifact.tenant_id, part.digest or Digest("")), part.location))
        if part.place is Place.PAYLOAD_STORE
        else part
        for part in artifact.parts
    )
    return attrs.evolve(version, artifact=attrs.evolve(artifact, parts=parts))


def _execution_at(archived: ArchivedExecution, locations: Mapping[Blob, str]) -> ArchivedExecution:
    execution = archived.execution
    attachments = tuple(
        attrs.evolve(record, location=locations.get(Blob(execution.tenant_id, record.digest), record.location))
        if _is_kept(record, execution)
        else record
        for record in execution.attachments
    )
    return attrs.evolve(archived, execution=attrs.evolve(execution, attachments=attachments))


def place_of(version: ArchivedVersion, part: str) -> str:
    """Which part of which version, for people."""
    artifact = version.artifact
    return f"artifact {artifact.artifact_id}, version {artifact.version}, part {part!r}"
