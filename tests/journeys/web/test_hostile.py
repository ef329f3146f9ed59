"""What a store holds is not trusted: names that would be markup are text on every page (case X06).

The plane lets no such name in, so these records are put into the store behind its back.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import pytest
from playwright.async_api import Browser

from artifact_plane.adapters.web import LOOK, PAGES
from artifact_plane.composition.adapters import Adapters
from artifact_plane.composition.application import running
from artifact_plane.composition.bootstrap import limits_of
from artifact_plane.composition.profiles import Extras, adapters_of
from artifact_plane.composition.service import Faces, prepare
from artifact_plane.composition.settings import load
from artifact_plane.domain.model.artifact import Place
from artifact_plane.domain.model.execution import ExecutionState, Failure
from artifact_plane.domain.model.lineage import LineageEdge, Relation, artifact_node, execution_node
from tests.doubles.samples import a_change, a_receipt, a_rendering, an_artifact, an_attachment, an_execution
from tests.journeys.http.serving import Running
from tests.journeys.web.browser import visiting

pytestmark = pytest.mark.asyncio(loop_scope="module")

EVIL = "<img src=x onerror=alert(1)>"
QUOTED = '"><script>alert(2)</script>'


@asynccontextmanager
async def hostile() -> AsyncIterator[Running]:
    """A service whose store holds what it never should."""
    given = {"profile": "memory", "http": {"port": 0, "log_format": "none"}}
    settings = load(given, {}, Path("/nonexistent"))
    faces = Faces(groups=(PAGES,), pages=LOOK)
    async with (
        adapters_of(settings, Extras()) as adapters,
        running(adapters, limits_of(settings)) as application,
    ):
        await _fill(adapters)
        prepared = await prepare(application, adapters, settings, "acme", lambda: faces)
        serve = asyncio.create_task(prepared.server.serve_here(prepared.bound))
        try:
            yield Running(prepared=prepared, application=application)
        finally:
            prepared.server.stop()
            await serve


async def _fill(adapters: Adapters) -> None:
    execution = attrs.evolve(
        an_execution(attachments=[attrs.evolve(an_attachment(), name=EVIL)]), intent_type=EVIL, realm=QUOTED
    )
    await adapters.records.ledger.commit(a_change(execution=execution))
    started = execution.moved(ExecutionState.RUNNING, execution.updated_at, holder="h")
    await adapters.records.ledger.commit(a_change(execution=started))
    failure = Failure(code=EVIL, message=EVIL, where=QUOTED, remedy=EVIL)
    ended = started.moved(ExecutionState.FAILED, execution.updated_at, failure=failure)
    await adapters.records.ledger.commit(a_change(execution=ended))
    artifact = attrs.evolve(
        an_artifact(execution_id="execution-1", labels=(EVIL, QUOTED), metadata={EVIL: QUOTED}),
        artifact_type=EVIL,
        session_id=QUOTED,
        solution_id=EVIL,
        realm=EVIL,
        key=QUOTED,
        intent_type=QUOTED,
        retention_policy=EVIL,
    )
    view = attrs.evolve(a_rendering(place=Place.NOWHERE), name=EVIL, media_type=QUOTED)
    artifact = attrs.evolve(artifact, parts=(*artifact.parts, view))
    receipt = a_receipt()
    whole = attrs.evolve(receipt.whole, rule=EVIL, source=QUOTED, reason=EVIL)
    parts = tuple(attrs.evolve(one, ruling=whole, note=EVIL) for one in receipt.parts)
    edge = LineageEdge(
        artifact_node("artifact-1", 1), Relation.WAS_GENERATED_BY, execution_node(execution.execution_id)
    )
    receipt = attrs.evolve(receipt, whole=whole, parts=parts, key=EVIL, labels=(EVIL,))
    await adapters.records.ledger.commit(a_change(artifact, receipts=[receipt], edges=[edge]))
    other = attrs.evolve(an_artifact("artifact-2"), artifact_type=QUOTED)
    derived = LineageEdge(artifact_node("artifact-2", 1), Relation.WAS_DERIVED_FROM, artifact_node("artifact-1", 1))
    await adapters.records.ledger.commit(a_change(other, edges=[derived]))


async def test_names_are_text_on_every_page(browser: Browser) -> None:
    """In the list, the record, the drawing's labels and tooltips, the titles: nothing runs, all can be read."""
    async with hostile() as running, visiting(browser, running) as visit:
        dialogs: list[str] = []
        visit.page.on("dialog", lambda dialog: dialogs.append(dialog.message))
        for path in (
            "/artifacts?state=all",
            "/artifacts/artifact-1",
            "/artifacts/artifact-1/delete",
            "/artifacts/artifact-1/lineage",
            "/artifacts/artifact-1/lineage?steps=50&open=execution%3Aexecution-1&find=img",
            "/artifacts/artifact-1/lineage?way=impact",
            "/artifacts/artifact-1/parts/semantic_payload",
            "/compare?left=artifact-1&right=artifact-2",
            "/executions",
            "/executions/execution-1",
        ):
            answer = await visit.to(path)
            assert answer.status == 200, path
            source = await answer.text()
            assert "<img" not in source.lower() and "<script>" not in source.lower(), path
            assert await visit.page.locator("img, body script").count() == 0, path
            assert EVIL in await visit.page.content() or "&lt;img" in source, path
        await visit.to("/artifacts/artifact-1/lineage")
        assert EVIL in await visit.page.title()
        assert "".join(await visit.page.locator("#drawing .artifact.start text.name").all_text_contents()) == EVIL
        titles = await visit.page.locator("#drawing title").all_text_contents()
        assert any(EVIL in title for title in titles) and any(QUOTED in title for title in titles)
        await visit.shot("hostile-lineage")
        assert dialogs == [] and visit.complaints == []
