"""Requests and their answers, sent again where that is safe and may help.

Every request here is safe to send again: what reads has no effect, an update names the version that it replaces, a
deletion leaves the same tombstone, and every POST carries an ``Idempotency-Key``, under which the service does a thing
once (a caller's own key where it gave one), unless it only asks. So a lost answer is asked for again, and never a
second effect.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Final, TypeAlias, TypeVar
from urllib.parse import urlencode

import attrs
import httpx
import orjson

from artifact_plane.adapters.client.forms import Body
from artifact_plane.adapters.client.patience import Patience, Pauses
from artifact_plane.adapters.client.problems import error_of, unreachable
from artifact_plane.domain.model.errors import Damaged, InvalidInput, Unavailable
from artifact_plane.domain.model.json import Json, JsonObject
from artifact_plane.domain.model.request import Request
from artifact_plane.ports.clock import Clock, IdSource

T = TypeVar("T")
Query: TypeAlias = Mapping[str, "str | int | bool | None"]
KEY: Final = "idempotency-key"
MOST_ON_LOOP: Final = 64 * 1024
"""Bytes of an answer that are read where they arrive; a larger one is read off the event loop."""


@attrs.frozen(kw_only=True)
class Answer:
    """A whole answer that is no problem."""

    status: int
    headers: httpx.Headers
    data: bytes = attrs.field(repr=False)

    async def document(self) -> JsonObject:
        """The JSON object that it is. Raises Damaged where it is none."""
        if len(self.data) <= MOST_ON_LOOP:
            return _parsed(self.data)
        return await asyncio.to_thread(_parsed, self.data)


@attrs.frozen(kw_only=True)
class Means:
    """What a conversation needs of the outside: time, ids, and chance (a number from 0 to 1)."""

    clock: Clock
    ids: IdSource
    chance: Callable[[], float]
    patience: Patience

    def pauses(self) -> Pauses:
        """The pauses of one request that begins now."""
        return self.patience.pauses(self.clock.now, self.chance)


class Conversation:
    """Speaks to one service, as one credential."""

    def __init__(self, client: httpx.AsyncClient, means: Means) -> None:
        self._client: Final = client
        self._means: Final = means

    def new_id(self) -> str:
        """A new id."""
        return self._means.ids.new_id()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self._means.clock.sleep(seconds)

    async def get(self, path: str, query: Query | None = None) -> JsonObject:
        """What a GET answers. Raises as ``ask``."""
        return await (await self.ask("GET", path, query)).document()

    async def post(
        self,
        path: str,
        body: Body | None = None,
        query: Query | None = None,
        *,
        request: Request | None = None,
        prefer: str | None = None,
    ) -> Answer:
        """What a POST answers, carried out once under a key: that of ``request``, or a new one. Raises as ``ask``."""
        headers = {KEY: _quoted(request.key if request is not None else self.new_id())}
        if prefer is not None:
            headers["prefer"] = prefer
        return await self.ask("POST", path, query, body, headers)

    async def question(self, path: str, body: Body, query: Query | None = None) -> JsonObject:
        """What a POST answers that has no effect: a key would be one. Raises as ``ask``."""
        return await (await self.ask("POST", path, query, body)).document()

    async def ask(
        self,
        method: str,
        path: str,
        query: Query | None = None,
        body: Body | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer to a request that is safe to send again.

        Raises:
            ArtifactPlaneError: what the service says is wrong (see ``problems``).
            Unavailable: nobody answers, or not in time, however often it was tried.
        """
        target = _target(path, query)
        return await self.patiently(lambda: self._once(method, target, body, headers or {}))

    async def patiently(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Try until it goes well, or no further try is to be made; then its error is raised."""
        pauses = self._means.pauses()
        while True:
            try:
                return await attempt()
            except Unavailable as error:
                pause = pauses.after(error)
            await self._means.clock.sleep(pause)

    async def _once(self, method: str, target: str, body: Body | None, headers: Mapping[str, str]) -> Answer:
        if body is None:
            return await self._sent(self._client.build_request(method, target, headers=dict(headers)))
        async with aclosing(body.content()) as content:
            said = {**headers, **body.headers}
            return await self._sent(self._client.build_request(method, target, headers=said, content=content))

    async def _sent(self, request: httpx.Request) -> Answer:
        try:
            response = await self._client.send(request)
        except httpx.HTTPError as error:
            raise network_error(error, self._client.base_url) from error
        if response.status_code >= 300:
            raise error_of(response, response.content)
        return Answer(status=response.status_code, headers=response.headers, data=response.content)

    async def stream(self, path: str, query: Query, most: int) -> tuple[httpx.Headers, bytes | None]:
        """The headers of a GET's answer, and its content where it has ``most`` bytes at most; else it is left."""
        target = _target(path, query)
        return await self.patiently(lambda: self._begun(target, most))

    async def _begun(self, target: str, most: int) -> tuple[httpx.Headers, bytes | None]:
        try:
            async with self._client.stream("GET", target) as response:
                if response.status_code >= 300:
                    raise error_of(response, await response.aread())
                length = response.headers.get("content-length", "")
                if not length.isdigit():
                    raise _no_length()
                return response.headers, await response.aread() if int(length) <= most else None
        except httpx.HTTPError as error:
            raise network_error(error, self._client.base_url) from error


def network_error(error: httpx.HTTPError, place: httpx.URL) -> Unavailable | InvalidInput:
    """What a failure of the network, or of what was sent, is told as."""
    if isinstance(error, httpx.LocalProtocolError):
        return InvalidInput(
            "what is being sent is not as long as it was said to be, or a header cannot be sent",
            where="request",
            remedy="let nothing change the content while it is sent",
        )
    return unreachable(error, f"{place.scheme}://{place.netloc.decode('ascii')}")


def _target(path: str, query: Query | None) -> str:
    given = {name: _word(value) for name, value in (query or {}).items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


def _word(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _quoted(key: str) -> str:
    """A key as RFC 8941 writes a text."""
    escaped = key.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _parsed(data: bytes) -> JsonObject:
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise _no_document() from error
    if not isinstance(value, dict):
        raise _no_document()
    return value


def _no_document() -> Damaged:
    return Damaged(
        "the answer is no JSON document", where="the service's answer", remedy="see what answers at that address"
    )


def _no_length() -> Damaged:
    return Damaged(
        "the answer does not say how long it is",
        where="the service's answer",
        remedy="see that nothing between here and the service rewrites its answers",
    )
