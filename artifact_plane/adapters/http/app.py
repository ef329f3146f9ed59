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
from artifact_plane.adapters.http.oidc import Oidc
from artifact_plane.adapters.http.ops import OPS, Readiness
from artifact_plane.adapters.http.problems import Problem, RequestProblem, problem_of, problem_response
from artifact_plane.adapters.http.rate_limit import Buckets
from artifact_plane.adapters.http.returning import LOGIN, remembering
from artifact_plane.adapters.http.scopes import RouteTable, with_head
from artifact_plane.adapters.http.service import Service, service_of
from artifact_plane.adapters.http.sessions import SESSIONS, forgotten
from artifact_plane.adapters.http.troubles import noted
from artifact_plane.domain.model.errors import ArtifactPlaneError

_API: Final = "/api/"


def create_app(service: Service) -> Litestar:
    """The routes of the service, each held to what it needs.

    Raises:
        ValueError: a route does not say what it needs.
    """
    groups = [with_head(group) for group in (OPS, SESSIONS, *service.groups)]
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
    service = service_of(request)
    if isinstance(error, SignInNeeded) and service.pages is not None:
        return Redirect(LOGIN, status_code=303, cookies=[forgotten(service), *remembering(request.scope, service)])
    return _answer(request, problem_of(error, facts_of(request.scope).request_id))


def _refused(request: HttpRequest, error: HTTPException) -> Response[bytes] | Redirect:
    """What the framework refuses: no such route, another method. Who is not known learns neither."""
    facts = facts_of(request.scope)
    if facts.failure is not None:
        return _told(request, facts.failure)
    known = facts.caller is not None or request.app.state.table.is_public(request.scope["path"])
    return _told(request, _translated(error) if known else unauthenticated())


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
    return _answer(request, noted(request.scope, "error", error))


def _answer(request: HttpRequest, problem: Problem) -> Response[bytes]:
    """For a browser that asks for a page, a page; for everybody else the JSON document."""
    pages = service_of(request).pages
    wants_page = b"text/html" in dict(request.scope["headers"]).get(b"accept", b"")
    if pages is not None and wants_page and not request.scope["path"].startswith(_API):
        return pages.problem(request, problem)
    return problem_response(problem)
