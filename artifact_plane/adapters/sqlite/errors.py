"""What SQLite reports, in the plane's words: said once, here, with the file and a remedy, the cause kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import apsw

from artifact_plane.domain.model.errors import ArtifactPlaneError, Damaged, InvalidInput, Unavailable

RESTORE: Final = "restore the file from a backup; the damaged one can be examined with `sqlite3 FILE .recover`"

_LOCKED: Final = (apsw.BusyError, apsw.LockedError, apsw.ProtocolError)
_FORBIDDEN: Final = (apsw.ReadOnlyError, apsw.CantOpenError, apsw.PermissionsError, apsw.AuthError)
# A statement of ours fails to compile, or breaks a rule of the schema, only where the file is not what we wrote.
_CORRUPT: Final = (apsw.CorruptError, apsw.NotADBError, apsw.FormatError, apsw.SQLError, apsw.ConstraintError)
_CORRUPT_READS: Final = frozenset(
    {apsw.SQLITE_IOERR_SHORT_READ, apsw.SQLITE_IOERR_CORRUPTFS, apsw.SQLITE_IOERR_DATA, apsw.SQLITE_IOERR_SEEK}
)

REFUSED_VALUES: Final = (OverflowError, TypeError, ValueError)
"""What binding raises for a value that SQLite cannot hold: a lone surrogate, an integer beyond 64 bits."""

READ_FAILURES: Final = (apsw.Error, UnicodeDecodeError)
"""What reading the file may raise: text that is no UTF-8 is none of ours."""


@contextmanager
def translating(path: Path) -> Iterator[None]:
    """Whatever SQLite raises inside leaves as an error of the plane about the file ``path``."""
    try:
        yield
    except READ_FAILURES as error:
        raise translated(error, path) from error


def translated(error: apsw.Error | UnicodeDecodeError, path: Path) -> ArtifactPlaneError:
    """The plane's error for what reading or writing the file ``path`` raised."""
    where = str(path)
    if isinstance(error, _LOCKED):
        return Unavailable(
            "the record store is locked by another process and did not come free in time",
            where=where,
            remedy="try again; if it lasts, end the process that holds the file",
        )
    if isinstance(error, apsw.TooBigError):
        return InvalidInput("a value is larger than the record store can hold", where=where)
    if isinstance(error, (*_CORRUPT, UnicodeDecodeError)) or _is_corrupt_read(error):
        return Damaged("the record store's file is corrupt", where=where, remedy=RESTORE)
    message, remedy = _trouble(error)
    return Unavailable(message, where=where, remedy=remedy, retryable=False)


def explained(error: Exception, path: Path) -> ArtifactPlaneError:
    """The plane's error for what SQLite or the binding of a value raised, with it as its cause."""
    if isinstance(error, READ_FAILURES):
        explanation = translated(error, path)
    else:
        explanation = InvalidInput(
            f"a value cannot be stored ({type(error).__name__})",
            where=str(path),
            remedy="give text without lone surrogates, numbers within 64 bits and documents of JSON types",
        )
    explanation.__cause__ = error
    return explanation


def _is_corrupt_read(error: Exception) -> bool:
    # The stubs do not know this attribute of errors that SQLite itself reports.
    return isinstance(error, apsw.IOError) and getattr(error, "extendedresult", 0) in _CORRUPT_READS


def _trouble(error: Exception) -> tuple[str, str]:
    """What is wrong and what to do, where the file is sound and only cannot be used."""
    if isinstance(error, apsw.FullError):
        return "there is no room left for the record store; nothing was written", "free some space and try again"
    if isinstance(error, _FORBIDDEN):
        return (
            "the record store's file cannot be opened or written",
            "check that the folder exists, that its files may be written, and that none of them is a symbolic link",
        )
    if isinstance(error, apsw.NoMemError):
        return "there is not enough memory for the record store", "free some memory and try again"
    if isinstance(error, apsw.ConnectionClosedError):
        return "the record store was closed", "open it again"
    return f"the record store's file cannot be used ({error})", "look at the disk and the limits of this process"
