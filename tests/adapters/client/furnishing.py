"""What the service of these tests has in it, and how it is asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeAlias

import attrs
import pytest

from artifact_plane.domain.model.errors import ArtifactPlaneError
from artifact_plane.domain.model.intent import Intent
from artifact_plane.domain.model.rendering import BytesSource, Renderable, Rendered
from artifact_plane.ports.answers import Payload
from artifact_plane.ports.application import Application
from tests.adapters.client.stage import HERE, Stage, an_intent, staged
from tests.journeys.http.serving import TENANT

Ask: TypeAlias = Callable[[Application], Awaitable[object]]
TABLE: Final = b"month,claims\nJan,31\nFeb,28\n"
ROADMAP: Final = Payload(
    semantic_payload={"title": "Q3", "weights": [1, 2.5, None], "deep": {"ü": "ß", "a": True}},
    renderings=[
        Renderable(name="page", renderer="document", format="markdown"),
        Rendered(name="table", media_type="text/csv", source=BytesSource(TABLE)),
    ],
    labels=["draft"],
)


@asynccontextmanager
async def furnished() -> AsyncIterator[Stage]:
    """A service with a roadmap of two versions, one that came of it, and a run."""
    async with staged() as stage:
        where = attrs.evolve(HERE, session_id="monday", solution_id="claims")
        await stage.app.plane.create_artifact("roadmap", "q3", ROADMAP, {"owner": "desk"}, where)
        await stage.app.plane.update_artifact("q3", ROADMAP, {}, where, expected_version=1)
        derived = Payload(semantic_payload={}, derived_from=["q3"])
        await stage.app.plane.create_artifact("poc", "p1", derived, {}, HERE)
        await stage.app.plane.create_artifact("note", "gone", {}, {}, HERE)
        await stage.app.plane.delete_artifact("gone", TENANT)
        await stage.app.runtime.execute(an_intent(data=BytesSource(TABLE)))
        yield stage


def an_odd_intent(**more: object) -> Intent:
    """An intent with these fields."""
    return attrs.evolve(an_intent("bad"), **more)  # type: ignore[arg-type]  # fields of an intent


async def failure(ask: Ask, app: Application) -> ArtifactPlaneError:
    """The error that a question is answered with."""
    with pytest.raises(ArtifactPlaneError) as caught:
        await ask(app)
    return caught.value
