"""The application that answers: Litestar's routes, each behind the guard, all of them behind the front."""

from __future__ import annotations

from typing import Final

from litestar import Litestar, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.response import Redirect

from artifact_plane.adapters.http.authentication import Authentication, unauthenticated
from artifact_plane.adapters.http.callers import HttpRequest, facts_of
from artifact_plane.adapters.http.front import Front
from artifact_plane.adapters.http.guard import SignInNeeded, guarded
from artifact_plane.adapters.http.logs import logger_of
from artifact_plane.adapters.http.oidc import Oidc
from artifact_plane.adapters.http.ops import OPS, Readiness
from artifact_plane.adapters.http.problems import Problem, RequestProblem, bug, problem_of, problem_response
from artifact_plane.adapters.http.rate_limit import Buckets
from artifact_plane.adapters.http.scopes import RouteTable
from artifact_plane.adapters.http.service import Service, service_of
from artifact_plane.adapters.http.sessions import LOGIN, SESSIONS, forgotten
from artifact_plane.domain.model.errors import ArtifactPlaneError

_API: Final = "/api/"


def create_app(service: Service) -> Litestar:
    """The routes of the service, each held to what it needs.

    Raises:
        ValueError: a route does not say what it needs.
    """
    groups = (OPS, SESSIONS, *service.groups)
    table = RouteTable(groups)
    settings = service.settings
    sign_ins = Buckets(settings.failures / settings.failures_seconds, settings.failures)
    app = Litestar(
        [handler for group in groups for handler in group.handlers],
        middleware=[guarded(table, settings.scheme)],
        exception_handlers={ArtifactPlaneError: _told, HTTPException: _refused, Exception: _bug},
        openapi_config=None,
        logging_config=None,
        request_max_body_size=None,
        state=State({"service": service, "readiness": Readiness(service), "table": table, "sign_ins": sign_ins}),
    )
    table.check(app)
    return app


def create_front(service: Service, oidc: Oidc | None = None) -> Front:
    """The whole service, as the server runs it."""
    return Front(create_app(service), service, Authentication(service, oidc), service.metrics)


def _told(request: HttpRequest, error: ArtifactPlaneError) -> Response[bytes] | Redirect:
    """An error of the plane, or of the request."""
    if isinstance(error, SignInNeeded) and service_of(request).pages is not None:
        return Redirect(LOGIN, status_code=303, cookies=[forgotten(service_of(request))])
    return _answer(request, problem_of(error, facts_of(request.scope).request_id))


def _refused(request: HttpRequest, error: HTTPException) -> Response[bytes] | Redirect:
    """What the framework refuses: no such route, another method. Who is not known learns neither."""
    facts = facts_of(request.scope)
    if facts.failure is not None:
        return _told(request, facts.failure)
    return _told(request, _translated(error) if facts.caller is not None else unauthenticated())


def _translated(error: HTTPException) -> RequestProblem:
    if error.status_code == 404:
        return RequestProblem(404, "not_found", "there is nothing at this address", remedy="see /openapi.json")
    if error.status_code == 405:
        return RequestProblem(
            405,
            "method_not_allowed",
            "this address does not know that method",
            remedy="use one of those that the header Allow names",
            headers=error.headers,
        )
    return RequestProblem(
        error.status_code, "invalid_input", "the request cannot be accepted", remedy="see /openapi.json"
    )


def _bug(request: HttpRequest, error: Exception) -> Response[bytes]:
    """The outermost frame: whatever is left is a bug of ours; the log has it, the answer has its id."""
    request_id = facts_of(request.scope).request_id
    logger_of(service_of(request).settings.log_format).error("bug", request_id=request_id, exc_info=error)
    return _answer(request, bug(request_id))


def _answer(request: HttpRequest, problem: Problem) -> Response[bytes]:
    """For a browser that asks for a page, a page; for everybody else the JSON document."""
    pages = service_of(request).pages
    wants_page = b"text/html" in dict(request.scope["headers"]).get(b"accept", b"")
    if pages is not None and wants_page and not request.scope["path"].startswith(_API):
        return pages.problem(request, problem)
    return problem_response(problem)
