"""Connecting: addresses, tokens, and the twin for programs without an event loop."""

from __future__ import annotations

import asyncio
import inspect
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import attrs
import httpx
import pytest

import artifact_plane
from artifact_plane.adapters.client.address import base_url, check_token, is_loopback
from artifact_plane.adapters.client.application import AT_ONCE, Service
from artifact_plane.adapters.client.blocking_plane import BlockingPlane
from artifact_plane.adapters.client.blocking_questions import BlockingLineage, BlockingSteward
from artifact_plane.adapters.client.blocking_runtime import BlockingRuntime
from artifact_plane.adapters.client.connection import BlockingApplication
from artifact_plane.adapters.client.patience import Patience
from artifact_plane.adapters.client.problems import error_of
from artifact_plane.domain.model.errors import (
    ArtifactPlaneError,
    Conflict,
    Damaged,
    Gone,
    InvalidInput,
    InvalidPolicy,
    LineageCycle,
    NotFound,
    NotPermitted,
    Refused,
    Unavailable,
)
from artifact_plane.domain.model.execution import ExecutionState
from artifact_plane.domain.model.rendering import BytesSource, Rendered
from artifact_plane.ports.answers import Payload
from artifact_plane.ports.lineage_queries import LineageQueries
from artifact_plane.ports.plane import Plane
from artifact_plane.ports.runtime import Runtime
from artifact_plane.ports.steward import Steward
from tests.adapters.client.stage import GENEROUS, HERE, HurriedClock, an_intent, connection, staged
from tests.doubles.samples import NOW
from tests.journeys.http.serving import TENANT, serving
from tests.journeys.http.waiting import Gate


@pytest.mark.parametrize(
    "url",
    [
        "",
        "plane.example",
        "ftp://plane.example",
        "file:///etc/passwd",
        "http://",
        "https://user:secret@plane.example",
        "https://plane.example/?secret=1",
        "https://plane.example/#secret",
        "http://[::1",
        "https://plane.example:port",
    ],
)
def test_what_is_no_address_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        artifact_plane.connect(url)
    assert "secret" not in f"{caught.value!r}{caught.value}" and caught.value.remedy


def test_a_service_may_be_below_a_path() -> None:
    assert str(base_url(" https://plane.example/some/where ")) == "https://plane.example/some/where/"


@pytest.mark.parametrize("token", ["", "two words", "umlaut-ü", "line\nbreak"])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        artifact_plane.connect("https://plane.example", token=token)
    assert not token or token not in str(caught.value)


def test_a_token_crosses_no_network_in_the_clear_unless_that_is_meant() -> None:
    with pytest.raises(InvalidInput, match="in the clear"):
        artifact_plane.connect("http://plane.example", token="ap_secret")
    artifact_plane.connect("http://plane.example", token="ap_secret", insecure=True)
    artifact_plane.connect("http://plane.example")
    for here in ("http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1", "https://plane.example"):
        check_token(httpx.URL(here), "ap_secret", insecure=False)


@pytest.mark.parametrize(
    ("host", "here"), [("127.8.8.8", True), ("LOCALHOST.", True), ("localhost.evil.example", False)]
)
def test_only_this_machine_is_loopback(host: str, here: bool) -> None:
    assert is_loopback(host) is here


def test_certificates_are_always_checked() -> None:
    for url in ("https://plane.example/", "http://127.0.0.1/"):
        context = Service(url=httpx.URL(url)).certificates()
        assert context.check_hostname and context.verify_mode.name == "CERT_REQUIRED"


def test_the_token_is_in_no_repr() -> None:
    connection = artifact_plane.connect("https://plane.example", token="ap_secret")
    service = Service(url=httpx.URL("https://plane.example"), token="ap_secret")
    assert "secret" not in repr(connection) + repr(service)


async def test_the_token_is_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    async with staged() as stage:
        token = await stage.server.token()
        with caplog.at_level(logging.DEBUG):
            async with artifact_plane.connect(stage.server.url, token=token) as app:
                await app.plane.create_artifact("note", "n", {}, {}, HERE)
    told = caplog.text.replace("'", "")
    assert "HTTP Request" in told and token not in told


def test_nothing_that_cannot_be_waited_for_is_accepted() -> None:
    for wrong in ({"tries": 0}, {"deadline": -1.0}):
        with pytest.raises(InvalidInput):
            Patience(**wrong)


def test_pauses_grow_and_differ_and_end() -> None:
    slept = [0.0]
    pauses = Patience(tries=4, longest=0.5).pauses(lambda: NOW + timedelta(seconds=sum(slept)), lambda: 1.0)
    error = Unavailable("away")
    assert [pauses.after(error) for _ in range(3)] == [0.05, pytest.approx(0.15), 0.25]
    with pytest.raises(Unavailable):
        pauses.after(error)


# Problems


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "invalid_json", InvalidInput),
        (401, "unauthenticated", NotPermitted),
        (403, "refused", Refused),
        (403, "insufficient_scope", NotPermitted),
        (403, "of_a_proxy", NotPermitted),
        (404, "not_found", NotFound),
        (409, "conflict", Conflict),
        (409, "lineage_cycle", LineageCycle),
        (409, "in_progress", Unavailable),
        (410, "gone", Gone),
        (412, "precondition_failed", Conflict),
        (413, "too_large", InvalidInput),
        (422, "key_reused", Conflict),
        (422, "parts_do_not_fit", InvalidInput),
        (428, "precondition_required", Conflict),
        (429, "too_many_requests", Unavailable),
        (500, "bug", Unavailable),
        (502, "damaged", Damaged),
        (503, "unavailable", Unavailable),
        (503, "invalid_policy", InvalidPolicy),
    ],
)
def test_a_problem_is_the_error_that_it_was(status: int, code: str, kind: type[ArtifactPlaneError]) -> None:
    told = {"detail": "p.yaml:3:4: why", "where": "there", "remedy": "do this", "code": code, "status": status}
    headers = {"content-type": "application/problem+json", "x-request-id": "r-1"}
    response = httpx.Response(status, headers=headers, json=told)
    error = error_of(response, response.content)
    assert isinstance(error, kind) and error.code in (code, kind.code)
    assert error.message == "p.yaml:3:4: why" and error.remedy
    assert error.__notes__ == ["request r-1"]


