"""Fetching an issuer's public keys: over TLS, small, soon, and from that very address (case S02)."""

from __future__ import annotations

import http.client
import ssl
from typing import Final
from urllib.parse import urlsplit

from artifact_plane.domain.model.errors import InvalidInput, Unavailable

_SECONDS: Final = 5
_MOST: Final = 1024 * 1024
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_WHERE: Final = "the setting 'keys' of [oidc]"


def fetch_keys(address: str) -> bytes:
    """The document at ``address``; blocks. A redirect is not followed. Plain http is for this machine only.

    Raises:
        InvalidInput: it is no https address.
        Unavailable: it does not answer, or not with a document of up to 1 MiB.
    """
    url = urlsplit(address)
    host = url.hostname or ""
    if not host or not (url.scheme == "https" or (url.scheme == "http" and host in _LOOPBACK)):
        raise InvalidInput(
            "the issuer's keys must be at an https address", where=_WHERE, remedy='write keys = "https://…"'
        )
    try:
        return _fetched(_connection(url.scheme, host, url.port), f"{url.path or '/'}?{url.query}".rstrip("?"))
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable(
            "the issuer's keys cannot be fetched", where=_WHERE, remedy="look whether the issuer answers"
        ) from error


def _connection(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=_SECONDS, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, port, timeout=_SECONDS)


def _fetched(connection: http.client.HTTPConnection, target: str) -> bytes:
    try:
        connection.request("GET", target, headers={"accept": "application/json"})
        answer = connection.getresponse()
        data = answer.read(_MOST + 1)
    finally:
        connection.close()
    if answer.status != 200 or len(data) > _MOST:
        raise Unavailable(
            f"the issuer's keys cannot be fetched (status {answer.status}, {len(data)} bytes)",
            where=_WHERE,
            remedy="name the address of the keys themselves; redirects are not followed",
        )
    return data
