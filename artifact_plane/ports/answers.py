"""What the application takes and answers: the values of the driving port."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

import attrs

from artifact_plane.domain.model.artifact import Artifact, Part, Receipt
from artifact_plane.domain.model.decision import Ruling, Subject
from artifact_plane.domain.model.execution import Execution
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.plan import Plan
from artifact_plane.domain.model.rendering import ByteSource, Digest, Rendering


def _renderings(renderings: Iterable[Rendering]) -> tuple[Rendering, ...]:
    return tuple(renderings)


def _names(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(names)


@attrs.frozen(kw_only=True)
class Payload:
    """What an artifact is made of: its meaning and views of it."""

    semantic_payload: JsonObject
    renderings: tuple[Rendering, ...] = attrs.field(default=(), converter=_renderings)
    derived_from: tuple[str, ...] = attrs.field(default=(), converter=_names)
    labels: tuple[str, ...] = attrs.field(default=(), converter=_names)


PayloadLike: TypeAlias = "Payload | JsonObject"
"""A mapping alone is a meaning without views."""


@attrs.frozen(kw_only=True)
class RecordedArtifact:
    """An artifact as it was recorded, and the receipt of its rulings; ``repeated`` when it was there already."""

    artifact: Artifact
    receipt: Receipt
    repeated: bool = False


@attrs.frozen(kw_only=True)
class ArtifactView:
    """An artifact's record, and its meaning where it was asked for."""

    artifact: Artifact
    semantic_payload: JsonObject | None = None


@attrs.frozen(kw_only=True)
class Content:
    """The bytes of a part, to be streamed; whole reads are verified (law 15).

    ``size`` and ``digest`` are of the bytes that ``source`` gives. ``drawn`` is true when the part was rendered
    for this call; ``notice`` says what is worth knowing, for instance that another renderer version drew it before.
    """

    artifact: Artifact
    part: Part
    source: ByteSource
    size: int
    digest: Digest
    drawn: bool = False
    notice: str | None = None


@attrs.frozen(kw_only=True)
class ExecutionResult:
    """An execution and the receipts of everything ruled in it: outputs', then attachments'."""

    execution: Execution
    receipts: tuple[Receipt, ...] = ()


@attrs.frozen(kw_only=True)
class DryRun:
    """What would become of an intent's outputs; nothing was recorded or stored."""

    plan: Plan
    attachments: tuple[tuple[str, Ruling], ...]


@attrs.frozen(kw_only=True)
class Explanation:
    """Why an artifact's parts are kept, cached or dropped: the stored receipts, newest version last."""

    artifact: Artifact
    receipts: tuple[Receipt, ...]


@attrs.frozen(kw_only=True)
class Outlook:
    """What a policy would say: the ruling, or with each size (bytes) that changes it, the ruling from there on."""

    subject: Subject
    policy_digest: str
    outcomes: tuple[tuple[int, Ruling], ...]
    size_matters: bool


@attrs.frozen(kw_only=True)
class Lag:
    """How far a projection has come: the ledger position it has seen, and the ledger's own."""

    seen: int
    ledger: int

    @property
    def behind(self) -> int:
        """The number of positions that it has still to see; negative where it was fed from another ledger."""
        return self.ledger - self.seen


Progress: TypeAlias = Callable[[Lag], None]
"""Is told how far the feeding of a projection has come."""
