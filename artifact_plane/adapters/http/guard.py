"""The guard: stands in front of every route and lets through who may call it. What nobody named is denied (T01)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast

from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from artifact_plane.adapters.http.authentication import CHALLENGE, unauthenticated
from artifact_plane.adapters.http.callers import Authority, Facts, facts_of
from artifact_plane.adapters.http.csrf import proven
from artifact_plane.adapters.http.problems import RequestProblem
from artifact_plane.adapters.http.scopes import Need, Open, RouteTable, Rule
from artifact_plane.domain.model.credential import Scope as Authorized

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OF_PAGES: Final = frozenset({"GET", "HEAD"})


class SignInNeeded(RequestProblem):
    """A person who is not signed in asks for a page: the way there is the answer."""


def guarded(table: RouteTable, scheme: str) -> Callable[[ASGIApp], ASGIApp]:
    """The middleware that holds every route to ``table``; ``scheme`` is what browsers reach the service by."""

    def middleware(app: ASGIApp) -> ASGIApp:
        async def guard(scope: Scope, receive: Receive, send: Send) -> None:
            request = cast(HTTPScope, scope)
            if _admit(request, table) is Authority.COOKIE and request["method"] not in SAFE_METHODS:
                receive = await _unforged(request, receive, scheme)
            await app(scope, receive, send)

        return guard

    return middleware


def _admit(scope: HTTPScope, table: RouteTable) -> Authority | None:
    """Let the request through, by the authority that is returned (none where anybody may), or raise.

    Raises:
        RequestProblem: 401, 403, or 429.
        Unavailable: it cannot be told who is calling.
    """
    facts = facts_of(scope)
    plain = isinstance(scope["route_handler"], HTTPRouteHandler)
    rule = table.rule(scope["method"], scope["path_template"]) if plain else None
    if rule is not None and rule.need is Open.PUBLIC:
        return None
    if facts.failure is not None:
        raise facts.failure
    known = facts.caller is not None and (rule is None or rule.cookies or facts.authority is Authority.BEARER)
    if not known:
        raise _sign_in() if rule is not None and rule.cookies and scope["method"] in _OF_PAGES else unauthenticated()
    if rule is None:
        raise _forbidden("this route names no scope")
    _check_scope(facts, rule)
    return facts.authority


async def _unforged(scope: HTTPScope, receive: Receive, scheme: str) -> Receive:
    """What the route receives the body from, once it is known that a page of this service sent the request (X07).

    Raises:
        RequestProblem: 403; it comes from elsewhere, or without the session's token.
    """
    check_same_origin(scope, scheme)
    body = await proven(scope, receive)
    if body is None:
        raise _forbidden("the CSRF token is missing or not this session's")
    return body


def _check_scope(facts: Facts, rule: Rule) -> None:
    need: Need = rule.need
    if isinstance(need, Authorized) and facts.caller is not None and not facts.caller.may(need):
        raise RequestProblem(
            403,
            "insufficient_scope",
            f"the credential lacks the scope {need.value!r}",
            where="Authorization",
            remedy="use a token that has it; whoever runs the service makes one: "
            f"`ap token create --scope {need.value}`",
            headers={"www-authenticate": f'{CHALLENGE}, error="insufficient_scope", scope="{need.value}"'},
        )


def check_same_origin(scope: HTTPScope, scheme: str) -> None:
    """A browser says where a request comes from; only a page of this service may change anything (case X07).

    Raises:
        RequestProblem: 403; it comes from elsewhere, or does not say.
    """
    headers = dict(scope["headers"])
    origin, site = headers.get(b"origin"), headers.get(b"sec-fetch-site")
    own = f"{scheme}://".encode() + headers.get(b"host", b"")
    if (origin == own) if origin is not None else (site == b"same-origin"):
        return
    raise _forbidden("the request comes from a page of another origin, or does not say from where")


def _forbidden(message: str) -> RequestProblem:
    return RequestProblem(
        403, "forbidden", message, remedy="go back to the page, load it anew and try again", closes=True
    )


def _sign_in() -> SignInNeeded:
    problem = unauthenticated()
    return SignInNeeded(401, problem.code, problem.message, where=problem.where, remedy=problem.remedy)
