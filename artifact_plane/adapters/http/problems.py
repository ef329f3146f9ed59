"""Errors as answers: one table from errors to statuses, one shape (``application/problem+json``, RFC 9457).

==========================  ======  =========================================================
error                       status
==========================  ======  =========================================================
InvalidInput, InvalidJson      400
UnsupportedRendering           422  nothing here can draw it
ExecutionFailed                422  the realm could not carry it out
Refused                        403  the steward's governance forbids it
NotPermitted                   403  the caller may not do this
NotFound                       404  another tenant's too
Gone                           410
Conflict, LineageCycle         409
Damaged                        502  a store gave bytes that do not match their digest
Unavailable                    503  with Retry-After where trying again may help
InvalidPolicy                  503  the policy in force does not load: nothing can be decided
RequestProblem                its   what only HTTP knows: 401, 403, 405, 408, 412, 413, 415, 416, 421, 428, 429, 431
==========================  ======  =========================================================

Anything else is a bug of ours: 500, told by its request id alone. Whatever a problem repeats of a request is a JSON
string in which no markup can stand (case X05).
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final, cast

import attrs
import orjson
from litestar import Response

from artifact_plane.adapters.codec.views import error_view
from artifact_plane.adapters.http.remedies import remedies
from artifact_plane.domain.model.errors import (
    ArtifactPlaneError,
    Conflict,
    Damaged,
    ExecutionFailed,
    Gone,
    InvalidInput,
    InvalidPolicy,
    NotFound,
    NotPermitted,
    Refused,
    Unavailable,
    UnsupportedRendering,
)
from artifact_plane.domain.model.json import Json, JsonObject

MEDIA_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "urn:artifact-plane:problem:"
RETRY_SECONDS: Final = 2
"""What Retry-After says where nothing is known about how long it lasts."""

# The first that fits: narrower errors stand before wider ones.
STATUSES: Final[tuple[tuple[type[ArtifactPlaneError], int], ...]] = (
    (InvalidPolicy, 503),
    (UnsupportedRendering, 422),
    (InvalidInput, 400),
    (Gone, 410),
    (NotFound, 404),
    (Conflict, 409),
    (Refused, 403),
    (NotPermitted, 403),
    (Damaged, 502),
    (Unavailable, 503),
    (ExecutionFailed, 422),
)

TITLES: Final[Mapping[str, str]] = {
    "invalid_input": "The request cannot be accepted",
    "invalid_json": "The body is not a JSON document that is accepted here",
    "invalid_policy": "The policy in force does not load",
    "unsupported_rendering": "It cannot be drawn here",
    "not_found": "There is no such thing",
    "gone": "It was there and is gone",
    "conflict": "Another was first",
    "lineage_cycle": "It would become its own origin",
    "refused": "The steward's governance forbids it",
    "not_permitted": "The credential may not do this",
    "damaged": "What is stored is damaged",
    "unavailable": "A store is unavailable",
    "execution_failed": "The execution failed",
    "bug": "This is a bug of ours",
}


class RequestProblem(ArtifactPlaneError):
    """What is wrong with a request as such, which only HTTP knows: ``status`` and ``code`` are its own."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        where: str | None = None,
        remedy: str | None = None,
        headers: Mapping[str, str] | None = None,
        closes: bool = False,
    ) -> None:
        """``closes`` ends the connection: the rest of the request is not wanted."""
        super().__init__(message, where=where, remedy=remedy)
        self.status: Final = status
        self.code = code  # type: ignore[misc]  # of the class elsewhere; a problem of HTTP has one of its own
        self.headers: Final = dict(headers or {}) | ({"connection": "close"} if closes else {})


@attrs.frozen(kw_only=True)
class Problem:
    """An error as it is answered: for a program as ``problem+json``, for a browser as a page.

    ``remedy`` is the plane's own, which may name commands: each of the two tells it in its words.
    """

    status: int
    code: str
    title: str
    detail: str
    where: str | None = None
    remedy: str | None = None
    request_id: str = ""
    headers: Mapping[str, str] = attrs.field(factory=dict)
    more: JsonObject = attrs.field(factory=dict)

    def document(self) -> JsonObject:
        """The members of the JSON document; what is not known is left out."""
        where: dict[str, Json] = {} if self.where is None else {"where": self.where}
        return {
            "type": TYPE_PREFIX + self.code,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            **where,
            **remedies(self.remedy, self.where),
            "code": self.code,
            "request_id": self.request_id,
            **self.more,
        }


def problem_of(error: ArtifactPlaneError, request_id: str, more: JsonObject | None = None) -> Problem:
    """How an error is answered; ``more`` are further members, for instance the tombstone of what is gone."""
    view = cast(dict[str, str | None], error_view(error)["error"])
    code = str(view["code"])
    return Problem(
        status=status_of(error),
        code=code,
        title=TITLES.get(code) or _phrase(status_of(error)),
        detail=view["message"] or "",
        where=view["where"],
        remedy=view["remedy"],
        request_id=request_id,
        headers=_headers(error),
        more=more or {},
    )


def status_of(error: ArtifactPlaneError) -> int:
    """The status that the table above says."""
    if isinstance(error, RequestProblem):
        return error.status
    return next((status for kind, status in STATUSES if isinstance(error, kind)), 500)


def bug(request_id: str) -> Problem:
    """The answer to an error that never should have been."""
    return Problem(
        status=500,
        code="bug",
        title=TITLES["bug"],
        detail="something happened that never should",
        remedy="report it with the request id, which the service's log has too",
        request_id=request_id,
    )


def problem_response(problem: Problem) -> Response[bytes]:
    """The problem as an answer of Litestar's."""
    return Response(
        content=problem_bytes(problem),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers=dict(problem.headers),
    )


def problem_bytes(problem: Problem) -> bytes:
    """The JSON document, in which no markup can stand even if somebody takes it for a page."""
    data = orjson.dumps(problem.document())
    return data.replace(b"<", b"\\u003c").replace(b">", b"\\u003e").replace(b"&", b"\\u0026")


def _headers(error: ArtifactPlaneError) -> dict[str, str]:
    if isinstance(error, RequestProblem):
        return dict(error.headers)
    if isinstance(error, Unavailable) and error.retryable:
        return {"retry-after": str(RETRY_SECONDS)}
    return {}


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase
