"""Redis killed, standing still, full or forgetful costs no artifact and no answer (case F18), seen from outside."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import pytest

from artifact_plane.composition.application import ComposedApplication
from artifact_plane.composition.profiles import Extras
from artifact_plane.domain.model.errors import Gone
from artifact_plane.domain.model.execution import ExecutionState
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.rendering import BytesSource, Renderable, Rendered
from artifact_plane.domain.model.result import Output, RealmResult
from artifact_plane.ports.realm import ArtifactReader
from tests.doubles.realms import CountingRenderer, ScriptedRealm, read_all
from tests.doubles.server_redis import RedisServer
from tests.doubles.world import all_artifacts
from tests.journeys.cloud.conftest import Deployment

TENANT: Final = "local"
AT_ONCE: Final = 8
PATIENCE: Final = 120.0
VIEWS: Final = {"kept": "persist", "made": "cache", "drawn": "cache"}
Deed = Callable[[RedisServer], object]


def limited(memory: str, eviction: str) -> Deed:
    """Give the server so much memory, in bytes, 0 for all there is."""
    return lambda server: server.call("CONFIG", "SET", "maxmemory", memory, "maxmemory-policy", eviction)


HARMS: Final[dict[str, tuple[Deed, Deed]]] = {
    "killed": (RedisServer.kill, RedisServer.restart),
    "standing still": (RedisServer.pause, RedisServer.resume),
    "full": (limited("1", "noeviction"), limited("0", "noeviction")),
    "forgetting at once": (limited("1", "allkeys-lru"), limited("0", "noeviction")),
}


@pytest.fixture
def redis(deployment: Deployment) -> Iterator[RedisServer]:
    """The deployment's, which has more time than by default; whatever limits a test has left are taken from it."""
    server = deployment.servers.redis
    deployment.replace(f'url = "{server.url}"', f'url = "{server.url}"\ntimeout_ms = 1500')
    yield server
    server.heal()
    limited("0", "noeviction")(server)


async def report(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
    """A meaning, a view that is kept, one that is cached and cannot be drawn again, and one that can."""
    number = intent.parameters["n"]
    output = Output(
        result_type="note",
        semantic_payload={"n": number},
        renderings=(
            Rendered(name="kept", media_type="text/plain", source=BytesSource(f"kept {number}".encode())),
            Rendered(name="made", media_type="text/plain", source=BytesSource(f"made {number}".encode())),
            Renderable(name="drawn", renderer="counting", format="txt"),
        ),
    )
    return RealmResult(artifacts={"report": output})


EXTRAS: Final = Extras(
    policy={"materialization_policy": {"note": {"decision": "persist", "renderings": VIEWS}}},
    realms=(ScriptedRealm({"report": report}),),
    renderers=(CountingRenderer(),),
)


async def run(application: ComposedApplication, numbers: Iterable[int]) -> list[str]:
    """Run so many intents at once, each of which completes; the ids of their artifacts."""
    return await asyncio.gather(*(_run(application, number) for number in numbers))


async def _run(application: ComposedApplication, number: int) -> str:
    intent = Intent(
        intent_id=f"i-{number}",
        intent_type="report",
        tenant_id=TENANT,
        session_id="s1",
        solution_id="default",
        parameters={"n": number},
    )
    result = await application.runtime.execute(intent)
    assert result.execution.state is ExecutionState.COMPLETED, result.execution.failure
    (reference,) = result.execution.references
    return reference.artifact_id


async def hits(application: ComposedApplication, artifact_ids: Iterable[str]) -> list[bool]:
    """Whether what was cached of each artifact is there, after a look at all that must be."""
    return await asyncio.gather(*(_is_cached(application, artifact_id) for artifact_id in artifact_ids))


async def _is_cached(application: ComposedApplication, artifact_id: str) -> bool:
    plane = application.plane
    meaning = (await plane.get_artifact(artifact_id, TENANT)).semantic_payload
    assert meaning is not None
    kept = await plane.open_content(artifact_id, TENANT, "kept")
    assert await asyncio.to_thread(read_all, kept.source) == f"kept {meaning['n']}".encode()
    drawn = await plane.open_content(artifact_id, TENANT, "drawn")
    assert read_all(drawn.source).startswith(b"v1:txt")
    try:
        made = await plane.open_content(artifact_id, TENANT, "made")
    except Gone as told:
        assert told.remedy is not None
        assert "run the intent again" in told.remedy
        return False
    assert read_all(made.source) == f"made {meaning['n']}".encode()
    return not drawn.drawn


@pytest.mark.parametrize("harm", HARMS)
async def test_what_is_kept_does_not_notice_and_what_is_cached_is_right_or_missed(
    deployment: Deployment, redis: RedisServer, harm: str
) -> None:
    """Artifacts with cached parts are made and read before, meanwhile and afterwards; no call fails."""
    hurt, mend = HARMS[harm]
    async with deployment.opened(EXTRAS) as (application, adapters):
        before = await run(application, range(AT_ONCE))
        assert all(await hits(application, before))
        hurt(redis)
        async with asyncio.timeout(PATIENCE):
            meanwhile = await run(application, range(AT_ONCE, 2 * AT_ONCE))
            assert not any(await hits(application, meanwhile))
            await hits(application, before)
            await application.plane.delete_artifact(before[0], TENANT)
        mend(redis)
        after = await run_until_cached(application, 2 * AT_ONCE)
        found = [artifact.artifact_id for artifact in await all_artifacts(adapters, TENANT)]
        assert sorted(found) == sorted(before + meanwhile + after)
        with pytest.raises(Gone):
            await application.plane.open_content(before[0], TENANT, "made")
    await deployment.check()


async def run_until_cached(application: ComposedApplication, number: int) -> list[str]:
    """Run one intent after the other until the cached parts of one are there; the ids of their artifacts."""
    made: list[str] = []
    async with asyncio.timeout(PATIENCE):
        while True:
            made += await run(application, [number + len(made)])
            if all(await hits(application, made[-1:])):
                return made
            await asyncio.sleep(0.1)
