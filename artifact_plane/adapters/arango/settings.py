"""Where the ArangoDB server is, who asks, and how long anything may take."""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias
from urllib.parse import urlsplit

import attrs

from artifact_plane.domain.model.errors import InvalidInput

Login: TypeAlias = Literal["basic", "jwt"]

_LEGAL_PREFIX: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_PASSWORD: Final = frozenset({"basic", "jwt"})
_POSITIVE: Final = (
    "connect_seconds",
    "call_seconds",
    "answer_seconds",
    "wait_seconds",
    "poll_seconds",
    "threads",
    "batch",
    "level_edges",
)


@attrs.frozen(kw_only=True)
class ArangoSettings:
    """``urls`` are the server, or a cluster's coordinators, as ``http(s)://host:port``. ``database`` is made by
    ``prepare`` where it is missing and the user may make one.

    ``login`` says what is done with ``username`` and ``password``: sent each time (basic) or changed for a token that
    is renewed (jwt); a ready-made ``token`` stands in for both. ``ca_file`` is the certificate to trust, None the
    system's. ``prefix`` begins the names of the collections and of the graph.

    Seconds: ``connect_seconds`` to connect, ``call_seconds`` for one request, ``answer_seconds`` for one question
    or one page to apply, ``wait_seconds`` at most until a position is reached, looking every ``poll_seconds``;
    ``rest_seconds`` for which a server that did not answer is left alone.
    ``threads`` calls run at once; ``batch`` is how many documents or rows one request carries. From a level of a walk
    with more than ``level_edges`` edges only those are fetched that the answer has room for.
    """

    urls: tuple[str, ...] = attrs.field(metadata={"example": ("http://127.0.0.1:8529",)})
    database: str = attrs.field(metadata={"example": "artifact_plane"})
    username: str = "root"
    password: str = attrs.field(default="", repr=False)
    login: Login = "basic"
    token: str | None = attrs.field(default=None, repr=False)
    ca_file: str | None = None
    prefix: str = "lineage"
    connect_seconds: float = 1.0
    call_seconds: float = 5.0
    answer_seconds: float = 10.0
    wait_seconds: float = 10.0
    poll_seconds: float = 0.05
    rest_seconds: float = 0.5
    threads: int = 8
    batch: int = 1000
    level_edges: int = 20_000

    def __attrs_post_init__(self) -> None:
        if not self.urls:
            raise _wrong("urls", "there is none", "name the server, as in http://127.0.0.1:8529")
        for url in self.urls:
            _check_url(url)
        if self.login not in _PASSWORD:
            raise _wrong("login", "there is no such way to log in", "write basic or jwt")
        if not self.database:
            raise _wrong("database", "there is none", "name the database, as in artifact_plane")
        if _LEGAL_PREFIX.fullmatch(self.prefix) is None:
            raise _wrong("prefix", "it cannot begin a collection's name", "use letters, digits, '_' and '-'")
        if not self.rest_seconds >= 0:
            raise _wrong("rest_seconds", "it is less than 0", "leave it out for the default")
        for name in _POSITIVE:
            if not getattr(self, name) > 0:
                raise _wrong(name, "it is not greater than 0", "leave it out for the default")

    @property
    def where(self) -> str:
        """The server and the database, for messages; no secret is in it."""
        return f"ArangoDB {', '.join(self.urls)} database {self.database}"


def _check_url(url: str) -> None:
    """The URL is not repeated in the error: it may hold a password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _wrong("urls", "one of them is no URL", "write http://host:port") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise _wrong("urls", "one of them is no URL of a server", "write http://host:port or https://host:port")
    if "@" in parts.netloc:
        raise _wrong("urls", "one of them holds a user or a password", "give username and password settings instead")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise _wrong("urls", "one of them has a path", "name the database in the setting database")


def _wrong(name: str, message: str, remedy: str) -> InvalidInput:
    return InvalidInput(message, where=f"the setting {name!r} of the section [arango]", remedy=remedy)
