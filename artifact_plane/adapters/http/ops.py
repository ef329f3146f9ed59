"""How the service is doing: alive, ready, in figures."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

import orjson
from litestar import Response, get

from artifact_plane.adapters.http.callers import HttpRequest
from artifact_plane.adapters.http.metrics import MEDIA_TYPE
from artifact_plane.adapters.http.scopes import Open, RouteGroup
from artifact_plane.adapters.http.service import Health, Service, service_of
from artifact_plane.domain.model.credential import Scope
from artifact_plane.domain.model.errors import ArtifactPlaneError
from artifact_plane.domain.model.json import JsonObject

HEALTH_SECONDS: Final = 3.0
"""How long a component may take to give a sign of life."""

_FRESH: Final = timedelta(seconds=1)
"""How long an answer about readiness serves everybody who asks."""


@get("/livez")
async def livez() -> Response[bytes]:
    """The process answers."""
    return _document({"status": "ok"})


@get("/readyz")
async def readyz(request: HttpRequest) -> Response[bytes]:
    """Every component answers; 503 where one does not, and which."""
    service = service_of(request)
    states = await request.app.state.readiness.states()
    ready = all(states.values()) and not service.stopping.is_set()
    components: JsonObject = {name: "ok" if up else "away" for name, up in states.items()}
    return _document({"status": "ok" if ready else "away", "components": components}, 200 if ready else 503)


@get("/metrics")
async def metrics(request: HttpRequest) -> Response[bytes]:
    """Figures for Prometheus."""
    return Response(service_of(request).metrics.text(), headers={"content-type": MEDIA_TYPE})


def _document(value: JsonObject, status: int = 200) -> Response[bytes]:
    later = {"retry-after": "2"} if status == 503 else {}
    return Response(orjson.dumps(value), status_code=status, media_type="application/json", headers=later)


class Readiness:
    """Asks the components, all at once, and once for everybody who asks within a second."""

    def __init__(self, service: Service) -> None:
        self._service: Final = service
        self._states: dict[str, bool] = {}
        self._asked = service.clock.now() - _FRESH
        self._asking: Final = asyncio.Lock()

    async def states(self) -> dict[str, bool]:
        """Whether each component answers, by name."""
        async with self._asking:
            now = self._service.clock.now()
            if not timedelta(0) <= now - self._asked < _FRESH:
                names = list(self._service.components)
                found = await asyncio.gather(*map(_answers, self._service.components.values()))
                self._states, self._asked = dict(zip(names, found, strict=True)), now
                for name, up in self._states.items():
                    self._service.metrics.component(name, up)
            return self._states


async def _answers(health: Health) -> bool:
    try:
        async with asyncio.timeout(HEALTH_SECONDS):
            await health()
    except (ArtifactPlaneError, TimeoutError):
        return False
    return True


OPS: Final = RouteGroup(
    name="ops",
    handlers=(livez, readyz, metrics),
    needs={
        ("GET", "/livez"): Open.PUBLIC,
        ("GET", "/readyz"): Open.PUBLIC,
        ("GET", "/metrics"): Scope.ADMIN,
    },
)
