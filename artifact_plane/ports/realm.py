"""Realm: turns an intent into results, and can store nothing.

A realm gets what it needs as arguments. The reader is its only way to earlier artifacts, and each read becomes a
``used`` edge of the run's lineage. Realms are other people's code: whatever one raises is caught by the runtime
and becomes a recorded failure (law 23).
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import attrs

from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.result import RealmResult


class RefusedInput(InvalidInput):
    """The realm cannot work with what the intent gives it.

    The message says what is wrong, ``where`` names the attachment or parameter and the place in it (for
    instance ``attachment 'data', line 12``), ``remedy`` what to give instead. The execution becomes FAILED with
    this cause and leaves no artifact. The message must not repeat the content of the input.
    """


@attrs.frozen(kw_only=True)
class ArtifactReading:
    """An earlier artifact as a realm sees it: what it is and what it means."""

    artifact_id: str
    version: int
    artifact_type: str
    labels: tuple[str, ...]
    semantic_payload: JsonObject


class ArtifactReader(ABC):
    """Read-only access to the tenant's own artifacts."""

    @abstractmethod
    async def read(self, artifact_id: str) -> ArtifactReading:
        """The current version, its content verified; recorded as used by this execution.

        Raises:
            NotFound: there is none of that id for this tenant.
            Gone: it was deleted, or governance dropped its meaning.
            Damaged: its bytes do not match their digest.
        """


class Realm(ABC):
    """Handles the intent types it names."""

    @property
    @abstractmethod
    def name(self) -> str:
        """The realm's name, recorded with everything it produces."""

    @property
    @abstractmethod
    def intent_types(self) -> frozenset[str]:
        """The intent types that it handles; no two realms may share one."""

    @abstractmethod
    async def handle(self, intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        """Carry out ``intent`` and return its results, without any effect outside.

        It may be called again for the same intent after a crash. Work that takes long belongs off the event
        loop (``asyncio.to_thread``); reading an attachment blocks, so it belongs there too.

        Raises:
            RefusedInput: the intent's parameters or attachments are not fit for it.
        """
