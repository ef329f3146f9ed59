"""``Idempotency-Key`` (draft-ietf-httpapi-idempotency-key-header): a POST that is sent again is carried out once.

The key and the fingerprint of what was asked (method, path, query and content) are recorded in the commit that the
request brings about, so there is no moment at which the effect is there and the key is not (case I04). A key is the
tenant's: the same key sent by another of its credentials is the same key. What was refused is not remembered; the same
key may be used again for a corrected request. A key that has expired is free.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from typing import Final

from litestar import Response

from artifact_plane.adapters.codec.digests import DigestHasher
from artifact_plane.adapters.http.in_progress import HEADER
from artifact_plane.adapters.http.operations import Call
from artifact_plane.adapters.http.problems import RequestProblem
from artifact_plane.domain.model.errors import Conflict, InvalidInput
from artifact_plane.domain.model.rendering import Digest
from artifact_plane.domain.model.request import Request, Subject

REPLAYED: Final = "Idempotency-Replayed"
PATTERN: Final = r'^([!#-~][!-~]{0,254}|"([ !#-\[\]-~]|\\["\\]){1,255}")$'

_BARE: Final = re.compile(r"[!-~]{1,255}", re.ASCII)
_QUOTED: Final = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"', re.ASCII)
_ESCAPED: Final = re.compile(r"\\(.)")
_MOST: Final = 255


def key_of(header: str | None) -> str | None:
    """The key that a header gives, quoted (RFC 8941) or bare; None where there is none.

    Raises:
        InvalidInput: it is empty, longer than 255 characters, or holds what a key cannot.
    """
    if header is None:
        return None
    given = header.strip()
    quoted = _QUOTED.fullmatch(given)
    key = _ESCAPED.sub(r"\1", quoted[1]) if quoted else given
    if not 0 < len(key) <= _MOST or not (quoted or (_BARE.fullmatch(given) and not given.startswith('"'))):
        raise InvalidInput(
            "this is no idempotency key",
            where=f"header {HEADER}",
            remedy=f"send 1 to {_MOST} visible ASCII characters, for instance a UUID",
        )
    return key


def fingerprint_of(call: Call, *content: bytes) -> Digest:
    """The digest of what is asked: method, path, query, and the content in pieces of known order."""
    scope = call.request.scope
    return digest_of((scope["method"].encode(), call.request.url.path.encode(), scope["query_string"], *content))


def digest_of(pieces: Iterable[bytes]) -> Digest:
    """A digest of pieces, each with its length, so that no two lists of pieces have the same."""
    hasher = DigestHasher("blake3")
    for piece in pieces:
        hasher.update(len(piece).to_bytes(8, "big"))
        hasher.update(piece)
    return hasher.digest()


async def once(
    call: Call,
    fingerprint: Callable[[], Digest],
    act: Callable[[Request | None], Awaitable[Response[bytes]]],
    again: Callable[[Subject], Awaitable[Response[bytes]]],
) -> Response[bytes]:
    """Carry out ``act`` once under the request's key; ``again`` answers for what was done already.

    ``act`` records the ``Request`` it is given with its effect; it is given None where there is no key.

    Raises:
        RequestProblem: 409 while a request with the key is in work, 422 where the key is of another request.
        InvalidInput: the key is no key.
    """
    key = key_of(call.header(HEADER))
    if key is None:
        return await act(None)
    with call.tools.in_progress.holding(call.tenant_id, key):
        wanted = _request(call, key, fingerprint())
        replayed = await _replayed(call, wanted, again)
        if replayed is not None:
            return replayed
        try:
            return await act(wanted)
        except Conflict:
            # Perhaps another process was faster with the same key.
            replayed = await _replayed(call, wanted, again)
            if replayed is None:
                raise
            return replayed


def _request(call: Call, key: str, fingerprint: Digest) -> Request:
    service = call.service
    lasts = timedelta(seconds=service.settings.idempotency_seconds)
    return Request(key=key, fingerprint=fingerprint, expires_at=service.clock.now() + lasts)


async def _replayed(
    call: Call, wanted: Request, again: Callable[[Subject], Awaitable[Response[bytes]]]
) -> Response[bytes] | None:
    known = await call.application.plane.answered(wanted.key, call.tenant_id)
    if known is None:
        return None
    if known.fingerprint != wanted.fingerprint:
        raise RequestProblem(
            422,
            "key_reused",
            "this key was sent with another request",
            where=f"header {HEADER}",
            remedy="give each request a key of its own, and repeat it only with the same content",
        )
    answer = await again(known.subject)
    answer.headers[REPLAYED] = "true"
    return answer
