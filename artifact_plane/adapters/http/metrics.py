"""Figures of the service for Prometheus: by route, never by tenant, id or anything else that a caller chooses."""

from __future__ import annotations

from typing import Final

import attrs
from litestar.types import HTTPScope
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from artifact_plane.adapters.http.streams import Answer

MEDIA_TYPE: Final = CONTENT_TYPE_LATEST
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@attrs.frozen(kw_only=True)
class Delivery:
    """How the delivery of events is doing: how many wait, how many were set aside, whether the relay is well."""

    pending: int
    set_aside: int
    well: bool


class Metrics:
    """Counts what was answered."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self._registry: Final = registry
        self._requests: Final = Counter(
            "artifact_plane_http_requests", "Requests answered", ("method", "route", "status"), registry=registry
        )
        self._seconds: Final = Histogram(
            "artifact_plane_http_request_seconds",
            "From the request's head to the end of its answer",
            ("route",),
            buckets=_SECONDS,
            registry=registry,
        )
        self._bytes: Final = Counter(
            "artifact_plane_http_response_bytes", "Bytes of answers' bodies", registry=registry
        )
        self._components: Final = Gauge(
            "artifact_plane_component_up",
            "Whether a component answered when last asked",
            ("component",),
            registry=registry,
        )

        self._events: Final = Gauge(
            "artifact_plane_events", "Events that were not delivered", ("state",), registry=registry
        )

    def count(self, scope: HTTPScope, answer: Answer, seconds: float) -> None:
        """Note one answer; status 0 is one that was never begun."""
        route = str(scope.get("path_template") or "none")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._requests.labels(method, route, str(answer.status)).inc()
        self._seconds.labels(route).observe(seconds)
        self._bytes.inc(answer.sent)

    def component(self, name: str, up: bool) -> None:
        """Note whether a component answers."""
        self._components.labels(name).set(1 if up else 0)

    def delivery(self, found: Delivery) -> None:
        """Note how the delivery of events is doing."""
        self.component("relay", found.well)
        self._events.labels("pending").set(found.pending)
        self._events.labels("set_aside").set(found.set_aside)

    def text(self) -> bytes:
        """Everything in Prometheus's text format."""
        return generate_latest(self._registry)
