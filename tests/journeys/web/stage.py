"""What the journeys look at: a service in memory on which realms have run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import attrs

from artifact_plane.adapters.web import LOOK, PAGES
from artifact_plane.composition.profiles import Extras
from artifact_plane.composition.service import Faces
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.rendering import BytesSource, Renderable, Rendered
from artifact_plane.domain.model.result import Output, RealmResult
from artifact_plane.ports.answers import ExecutionResult, Payload
from artifact_plane.ports.realm import ArtifactReader, RefusedInput
from tests.doubles.realms import CountingRenderer, ScriptedRealm
from tests.journeys.http.serving import Running, serving

TENANT: Final = "acme"
SESSION: Final = "tour"
SOLUTION: Final = "claims"
EVIL: Final = "<img src=x onerror=alert(1)>"
TABLE: Final = "month,claims\nJan,31\nFeb,28\nMar,40\n"
PROCEDURE: Final = "# Claims\n\n1. **Clerk:** Take the claim.\n2. **Clerk:** Check it.\n3. **Payer:** Pay it.\n"
POLICY: Final = {
    "materialization_policy": {
        "workflow": "persist",
        "letter": {"decision": "cache", "ttl": "1h"},
        "roadmap": "persist",
        "visual": [{"when": {"labels": ["draft"]}, "decision": "cache", "ttl": "15m"}, {"decision": "persist"}],
        "page": "persist",
    }
}


@attrs.frozen(kw_only=True)
class Stage:
    """The running service, and the ids of what is there. ``gate`` lets the realm go on that waits for it."""

    running: Running
    gate: asyncio.Event
    workflow: str
    sop: str
    chart: str
    letter: str
    note: str
    dropped: str
    failed: str
    completed: str


async def _letter(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
    views = (
        Rendered(name="txt", media_type="text/plain", source=BytesSource(b"Dear claimant")),
        Renderable(name="bin", renderer="counting", format="bin"),
    )
    meaning: JsonObject = {"to": EVIL, "lines": ["one", "two"], "paid": True, "amount": 12.5, "note": None}
    output = Output(result_type="letter", semantic_payload=meaning, renderings=views, labels=("draft", "out"))
    return RealmResult(artifacts={"letter": output})


async def _refused(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
    raise RefusedInput(f"it cannot be read: {EVIL}", where="attachment 'data', line 3", remedy="give another file")


@asynccontextmanager
async def staged() -> AsyncIterator[Stage]:
    """The service with everything on it."""
    gate = asyncio.Event()

    async def slow(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        await gate.wait()
        return await _letter(intent, context, reader)

    async def dropped(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        view = Rendered(name="txt", media_type="text/plain", source=BytesSource(b"not to be kept"))
        return RealmResult(artifacts={"draft": Output(result_type="draft", semantic_payload={}, renderings=(view,))})

    realm = ScriptedRealm({"write_letter": _letter, "drop_letter": dropped, "refuse": _refused, "write_slowly": slow})
    extras = Extras(realms=(realm,), renderers=(CountingRenderer(),), policy=POLICY)
    async with serving(faces=lambda: Faces(groups=(PAGES,), pages=LOOK), extras=extras) as running:
        yield await _filled(running, gate)


async def _filled(running: Running, gate: asyncio.Event) -> Stage:
    workflow = await run(running, "create_workflow", files={"sop": PROCEDURE})
    made = _made(workflow, "workflow")
    sop = await run(running, "generate_sop", {"workflow_id": made})
    chart = await run(running, "visualize", files={"data": TABLE})
    letter = await run(running, "write_letter")
    dropped = await run(running, "drop_letter")
    failed = await run(running, "refuse")
    return Stage(
        running=running,
        gate=gate,
        workflow=made,
        sop=_made(sop, "sop"),
        chart=letter.execution.references[0].artifact_id if not chart.execution.references else _first(chart),
        letter=_first(letter),
        note=await put(running, "note", {"text": "kept", "count": 1}),
        dropped=_first(dropped),
        failed=failed.execution.execution_id,
        completed=workflow.execution.execution_id,
    )


async def run(
    running: Running, intent_type: str, parameters: JsonObject | None = None, files: dict[str, str] | None = None
) -> ExecutionResult:
    """Have an intent carried out, and wait for its end."""
    intent = Intent(
        intent_id=running.prepared.service.ids.new_id(),
        intent_type=intent_type,
        tenant_id=TENANT,
        session_id=SESSION,
        solution_id=SOLUTION,
        parameters=parameters or {},
        attachments={name: BytesSource(text.encode()) for name, text in (files or {}).items()},
    )
    return await running.application.runtime.execute(intent)


async def put(
    running: Running,
    artifact_type: str,
    meaning: JsonObject,
    *views: Rendered,
    derived_from: tuple[str, ...] = (),
    artifact_id: str | None = None,
) -> str:
    """Store an artifact by explicit request; its id."""
    payload = Payload(semantic_payload=meaning, renderings=views, derived_from=derived_from)
    context = ExecutionContext(tenant_id=TENANT, session_id=SESSION, solution_id=SOLUTION)
    made = await running.application.plane.create_artifact(artifact_type, artifact_id, payload, {}, context)
    return made.artifact.artifact_id


def a_view(name: str, media_type: str, data: bytes) -> Rendered:
    """A rendering of these bytes."""
    return Rendered(name=name, media_type=media_type, source=BytesSource(data))


def _made(result: ExecutionResult, key: str) -> str:
    return next(one.artifact_id for one in result.execution.references if one.key == key)


def _first(result: ExecutionResult) -> str:
    return result.execution.references[0].artifact_id
