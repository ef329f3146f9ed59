"""The set of adapters that an application runs on: one for each driven port."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs

from artifact_plane.composition.policies import Reading
from artifact_plane.ports.artifact_registry import ArtifactRegistry
from artifact_plane.ports.blob_references import BlobReferences
from artifact_plane.ports.clock import Clock, IdSource
from artifact_plane.ports.codec import Codec
from artifact_plane.ports.credentials import Credentials
from artifact_plane.ports.event_sink import EventSink
from artifact_plane.ports.ledger import Ledger
from artifact_plane.ports.lineage_feed import LineageFeed
from artifact_plane.ports.lineage_graph import LineageGraph
from artifact_plane.ports.lineage_projection import LineageProjection
from artifact_plane.ports.outbox import Outbox
from artifact_plane.ports.payload_store import PayloadStore
from artifact_plane.ports.policy_source import PolicySource
from artifact_plane.ports.realm import Realm
from artifact_plane.ports.record_archive import RecordArchive
from artifact_plane.ports.renderer import Renderer
from artifact_plane.ports.secret_source import SecretSource
from artifact_plane.ports.state_surface import StateSurface
from artifact_plane.ports.working_memory import WorkingMemory
from artifact_plane.ports.write_ahead_log import WriteAheadLog


@attrs.frozen(kw_only=True)
class RecordStore:
    """The ports that are chosen together, over one store (DESIGN section 6), and lineage beside them.

    ``feed`` is None where the store cannot feed a projection, ``policies`` where it keeps no policy texts.
    """

    ledger: Ledger
    registry: ArtifactRegistry
    state: StateSurface
    log: WriteAheadLog
    outbox: Outbox
    references: BlobReferences
    lineage: LineageGraph
    credentials: Credentials
    feed: LineageFeed | None = None
    policies: Callable[[Reading], PolicySource] | None = None
    archive: RecordArchive | None = None


@attrs.frozen(kw_only=True)
class Adapters:
    """Everything from outside that the use cases need; realms and renderers are loaded when first needed.

    With a ``projection`` it answers questions about lineage, fed from the record store.
    """

    records: RecordStore
    payloads: PayloadStore
    memory: WorkingMemory
    policies: PolicySource
    codec: Codec
    clock: Clock
    ids: IdSource
    secrets: SecretSource
    realms: Callable[[], Sequence[Realm]]
    renderers: Callable[[], Sequence[Renderer]]
    sinks: Sequence[EventSink] = ()
    projection: LineageProjection | None = None
