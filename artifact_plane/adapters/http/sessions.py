"""Sessions of browsers: a link or a token is exchanged for a cookie that no script can read."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qs

from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.response import Redirect

from artifact_plane.adapters.http.authentication import cookie_value, unauthenticated
from artifact_plane.adapters.http.callers import HttpRequest, facts_of, request_id_of
from artifact_plane.adapters.http.gate import body_of, check_media_type
from artifact_plane.adapters.http.guard import check_same_origin
from artifact_plane.adapters.http.problems import problem_of, problem_response
from artifact_plane.adapters.http.rate_limit import neighbourhood, too_many
from artifact_plane.adapters.http.returning import LOGIN, forgetting, wanted
from artifact_plane.adapters.http.scopes import Open, RouteGroup
from artifact_plane.adapters.http.service import Service, service_of

HOME: Final = "/"
FORM: Final = "application/x-www-form-urlencoded"
INVITATION: Final = "api_"
"""What the secrets of first links begin with."""

_FORM_BYTES: Final = 4 * 1024
_SEE_OTHER: Final = 303


@get(LOGIN)
async def show_login(request: HttpRequest) -> Response[bytes] | Redirect:
    """The page that takes a token; with ``?token=`` of the first start's link, the exchange itself, once."""
    token = request.query_params.get("token")
    if token is None or request.method == "HEAD":  # to look at a link does not use it up
        return _login_page(request, failed=False)
    # A link that holds a token of somebody else's would sign people in as that one, unasked.
    return await _signed_in(request, token) if token.startswith(INVITATION) else _login_page(request, failed=True)


@post(LOGIN)
async def log_in(request: HttpRequest) -> Response[bytes] | Redirect:
    """Exchange the form's token for a session.

    Raises:
        RequestProblem: 403 from a page of another origin; 413, 415 where it is no form.
    """
    check_same_origin(request.scope, service_of(request).settings.scheme)
    check_media_type(request, (FORM,))
    form = parse_qs((await body_of(request, max_bytes=_FORM_BYTES)).decode("ascii", "replace"), max_num_fields=10)
    return await _signed_in(request, form.get("token", [""])[0].strip())


@post("/logout", status_code=_SEE_OTHER)
async def log_out(request: HttpRequest) -> Redirect:
    """End the session."""
    service = service_of(request)
    await _end_session(request, service)
    return Redirect(LOGIN, status_code=_SEE_OTHER, cookies=[forgotten(service)])


async def _signed_in(request: HttpRequest, secret: str) -> Response[bytes] | Redirect:
    service = service_of(request)
    await _count_sign_in(request, service, secret)
    opened = await service.application.access.open_session(secret, expires_in=service.settings.session_seconds)
    if opened is None:
        _count_failure(request, service)
        return _login_page(request, failed=True)
    await _end_session(request, service)
    cookie = _cookie(service, opened.secret, service.settings.session_seconds)
    there = wanted(request.scope, service) or HOME
    return Redirect(there, status_code=_SEE_OTHER, cookies=[cookie, *forgetting(request.scope, service)])


async def _count_sign_in(request: HttpRequest, service: Service, secret: str) -> None:
    """Each sign-in writes a session: a token may not do it without end. Raises RequestProblem (429)."""
    caller = await service.application.access.authenticate(secret)
    if caller is not None and (seconds := request.app.state.sign_ins.take(caller.credential_id, service.clock.now())):
        raise too_many(seconds, "sign-ins with this token")


def _count_failure(request: HttpRequest, service: Service) -> None:
    """What is no token counts against its address here too. Raises RequestProblem (429) for one too many."""
    address = neighbourhood(facts_of(request.scope).address)
    seconds = request.app.state.sign_ins.take(address, service.clock.now())
    if seconds:
        raise too_many(seconds, "failed sign-ins of this address")


async def _end_session(request: HttpRequest, service: Service) -> None:
    secret = cookie_value(request.scope, service.cookie)
    if secret is not None:
        await service.application.access.end_session(secret)


def _login_page(request: HttpRequest, *, failed: bool) -> Response[bytes]:
    pages = service_of(request).pages
    if pages is None:
        return problem_response(problem_of(unauthenticated(), request_id_of(request)))
    return pages.login(request, failed=failed)


def forgotten(service: Service) -> Cookie:
    """A cookie that makes the browser forget the session."""
    return _cookie(service, "", 0)


def _cookie(service: Service, value: str, seconds: int) -> Cookie:
    """Lax: a link from elsewhere leads to the page, a form from elsewhere sends no cookie."""
    return Cookie(
        key=service.cookie,
        value=value,
        max_age=seconds,
        path="/",
        httponly=True,
        samesite="lax",
        secure=service.settings.scheme == "https",
    )


SESSIONS: Final = RouteGroup(
    name="sessions",
    handlers=(show_login, log_in, log_out),
    needs={
        ("GET", LOGIN): Open.PUBLIC,
        ("POST", LOGIN): Open.PUBLIC,
        ("POST", "/logout"): Open.CALLER,
    },
    cookies=True,
)
