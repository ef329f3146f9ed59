"""How the service is doing: alive, ready, in figures."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Final

from litestar import Response

from artifact_plane.adapters.http.answers import JSON, HttpAnswer, answer
from artifact_plane.adapters.http.metrics import MEDIA_TYPE
from artifact_plane.adapters.http.openapi_examples import problem_example
from artifact_plane.adapters.http.openapi_schemas import TEXT, ref
from artifact_plane.adapters.http.operations import Answer, Call, Operation, route_group
from artifact_plane.adapters.http.problems import MEDIA_TYPE as PROBLEM
from artifact_plane.adapters.http.scopes import Open, RouteGroup
from artifact_plane.adapters.http.service import Health, Service
from artifact_plane.domain.model.credential import Scope
from artifact_plane.domain.model.errors import ArtifactPlaneError
from artifact_plane.domain.model.json import JsonObject

HEALTH_SECONDS: Final = 3.0
"""How long a component may take to give a sign of life."""

_FRESH: Final = timedelta(seconds=1)
"""How long an answer about readiness serves everybody who asks."""


async def livez(call: Call) -> HttpAnswer:
    """``GET /livez``: the process answers."""
    return answer({"status": "ok"})


async def readyz(call: Call) -> HttpAnswer:
    """``GET /readyz``: every component answers; 503 where one does not, and which."""
    states = await call.request.app.state.readiness.states()
    components: JsonObject = {name: "ok" if up else "away" for name, up in states.items()}
    if all(states.values()) and not call.service.stopping.is_set():
        return answer({"status": "ok", "components": components})
    return answer({"status": "away", "components": components}, 503, {"retry-after": "2"})


async def metrics(call: Call) -> HttpAnswer:
    """``GET /metrics``: figures for Prometheus."""
    service = call.service
    if service.delivery is not None:
        with suppress(ArtifactPlaneError, TimeoutError):  # whether the records are there, readiness says
            async with asyncio.timeout(HEALTH_SECONDS):
                service.metrics.delivery(await service.delivery())
    return Response(call.service.metrics.text(), status_code=200, headers={"content-type": MEDIA_TYPE})


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


TAG: Final = "service"


def _of_health(schema: str, example: JsonObject) -> dict[str, JsonObject]:
    return {JSON: {"schema": ref(schema), "example": example}}


OPERATIONS: Final = (
    Operation(
        name="get_liveness",
        method="GET",
        path="/livez",
        need=Open.PUBLIC,
        handler=livez,
        tag=TAG,
        summary="Ask whether the process answers.",
        answers={200: Answer(about="It does.", content=_of_health("Liveness", {"status": "ok"}))},
    ),
    Operation(
        name="get_readiness",
        method="GET",
        path="/readyz",
        need=Open.PUBLIC,
        handler=readyz,
        tag=TAG,
        summary="Ask whether every component that the service needs answers.",
        about="Components are asked once a second at most. While the service stops, it is not ready.",
        answers={
            200: Answer(
                about="All of them do.",
                content=_of_health("Readiness", {"status": "ok", "components": {"records": "ok", "payloads": "ok"}}),
            ),
            503: Answer(
                about="One does not, or the service is stopping; or it is full.",
                content={
                    **_of_health("Readiness", {"status": "away", "components": {"records": "away", "payloads": "ok"}}),
                    PROBLEM: {"schema": ref("Problem"), "example": problem_example(503)},
                },
                headers={"Retry-After": {"description": "Seconds to wait.", "schema": TEXT}},
            ),
        },
    ),
    Operation(
        name="get_metrics",
        method="GET",
        path="/metrics",
        need=Scope.ADMIN,
        handler=metrics,
        tag=TAG,
        summary="Read figures for Prometheus.",
        about="By route, method and status; never by tenant, id or anything else that a caller chooses.",
        answers={
            200: Answer(
                about="Prometheus's text format.",
                content={
                    "text/plain": {"schema": TEXT, "example": 'artifact_plane_component_up{component="records"} 1.0\n'}
                },
            )
        },
    ),
)
"""The operations of those who look after the service."""

OPS: Final[RouteGroup] = route_group(OPERATIONS, "ops")