def test_the_problems_of_a_policy_come_back_one_by_one() -> None:
    told = {"code": "invalid_policy", "detail": "a.yaml:1:2: no\nplatform: gone"}
    response = httpx.Response(503, headers={"content-type": "application/problem+json"}, json=told)
    error = error_of(response, response.content)
    assert isinstance(error, InvalidPolicy)
    assert [(one.file, one.line, one.message) for one in error.problems] == [
        ("a.yaml", 1, "no"),
        ("platform", 0, "gone"),
    ]
    assert str(error) == told["detail"]


@pytest.mark.parametrize("body", [b"<p>no", b"{", b"[]", b"\xff"])
@pytest.mark.parametrize("kind", ["text/html", "application/problem+json"])
def test_what_is_no_problem_is_told_by_its_status(body: bytes, kind: str) -> None:
    for status, retryable in ((502, True), (500, False)):
        error = error_of(httpx.Response(status, headers={"content-type": kind}), body)
        assert isinstance(error, Unavailable) and error.retryable is retryable and str(status) in error.message


# The twin


@pytest.mark.parametrize(
    ("twin", "port"),
    [(BlockingPlane, Plane), (BlockingRuntime, Runtime), (BlockingLineage, LineageQueries), (BlockingSteward, Steward)],
)
def test_the_blocking_twin_has_the_same_methods_with_the_same_parameters(twin: type, port: type) -> None:
    for name, method in inspect.getmembers(port, inspect.isfunction):
        assert inspect.signature(getattr(twin, name)) == inspect.signature(method), name


async def test_a_program_without_an_event_loop_has_the_same_answers() -> None:
    """From several threads, too; and nothing answers once it is closed."""
    async with staged() as stage:
        token = await stage.server.token()

        def program() -> BlockingApplication:
            with artifact_plane.connect(stage.server.url, token=token) as app:
                view = Rendered(name="table", media_type="text/csv", source=BytesSource(b"a,b\n"))
                app.plane.create_artifact("note", "n", Payload(semantic_payload={"n": 1}, renderings=[view]), {}, HERE)
                with app.plane.open_content("n", TENANT, "table").source.open() as reader:
                    assert reader.read() == b"a,b\n"
                with ThreadPoolExecutor(4) as threads:
                    read = threads.map(lambda _: app.plane.get_artifact("n", TENANT), range(8))
                    assert {view.artifact.artifact_id for view in read} == {"n"}
                run = app.runtime.execute(an_intent(data=BytesSource(b"a,b\n1,2\n")))
                assert app.runtime.journey("monday", TENANT) == (run.execution.execution_id,)
                assert app.lineage.upstream("n", TENANT).start == "artifact:n@1"
                assert app.steward.explain("n", TENANT).receipts[0].subject == "n"
                with pytest.raises(NotFound):
                    app.plane.get_artifact("nobody", TENANT)
                return app

        closed = await asyncio.to_thread(program)
        with pytest.raises(RuntimeError, match="closed"):
            closed.plane.get_artifact("n", TENANT)


async def test_a_connection_is_open_once_at_a_time_and_may_be_opened_again() -> None:
    async with staged() as stage:
        connection = artifact_plane.connect(stage.server.url, token=await stage.server.token())
        for _ in range(2):
            async with connection as app:
                assert app.runtime.intent_types()
                with pytest.raises(RuntimeError, match="open already"):
                    async with connection:
                        raise AssertionError("it is open")


async def test_a_connection_that_could_not_be_opened_may_be_tried_again() -> None:
    connection = artifact_plane.connect("http://127.0.0.1:9", token="ap_secret", tries=1)
    for _ in range(2):
        with pytest.raises(Unavailable):
            async with connection:
                raise AssertionError("it is open")


def test_a_program_that_nobody_answers_is_told_and_leaves_no_thread() -> None:
    connection = artifact_plane.connect("http://127.0.0.1:9", token="ap_secret", tries=1)
    with pytest.raises(Unavailable) as caught, connection:
        raise AssertionError("nobody is there")
    assert "secret" not in f"{caught.value!r}{caught.value}"


async def test_any_number_of_calls_may_be_made_at_once_and_wait_their_turn() -> None:
    """A service has only so many requests of one credential in work; a client that asks for more than that queues."""
    gate, clock = Gate(), HurriedClock()
    async with (
        serving(http=GENEROUS, extras=gate.extras) as server,
        connection(server.url, await server.token(), clock) as app,
    ):
        calls = [
            asyncio.create_task(app.runtime.execute(attrs.evolve(an_intent(f"i-{number}"), intent_type="wait")))
            for number in range(server.prepared.service.settings.credential_requests + 6)
        ]
        in_work = server.prepared.server.server_state.tasks
        async with asyncio.timeout(90):
            while len(in_work) < AT_ONCE and not any(one.done() for one in calls):
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.5)  # there is time for more to come, if any do
        gate.open.set()
        ended = await asyncio.gather(*calls)
    assert {one.execution.state for one in ended} == {ExecutionState.COMPLETED}
    assert clock.slept == []  # none was told to come again
