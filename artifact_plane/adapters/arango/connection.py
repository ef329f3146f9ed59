"""The driver's client: opened at the first call, logged in again when its token has run out."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

import orjson
from arango.client import ArangoClient
from arango.database import StandardDatabase

from artifact_plane.adapters.arango.http import DeadlineHttpClient
from artifact_plane.adapters.arango.settings import ArangoSettings

SYSTEM: Final = "_system"


class Connection:
    """One client for all threads. Opening it asks the server nothing, but to log in by token does."""

    def __init__(self, settings: ArangoSettings) -> None:
        self._settings: Final = settings
        self._lock: Final = threading.Lock()
        self._databases: Final[dict[str, StandardDatabase]] = {}
        # One try a host, and one more: a connection that the server closed while idle fails at its first use.
        self._client: Final = ArangoClient(
            hosts=list(settings.urls),
            resolver_max_tries=len(settings.urls) + 1,
            http_client=DeadlineHttpClient(settings),
            serializer=_written,
            deserializer=orjson.loads,
        )

    def database(self, name: str | None, go_on: Callable[[], None]) -> StandardDatabase:
        """The driver's face of a database, of the setting's where none is named; may log in.

        One thread logs in at a time. Who has waited for its turn asks ``go_on``, which raises where nobody waits for
        the outcome any more: logins that hang do not queue up.

        Raises:
            ArangoError, RequestException: whatever the driver raises when it logs in.
        """
        wanted = name or self._settings.database
        with self._lock:
            if wanted not in self._databases:
                go_on()
                self._databases[wanted] = self._opened(wanted)
            return self._databases[wanted]

    def log_out(self) -> bool:
        """Forget the login, so that the next call logs in again; False where that would change nothing.

        The driver renews a token that the server has withdrawn, but not one whose time has run out.
        """
        if self._settings.login == "basic" or self._settings.token is not None:
            return False
        with self._lock:
            self._databases.clear()
        return True

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _opened(self, name: str) -> StandardDatabase:
        settings = self._settings
        if settings.token is not None:
            return self._client.db(name, user_token=settings.token)
        return self._client.db(name, username=settings.username, password=settings.password, auth_method=settings.login)


def _written(document: object) -> str:
    return orjson.dumps(document).decode()
