"""One tenant's artifacts: every version, the inline meanings, and the receipts about them."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

import attrs

from artifact_plane.domain.model.artifact import Artifact, ArtifactState, Receipt, deleted_origin, no_such_artifact
from artifact_plane.domain.model.change import ArtifactWrite
from artifact_plane.domain.model.errors import Conflict, InvalidInput

_REMEDY: Final = "read the artifact again and repeat the change on what it is now"


@attrs.define(kw_only=True)
class ArtifactLine:
    """An artifact from its first version to its current one. ``bodies`` are the inline meanings by version."""

    versions: list[Artifact] = attrs.field(factory=list)
    bodies: dict[int, bytes] = attrs.field(factory=dict)
    deleted: bool = False

    def shown(self) -> Iterator[Artifact]:
        """All versions, oldest first; of a deleted artifact each is DELETED."""
        for artifact in self.versions:
            alive = not self.deleted or artifact.state is ArtifactState.DELETED
            yield artifact if alive else attrs.evolve(artifact, state=ArtifactState.DELETED)

    @property
    def current(self) -> Artifact:
        """The current version, or the tombstone."""
        return self.versions[-1]


class ArtifactRecords:
    """Artifacts by id, in the order of their creation, and in the order of their ids."""

    def __init__(self) -> None:
        self.lines: Final[dict[str, ArtifactLine]] = {}
        self.receipts: Final[defaultdict[str, list[Receipt]]] = defaultdict(list)
        self._births: Final[list[str]] = []
        self._sorted: Final[list[str]] = []

    def check(self, writes: Iterable[ArtifactWrite]) -> None:
        """Refuse what is not at the version that its write replaces; a later write comes on top of an earlier one.

        Raises:
            Conflict, NotFound: as ``Ledger.commit`` says.
            InvalidInput: a version does not follow the one it replaces.
        """
        heads: dict[str, _Head] = {}
        for write in writes:
            artifact_id = write.artifact.artifact_id
            heads[artifact_id] = _follow(write, heads.get(artifact_id) or self._head(artifact_id))

    def origin(self, artifact_id: str) -> int:
        """The version from which something new would be derived now.

        Raises:
            NotFound, Gone: as ``Ledger.commit`` says.
        """
        head = self._head(artifact_id)
        if head is None:
            raise no_such_artifact(artifact_id)
        if head.deleted:
            raise deleted_origin(artifact_id)
        return head.version

    def write(self, write: ArtifactWrite) -> None:
        """Record a write that was checked."""
        artifact = write.artifact
        line = self.lines.get(artifact.artifact_id)
        if line is None:
            line = self.lines[artifact.artifact_id] = ArtifactLine()
            self._births.append(artifact.artifact_id)
            insort(self._sorted, artifact.artifact_id)
        if artifact.state is ArtifactState.DELETED:
            line.deleted = True
            line.versions[-1] = artifact
            line.bodies.clear()
            return
        line.versions.append(artifact)
        if write.body is not None:
            line.bodies[artifact.version] = bytes(write.body)

    def newest_first(self, before: int | None) -> Iterator[tuple[int, Artifact]]:
        """Current versions and their places in the order of creation, from the place before ``before`` on down."""
        last = len(self._births) if before is None else min(before, len(self._births))
        for place in range(last - 1, -1, -1):
            yield place, self.lines[self._births[place]].current

    def ids_from(self, prefix: str) -> Iterator[str]:
        """The ids that begin with ``prefix``, in order."""
        for index in range(bisect_left(self._sorted, prefix), len(self._sorted)):
            if not self._sorted[index].startswith(prefix):
                return
            yield self._sorted[index]

    def _head(self, artifact_id: str) -> _Head | None:
        line = self.lines.get(artifact_id)
        return None if line is None else _Head(line.current.version, line.deleted)


@attrs.frozen
class _Head:
    """Where an artifact stands."""

    version: int
    deleted: bool


def _follow(write: ArtifactWrite, head: _Head | None) -> _Head:
    """Where the artifact stands after ``write``, if that may follow ``head``."""
    artifact_id, version = write.artifact.artifact_id, write.artifact.version
    deletes = write.artifact.state is ArtifactState.DELETED
    if head is None and deletes:
        raise no_such_artifact(artifact_id)
    if head is not None and head.deleted:
        raise _conflict(artifact_id, "was deleted")
    at = None if head is None else head.version
    if write.replaces != at:
        raise _conflict(
            artifact_id, f"is {_version(at, 'not there')}, and the write expects {_version(write.replaces)}"
        )
    follows = (at or 0) + (0 if deletes else 1)
    if version != follows:
        raise InvalidInput(
            f"the version to write is {follows}, not {version}",
            where=f"artifact {artifact_id}",
            remedy="count versions from 1, one by one",
        )
    return _Head(version, deletes)


def _version(number: int | None, otherwise: str = "a new one") -> str:
    return otherwise if number is None else f"at version {number}"


def _conflict(artifact_id: str, what: str) -> Conflict:
    return Conflict(f"artifact {artifact_id} {what}", where=f"artifact {artifact_id}", remedy=_REMEDY)
