"""How requests are sent: a deadline on each, nothing tried again by stealth, nothing taken from the environment."""

from __future__ import annotations

import time
from collections.abc import MutableMapping
from typing import Final, cast

from arango.http import HTTPClient
from arango.response import Response
from requests import Session
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth
from requests.exceptions import ChunkedEncodingError, ReadTimeout
from urllib3.exceptions import HTTPError, ReadTimeoutError
from urllib3.response import HTTPResponse

from artifact_plane.adapters.arango.settings import ArangoSettings

_PIECE: Final = 64 * 1024


class DeadlineHttpClient(HTTPClient):
    """The driver's way to the server. It sends over a lost connection once more by itself (every write here may be
    sent twice); the transport adds no tries of its own."""

    def __init__(self, settings: ArangoSettings) -> None:
        self._settings: Final = settings

    def create_session(self, host: str) -> Session:
        """A session with room for every thread. A ``.netrc`` would replace the credentials, so none is read."""
        session = Session()
        session.trust_env = False
        session.verify = self._settings.ca_file or True
        transport = HTTPAdapter(pool_maxsize=self._settings.threads, max_retries=0)
        session.mount("https://", transport)
        session.mount("http://", transport)
        return session

    def send_request(
        self,
        session: Session,
        method: str,
        url: str,
        headers: MutableMapping[str, str] | None = None,
        params: MutableMapping[str, str] | None = None,
        data: object = None,
        auth: tuple[str, str] | None = None,
    ) -> Response:
        """Send one request; follow no redirect, for it would take the credentials along.

        ``data`` is the body as text, or None; no call of this adapter sends another kind.
        """
        until = time.monotonic() + self._settings.connect_seconds + self._settings.call_seconds
        with session.request(
            method=method,
            url=url,
            params=params,
            data=data.encode() if isinstance(data, str) else None,
            headers=headers,
            auth=None if auth is None else HTTPBasicAuth(auth[0].encode(), auth[1].encode()),
            timeout=(self._settings.connect_seconds, self._settings.call_seconds),
            allow_redirects=False,
            stream=True,
        ) as response:
            body = _taken(cast(HTTPResponse, response.raw), until)
        return Response(
            method=method,
            url=response.url,
            headers=response.headers,
            status_code=response.status_code,
            status_text=response.reason,
            raw_body=body.decode("utf-8", "replace"),
        )


def _taken(raw: HTTPResponse, until: float) -> bytes:
    """A reply's body, all of which has to be there in time: a read timeout alone begins anew with each byte, and a slow
    drip would hold a thread for ever.

    Raises:
        RequestException: it broke off, or did not come in time.
    """
    body = bytearray()
    try:
        while piece := raw.read1(_PIECE, decode_content=True):
            body += piece
            if time.monotonic() > until:
                raise ReadTimeout("the reply came too slowly")
    except ReadTimeoutError as error:
        raise ReadTimeout("the reply stood still") from error
    except HTTPError as error:
        raise ChunkedEncodingError("the reply broke off") from error
    return bytes(body)
