"""What a thread says to the server while it works on one question: queries, imports, and the calls that prepare."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Final, Protocol, TypeAlias, TypeVar, cast

from arango.cursor import Cursor
from arango.database import StandardDatabase
from arango.exceptions import ArangoServerError
from requests.exceptions import RequestException

from artifact_plane.adapters.arango import queries
from artifact_plane.adapters.arango.connection import Connection
from artifact_plane.adapters.arango.errors import CONFLICT, UNAUTHORIZED, Unreadable, too_late, translating
from artifact_plane.adapters.arango.settings import ArangoSettings
from artifact_plane.domain.model.errors import Unavailable
from artifact_plane.domain.model.json import Json

T = TypeVar("T")
Binding: TypeAlias = "str | int | Sequence[str]"
Document: TypeAlias = Mapping[str, str | int]

_PAUSES: Final = (0.0, 0.005, 0.02, 0.05, 0.1)
"""Seconds before each try of a call that met a conflict: others write the same documents, and soon are done."""
_CURSOR_SECONDS: Final = 30


class _Queries(Protocol):
    """What is used of the driver's face of AQL, whose own annotations know no numbers."""

    def execute(
        self, query: str, *, bind_vars: Mapping[str, Binding], batch_size: int, ttl: int, max_runtime: float
    ) -> Cursor: ...


class Conversation:
    """Blocking calls, each with its deadline; between two calls it looks whether anybody still waits for it."""

    def __init__(self, settings: ArangoSettings, connection: Connection) -> None:
        self._settings: Final = settings
        self._connection: Final = connection
        self._abandoned: Final = threading.Event()
        self._logged_in_again = False

    def abandon(self) -> None:
        """Nobody waits any more: end before the next call."""
        self._abandoned.set()

    def rows(self, query: str, collections: Mapping[str, str], **binds: Binding) -> list[Json]:
        """Carry out the query of that name, and fetch its rows page by page.

        ``collections`` are the names for ``@@`` variables.

        Raises:
            Unavailable, Damaged: see ``errors``.
        """
        names = {f"@{name}": collection for name, collection in collections.items()}
        return self.call(lambda database: self._fetched(database, queries.text(query), {**names, **binds}))

    def load(self, collection: str, documents: Sequence[Document]) -> None:
        """Import documents in one request, durably; those that are there already stay as they are.

        Raises:
            Unavailable, Damaged: some were not imported; the others may have been.
        """
        sent = [dict(document) for document in documents]
        for pause in _PAUSES:
            self._go_on(pause)
            reply = self.call(lambda database: _imported(database, collection, sent))
            if reply == len(sent):
                return
        raise Unavailable(
            "some documents of an import were left out",
            where=self._settings.where,
            remedy="try again; if it lasts, look at the server's log",
        )

    def call(self, ask: Callable[[StandardDatabase], T], *, database: str | None = None) -> T:
        """What ``ask`` answers; asked again after a conflict, and once after logging in again.

        Raises:
            Unavailable, Damaged: see ``errors``.
        """
        with translating(self._settings.where):
            for pause in _PAUSES:
                self._go_on(pause)
                try:
                    return self._asked(ask, database)
                except ArangoServerError as error:
                    if not self._may_repeat(error):
                        raise
            return self._asked(ask, database)

    def _asked(self, ask: Callable[[StandardDatabase], T], database: str | None) -> T:
        try:
            return ask(self._connection.database(database, self._go_on))
        except (KeyError, TypeError, AttributeError) as error:  # the driver takes a reply's fields for granted
            raise Unreadable("a reply without its fields") from error

    def _go_on(self, pause: float = 0.0) -> None:
        if self._abandoned.wait(pause) if pause else self._abandoned.is_set():
            raise too_late(self._settings.where)

    def _may_repeat(self, error: ArangoServerError) -> bool:
        if error.error_code == CONFLICT:
            return True
        if error.error_code not in UNAUTHORIZED or self._logged_in_again:
            return False
        self._logged_in_again = True
        return self._connection.log_out()

    def _fetched(self, database: StandardDatabase, query: str, binds: Mapping[str, Binding]) -> list[Json]:
        cursor = cast(_Queries, database.aql).execute(
            query,
            bind_vars=binds,
            batch_size=self._settings.batch,
            ttl=_CURSOR_SECONDS,
            max_runtime=self._settings.call_seconds,
        )
        try:
            return list(self._drained(cursor))
        finally:
            _close_unfinished(cursor)

    def _drained(self, cursor: Cursor) -> Iterator[Json]:
        for row in cursor:
            self._go_on()
            yield row


def _imported(database: StandardDatabase, collection: str, documents: list[dict[str, str | int]]) -> int:
    """How many of the documents are there after an import that goes past what it cannot write."""
    reply = database.collection(collection).import_bulk(
        documents, halt_on_error=False, details=False, on_duplicate="ignore", sync=True
    )
    if not isinstance(reply, dict):
        raise Unreadable("an import's reply without its fields")
    return int(reply.get("created", 0)) + int(reply.get("ignored", 0))


def _close_unfinished(cursor: Cursor) -> None:
    """The server drops a cursor with its last page. Where this fails it does so when the cursor's time is over, and
    what ended the fetching is what the caller has to know."""
    if cursor.has_more():
        with suppress(ArangoServerError, RequestException, ConnectionAbortedError):
            cursor.close(ignore_missing=True)
