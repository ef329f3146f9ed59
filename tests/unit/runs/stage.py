"""What tests of runs share: homes of two profiles, processes with a realm, and executions that the dead left behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final, TypeAlias

from artifact_plane.composition.adapters import Adapters
from artifact_plane.composition.application import ComposedApplication, running
from artifact_plane.domain.model.execution import Execution
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.result import RealmResult
from artifact_plane.domain.use_cases.limits import Limits
from artifact_plane.ports.realm import ArtifactReader
from tests.doubles.faults import Crashed, Effects, Fault, with_faults
from tests.doubles.homes import Home, LocalHomeOfTests, MemoryHomeOfTests, Scene
from tests.doubles.profiles import HomeMaker
from tests.doubles.realms import Handler, ScriptedRealm
from tests.unit.stage import TENANT

Changed: TypeAlias = Callable[[Adapters], Adapters]

HOMES: Final[Mapping[str, HomeMaker]] = {
    "memory": lambda _: MemoryHomeOfTests(),
    "local": LocalHomeOfTests,
}
"""How a home of each profile is made."""


def scene(handlers: Mapping[str, Handler]) -> Scene:
    """A process whose realm handles intents so."""
    return Scene(policy={"materialization_policy": {"note": "persist"}}, realms=(ScriptedRealm(dict(handlers)),))


@asynccontextmanager
async def process(
    home: Home, handlers: Mapping[str, Handler], changed: Changed = lambda adapters: adapters
) -> AsyncIterator[ComposedApplication]:
    """An application in a process of its own, on the home's adapters or on what ``changed`` makes of them."""
    async with home.process(scene(handlers)) as adapters, running(changed(adapters), Limits()) as application:
        yield application


async def leave_behind(home: Home, *intents: Intent) -> None:
    """Let a process die while its realm is at work on each of these."""
    begun = asyncio.Semaphore(0)

    async def hanging(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        begun.release()
        await asyncio.sleep(3600)
        raise AssertionError

    effects = Effects(10_000, Fault.CRASH_BEFORE)
    handlers = {intent.intent_type: hanging for intent in intents}
    async with process(home, handlers, lambda adapters: with_faults(adapters, effects)) as application:
        tasks = [asyncio.create_task(application.runtime.execute(intent)) for intent in intents]
        for _ in intents:
            await begun.acquire()
        effects.die()
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(end, Crashed) for end in ends), ends


async def executions(home: Home) -> Mapping[str, Execution]:
    """What another process finds: each execution by the id of its intent."""
    async with process(home, {}) as application:
        found, _ = await application.runtime.executions(TENANT)
        return {execution.intent_id: execution for execution in found}
