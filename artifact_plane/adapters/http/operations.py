"""Operations: each route as one value, from which the routes, their scopes and the OpenAPI document are made.

A route is what its operation says: what is not described is refused, and what is described is what is read.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import cached_property
from typing import Final, Literal, TypeAlias
from weakref import WeakKeyDictionary

import attrs
from litestar import Response
from litestar.exceptions import InternalServerException
from litestar.handlers import HTTPRouteHandler

from artifact_plane.adapters.codec.views import record_view
from artifact_plane.adapters.http.callers import HttpRequest, caller_of, request_id_of
from artifact_plane.adapters.http.in_progress import InProgress
from artifact_plane.adapters.http.parameters import Parameter, Query
from artifact_plane.adapters.http.problems import RequestProblem, problem_of, problem_response
from artifact_plane.adapters.http.room import Room
from artifact_plane.adapters.http.scopes import Need, RouteGroup
from artifact_plane.adapters.http.service import Service, service_of
from artifact_plane.domain.model.artifact import ArtifactState
from artifact_plane.domain.model.errors import Gone, InvalidInput
from artifact_plane.domain.model.identity import check_identifier, check_name, printable
from artifact_plane.domain.model.json import Json, JsonObject
from artifact_plane.ports.application import Application


@attrs.frozen(eq=False)
class Tools:
    """What the routes of one service share.

    Which keys are in work, how many streams are open, room for documents that are read and for those that are sent:
    whoever takes his time to be answered keeps nobody from asking.
    """

    room: Room
    sending: Room
    in_progress: InProgress = attrs.field(factory=InProgress)
    streams: set[object] = attrs.field(factory=set)


_tools: Final[WeakKeyDictionary[Service, Tools]] = WeakKeyDictionary()


def tools_of(service: Service) -> Tools:
    """What the routes of this service share."""
    found = _tools.get(service)
    if found is None:
        size, patience = service.settings.documents_bytes, service.settings.room_seconds
        found = _tools[service] = Tools(room=Room(size, patience), sending=Room(size, patience))
    return found


@attrs.define(eq=False, slots=False)
class Call:
    """One request to an operation: the request, and what is asked of nearly every one."""

    request: HttpRequest
    operation: Operation
    query: Query
    _room: list[Callable[[], None]] = attrs.field(factory=list, init=False)

    @cached_property
    def service(self) -> Service:
        """The service it came to."""
        return service_of(self.request)

    @property
    def tools(self) -> Tools:
        """What the routes of this service share."""
        return tools_of(self.service)

    async def make_room(self, size: int) -> None:
        """Have room for a document of that size until the request is answered.

        Raises:
            RequestProblem: 503; there is none.
        """
        self._room.append(await self.tools.room.take(size, caller_of(self.request).counted_as))

    async def room_to_send(self, size: int) -> Callable[[], None]:
        """Have room for an answer of that size until what is returned is called. Raises as ``make_room``."""
        return await self.tools.sending.take(size, caller_of(self.request).counted_as)

    def leave_room(self) -> None:
        """Give back what the request took."""
        while self._room:
            self._room.pop()()

    @property
    def application(self) -> Application:
        """The plane behind the service."""
        return self.service.application

    @cached_property
    def tenant_id(self) -> str:
        """The caller's tenant: there is no other way to name one."""
        return caller_of(self.request).tenant_id

    def identifier(self, name: str) -> str:
        """The id in the path. Raises InvalidInput."""
        return check_identifier(name, str(self.request.path_params[name]))

    def name(self, name: str) -> str:
        """The name in the path. Raises InvalidInput."""
        return check_name(name, str(self.request.path_params[name]))

    def header(self, name: str) -> str | None:
        """A request header that may come once at most. Raises InvalidInput where it comes more often."""
        found = self.request.headers.getall(name, [])
        if len(found) > 1:
            raise InvalidInput("the header comes twice", where=f"header {printable(name)}", remedy="send it once")
        return found[0] if found else None


Method: TypeAlias = Literal["GET", "HEAD", "POST", "PUT", "DELETE"]
Handler: TypeAlias = Callable[[Call], Awaitable[Response[bytes]]]


@attrs.frozen(kw_only=True)
class Body:
    """What may be in a request: by media type, the JSON schema and an example."""

    content: Mapping[str, JsonObject]
    required: bool = True


