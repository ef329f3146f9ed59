"""Problems that the service tells, as the errors that the plane itself would raise.

By the problem's ``code`` where it is one of the error tree's, else by its status; what is no problem document (of a
proxy, for instance) by its status alone. The sentence, place and remedy are the service's, the remedy in the words of
the plane, which may name commands, and not in those of its routes. The request id is a note on the error. Nothing of
what was sent is repeated, and never the token.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import httpx
import orjson

from artifact_plane.adapters.codec.views_reading import record_of_view
from artifact_plane.domain.model.artifact import Artifact
from artifact_plane.domain.model.errors import (
    ArtifactPlaneError,
    Conflict,
    Damaged,
    ExecutionFailed,
    Gone,
    InvalidInput,
    InvalidJson,
    InvalidPolicy,
    LineageCycle,
    NotFound,
    NotPermitted,
    PolicyProblem,
    Refused,
    Unavailable,
    UnsupportedRendering,
)
from artifact_plane.domain.model.json import Json

_BY_CODE: Final[Mapping[str, type[ArtifactPlaneError]]] = {
    kind.code: kind
    for kind in (
        InvalidInput,
        InvalidJson,
        UnsupportedRendering,
        NotFound,
        Gone,
        Conflict,
        LineageCycle,
        Refused,
        Damaged,
        Unavailable,
        ExecutionFailed,
        NotPermitted,
    )
} | {"in_progress": Unavailable, "not_yet": Unavailable, "no_such_page": InvalidInput, "key_reused": Conflict}
"""The tree's own codes, and those of HTTP that mean something else than their status does."""

_PLACES: Final = {"no_such_page": "after"}
"""Places that the port calls otherwise than the route does."""

_BY_STATUS: Final[Mapping[int, type[ArtifactPlaneError]]] = {
    401: NotPermitted,
    403: NotPermitted,
    404: NotFound,
    407: Unavailable,
    408: Unavailable,
    409: Conflict,
    410: Gone,
    412: Conflict,
    425: Unavailable,
    428: Conflict,
    429: Unavailable,
}
_SOON: Final = frozenset({408, 425, 429})
"""Statuses after which the same request may go through."""
_PASSING: Final = frozenset({502, 503, 504})
"""The same, where something before the service says so; the service itself says when with ``Retry-After``."""

_PLACED: Final = re.compile(r"(?P<file>.*?):(?P<line>\d+):(?P<column>\d+): (?P<message>.*)")
_NO_TOKEN: Final = "give a token: connect(url, token=…), or ARTIFACT_PLANE_TOKEN; `ap token create` makes one"  # noqa: S105
_REPORT: Final = "report it with the request id, which the service's log has too"


class TryLater(Unavailable):
    """The service cannot answer now; ``seconds`` is how long it asks to wait, 0 where it does not say."""

    seconds: float = 0.0


class NoToken(NotPermitted):
    """The service knows nobody by the token, or there is none."""


class DeletedArtifact(Gone):
    """Gone, and this is what is left of it."""

    tombstone: Artifact


def error_of(response: httpx.Response, data: bytes) -> ArtifactPlaneError:
    """The error that an answer of status 300 or more tells."""
    problem = _document(response, data)
    error = _raised(response, problem)
    request_id = response.headers.get("x-request-id")
    if request_id:
        error.add_note(f"request {request_id[:128]}")
    return error


def _document(response: httpx.Response, data: bytes) -> Mapping[str, Json]:
    if response.headers.get("content-type", "").partition(";")[0].strip() != "application/problem+json":
        return {}
    try:
        problem = orjson.loads(data)
    except orjson.JSONDecodeError:
        return {}
    return problem if isinstance(problem, dict) else {}


def _raised(response: httpx.Response, problem: Mapping[str, Json]) -> ArtifactPlaneError:
    status, code = response.status_code, _text(problem, "code")
    message = _text(problem, "detail") or _bare(status)
    where, remedy = _PLACES.get(code or "") or _text(problem, "where"), remedy_of(problem)
    if code == InvalidPolicy.code:
        return InvalidPolicy([_placed(line) for line in message.split("\n")])
    if code == Gone.code and "tombstone" in problem:
        return _deleted(message, where, remedy, problem["tombstone"])
    kind = _BY_CODE.get(code or "") or _BY_STATUS.get(status) or _by_class(status)
    if kind is Unavailable:
        asked = response.headers.get("retry-after")
        passing = asked is not None or status in _SOON or (not problem and status in _PASSING)
        later = TryLater(message, where=where, remedy=remedy or _REPORT, retryable=passing)
        later.seconds = float(asked) if asked and asked.isascii() and asked.isdigit() and len(asked) < 7 else 0.0
        return later
    if status == 401:
        return NoToken(message, where=where, remedy=_NO_TOKEN)
    return kind(message, where=where, remedy=remedy)


def _by_class(status: int) -> type[ArtifactPlaneError]:
    return InvalidInput if 400 <= status < 500 else Unavailable


def _deleted(message: str, where: str | None, remedy: str | None, tombstone: Json) -> DeletedArtifact:
    error = DeletedArtifact(message, where=where, remedy=remedy)
    error.tombstone = record_of_view(tombstone)
    return error


def _placed(line: str) -> PolicyProblem:
    """A problem of a policy, from its line."""
    found = _PLACED.fullmatch(line)
    if found is None:
        file, _, message = line.partition(": ")
        return PolicyProblem(file=file, line=0, column=0, message=message)
    return PolicyProblem(
        file=found["file"], line=int(found["line"]), column=int(found["column"]), message=found["message"]
    )


def remedy_of(problem: Mapping[str, Json]) -> str | None:
    """What to do, as the plane itself says it: here are methods and commands, and no routes."""
    return _text(problem, "command_line") or _text(problem, "remedy")


def _text(problem: Mapping[str, Json], name: str) -> str | None:
    value = problem.get(name)
    return value if isinstance(value, str) else None


def _bare(status: int) -> str:
    if 300 <= status < 400:
        return f"the service sends elsewhere ({status}), where nobody follows it"
    return f"the service answered {status}, and not in a way that this client knows"


# What the network does


def unreachable(error: httpx.HTTPError, place: str) -> Unavailable:
    """The error for a request that got no whole answer."""
    message = next((text for kind, text in _NETWORK if isinstance(error, kind)), "the connection failed")
    return Unavailable(
        f"{message} ({type(error).__name__})", where=place, remedy="see whether the service runs, and try again"
    )


_NETWORK: Final[tuple[tuple[type[httpx.HTTPError], str], ...]] = (
    (httpx.ConnectTimeout, "nobody answers there in time"),
    (httpx.ConnectError, "nobody can be reached there"),
    (httpx.TimeoutException, "the service took too long"),
    (httpx.RemoteProtocolError, "the connection was cut before the answer was whole"),
)
