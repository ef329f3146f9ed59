"""Planes to copy: what is made in them, and what is compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from artifact_plane.composition.adapters import Adapters
from artifact_plane.composition.application import ComposedApplication, running
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.rendering import BytesSource, Renderable, Rendered
from artifact_plane.domain.model.result import Output, RealmResult
from artifact_plane.domain.use_cases.copying import Copying, CopySource, CopyTarget
from artifact_plane.domain.use_cases.limits import Limits
from artifact_plane.ports.answers import Payload
from artifact_plane.ports.copying import CopyProgress, CopyReport
from artifact_plane.ports.payload_store import PayloadStore
from artifact_plane.ports.record_archive import RecordArchive
from tests.doubles.homes import Home, LocalHomeOfTests, MemoryHomeOfTests, Scene
from tests.doubles.realms import CountingRenderer, ScriptedRealm, once, read_all
from tests.doubles.world import all_artifacts

TENANTS: Final = ("t1", "t2")
LIMITS: Final = Limits(inline_bytes=64)
POLICY: Final = {
    "materialization_policy": {
        "kept": {"decision": "persist", "renderings": {"dropped": "discard", "cached": "cache"}},
    }
}
RESULT: Final = RealmResult(
    artifacts={
        "report": Output(
            result_type="kept",
            semantic_payload={"title": "a meaning that is too long to be kept inline, so that it is put as a payload"},
            renderings=(
                Rendered(name="original", media_type="application/pdf", source=BytesSource(b"%PDF kept")),
                Rendered(name="dropped", media_type="text/plain", source=BytesSource(b"dropped")),
                Renderable(name="cached", renderer="counting", format="txt"),
            ),
        ),
        "note": Output(result_type="kept", semantic_payload={"short": 1}),
    }
)


def scene() -> Scene:
    """A realm, a renderer and a policy that keeps, caches and drops."""
    realm = ScriptedRealm({"report": once(RESULT)})
    return Scene(policy=POLICY, realms=(realm,), renderers=(CountingRenderer(),))


def payload(word: str) -> Payload:
    """A meaning that is put as a payload, with one rendering."""
    return Payload(
        semantic_payload={"word": word, "padding": "x" * 100},
        renderings=(Rendered(name="file", media_type="text/plain", source=BytesSource(word.encode() * 10)),),
    )


async def live(application: ComposedApplication, tenants: Sequence[str]) -> None:
    """Execute, create, update and delete, for each tenant."""
    for tenant in tenants:
        context = ExecutionContext(tenant_id=tenant)
        await application.runtime.execute(
            Intent(
                intent_id="i1",
                intent_type="report",
                tenant_id=tenant,
                session_id="s1",
                solution_id="sol",
                attachments={"data": BytesSource(b"an attachment")},
            )
        )
        for name in ("updated", "deleted"):
            await application.plane.create_artifact("kept", name, payload(f"first {name}"), {}, context)
        await application.plane.update_artifact("updated", payload("second"), {}, context, expected_version=1)
        await application.plane.delete_artifact("deleted", tenant)
        await application.plane.create_artifact("kept", "twin", payload("second"), {}, context)


async def lived(home: Home, tenants: Sequence[str] = TENANTS) -> None:
    """A home in which something has happened."""
    async with home.process(scene()) as adapters, running(adapters, LIMITS) as application:
        await live(application, tenants)


def archive_of(adapters: Adapters) -> RecordArchive:
    """The archive of the record store."""
    assert adapters.records.archive is not None
    return adapters.records.archive


async def copy(
    source: Adapters,
    target: Adapters,
    *,
    watcher: Callable[[CopyProgress], None] = lambda _: None,
    page: int = 3,
) -> CopyReport:
    """Copy ``source`` into ``target``, a few commits at a time."""

    async def payloads(algorithm: str) -> PayloadStore:
        assert algorithm == "blake3"
        return target.payloads

    records = target.records
    return await Copying(
        CopySource(archive=archive_of(source), state=source.records.state, payloads=source.payloads),
        CopyTarget(archive=archive_of(target), state=records.state, references=records.references, payloads=payloads),
        codec=target.codec,
        ids=target.ids,
        watcher=watcher,
        page=page,
    ).run()


async def contents(adapters: Adapters) -> dict[str, object]:
    """Every artifact of every tenant, with the bytes of its kept parts."""
    found: dict[str, object] = {}
    async with running(adapters, LIMITS) as application:
        for tenant in TENANTS:
            for artifact in await all_artifacts(adapters, tenant):
                name = f"{tenant} {artifact.artifact_id}"
                found[name] = artifact.state, artifact.version, artifact.updated_at, artifact.metadata
                for part in artifact.parts if artifact.blobs else ():
                    if part in artifact.blobs:
                        content = await application.plane.open_content(artifact.artifact_id, tenant, part.name)
                        found[f"{name} {part.name}"] = read_all(content.source)
    return found


async def blobs(adapters: Adapters) -> Sequence[tuple[str, str]]:
    """The payloads that are stored."""
    return [(tenant, one.digest) for tenant in TENANTS async for one in adapters.payloads.list(tenant)]


def make_home(profile: str, folder: Path) -> Home:
    """An empty home."""
    return MemoryHomeOfTests() if profile == "memory" else LocalHomeOfTests(folder)
