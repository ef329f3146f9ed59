"""The front: sees every request before any route does, and every answer after.

In this order: an id; the name and the path it was sent to; who sent it; whether there is a place for it. Then the
routes, whose guard decides (``guard``). What the front refuses it answers itself, in the same shape.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from artifact_plane.adapters.http.addresses import KnownHosts, check_head, check_path, take_origin_form
from artifact_plane.adapters.http.authentication import Authentication
from artifact_plane.adapters.http.callers import Facts, keep_facts
from artifact_plane.adapters.http.logs import RequestLog
from artifact_plane.adapters.http.metrics import Metrics
from artifact_plane.adapters.http.problems import MEDIA_TYPE, RequestProblem, problem_bytes, problem_of
from artifact_plane.adapters.http.rate_limit import Shares, too_many_at_once
from artifact_plane.adapters.http.service import Service
from artifact_plane.adapters.http.streams import Answer, BoundedBody
from artifact_plane.adapters.http.telemetry import Spans
from artifact_plane.domain.model.errors import ArtifactPlaneError

ALWAYS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
UNLESS_SET: Final = (
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (
        b"content-security-policy",
        b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
    ),
)
_STRICT_TRANSPORT: Final = (b"strict-transport-security", b"max-age=31536000")
_UNIDENTIFIED: Final = ("/livez", "/readyz", "/static/")
"""Public as they are, so nobody looks up who asks: they are answered at once while the records are away."""

_UNCOUNTED: Final = (*_UNIDENTIFIED, "/metrics")
"""Whoever watches the service must be answered when it is full, too."""

_ALL: Final = ""
"""The key under which all are counted together."""


class Front:
    """The ASGI application that the server runs."""

    def __init__(self, app: ASGIApp, service: Service, authentication: Authentication, metrics: Metrics) -> None:
        settings = service.settings
        self._app: Final = app
        self._service: Final = service
        self._authentication: Final = authentication
        self._metrics: Final = metrics
        self._hosts: Final = KnownHosts(settings.host, service.port, settings.hosts)
        self._log: Final = RequestLog(settings.log_format)
        self._spans: Final = Spans(service.tracer)
        self._always: Final = (*ALWAYS, _STRICT_TRANSPORT) if settings.scheme == "https" else ALWAYS
        self._shares: Final = Shares(settings.credential_requests)
        self._places: Final = Shares(settings.requests)
        self._of_strangers: Final = Shares(settings.strangers)
        self._connected: Callable[[], int] = int

    def counts(self, connected: Callable[[], int]) -> None:
        """Have ``connected`` say how many connections are open: there is room for so many, too."""
        self._connected = connected

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; of websockets and whatever else there may be, none."""
        if scope["type"] == ScopeType.HTTP:
            await self._answered(scope, receive, send)

    async def _answered(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        begun = time.monotonic()
        client = scope.get("client")
        facts = Facts(request_id=self._service.ids.new_id(), address=client[0] if client else "")
        keep_facts(scope, facts)
        headers = (*self._always, (b"x-request-id", facts.request_id.encode()))
        settings = self._service.settings
        body = BoundedBody(receive, settings, invited=not any(name == b"expect" for name, _ in scope["headers"]))
        held = ExitStack()
        answer = Answer(send, body, headers, UNLESS_SET, head=scope["method"] == "HEAD", leave=held.close)
        try:
            with held, self._spans.of(scope, facts, answer):
                await self._carried_out(scope, body, answer, facts, held)
        finally:
            seconds = time.monotonic() - begun
            self._metrics.count(scope, answer, seconds)
            self._log.note(scope, facts, answer, seconds)

    async def _carried_out(
        self, scope: HTTPScope, body: BoundedBody, answer: Answer, facts: Facts, held: ExitStack
    ) -> None:
        try:
            check_head(scope, self._service.settings.header_bytes)
            take_origin_form(scope)
            self._hosts.check(scope)
            check_path(scope)
            if not scope["path"].startswith(_UNIDENTIFIED):
                await self._authentication.identify(scope, facts)
            self._take_place(scope, facts, held)
        except ArtifactPlaneError as error:
            await _tell(answer, error, facts.request_id)
        else:
            if facts.caller is None:
                body.hurry(self._service.settings.strangers_seconds)
            await self._routed(scope, body, answer, facts)

    def _take_place(self, scope: HTTPScope, facts: Facts, held: ExitStack) -> None:
        """Have a place for as long as the request is in work: nobody holds those of all, and a stranger none of them.

        Raises:
            RequestProblem: 503; there is none left.
        """
        if scope["path"].startswith(_UNCOUNTED):
            return
        if self._connected() > self._service.settings.connections:
            raise _overloaded()
        if not held.enter_context((self._of_strangers if facts.caller is None else self._places).of(_ALL)):
            raise _overloaded()
        if facts.caller is not None and not held.enter_context(self._shares.of(facts.caller.counted_as)):
            facts.failure = facts.failure or too_many_at_once(self._service.settings.credential_requests)

    async def _routed(self, scope: HTTPScope, body: BoundedBody, answer: Answer, facts: Facts) -> None:
        try:
            await self._app(scope, body, answer)
        except asyncio.CancelledError:
            if answer.begun or not self._service.stopping.is_set():
                raise
            await _tell(answer, _stopped(), facts.request_id)


def _overloaded() -> RequestProblem:
    return RequestProblem(
        503,
        "overloaded",
        "the service has as many requests in work, or connections open, as it may",
        remedy="try again in a moment",
        headers={"retry-after": "1"},
        closes=True,
    )


def _stopped() -> RequestProblem:
    return RequestProblem(
        503,
        "stopping",
        "the service is stopping, and this had not ended in time",
        remedy="send it again, with the same Idempotency-Key or id, when the service is back",
        headers={"retry-after": "5"},
        closes=True,
    )


async def _tell(answer: Answer, error: ArtifactPlaneError, request_id: str) -> None:
    problem = problem_of(error, request_id)
    body = problem_bytes(problem)
    headers = {**problem.headers, "content-type": MEDIA_TYPE, "content-length": str(len(body))}
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    await answer({"type": "http.response.start", "status": problem.status, "headers": encoded})
    await answer({"type": "http.response.body", "body": body, "more_body": False})
