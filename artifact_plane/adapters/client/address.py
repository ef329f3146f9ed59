"""Where a service is: an ``http`` or ``https`` address, and what it takes to send a secret there."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final

import httpx

from artifact_plane.domain.model.errors import InvalidInput

_WHERE: Final = "the service's address"
_EXAMPLE: Final = "write it as in https://plane.example or http://127.0.0.1:8470"


def base_url(url: str) -> httpx.URL:
    """The address, checked.

    Raises:
        InvalidInput: it is no address of a service, or holds a user, a query or a fragment.
    """
    try:
        parsed = httpx.URL(url.strip())
    except (httpx.InvalidURL, TypeError, AttributeError) as error:
        raise InvalidInput("this is no address", where=_WHERE, remedy=_EXAMPLE) from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise InvalidInput("this is no http or https address", where=_WHERE, remedy=_EXAMPLE)
    if parsed.userinfo or parsed.query or parsed.fragment:
        raise InvalidInput(
            "it holds more than a place: a user, a query or a fragment",
            where=_WHERE,
            remedy="leave that out; the token is given apart",
        )
    return parsed.copy_with(path=parsed.path.rstrip("/") + "/")


def check_token(url: httpx.URL, token: str | None, *, insecure: bool) -> None:
    """Whether the token may be sent there.

    Raises:
        InvalidInput: it is no token; or it would cross a network in the clear, and ``insecure`` is not set.
    """
    if token is None:
        return
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise InvalidInput(
            "this is no token", where="the token", remedy="give it as `ap token create` showed it, without spaces"
        )
    if url.scheme == "http" and not insecure and not is_loopback(url.host):
        raise InvalidInput(
            "the token would cross the network in the clear, for anybody to read",
            where=_WHERE,
            remedy="use an https address; or, where the network is trusted, connect(…, insecure=True)",
        )


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
