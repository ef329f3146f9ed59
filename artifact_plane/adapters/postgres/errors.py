"""What PostgreSQL and its driver report, in the plane's words: one table by SQLSTATE, the cause kept.

Messages of the server are not passed on: they quote values, and a connection error may quote the address.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import asyncpg

from artifact_plane.domain.model.errors import ArtifactPlaneError, Conflict, Damaged, InvalidInput, Unavailable

DRIVER_ERRORS: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, EOFError)
"""Everything that the driver raises; a time limit that ran out is an OSError (TimeoutError)."""

_AGAIN: Final = "try again in a while"
_LOOK: Final = "look at the database server and its log"


def _unavailable(message: str, remedy: str, *, retryable: bool = True) -> Callable[[str], ArtifactPlaneError]:
    return lambda where: Unavailable(message, where=where, remedy=remedy, retryable=retryable)


def _invalid(message: str, remedy: str) -> Callable[[str], ArtifactPlaneError]:
    return lambda where: InvalidInput(message, where=where, remedy=remedy)


_MIGRATE: Final = _unavailable(
    "the database's tables are not those of this release", "run `ap migrate` as the database's owner", retryable=False
)
_FORBIDDEN: Final = _unavailable(
    "the role has not the rights that the record store needs",
    "run `ap migrate` as the database's owner; runtime_role of [migration] must name the role that is in dsn",
    retryable=False,
)
_LOGIN: Final = _unavailable(
    "the database does not accept the role or its password",
    "check role and password in dsn; `ap migrate`, run as the database's owner, makes a running plane's role, "
    "and its password is given with ALTER ROLE (docs/deployment.md)",
    retryable=False,
)
_LOST: Final = _unavailable("the connection to the database was lost", _AGAIN)
_FULL: Final = _unavailable("the database has no room left; nothing was written", "free some space and try again")
_VALUE: Final = _invalid(
    "a value cannot be stored", "give text without NUL and lone surrogates, and numbers within 64 bits"
)

# The longest beginning that fits is taken: a class of states is named by its first two characters.
_BY_STATE: Final = {
    "08": _LOST,
    "22": _VALUE,
    "23": lambda where: Conflict("the change contradicts what is recorded", where=where, remedy="read it again"),
    "25006": _unavailable("the database is read-only", "write to the primary server, or wait until it is one"),
    "28": _LOGIN,
    "3D000": _unavailable(
        "there is no such database", "correct dsn, or create the database and run `ap migrate`", retryable=False
    ),
    "3F000": _MIGRATE,
    "40": _unavailable("the database gave way to another transaction", _AGAIN),
    "42501": _FORBIDDEN,
    "42": _MIGRATE,
    "53": _unavailable("the database is short of resources", _AGAIN),
    "53100": _FULL,
    "53300": _unavailable("the database accepts no more connections", "try again, or lower the pool's size"),
    "54": _invalid("a value is larger than the database can hold", "give a smaller one"),
    "55P03": _unavailable("the record store is locked and did not come free in time", _AGAIN),
    "57014": _unavailable("the database did not answer in time", _AGAIN),
    "57P": _unavailable("the database is shutting down or starting up", _AGAIN),
    "58": _unavailable("the database server has trouble with its files", _LOOK),
    "XX001": lambda where: Damaged("a table of the database is corrupt", where=where, remedy="restore a backup"),
    "XX002": lambda where: Damaged("an index of the database is corrupt", where=where, remedy="reindex the database"),
    "XX": _unavailable("the database server failed", _LOOK),
}

_UNREACHED: Final = (
    (socket.gaierror, "no such host is known"),
    (ConnectionRefusedError, "nobody listens there"),
    (FileNotFoundError, "there is no such socket or file"),
)

_GAVE_WAY: Final = frozenset({"40001", "40P01"})
_AWAY: Final = ("08", "57P", "53300")


@contextmanager
def translating(where: str) -> Iterator[None]:
    """Whatever the driver raises inside leaves as an error of the plane about the database ``where``."""
    try:
        yield
    except DRIVER_ERRORS as error:
        raise translated(error, where) from error


def translated(error: BaseException, where: str) -> ArtifactPlaneError:
    """The plane's error for what the driver raised about the database ``where``."""
    if isinstance(error, asyncpg.PostgresError):
        return _of_state(error.sqlstate or "", where)
    if isinstance(error, (ValueError, OverflowError)):  # the driver could not encode it
        return _VALUE(where)
    if isinstance(error, TimeoutError):
        return Unavailable("the database did not answer in time", where=where, remedy=_AGAIN)
    if isinstance(error, asyncpg.InterfaceError) or not isinstance(error, OSError):
        return _LOST(where)
    why = next((words for kind, words in _UNREACHED if isinstance(error, kind)), type(error).__name__)
    return Unavailable(
        f"the database cannot be reached ({why})",
        where=where,
        remedy="check host and port in dsn, and that the server runs there",
    )


def unreadable_address() -> InvalidInput:
    """The error for an address that the driver cannot read; the address itself may hold a password."""
    return InvalidInput(
        "the address of the database cannot be read",
        where="the setting dsn",
        remedy="write it as postgresql://ROLE@HOST:PORT/DATABASE; characters with a meaning of their own as %XX",
    )


def is_away(error: BaseException) -> bool:
    """Whether the server or the way to it is gone, for now perhaps: worth another connection."""
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "").startswith(_AWAY)
    if isinstance(error, (TimeoutError, ValueError)):
        return False
    return isinstance(error, (OSError, EOFError, asyncpg.InterfaceError))


def gave_way(error: BaseException) -> bool:
    """Whether the transaction was ended for another's sake (serialization, deadlock): worth repeating."""
    return isinstance(error, asyncpg.PostgresError) and error.sqlstate in _GAVE_WAY


def is_about_values(error: BaseException) -> bool:
    """Whether a value was what the driver or the server could not take: another's values may be taken."""
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "").startswith(("22", "23", "54"))
    return isinstance(error, (ValueError, OverflowError))


def _of_state(state: str, where: str) -> ArtifactPlaneError:
    for length in range(len(state), 1, -1):
        explain = _BY_STATE.get(state[:length])
        if explain is not None:
            return explain(where)
    return Unavailable(f"the database reported a failure (SQLSTATE {state})", where=where, remedy=_LOOK)
