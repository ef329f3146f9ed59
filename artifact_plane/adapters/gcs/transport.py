"""The connections to the bucket: as many as there are threads, and bodies that must arrive in time."""

from __future__ import annotations

import io
import time
from collections.abc import Mapping
from typing import Final, cast

import google.auth
import requests
from google.auth.credentials import AnonymousCredentials, Credentials
from google.auth.transport.requests import AuthorizedSession
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ReadTimeoutError
from urllib3.response import HTTPResponse

_SCOPE: Final = "https://www.googleapis.com/auth/devstorage.read_write"
_PIECE: Final = 64 * 1024


def credentials_for(endpoint: str | None) -> Credentials:
    """The default credentials of this machine, by the library's own chain; none over plain HTTP, to an emulator.

    Raises:
        google.auth.exceptions.DefaultCredentialsError: there are none.
    """
    if endpoint is not None and endpoint.startswith("http://"):
        return AnonymousCredentials()  # type: ignore[no-untyped-call]
    found, _ = google.auth.default(scopes=[_SCOPE])
    return found


def session_for(credentials: Credentials, connections: int) -> requests.Session:
    """A session that any number of threads may share; ``connections`` are kept open for the next request."""
    session: requests.Session = AuthorizedSession(credentials)  # type: ignore[no-untyped-call]
    for scheme in ("http://", "https://"):
        session.mount(scheme, BoundedAdapter(pool_maxsize=connections))
    return session


class BoundedAdapter(HTTPAdapter):
    """Gives a body that is not streamed as long to arrive as an answer may take to begin.

    A read timeout alone starts anew with each byte: a slow drip would hold a thread for ever.
    """

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float | None, float | None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """As the base class, with the body taken in."""
        response = super().send(request, True, timeout, verify, cert, proxies)  # type: ignore[arg-type]
        seconds = timeout[1] if isinstance(timeout, tuple) else timeout
        if not stream and seconds is not None:
            response.raw = io.BytesIO(_taken(cast(HTTPResponse, response.raw), seconds))
        return response


def _taken(raw: HTTPResponse, seconds: float) -> bytes:
    until = time.monotonic() + seconds
    body = bytearray()
    while piece := raw.read1(_PIECE, decode_content=True):
        body += piece
        if time.monotonic() > until:
            raw.close()
            raise ReadTimeoutError(None, None, "the answer came too slowly")  # type: ignore[arg-type]
    raw.release_conn()
    return bytes(body)
