"""What is known about a request: its id, who sent it, by which authority. The front of the service finds it out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Final, TypeAlias, cast

import attrs
from litestar import Request
from litestar.datastructures import State
from litestar.types import HTTPScope
from litestar.types import Scope as AsgiScope

from artifact_plane.domain.model.credential import Caller
from artifact_plane.domain.model.errors import ArtifactPlaneError

HttpRequest: TypeAlias = Request[object, object, State]
_KEY: Final = "artifact_plane"


class Authority(StrEnum):
    """What a request's authority rests on."""

    BEARER = "bearer"
    """A token in the Authorization header: nobody else's page can make a browser send it."""
    COOKIE = "cookie"
    """A browser's session: an unsafe method needs the CSRF token besides."""


Still: TypeAlias = Callable[[], Awaitable[bool]]


async def _nobody() -> bool:
    return False


@attrs.define(kw_only=True)
class Facts:
    """The facts of one request; the front fills them in before any route sees the request.

    ``failure`` is why the caller could not be told (a store that does not answer); ``csrf`` is the token that goes
    with a browser's session; ``still`` asks anew whether the credential is that caller's, and raises Unavailable.
    """

    request_id: str
    address: str = ""
    caller: Caller | None = None
    authority: Authority | None = None
    failure: ArtifactPlaneError | None = None
    csrf: str | None = None
    still: Still = _nobody


def facts_of(scope: AsgiScope | HTTPScope) -> Facts:
    """The facts of the request with that ASGI scope."""
    return cast(Facts, scope["state"][_KEY])


def keep_facts(scope: AsgiScope | HTTPScope, facts: Facts) -> None:
    """Have the request carry its facts."""
    scope.setdefault("state", {})[_KEY] = facts


def caller_of(request: HttpRequest) -> Caller:
    """Whoever sent the request; the tenant of everything done for it is the caller's.

    Raises:
        RuntimeError: the route is public; one that asks for its caller must need one.
    """
    caller = facts_of(request.scope).caller
    if caller is None:
        raise RuntimeError("a public route asked for its caller; name the scope that it needs")
    return caller


def request_id_of(request: HttpRequest) -> str:
    """The id of the request, as the answer's ``X-Request-Id`` and the log have it."""
    return facts_of(request.scope).request_id


def csrf_of(request: HttpRequest) -> str:
    """The CSRF token that forms and scripts of this session send; empty where there is no session."""
    return facts_of(request.scope).csrf or ""
