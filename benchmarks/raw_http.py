"""What the service is held against, each a process of its own (``python -m benchmarks.raw_http WHICH HOME …``).

``plain FOLDER`` is the framework and the server with the same settings, and none of ours but the check of the token: it
answers ``/api/artifact/{id}`` with bytes from memory, read from ``FOLDER`` when it starts, and ``/file/{name}`` with a
file of that folder, as the framework sends files. ``gate`` is the whole service with one route more: ``POST
/api/nothing`` reads its body as creating does, strictly and shaped, and then does nothing.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import orjson
import uvicorn
from litestar import Litestar, Request, Response, get
from litestar.datastructures import State
from litestar.exceptions import NotAuthorizedException
from litestar.response import File
from litestar.types import ASGIApp, Receive, Send
from litestar.types import Scope as AsgiScope

from artifact_plane.adapters.http.answers import HttpAnswer, written
from artifact_plane.adapters.http.bodies import ArtifactBody
from artifact_plane.adapters.http.operations import Answer, Body, Call, Operation, route_group
from artifact_plane.adapters.http.routes import API
from artifact_plane.adapters.http.routes.artifacts import PART
from artifact_plane.adapters.http.server import bind
from artifact_plane.adapters.http.settings import HttpSettings
from artifact_plane.adapters.http.uploads import upload
from artifact_plane.composition.application import running
from artifact_plane.composition.bootstrap import limits_of
from artifact_plane.composition.profiles import Extras, adapters_of
from artifact_plane.composition.service import Faces, prepare, settle_memory
from artifact_plane.composition.settings import load
from artifact_plane.domain.model.credential import Scope
from artifact_plane.ports.access import Access
from benchmarks.plane import opened
from benchmarks.samples import TENANT

_IN_MEMORY: Final = 1024 * 1024
_RECORDED: Final = orjson.dumps({"artifact": {"artifact_id": "x" * 36}, "repeated": False, "text": "x" * 1_000})


# The framework alone


@get("/api/artifact/{artifact_id:str}")
async def from_memory(request: Request[object, object, State]) -> Response[bytes]:
    """The bytes that the service answers with."""
    data: bytes = request.app.state.answers[request.path_params["artifact_id"]]
    return Response(content=data, status_code=200, media_type="application/json")


@get("/file/{name:str}")
async def a_file(request: Request[object, object, State]) -> File:
    """A file, as the framework sends it."""
    return File(request.app.state.folder / request.path_params["name"], media_type="application/octet-stream")


def checked(access: Access) -> Callable[[ASGIApp], ASGIApp]:
    """The same check of the token that the service makes."""

    def middleware(app: ASGIApp) -> ASGIApp:
        async def check(scope: AsgiScope, receive: Receive, send: Send) -> None:
            header = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
            caller = await access.authenticate(header.decode("latin-1").partition(" ")[2])
            if caller is None or not caller.may(Scope.READ):
                raise NotAuthorizedException
            await app(scope, receive, send)

        return check

    return middleware


async def plain(home: Path, folder: Path) -> None:
    """Serve until a signal ends it."""
    answers = {path.name: path.read_bytes() for path in folder.iterdir() if path.stat().st_size <= _IN_MEMORY}
    settings = HttpSettings(port=0)
    async with opened(home) as ours:
        app = Litestar(
            [from_memory, a_file],
            middleware=[checked(ours.app.access)],
            openapi_config=None,
            logging_config=None,
            request_max_body_size=None,
            state=State({"answers": answers, "folder": folder}),
        )
        config = uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="off",
            loop="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=settings.connections,
            timeout_keep_alive=settings.keep_alive_seconds,
            h11_max_incomplete_event_size=settings.header_bytes,
        )
        bound = bind(settings)
        _announce(f"http://127.0.0.1:{bound.getsockname()[1]}")
        await uvicorn.Server(config).serve(sockets=[bound])


# The gate, and nothing behind it


async def nothing(call: Call) -> HttpAnswer:
    """Read the body as creating does; leave it at that."""
    await upload(call, ArtifactBody, PART)
    return written(_RECORDED, 201)


NOTHING: Final = Operation(
    name="nothing",
    method="POST",
    path="/api/nothing",
    need=Scope.WRITE,
    handler=nothing,
    tag="nothing",
    summary="Do nothing.",
    body=Body(content={}),
    answers={201: Answer(about="Nothing was done.")},
)


async def gate(home: Path) -> None:
    """Serve until a signal ends it."""
    settings = load({"home": str(home), "http": {"port": 0}}, os.environ, home.parent)
    async with adapters_of(settings, Extras()) as adapters, running(adapters, limits_of(settings)) as application:
        faces = Faces(groups=(API, route_group((NOTHING,), "nothing")))
        prepared = await prepare(application, adapters, settings, TENANT, lambda: faces)
        _announce(prepared.started.url)
        settle_memory()
        await prepared.server.serve_until_signal(prepared.bound)


def _announce(url: str) -> None:
    print(orjson.dumps({"url": url}, option=orjson.OPT_INDENT_2).decode(), flush=True)


def main() -> None:
    """Be the server that is asked for."""
    which, home, *rest = sys.argv[1:]
    asyncio.run(plain(Path(home), Path(rest[0])) if which == "plain" else gate(Path(home)))


if __name__ == "__main__":
    main()
