"""Homes of the tests: the same data, opened by one process after another, on each profile."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Final

import attrs

from artifact_plane.adapters.codec.canonical import JsonCodec
from artifact_plane.adapters.codec.records_policy import policy_digest
from artifact_plane.adapters.memory.artifact_registry import MemoryArtifactRegistry
from artifact_plane.adapters.memory.blob_references import MemoryBlobReferences
from artifact_plane.adapters.memory.clock import SequentialIds, SettableClock
from artifact_plane.adapters.memory.credentials import MemoryCredentials
from artifact_plane.adapters.memory.ledger import MemoryLedger
from artifact_plane.adapters.memory.lineage_graph import MemoryLineageGraph
from artifact_plane.adapters.memory.outbox import MemoryOutbox
from artifact_plane.adapters.memory.payload_store import MemoryPayloadStore
from artifact_plane.adapters.memory.policy_source import MemoryPolicySource
from artifact_plane.adapters.memory.record_archive import MemoryRecordArchive
from artifact_plane.adapters.memory.records import MemoryRecordStore
from artifact_plane.adapters.memory.state_surface import MemoryStateSurface
from artifact_plane.adapters.memory.working_memory import MemoryWorkingMemory
from artifact_plane.adapters.memory.write_ahead_log import MemoryWriteAheadLog
from artifact_plane.adapters.system.secrets import SystemSecrets
from artifact_plane.composition.adapters import Adapters, RecordStore
from artifact_plane.composition.profiles import Extras, adapters_of
from artifact_plane.composition.settings import Settings
from artifact_plane.ports.event_sink import EventSink
from artifact_plane.ports.realm import Realm
from artifact_plane.ports.renderer import Renderer

PLATFORM: Final[Mapping[str, object]] = {"materialization_policy": {"attachment": "cache"}}
"""The platform default of these tests: everything is dropped, attachments are kept for the run."""


@attrs.frozen(kw_only=True)
class Scene:
    """What a test brings: its policy, realms, renderers and sinks."""

    policy: Mapping[str, object]
    governance: Mapping[str, object] | None = None
    realms: Sequence[Realm] = ()
    renderers: Sequence[Renderer] = ()
    sinks: Sequence[EventSink] = ()


class Home(ABC):
    """Data that outlives a process, on a clock and with ids that all its processes share."""

    def __init__(self) -> None:
        self.clock: Final = SettableClock()
        self.ids: Final = SequentialIds()

    @abstractmethod
    def process(self, scene: Scene) -> AbstractAsyncContextManager[Adapters]:
        """The adapters of one process; leaving the context ends it, politely or not."""


class MemoryHomeOfTests(Home):
    """The reference, shared by all processes of one test."""

    def __init__(self) -> None:
        super().__init__()
        self._codec: Final = JsonCodec()
        self._records: Final = MemoryRecordStore()
        self._payloads: Final = MemoryPayloadStore(self._codec.hasher, self.clock)
        self._memory: Final = MemoryWorkingMemory(self._codec.hasher)

    @asynccontextmanager
    async def process(self, scene: Scene) -> AsyncIterator[Adapters]:
        """See ``Home``: a process's holders die with it."""
        state = MemoryStateSurface(self._records)
        try:
            yield self._adapters(scene, state)
        finally:
            await state.close()

    def _adapters(self, scene: Scene, state: MemoryStateSurface) -> Adapters:
        records = self._records
        return Adapters(
            records=RecordStore(
                ledger=MemoryLedger(records),
                registry=MemoryArtifactRegistry(records),
                state=state,
                log=MemoryWriteAheadLog(records),
                outbox=MemoryOutbox(records),
                references=MemoryBlobReferences(records),
                lineage=MemoryLineageGraph(records),
                credentials=MemoryCredentials(records),
                archive=MemoryRecordArchive(records),
            ),
            payloads=self._payloads,
            memory=self._memory,
            policies=policies_of(scene, self._codec),
            codec=self._codec,
            clock=self.clock,
            ids=self.ids,
            secrets=SystemSecrets(),
            realms=lambda: scene.realms,
            renderers=lambda: scene.renderers,
            sinks=scene.sinks,
        )


class LocalHomeOfTests(Home):
    """SQLite and files in a folder, composed as the local profile is."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder: Final = folder

    def process(self, scene: Scene) -> AbstractAsyncContextManager[Adapters]:
        """See ``Home``: the death of a process is that of its lock files."""
        settings = Settings(home=self._folder, synchronous="normal")
        extras = Extras(
            realms=scene.realms,
            renderers=scene.renderers,
            sinks=scene.sinks,
            policies=policies_of(scene, JsonCodec()),
            clock=self.clock,
            ids=self.ids,
        )
        return adapters_of(settings, extras)


def policies_of(scene: Scene, codec: JsonCodec) -> MemoryPolicySource:
    return MemoryPolicySource(
        PLATFORM,
        digest=lambda document: policy_digest(document, codec.digest),
        governance=scene.governance,
        override=scene.policy,
    )
