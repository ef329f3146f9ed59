"""Artifacts: the registry's record of an output, its parts, and references to it (000, step 2).

Every output gets a record, a discarded one too: what it was, what was decided about each part, and where each part
is. Versions are immutable; what changes is which version is the current one, and whether the artifact is active.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Final

import attrs

from artifact_plane.domain.model.decision import MaterializationDecision, Role, Ruling
from artifact_plane.domain.model.errors import Gone, NotFound
from artifact_plane.domain.model.identity import printable
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.rendering import Digest

MEANING_MEDIA_TYPE: Final = "application/json"


class Place(Enum):
    """Where a part's bytes are."""

    INLINE = "inline"
    PAYLOAD_STORE = "payload_store"
    WORKING_MEMORY = "working_memory"
    NOWHERE = "dropped"


class ArtifactState(Enum):
    """ACTIVE, or DELETED: a tombstone, which answers "gone" (law 18)."""

    ACTIVE = "active"
    DELETED = "deleted"


@attrs.frozen(kw_only=True)
class RenderedBy:
    """What drew a part: with the same renderer, version and options it can be drawn again, byte for byte."""

    renderer: str
    version: str
    format: str
    options: JsonObject = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Part:
    """The meaning or one rendering. ``size`` (bytes) and ``digest`` are None until the part was rendered.

    ``location`` is the payload store's own opaque address; ``expires_at`` is given for a part in working memory.
    ``rendered_by`` is given for a part that a renderer can draw (again).
    """

    name: str
    role: Role
    media_type: str
    decision: MaterializationDecision
    place: Place
    size: int | None = None
    digest: Digest | None = None
    location: str | None = None
    expires_at: datetime | None = None
    rendered_by: RenderedBy | None = None

    @property
    def regenerable(self) -> bool:
        """Whether it can be drawn again from the meaning."""
        return self.rendered_by is not None


@attrs.frozen(kw_only=True)
class Artifact:
    """One version of an artifact: 000's schema under the same names, and version, parts, state and labels.

    ``decision`` is the ruling on the output as a whole. ``created_at`` is when the first version came,
    ``updated_at`` when this one did. ``key`` is the realm's name for the output. ``metadata`` is the caller's
    JSON, never read as a switch.
    """

    tenant_id: str
    artifact_id: str
    version: int
    artifact_type: str
    session_id: str
    solution_id: str
    realm: str | None
    intent_type: str | None
    execution_id: str | None
    key: str | None
    created_at: datetime
    updated_at: datetime
    decision: MaterializationDecision
    parts: tuple[Part, ...]
    labels: tuple[str, ...] = ()
    metadata: JsonObject = attrs.field(factory=dict)
    retention_policy: str | None = None
    payload_artifact_id: str | None = None
    state: ArtifactState = ArtifactState.ACTIVE

    @property
    def meaning(self) -> Part:
        """The part that is the meaning: always the first."""
        return self.parts[0]

    @property
    def renderings(self) -> tuple[Part, ...]:
        """The parts that are views of the meaning."""
        return self.parts[1:]

    @property
    def payload_storage_path(self) -> str | None:
        """The plane's own address of the kept meaning (its digest), or None; never a URL or a path."""
        kept = self.meaning.place in (Place.INLINE, Place.PAYLOAD_STORE)
        return self.meaning.digest if kept else None

    @property
    def regenerable(self) -> bool:
        """Whether every rendering can be drawn again."""
        return all(part.regenerable for part in self.renderings)

    def part(self, name: str) -> Part | None:
        """The part of that name, or None."""
        return next((part for part in self.parts if part.name == name), None)

    @property
    def blobs(self) -> tuple[Part, ...]:
        """The parts whose bytes are in the payload store."""
        return tuple(part for part in self.parts if part.place is Place.PAYLOAD_STORE)


def no_such_artifact(artifact_id: str, version: int | None = None) -> NotFound:
    """The one answer for "not there" and "not yours" (law 16)."""
    of_version = "" if version is None else f", version {version}"
    return NotFound(
        "there is no such artifact",
        where=f"artifact {printable(artifact_id)}{of_version}",
        remedy="list those there are with `ap ls`; ids are exact",
    )


def deleted_origin(artifact_id: str) -> Gone:
    """The answer where something is to be derived from what was deleted."""
    return Gone(
        "the artifact was deleted, so nothing new can be derived from it",
        where=f"artifact {printable(artifact_id)}",
        remedy="derive from one that is there; see `ap explain` for what remains of this one",
    )


@attrs.frozen(kw_only=True)
class ArtifactRef:
    """What execution state holds instead of a payload (law 9)."""

    key: str
    artifact_id: str
    version: int
    digest: Digest
    decision: MaterializationDecision


@attrs.frozen(kw_only=True)
class PartRuling:
    """The ruling on one part, with the facts it was made from."""

    part: str
    role: Role
    ruling: Ruling
    media_type: str | None = None
    size: int | None = None
    note: str | None = None


@attrs.frozen(kw_only=True)
class Receipt:
    """The kept record of the rulings on one output or one attachment (law 6): a governance decision.

    ``subject`` is the artifact id, or the attachment's digest; ``version`` is None for an attachment. ``whole`` is
    the ruling on the output as a whole, ``parts`` those on each part.
    """

    tenant_id: str
    subject: str
    version: int | None
    execution_id: str | None
    key: str
    result_type: str
    labels: tuple[str, ...]
    policy_digest: str
    decided_at: datetime
    whole: Ruling
    parts: tuple[PartRuling, ...] = ()


@attrs.frozen(kw_only=True)
class ArtifactFilter:
    """Which artifacts a list shows: those that meet every given test. ``state`` None shows all."""

    artifact_type: str | None = None
    session_id: str | None = None
    execution_id: str | None = None
    solution_id: str | None = None
    label: str | None = None
    decision: MaterializationDecision | None = None
    state: ArtifactState | None = ArtifactState.ACTIVE


@attrs.frozen(kw_only=True)
class ArtifactPage:
    """One page of a list, newest first. ``next`` is the cursor of the following page, or None at the end.

    Artifacts that are created or deleted while somebody turns pages neither repeat nor hide others.
    """

    artifacts: tuple[Artifact, ...]
    next: str | None = None
