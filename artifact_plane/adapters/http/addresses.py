"""What a request is addressed to: the Host header (against DNS rebinding) and the path (cases A01 to A12).

Ids and names hold no separator and nothing that needs escaping, so the set of legal paths is small, and what is not in
it is refused before anything decodes, normalizes or routes it a second time.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote, unquote_to_bytes

from litestar.types import HTTPScope

from artifact_plane.adapters.http.problems import RequestProblem
from artifact_plane.domain.model.errors import InvalidInput

_PATH: Final = re.compile(rb"/|(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._-]{1,255})+/?")
_ABSOLUTE: Final = re.compile(rb"https?://([^/?#@\\]+)(?=/|\Z)", re.IGNORECASE)
_LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")
_ANY: Final = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - they are recognised here, not bound
_HOST: Final = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::([0-9]{1,5}))?")


def check_path(scope: HTTPScope) -> None:
    """Refuse a path that no route could mean.

    Raises:
        InvalidInput: it holds an empty segment, ``.`` or ``..``, or a character that no id or name has, however it is
            written.
    """
    raw = scope.get("raw_path") or scope["path"].encode()
    if _PATH.fullmatch(unquote_to_bytes(raw) if b"%" in raw else raw) is None:
        raise InvalidInput(
            "no address of this service looks like this",
            where="the request's path",
            remedy="ids and names are letters, digits, '.', '_' and '-'",
        )


def take_origin_form(scope: HTTPScope) -> None:
    """Read a target that names the service, too, as a path sent to that name: it stands above the Host header.

    RFC 9112, section 3.2.2: proxies write so, and every server has to take it.
    """
    raw = scope.get("raw_path") or b""
    found = _ABSOLUTE.match(raw)
    if found is None:
        return
    path = raw[found.end() :] or b"/"
    scope["raw_path"], scope["path"] = path, unquote(path.decode("latin-1"))
    scope["headers"] = [(b"host", found[1]), *(pair for pair in scope["headers"] if pair[0] != b"host")]


def check_head(scope: HTTPScope, most: int) -> None:
    """Refuse a head larger than ``most`` bytes, or with two lengths; in pieces, the server refuses it as it grows.

    Raises:
        RequestProblem: 431; or 400, for two headers disagree about where the body ends: something in front of the
            service may have read it otherwise.
    """
    if {b"content-length", b"transfer-encoding"} <= {name for name, _ in scope["headers"]}:
        raise RequestProblem(
            400,
            "invalid_input",
            "the length of the body is said in two ways",
            where="Content-Length, Transfer-Encoding",
            remedy="send one of the two headers",
            closes=True,
        )
    size = len(scope.get("raw_path") or b"") + len(scope["query_string"])
    if size + sum(len(name) + len(value) for name, value in scope["headers"]) > most:
        raise RequestProblem(
            431,
            "head_too_large",
            f"address and headers together are larger than {most} bytes",
            where="the request's head",
            remedy="send shorter ones, or have the limit raised in the service's settings",
            closes=True,
        )


class KnownHosts:
    """The names that the service may be called by."""

    def __init__(self, host: str, port: int, hosts: Iterable[str]) -> None:
        """``host`` and ``port`` are what it listens on; ``hosts`` are further names, each perhaps with a port."""
        self._any_address: Final = host in _ANY
        own = (*_LOOPBACK, f"[{host}]" if ":" in host else host) if is_loopback(host) or self._any_address else (host,)
        self._known: Final = {f"{name}:{port}".lower() for name in own}
        self._known.update(name.lower() for name in own if port in (80, 443))
        self._known.update(name.lower() for name in hosts)
        self._names: Final = {name.lower() for name in hosts if ":" not in name}

    def check(self, scope: HTTPScope) -> None:
        """Refuse a request for somebody else.

        Where the service listens on every address, any literal address is its own: a page elsewhere can make a browser
        call by a name, never by an address as a name.

        Raises:
            RequestProblem: 421.
        """
        given = [value for key, value in scope["headers"] if key == b"host"]
        host = given[0].decode("latin-1").lower() if len(given) == 1 else ""
        if host not in self._known and not self._is_own(host):
            raise RequestProblem(
                421,
                "misdirected_request",
                "this service does not go by the name that the request was sent to",
                where="Host",
                remedy="use the address it was started with, or name another in the setting 'hosts' of [http]",
                closes=True,
            )

    def _is_own(self, host: str) -> bool:
        found = _HOST.fullmatch(host)
        if found is None:
            return False
        return found[1] in self._names or (self._any_address and _is_address(found[1].strip("[]")))


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches that address."""
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
