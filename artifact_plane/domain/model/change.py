"""Change: everything that one use case wants recorded, as one value (laws 12 and 13)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import Enum

import attrs

from artifact_plane.domain.model.artifact import Artifact, ArtifactState, Receipt
from artifact_plane.domain.model.execution import Execution
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.lineage import LineageEdge, NodeId, artifact_node
from artifact_plane.domain.model.policy_document import PolicyDocument
from artifact_plane.domain.model.rendering import Digest
from artifact_plane.domain.model.request import Request


class RecordKind(Enum):
    """The platform-native records, which always persist (law 2): what the journal holds."""

    INTENT = "intent"
    JOURNEY = "journey"
    STATE_TRANSITION = "state_transition"
    GOVERNANCE_DECISION = "governance_decision"


@attrs.frozen(kw_only=True)
class JournalEntry:
    """One platform-native record; ``subject`` is the id it is about (intent, session, execution, artifact)."""

    kind: RecordKind
    subject: str
    body: JsonObject


@attrs.frozen(kw_only=True)
class JournalRecord:
    """A journal entry as it was committed: at a position that rises with every commit."""

    position: int
    tenant_id: str
    at: datetime
    entry: JournalEntry


@attrs.frozen(kw_only=True)
class ArtifactWrite:
    """A new version to record. ``replaces`` is the version that must be the current one, None for a new artifact.

    ``body`` holds the canonical bytes of the meaning where its part is INLINE. A write whose artifact is DELETED
    makes a tombstone of the artifact: the version stays the same, and bodies and blob references of all versions go.
    ``derived_from`` are ids of artifacts: the new version was derived from the version of each that is current when
    the change is recorded, before any of the change's own writes.
    """

    artifact: Artifact
    replaces: int | None = None
    body: bytes | None = attrs.field(default=None, repr=False)
    derived_from: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class ExecutionWrite:
    """An execution to record. ``replaces`` is the version that must be the current one, None for a new execution.

    A new one is a conflict when the intent has an execution of the same attempt already.
    """

    execution: Execution
    replaces: int | None = None


@attrs.frozen(kw_only=True)
class Event:
    """Something that happened, for whoever listens; the id is stable, so that a second delivery can be told."""

    event_id: str
    tenant_id: str
    event_type: str
    subject: str
    at: datetime
    body: JsonObject


@attrs.frozen(kw_only=True)
class Claim:
    """Says that a holder is about to refer to a blob: no sweep removes it (written before the put)."""

    tenant_id: str
    digest: Digest
    claim_id: str
    holder: str


@attrs.frozen(kw_only=True)
class PolicyRecord:
    """A policy to keep by its digest, so that rulings made under it can be resolved and repeated."""

    digest: str
    document: PolicyDocument


@attrs.frozen(kw_only=True)
class Change:
    """One atomic change of one tenant's records. The same ``change_id`` again has no second effect.

    ``edges`` leave only nodes that the change itself writes, so no cycle can arise (law 20); where ``attaches_edges``
    is set they may leave other nodes, and the ledger looks for a cycle. ``releases`` are claims that have served.
    ``request`` is the caller's key under which it is remembered that this was asked for.
    """

    change_id: str
    tenant_id: str
    at: datetime
    artifacts: tuple[ArtifactWrite, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    edges: tuple[LineageEdge, ...] = ()
    execution: ExecutionWrite | None = None
    journal: tuple[JournalEntry, ...] = ()
    events: tuple[Event, ...] = ()
    policy: PolicyRecord | None = None
    releases: tuple[str, ...] = ()
    attaches_edges: bool = False
    request: Request | None = None

    def derivations(self) -> Iterator[tuple[NodeId, str]]:
        """Each new version that names artifacts it was derived from, with the id of one of them."""
        for write in self.artifacts:
            if write.derived_from and write.artifact.state is ArtifactState.ACTIVE:
                node = artifact_node(write.artifact.artifact_id, write.artifact.version)
                yield from ((node, origin) for origin in dict.fromkeys(write.derived_from))

    @staticmethod
    def distinct(edges: Iterable[LineageEdge]) -> tuple[LineageEdge, ...]:
        """The edges without repetition, in order."""
        return tuple(dict.fromkeys(edges))
