"""What is done through a service is done once and whole; what cannot be is refused, with where to do it."""

from __future__ import annotations

from typing import Final

import pytest

from artifact_plane.domain.model.credential import Scope
from artifact_plane.domain.model.errors import Conflict, InvalidInput, NotPermitted
from artifact_plane.domain.model.execution import ExecutionState
from artifact_plane.domain.model.lineage import Lineage
from artifact_plane.domain.model.rendering import BytesSource, Renderable, Rendered, Rendering
from artifact_plane.domain.model.request import Request
from artifact_plane.domain.model.result import Output, RealmResult
from artifact_plane.ports.answers import Payload
from tests.adapters.client.furnishing import TABLE, Ask, an_odd_intent, failure
from tests.adapters.client.stage import HERE, Stage, an_intent
from tests.doubles.samples import a_digest, at
from tests.journeys.http.serving import TENANT

KEYED: Final = Request(key="k", fingerprint=a_digest("x"), expires_at=at(10**9))
"""A request with a key of the caller's own."""


async def test_the_same_content_again_is_the_same_artifact(stage: Stage) -> None:
    again = await stage.app.plane.create_artifact(
        "poc", "p1", Payload(semantic_payload={}, derived_from=["q3"]), {}, HERE
    )
    assert again.repeated and again.receipt.subject == "p1"


async def test_a_key_of_the_callers_own_is_the_services_key(stage: Stage) -> None:
    first = await stage.app.plane.create_artifact("note", None, {"n": 1}, {}, HERE, request=KEYED)
    again = await stage.app.plane.create_artifact("note", None, {"n": 1}, {}, HERE, request=KEYED)
    assert again.artifact.artifact_id == first.artifact.artifact_id
    with pytest.raises(Conflict, match="another request"):
        await stage.app.plane.create_artifact("note", None, {"n": 2}, {}, HERE, request=KEYED)


async def test_a_result_of_a_realm_elsewhere_is_handed_in_with_its_files(stage: Stage) -> None:
    view = Rendered(name="scan", media_type="image/png", source=BytesSource(b"\x89PNG" * 1000))
    output = Output(result_type="workflow", semantic_payload={"n": 1}, renderings=[view], labels=["x"])
    result = RealmResult(artifacts={"made": output}, events=[{"type": "done"}])
    intent = an_odd_intent(intent_id="elsewhere", intent_type="anything")
    handed = await stage.app.runtime.submit_result(intent, result, "forecasting")
    assert handed.execution.state is ExecutionState.COMPLETED and handed.execution.realm == "forecasting"
    assert [one.part for one in handed.receipts[0].parts] == ["semantic_payload", "scan"]
    assert await stage.app.runtime.submit_result(intent, result, "forecasting") == handed


async def test_what_a_form_cannot_carry_is_refused_before_it_is_sent(stage: Stage) -> None:
    """A file under the document's own name; files beside a result; two views of one name."""
    file = BytesSource(TABLE)
    twice: list[Rendering] = [
        Rendered(name="v", media_type="text/csv", source=file),
        Renderable(name="v", renderer="r", format="f"),
    ]
    asks: tuple[Ask, ...] = (
        lambda app: app.runtime.execute(an_intent("named", intent=file)),
        lambda app: app.runtime.submit_result(an_intent("with-files", data=file), RealmResult(), "elsewhere"),
        lambda app: app.plane.create_artifact("note", None, Payload(semantic_payload={}, renderings=twice), {}, HERE),
    )
    stage.middleman.then()
    for ask in asks:
        told = await failure(ask, stage.app)
        assert isinstance(told, InvalidInput) and told.remedy
    assert stage.middleman.seen == []


async def test_a_run_can_be_started_and_asked_for_and_a_failure_is_an_answer(stage: Stage) -> None:
    started = await stage.app.runtime.start(an_odd_intent(intent_id="alone"))
    failed = await stage.app.runtime.execute(an_odd_intent(intent_id="alone"))
    assert failed.execution.execution_id == started.execution.execution_id
    assert failed.execution.state is ExecutionState.FAILED and failed.execution.failure is not None
    retried = await stage.app.runtime.execute(an_odd_intent(intent_id="alone"), retry=True)
    assert retried.execution.attempt == 2
    with pytest.raises(Conflict):
        await stage.app.runtime.cancel(failed.execution.execution_id, TENANT)


async def test_a_session_can_be_ended_and_an_origin_registered(stage: Stage) -> None:
    await stage.app.runtime.end_session("monday", TENANT)
    lineage = await stage.app.plane.register_lineage("p1", "run-7", "make-plan", HERE)
    assert lineage == await stage.own.lineage.upstream("p1", TENANT)
    assert isinstance(lineage, Lineage) and len(lineage.edges) == 4


async def test_what_has_no_route_is_refused_with_where_to_do_it(stage: Stage) -> None:
    asks: tuple[Ask, ...] = (
        lambda app: app.runtime.recover(),
        lambda app: app.runtime.set_aside_events(),
        lambda app: app.runtime.requeue_event("e"),
        lambda app: app.lineage.lag(),
        lambda app: app.lineage.rebuild(),
        lambda app: app.steward.policy_by_digest("d", TENANT, "p1"),
        lambda app: app.plane.answered("k", TENANT),
        lambda app: app.plane.record_request(KEYED, TENANT),
        lambda app: app.access.tokens(TENANT),
        lambda app: app.access.issue(TENANT, [Scope.READ]),
        lambda app: app.access.revoke("t", TENANT),
        lambda app: app.access.authenticate("s"),
        lambda app: app.access.invite(TENANT, [Scope.READ], expires_in=1),
        lambda app: app.access.open_session("s", expires_in=1),
        lambda app: app.access.end_session("s"),
        lambda app: app.access.configured(),
    )
    for ask in asks:
        told = await failure(ask, stage.app)
        assert type(told) is NotPermitted and told.message.startswith("not over HTTP") and told.remedy
