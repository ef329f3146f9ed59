"""Spans, where somebody wants them."""

from __future__ import annotations

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from artifact_plane.domain.model.credential import Scope
from tests.journeys.http.faces import echo_faces
from tests.journeys.http.serving import TENANT, serving

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def test_each_request_is_a_span_in_its_callers_trace() -> None:
    """Named by the route; with status, tenant and request id; a bug is an error; no secret is in it."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    async with serving(faces=echo_faces, http={"traces": True}) as running:
        token = await running.token(Scope.READ)
        async with running.client(token) as client:
            answer = await client.get("/api/echo", headers={"traceparent": PARENT})
            await client.get("/api/bug")
            await client.get("/nothing")
    first, second, third = exporter.get_finished_spans()
    assert first.context is not None
    assert (first.name, second.name, third.name) == ("GET /api/echo", "GET /api/bug", "GET none")
    assert first.parent is not None and f"{first.context.trace_id:032x}" == PARENT.split("-")[1]
    told = dict(first.attributes or {})
    assert told["artifact_plane.request_id"] == answer.headers["x-request-id"]
    assert (told["artifact_plane.tenant"], told["http.response.status_code"]) == (TENANT, 200)
    assert second.status.status_code is StatusCode.ERROR
    assert all(token not in str(span.to_json()) for span in (first, second, third))
    assert "Traceback" not in second.to_json()


async def test_a_bug_is_answered_with_its_request_id_alone() -> None:
    """500: the log has the rest; nothing of the exception is told."""
    async with serving(faces=echo_faces) as running, running.client() as client:
        answer = await client.get("/api/bug")
    assert (answer.status_code, answer.json()["code"]) == (500, "bug")
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert "secret" not in answer.text and "Zero" not in answer.text
