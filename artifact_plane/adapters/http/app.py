"""The application that answers: Litestar's routes behind the front, which sees every request first."""

from __future__ import annotations

import structlog
from litestar import Litestar, Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp

from artifact_plane.adapters.http.callers import HttpRequest, facts_of
from artifact_plane.adapters.http.problems import (
    Problem,
    RequestProblem,
    bug,
    problem_of,
    problem_response,
)
from artifact_plane.adapters.http.scopes import RouteTable
from artifact_plane.adapters.http.service import Service
from artifact_plane.domain.model.errors import ArtifactPlaneError


def create_app(service: Service) -> Litestar:
    """The routes of the service, each held to what it needs.

    Raises:
        ValueError: a route does not say what it needs.
    """
    table = RouteTable(service.groups)
    app = Litestar(
        [handler for group in service.groups for handler in group.handlers],
        exception_handlers={ArtifactPlaneError: _told, HTTPException: _refused, Exception: _bug},
        openapi_config=None,
        logging_config=None,
        request_max_body_size=None,
        state=State({"service": service}),
    )
    table.check(app)
    return app


def _told(request: Request[object, object, State], error: ArtifactPlaneError) -> Response[bytes]:
    """An error of the plane, or of the request."""
    return _answer(request, problem_of(error, facts_of(request.scope).request_id))


def _refused(request: Request[object, object, State], error: HTTPException) -> Response[bytes]:
    """What the framework refuses: no such route, another method. Who has no credential learns neither."""
    facts = facts_of(request.scope)
    if facts.failure is not None:
        return _told(request, facts.failure)
    return _told(request, _translated(error) if facts.caller is not None else unauthenticated())


def _translated(error: HTTPException) -> RequestProblem:
    status = error.status_code
    if status == 404:
        return RequestProblem(404, "not_found", "there is nothing at this address", remedy="see /openapi.json")
    if status == 405:
        return RequestProblem(
            405,
            "method_not_allowed",
            "this address does not know that method",
            remedy="use one of those that the header Allow names",
            headers=error.headers,
        )
    return RequestProblem(status, "invalid_input", "the request cannot be accepted", remedy="see /openapi.json")


def _bug(request: Request[object, object, State], error: Exception) -> Response[bytes]:
    """The outermost frame: whatever is left is a bug of ours; the log has it, the answer has the id."""
    request_id = facts_of(request.scope).request_id
    structlog.get_logger().error("bug", request_id=request_id, exc_info=error)
    return _answer(request, bug(request_id))


def _answer(request: HttpRequest, problem: Problem) -> Response[bytes]:
    return problem_response(problem)
