"""What the bucket and its client say, as the plane's own errors; translated here and nowhere else.

Nothing here names the bucket or the address of an object: messages reach clients. The cause, which may, is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import Final

import requests
import urllib3.exceptions
from google.api_core.exceptions import GoogleAPICallError
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError, TransportError
from google.cloud.storage.exceptions import InvalidResponse  # type: ignore[import-untyped]  # it has no py.typed

from artifact_plane.domain.model.errors import Unavailable

WHERE: Final = "payload store"


class Overtaken(Exception):
    """A precondition does not hold: somebody else was first. Never leaves the store."""


class Missing(Exception):
    """There is no such object, or not of this generation. Never leaves the store."""


class SessionLost(Exception):
    """The bucket does not know the upload any more, which may have ended well. Never leaves the store."""


class Troubled(Unavailable):
    """The bucket asks to be left alone for a while; ``retry_after`` says for how many seconds, if it said so."""

    def __init__(self, message: str, retry_after: float | None) -> None:
        super().__init__(message, where=WHERE, remedy="try again later; if it lasts, look at the bucket's own status")
        self.retry_after: Final = retry_after


class Garbled(Unavailable):
    """The bucket refused what it received: it came as something else than what was sent, or is not understood."""

    def __init__(self) -> None:
        super().__init__(
            "the bucket refused what it received as damaged or malformed (HTTP 400)",
            where=WHERE,
            remedy="try again; if it lasts, look for what alters requests on the way (a proxy), or at the log",
            retryable=False,
        )


@contextmanager
def translated() -> Iterator[None]:
    """Turn what the client library and its transport raise into the plane's own errors.

    Raises:
        Overtaken, Missing, SessionLost: see there.
        Unavailable: everything else; ``retryable`` where it may pass by itself.
    """
    try:
        yield
    except GoogleAPICallError as error:
        raise _answered(error.response, int(error.code or 0), str(error.message)) from error
    except InvalidResponse as error:
        response: requests.Response = error.response
        raise _answered(response, response.status_code, response.text[:1000]) from error
    except DefaultCredentialsError as error:
        raise _no_credentials() from error
    except TransportError as error:
        raise unreachable() from error
    except GoogleAuthError as error:
        raise _refused_credentials() from error
    except (requests.RequestException, urllib3.exceptions.HTTPError, ConnectionError, TimeoutError) as error:
        raise unreachable() from error


def checked(response: requests.Response) -> requests.Response:
    """``response`` if it answers what was asked; raises as ``translated`` does if not."""
    if response.ok:
        return response
    try:
        raise _answered(response, response.status_code, response.text[:1000])
    finally:
        response.close()


def _answered(response: requests.Response | None, status: int, message: str) -> Exception:
    """The error for a status."""
    method = None if response is None or response.request is None else response.request.method
    if status in (304, 412):
        return Overtaken()
    if status in (404, 410) and method == "PUT":
        return SessionLost()
    if status == 404 and method != "POST" and "bucket does not exist" not in message:
        return Missing()
    if status in _REFUSALS:
        refused, remedy = _REFUSALS[status]
        return Unavailable(f"{refused} (HTTP {status})", where=WHERE, remedy=remedy, retryable=False)
    if status in (408, 429) or status >= 500:
        return Troubled(f"the bucket does not serve at the moment (HTTP {status})", _retry_after(response))
    if status == 400:
        return Garbled()
    message = f"the bucket gave an unexpected answer (HTTP {status})"
    return Unavailable(message, where=WHERE, remedy="look at the cause in the log", retryable=False)


_REFUSALS: Final = {
    401: ("the credentials were not accepted", "renew the runtime's credentials for Google Cloud"),
    403: (
        "access to the bucket was denied",
        "give the runtime's account the role roles/storage.objectAdmin on the bucket that [gcs] bucket names",
    ),
    404: ("the bucket is not there", "create the bucket that [gcs] bucket names, or correct the setting"),
}


def _retry_after(response: requests.Response | None) -> float | None:
    """How many seconds the bucket asks for; where it names a date, as seen from the one that it gives its answer."""
    if response is None:
        return None
    said = response.headers.get("Retry-After", "")
    if said.isascii() and said.isdigit():
        return float(said)
    try:
        pause = parsedate_to_datetime(said) - parsedate_to_datetime(response.headers.get("Date", ""))
    except (ValueError, TypeError):  # the latter where one of them names no zone
        return None
    return max(0.0, pause.total_seconds())


def unreachable() -> Unavailable:
    """The error for a connection that cannot be made, breaks, or brings nothing in time."""
    return Unavailable(
        "the bucket cannot be reached, or the connection broke",
        where=WHERE,
        remedy="check the network and the setting [gcs] endpoint, then try again",
    )


def out_of_time() -> Unavailable:
    """The error for a call that has used up its time."""
    return Unavailable(
        "the bucket did not answer in time",
        where=WHERE,
        remedy="try again later, or raise the setting [gcs] deadline_s",
    )


def missing_bucket() -> Unavailable:
    """The error for a bucket that is not there."""
    message, remedy = _REFUSALS[404]
    return Unavailable(f"{message} (HTTP 404)", where=WHERE, remedy=remedy, retryable=False)


def _no_credentials() -> Unavailable:
    return Unavailable(
        "there are no credentials for Google Cloud",
        where=WHERE,
        remedy="run `gcloud auth application-default login`, set GOOGLE_APPLICATION_CREDENTIALS, or run where a "
        "service account is attached; for an emulator set [gcs] endpoint to its http:// address",
        retryable=False,
    )


def _refused_credentials() -> Unavailable:
    return Unavailable(
        "the credentials for Google Cloud are not valid any more",
        where=WHERE,
        remedy="renew them: `gcloud auth application-default login`, or a new key of the service account",
        retryable=False,
    )
