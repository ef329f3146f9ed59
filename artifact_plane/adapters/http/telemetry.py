"""OpenTelemetry: a span for each request, where there is a tracer (the extra ``telemetry``)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from litestar.types import HTTPScope

from artifact_plane.adapters.http.callers import Facts
from artifact_plane.adapters.http.streams import Answer

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer


class Spans:
    """Makes the spans; without a tracer it does nothing."""

    def __init__(self, tracer: Tracer | None) -> None:
        self._tracer: Final = tracer

    @contextmanager
    def of(self, scope: HTTPScope, facts: Facts, answer: Answer) -> Iterator[None]:
        """A span over one request: a child of the caller's, where the request names one (``traceparent``)."""
        if self._tracer is None:
            yield
            return
        from opentelemetry.propagate import extract
        from opentelemetry.trace import SpanKind, StatusCode

        carrier = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        with self._tracer.start_as_current_span(
            scope["method"], context=extract(carrier), kind=SpanKind.SERVER, record_exception=False
        ) as span:
            try:
                yield
            finally:
                route = str(scope.get("path_template") or "none")
                span.update_name(f"{scope['method']} {route}")
                span.set_attribute("http.request.method", scope["method"])
                span.set_attribute("http.route", route)
                span.set_attribute("http.response.status_code", answer.status)
                span.set_attribute("artifact_plane.request_id", facts.request_id)
                if facts.caller is not None:
                    span.set_attribute("artifact_plane.tenant", facts.caller.tenant_id)
                if answer.status >= 500 or not answer.begun:
                    span.set_status(StatusCode.ERROR)
