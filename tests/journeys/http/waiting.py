"""A realm whose runs wait until the test lets them go, and one that answers what it was given."""

from __future__ import annotations

import asyncio

import attrs

from artifact_plane.composition.profiles import Extras
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.json import Json
from artifact_plane.domain.model.result import Output, RealmResult
from artifact_plane.ports.realm import ArtifactReader
from tests.doubles.realms import ScriptedRealm, read_all


@attrs.frozen
class Gate:
    """``wait`` runs until the gate is open; ``echo`` tells its parameters and the sizes of its attachments."""

    open: asyncio.Event = attrs.field(factory=asyncio.Event)

    @property
    def extras(self) -> Extras:
        """What opens a service with this realm."""
        return Extras(realms=(ScriptedRealm({"wait": self._wait, "echo": self._echo}),))

    async def _wait(self, intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        await self.open.wait()
        return await self._echo(intent, context, reader)

    async def _echo(self, intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        sizes: dict[str, Json] = {
            name: len(await asyncio.to_thread(read_all, source)) for name, source in intent.attachments.items()
        }
        payload: dict[str, Json] = {"parameters": intent.parameters, "sizes": sizes}
        return RealmResult(artifacts={"echo": Output(result_type="other", semantic_payload=payload)})