@attrs.frozen(kw_only=True)
class Answer:
    """What may be answered: in words, by media type the JSON schema, the headers, and what can be asked next."""

    about: str
    content: Mapping[str, JsonObject] = attrs.field(factory=dict)
    headers: Mapping[str, JsonObject] = attrs.field(factory=dict)
    links: Mapping[str, JsonObject] = attrs.field(factory=dict)


def _parameters(parameters: Iterable[Parameter[object]]) -> tuple[Parameter[object], ...]:
    return tuple(parameters)


@attrs.frozen(kw_only=True, eq=False)
class Operation:
    """One method of one path.

    ``path`` is the template; ``{artifact_id}`` and others are ids. ``tag`` groups operations in the document.
    ``headers`` are request headers with their descriptions. ``problems`` are the statuses of errors besides those
    that every route can give.
    """

    name: str
    method: Method
    path: str
    need: Need
    handler: Handler
    tag: str
    summary: str
    about: str = ""
    query: tuple[Parameter[object], ...] = attrs.field(default=(), converter=_parameters)
    headers: Mapping[str, JsonObject] = attrs.field(factory=dict)
    body: Body | None = None
    answers: Mapping[int, Answer]
    problems: Mapping[int, str] = attrs.field(factory=dict)


def route_group(operations: Iterable[Operation], name: str) -> RouteGroup:
    """The routes of all operations, and what they need.

    HEAD is answered by the GET of its path: an operation of its own only describes it.
    """
    all_of_them = tuple(one for one in operations if one.method != "HEAD")
    return RouteGroup(
        name=name,
        handlers=[*_options(all_of_them), *map(_route, all_of_them)],
        needs={(operation.method, operation.path): operation.need for operation in all_of_them},
    )


def _route(operation: Operation) -> HTTPRouteHandler:
    async def answer(request: HttpRequest) -> Response[bytes]:
        call = Call(request, operation, Query(request, operation.query))
        _check_no_body(call)
        try:
            return await operation.handler(call)
        except Gone as error:
            return await _gone(call, error)
        except InternalServerException as error:  # the framework's word for a client that left in mid-body
            raise RequestProblem(400, "cut_short", "the request ended before its body did", where="body") from error
        finally:
            call.leave_room()

    path = _template(operation.path)
    made = HTTPRouteHandler(path, http_method=operation.method, status_code=200, name=operation.name)
    return made(answer)


async def _gone(call: Call, error: Gone) -> Response[bytes]:
    """The answer for what is gone, with the tombstone where the artifact in the path was deleted (law 18)."""
    more: dict[str, Json] = {}
    if "artifact_id" in call.request.path_params:
        explanation = await call.application.steward.explain(call.identifier("artifact_id"), call.tenant_id)
        if explanation.artifact.state is ArtifactState.DELETED:
            more["tombstone"] = record_view(explanation.artifact)
    return problem_response(problem_of(error, request_id_of(call.request), more))


def _options(operations: Iterable[Operation]) -> list[HTTPRouteHandler]:
    """OPTIONS of each path: the methods that it knows. These come first, or the framework makes its own, which knows
    only the first method of a path."""
    methods: dict[str, list[str]] = {}
    for operation in operations:
        known = (operation.method, "HEAD") if operation.method == "GET" else (operation.method,)
        methods.setdefault(operation.path, ["OPTIONS"]).extend(known)
    return [_allowing(path, ", ".join(sorted(names))) for path, names in methods.items()]


def _allowing(path: str, methods: str) -> HTTPRouteHandler:
    async def allow(request: HttpRequest) -> Response[bytes]:
        return Response(content=b"", status_code=204, headers={"allow": methods})

    return HTTPRouteHandler(_template(path), http_method="OPTIONS", status_code=200)(allow)


def _template(path: str) -> str:
    """The path as the framework writes it."""
    return path.replace("}", ":str}")


_BODILESS: Final = ("", "0")


def _check_no_body(call: Call) -> None:
    """What takes no body refuses one: somebody believes that it says something."""
    if call.operation.body is None:
        headers = call.request.headers
        if headers.get("content-length", "") not in _BODILESS or "transfer-encoding" in headers:
            raise RequestProblem(
                400, "invalid_input", "this takes no body", where="body", remedy="send none", closes=True
            )
