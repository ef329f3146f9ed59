"""What there is to know of a home's record store."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import apsw

from artifact_plane.adapters.sqlite.errors import explained
from artifact_plane.adapters.sqlite.home import RECORDS_FILE
from artifact_plane.adapters.sqlite.opening import OLDEST_SOUND, RECORDS
from artifact_plane.ports.health import Finding, doubtful, failed, found, waiting

_COMPONENT: Final = "sqlite"


async def examine_sqlite(home: Path) -> tuple[Finding, ...]:
    """The library's version, and the schema and state of the home's file, if there is one; nothing is written.

    Raises:
        Unavailable, Damaged: the file cannot be read.
    """
    path = home / RECORDS_FILE
    return _library(), *await asyncio.to_thread(_file, path)


def _library() -> Finding:
    version = apsw.sqlite_lib_version()
    if tuple(map(int, version.split(".")[:3])) < OLDEST_SOUND:
        return failed(_COMPONENT, "version", f"{version} can lose a commit", "pip install --upgrade apsw")
    return found(_COMPONENT, "version", version)


def _file(path: Path) -> tuple[Finding, ...]:
    if not path.exists():
        return (found(_COMPONENT, "home", "there is none yet; the first command that stores makes it"),)
    try:
        connection = apsw.Connection(f"file:{path}?mode=ro", flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
        try:
            version = int(str(connection.pragma("user_version")))
            (problem,), *_ = connection.execute("PRAGMA quick_check(1)").fetchall()
            events = _events(connection) if version == len(RECORDS.steps) else ()
        finally:
            connection.close()
    except apsw.Error as error:
        raise explained(error, path) from error
    return _schema(version), _state(str(problem)), *events


def _events(connection: apsw.Connection) -> tuple[Finding, ...]:
    ((pending, aside),) = connection.execute("SELECT count(*) - total(set_aside), total(set_aside) FROM event")
    return (waiting(_COMPONENT, int(pending), int(aside)),)


def _schema(version: int) -> Finding:
    known = len(RECORDS.steps)
    if version > known:
        return failed(_COMPONENT, "schema", f"version {version}, known are up to {known}", "upgrade artifact-plane")
    if version < known:
        return doubtful(_COMPONENT, "schema", f"version {version} of {known}", "it is brought up to date when opened")
    return found(_COMPONENT, "schema", f"version {version}")


def _state(problem: str) -> Finding:
    if problem != "ok":
        return failed(_COMPONENT, "file", "it is damaged", "restore it from a backup")
    return found(_COMPONENT, "file", "sound")
