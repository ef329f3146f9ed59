"""What ArangoDB and its driver report, in the plane's words: one table by error code, said once, the cause kept.

The driver's exception classes follow the call and not the cause, so they say nothing here. The server's own text is
left out of messages: it may quote documents.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import attrs
from arango.exceptions import ArangoClientError, ArangoServerError
from requests.exceptions import RequestException, Timeout

from artifact_plane.domain.model.errors import ArtifactPlaneError, Damaged, Unavailable

UNAUTHORIZED: Final = frozenset({11, 401, 403})
CONFLICT: Final = 1200
DATABASE_MISSING: Final = 1228
EXISTS_ALREADY: Final = frozenset({1207, 1925})
"""A collection or a graph of that name is there: what an idempotent preparation hopes for."""

_AGAIN: Final = "try again; if it lasts, look at the server's log"
PREPARE: Final = "it is made when the plane opens: check that its user may make databases, collections and graphs"
_RIGHTS: Final = "check username, password or token, and the user's rights to the database"
_REBUILD: Final = "make the projection anew with `ap lineage rebuild`"
_VERSION: Final = "use ArangoDB 3.12; see docs/lineage-projection.md"
_BUG: Final = "look at the server's log, and report it: this should not happen"


@attrs.frozen(kw_only=True)
class Trouble:
    """What an error code means here; ``damaged`` where the stored graph cannot be right."""

    message: str
    remedy: str
    retryable: bool = False
    damaged: bool = False


def _passing(message: str, remedy: str = _AGAIN) -> Trouble:
    """It may go through later without anyone's help."""
    return Trouble(message=message, remedy=remedy, retryable=True)


def _lasting(message: str, remedy: str) -> Trouble:
    """Somebody has to do something."""
    return Trouble(message=message, remedy=remedy)


TROUBLES: Final[Mapping[int, Trouble]] = {
    # The server as a whole. Codes from 400 to 599 are HTTP's, where a reply has no code of its own.
    4: _passing("it had an internal error"),
    10: _lasting("it does not accept a request", _VERSION),
    11: _lasting("it refuses the credentials", _RIGHTS),
    18: _passing("a lock did not come free in time"),
    21: _passing("it gave the request up"),
    28: _passing("a resource is locked"),
    30: _passing("it is shutting down"),
    32: _passing("the request needs more memory than the server allows", "lower the bounds, or raise its memory limit"),
    38: _passing("it is starting up"),
    401: _lasting("it refuses the credentials", _RIGHTS),
    403: _lasting("it refuses the credentials", _RIGHTS),
    429: _passing("it has too many requests"),
    500: _passing("it had an internal error"),
    502: _passing("a proxy in front of it does not reach it"),
    503: _passing("it is not available"),
    504: _passing("a proxy in front of it does not reach it"),
    1004: _passing("it is read-only at the moment"),
    21003: _passing("its queue is full"),
    21004: _passing("its queue is too long"),
    # Clusters.
    1457: _passing("the cluster did not answer in time"),
    1465: _passing("the cluster lost a connection"),
    1474: _passing("the cluster's servers do not reach one another"),
    1478: _passing("the cluster's back end is not available"),
    1495: _passing("the cluster is choosing a leader"),
    1496: _passing("the cluster has just changed a leader"),
    # Documents, collections, databases.
    1200: _passing("others were writing the same documents"),
    1202: _lasting("the projection's state is missing", PREPARE),
    1203: _lasting("a collection is missing", PREPARE),
    1207: _lasting("a collection, index or graph of that name is there, and is another", _BUG),
    1210: Trouble(message="two documents stand for the same node or edge", remedy=_REBUILD, damaged=True),
    1221: _lasting("it does not accept a document's key", _VERSION),
    1227: _lasting("it does not accept a document", _VERSION),
    1228: _lasting("the database is missing", PREPARE),
    # Queries and cursors.
    1500: _passing("the query ran too long and was ended", "ask within smaller bounds, or try again"),
    1501: _lasting("it does not understand a query", _VERSION),
    1551: _lasting("it wants a bind variable that the query does not give", _VERSION),
    1552: _lasting("it does not know a bind variable of the query", _VERSION),
    1553: _lasting("it does not accept the type of a bind variable", _VERSION),
    1600: _passing("the rest of an answer was dropped before it was fetched"),
    # Transactions.
    1652: _lasting("a collection is not part of the transaction", _VERSION),
    1653: _lasting("the transaction may not do that", _VERSION),
    1654: _passing("the transaction was ended"),
    1655: _passing("the transaction is gone"),
    # The named graph.
    1921: _lasting("a collection is used by another graph in another way", PREPARE),
    1922: _lasting("it does not accept the graph's name", _VERSION),
    1923: _lasting("it does not accept the graph's edge definition", _VERSION),
    1924: _lasting("the graph is missing", PREPARE),
    1925: _lasting("a graph of that name is there, and is another", _BUG),
}


class Unreadable(Exception):
    """A reply that is not of the form that it should have."""


@contextmanager
def translating(where: str) -> Iterator[None]:
    """Whatever the driver raises inside leaves as an error of the plane, about the server ``where``."""
    try:
        yield
    except ArangoServerError as error:
        raise by_code(_code(error), where, status=error.http_code or 0) from error
    except (RequestException, ArangoClientError, ConnectionAbortedError, Unreadable) as error:
        raise _unanswered(error, where) from error


def _code(error: ArangoServerError) -> int:
    """The server's own code; HTTP's where the reply has none, or has 0."""
    return error.error_code or error.http_code or 0


def by_code(code: int, where: str, *, status: int) -> ArtifactPlaneError:
    """The plane's error for an error code of the server; of a code that is not in the table, HTTP's status says
    whether it is the server's trouble or the request's."""
    trouble = TROUBLES.get(code)
    if trouble is None:
        return Unavailable(f"it answered with error {code}", where=where, remedy=_AGAIN, retryable=status >= 500)
    message = f"{trouble.message} (error {code})"
    if trouble.damaged:
        return Damaged(message, where=where, remedy=trouble.remedy)
    return Unavailable(message, where=where, remedy=trouble.remedy, retryable=trouble.retryable)


def _unanswered(error: Exception, where: str) -> Unavailable:
    """No answer, half an answer, or a token that the driver itself finds to have run out."""
    if isinstance(error, ArangoClientError):
        return Unavailable("the driver refuses the token", where=where, remedy=_RIGHTS, retryable=False)
    if isinstance(error, Unreadable):
        return Unavailable("it sent an answer that cannot be read", where=where, remedy=_AGAIN)
    if isinstance(error, Timeout):
        return too_late(where)
    return unreachable(where)


def unreachable(where: str) -> Unavailable:
    """The error for a server that is away."""
    return Unavailable(
        "it cannot be reached",
        where=where,
        remedy="start it, or correct the setting urls; artifacts are created all the same, and the lineage follows",
    )


def too_late(where: str) -> Unavailable:
    """The error for an answer that did not come in time."""
    return Unavailable("it did not answer in time", where=where, remedy="try again, or ask within smaller bounds")
