"""The stage of the use cases' tests: one application in memory, with a scripted realm."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

import attrs

from artifact_plane.composition.adapters import Adapters
from artifact_plane.composition.application import ComposedApplication, running
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.rendering import ByteSource, Renderable
from artifact_plane.domain.model.result import Output, RealmResult
from artifact_plane.domain.use_cases.limits import Limits
from tests.doubles.homes import MemoryHomeOfTests, Scene
from tests.doubles.realms import CountingRenderer, Handler, ScriptedRealm, once

TENANT: Final = "t1"
CONTEXT: Final = ExecutionContext(tenant_id=TENANT)
OTHER_TENANT: Final = ExecutionContext(tenant_id="t2")
NOTE: Final = Output(result_type="note", semantic_payload={"text": "hello"})
TXT: Final = Renderable(name="txt", renderer="counting", format="txt")
VIEWED: Final = Output(result_type="note", semantic_payload={"text": "hello"}, renderings=(TXT,))
KEEP: Final = {"note": "persist"}
"""A policy under which a note is kept."""


@attrs.frozen(kw_only=True)
class Stage:
    """An open application and what is behind it."""

    application: ComposedApplication
    adapters: Adapters
    home: MemoryHomeOfTests
    renderer: CountingRenderer


@asynccontextmanager
async def staged(
    handlers: Mapping[str, Handler] | None = None,
    *,
    policy: Mapping[str, object] | None = None,
    governance: object = None,
    limits: Limits | None = None,
    home: MemoryHomeOfTests | None = None,
    sinks: tuple[object, ...] = (),
) -> AsyncIterator[Stage]:
    """An application whose realm handles intents by ``handlers``; ``policy`` is the table of the override."""
    renderer = CountingRenderer()
    scene = Scene(
        policy={"materialization_policy": policy or {}},
        governance=None if governance is None else {"governance": governance},
        realms=(ScriptedRealm(dict(handlers or {})),),
        renderers=(renderer,),
        sinks=sinks,  # type: ignore[arg-type]
    )
    home = home or MemoryHomeOfTests()
    async with home.process(scene) as adapters, running(adapters, limits or Limits()) as application:
        yield Stage(application=application, adapters=adapters, home=home, renderer=renderer)


def an_intent(
    intent_type: str = "make",
    *,
    intent_id: str = "i1",
    attachments: Mapping[str, ByteSource] | None = None,
    **parameters: object,
) -> Intent:
    """An intent of the tests' tenant."""
    return Intent(
        intent_id=intent_id,
        intent_type=intent_type,
        tenant_id=TENANT,
        session_id="s1",
        solution_id="sol",
        parameters=parameters,  # type: ignore[arg-type]
        attachments=attachments or {},
    )


def makes(**outputs: Output) -> Handler:
    """A handler that always returns these outputs."""
    return once(RealmResult(artifacts=outputs))
