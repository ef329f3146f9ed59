"""The plane on a Redis that fails in every way: what is to be kept is kept, what is cached is there or a miss (F18)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Final

import attrs
import pytest

from artifact_plane.adapters.redis.settings import RedisSettings
from artifact_plane.adapters.redis.working_memory import RedisWorkingMemory
from artifact_plane.composition.application import ComposedApplication, running
from artifact_plane.domain.model.errors import Gone
from artifact_plane.domain.model.execution import ExecutionState
from artifact_plane.domain.model.rendering import BytesSource, Renderable, Rendered
from artifact_plane.domain.model.result import Output
from artifact_plane.domain.use_cases.limits import Limits
from tests.adapters.redis.under_test import HASHER, patient
from tests.doubles.homes import MemoryHomeOfTests, Scene
from tests.doubles.realms import CountingRenderer, ScriptedRealm, read_all
from tests.doubles.server_redis import RedisOptions, RedisServer
from tests.doubles.world import check_world
from tests.unit.stage import TENANT, an_intent, makes

KEPT: Final = b"%PDF kept"
CACHED: Final = bytes(range(256)) * 2_000
REPORT: Final = Output(
    result_type="report",
    semantic_payload={"title": "kept whatever Redis does"},
    renderings=(
        Rendered(name="pdf", media_type="application/pdf", source=BytesSource(KEPT)),
        Rendered(name="chart", media_type="image/png", source=BytesSource(CACHED)),
        Renderable(name="txt", renderer="counting", format="txt"),
    ),
)
POLICY: Final = {
    "materialization_policy": {
        "report": {"decision": "persist", "renderings": {"chart": "cache", "txt": "cache"}},
    }
}

Harm = Callable[[RedisServer], object]
HARMS: Final[dict[str, tuple[RedisOptions, Harm]]] = {
    "nothing": (RedisOptions(), lambda server: None),
    "down": (RedisOptions(), lambda server: server.kill()),
    "standing still": (RedisOptions(), lambda server: server.pause()),
    "full": (RedisOptions(maxmemory=1), lambda server: None),
    "evicting at once": (RedisOptions(maxmemory=1 << 20, eviction="allkeys-lru"), lambda server: None),
    "read-only": (RedisOptions(), lambda server: server.call("REPLICAOF", "127.0.0.1", "1")),
}


@pytest.mark.parametrize("harm", HARMS)
async def test_what_is_kept_does_not_depend_on_redis(harm: str) -> None:
    """The run completes, the meaning and the kept view are there, cached views are right or dropped and drawn again."""
    options, do_harm = HARMS[harm]
    with RedisServer(options) as server:
        settings = patient(server.url) if harm == "nothing" else RedisSettings(url=server.url)
        home = MemoryHomeOfTests()
        scene = Scene(
            policy=POLICY, realms=(ScriptedRealm({"make": makes(report=REPORT)}),), renderers=(CountingRenderer(),)
        )
        async with (
            home.process(scene) as adapters,
            RedisWorkingMemory.open(settings, HASHER) as memory,
            running(attrs.evolve(adapters, memory=memory), Limits()) as application,
        ):
            do_harm(server)
            hits = [await _runs_and_reads(application, f"i{number}") for number in range(8)]
            assert any(hits) is (harm == "nothing")
            await application.runtime.end_session("s1", TENANT)
            await check_world(adapters, [TENANT])


async def _runs_and_reads(application: ComposedApplication, intent_id: str) -> bool:
    """Whether the cached view was there; all else must be."""
    result = await application.runtime.execute(an_intent(intent_id=intent_id))
    assert result.execution.state is ExecutionState.COMPLETED
    artifact_id = result.execution.references[0].artifact_id
    plane = application.plane
    assert read_all((await plane.open_content(artifact_id, TENANT, "pdf")).source) == KEPT
    assert read_all((await plane.open_content(artifact_id, TENANT, "txt")).source).startswith(b"v1:txt")
    with suppress(Gone):
        assert read_all((await plane.open_content(artifact_id, TENANT, "chart")).source) == CACHED
        return True
    return False
