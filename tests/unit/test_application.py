"""The composed application: its seams, its life, and what it says when it is not closed."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

import artifact_plane
from artifact_plane import ExecutionContext, Intent, Output, RealmResult, open_application
from artifact_plane.adapters.memory.event_sink import MemoryEventSink
from artifact_plane.composition.application import running
from artifact_plane.domain.model.artifact import ArtifactFilter
from artifact_plane.domain.model.change import Event
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.rendering import Renderable
from artifact_plane.domain.use_cases.limits import Limits
from artifact_plane.ports.answers import Payload
from artifact_plane.ports.event_sink import EventSink
from tests.doubles.homes import MemoryHomeOfTests, Scene
from tests.doubles.realms import CountingRenderer, ScriptedRealm, once
from tests.unit.stage import CONTEXT, TENANT, an_intent, makes, staged

NOTE = Output(result_type="note", semantic_payload={"text": "hello"})


def test_every_public_name_is_there_and_importing_loads_none_of_them() -> None:
    """The public face is small, and lazy."""
    for name in artifact_plane.__all__:
        assert getattr(artifact_plane, name) is not None
    code = "import sys, artifact_plane; print([m for m in sys.modules if m.startswith('artifact_plane.')])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


async def test_the_readmes_way_to_embed_it_works_in_memory() -> None:
    """A realm given in code, a policy given as data."""
    realm = ScriptedRealm({"greet": once(RealmResult(artifacts={"note": NOTE}))})
    intent = Intent(intent_id="i1", intent_type="greet", tenant_id="local", session_id="s", solution_id="sol")
    policy = {"materialization_policy": {"note": "persist"}}
    async with open_application("memory", policy=policy, realms=[realm]) as app:
        result = await app.runtime.execute(intent)
        (reference,) = result.execution.references
        assert reference.decision.value == "persist"
        view = await app.plane.get_artifact(reference.artifact_id, "local")
        assert view.semantic_payload == {"text": "hello"}
        assert ("greet", "scripted") in app.runtime.intent_types()


async def test_an_application_that_is_not_closed_warns_and_a_closed_one_refuses_to_be_used() -> None:
    """Leaks warn."""
    home = MemoryHomeOfTests()
    async with home.process(Scene(policy={})) as adapters:
        context = running(adapters, Limits())
        application = await context.__aenter__()
        await context.__aexit__(None, None, None)
        with pytest.raises(RuntimeError, match="closed"):
            application.plane  # noqa: B018
        application.closed = False
        del context
        with pytest.warns(ResourceWarning, match="never closed"):
            del application
            gc.collect()


async def test_an_unknown_profile_is_refused_before_anything_is_opened(tmp_path: Path) -> None:
    """Settings are checked first."""
    with pytest.raises(InvalidInput, match="profile"):
        open_application("lcoal", home=tmp_path / "home")
    assert not (tmp_path / "home").exists()


async def test_two_realms_for_one_intent_type_are_refused() -> None:
    """An intent type has one realm."""
    realm = ScriptedRealm({"parse_content": once(RealmResult())})
    async with open_application("memory", realms=[realm]) as app:
        with pytest.raises(ValueError, match="two realms"):
            app.runtime  # noqa: B018


async def test_realms_and_renderers_are_loaded_when_the_first_is_needed() -> None:
    """Listing and reading load neither."""
    loaded: list[str] = []

    def renderers() -> tuple[CountingRenderer, ...]:
        loaded.append("renderers")
        return (CountingRenderer(),)

    def realms() -> tuple[ScriptedRealm, ...]:
        loaded.append("realms")
        return ()

    async with MemoryHomeOfTests().process(Scene(policy={})) as adapters:
        lazy = attrs.evolve(adapters, renderers=renderers, realms=realms)
        async with running(lazy, Limits()) as application:
            await application.plane.create_artifact("note", "n1", {"a": 1}, {}, CONTEXT)
            await application.plane.list_artifacts(TENANT, ArtifactFilter(), limit=10)
            assert loaded == []
            view = Renderable(name="txt", renderer="counting", format="txt")
            payload = Payload(semantic_payload={"a": 1}, renderings=(view,))
            await application.plane.create_artifact("note", "n2", payload, {}, CONTEXT)
            assert loaded == ["renderers"]
            assert application.runtime.intent_types() == ()
            assert loaded == ["renderers", "realms"]


async def test_events_come_once_for_each_change_and_in_order() -> None:
    """Step 6: artifacts, what the realm said, the execution's end, each in its own order; the ids are distinct."""
    sink = MemoryEventSink()
    result = RealmResult(artifacts={"note": NOTE}, events=({"said": 1},))
    async with staged({"make": once(result)}, sinks=(sink,)) as stage:
        await stage.application.runtime.execute(an_intent())
        await stage.application.plane.create_artifact("note", "n1", {"a": 1}, {}, CONTEXT)
        await stage.application.plane.delete_artifact("n1", TENANT)
    told: dict[str, list[str]] = {}
    for event in sink.events:
        told.setdefault(event.subject, []).append(event.event_type)
    assert sorted(told.values()) == [
        ["artifact.created"],
        ["artifact.created", "artifact.deleted"],
        ["execution.running", "realm.event", "execution.completed"],
    ]
    assert len({event.event_id for event in sink.events}) == 6


async def test_no_event_is_recorded_where_nobody_listens() -> None:
    """Step 6."""
    async with staged({"make": makes(note=NOTE)}) as stage:
        await stage.application.runtime.execute(an_intent())
        assert await stage.adapters.records.outbox.pending() == 0


class Poisoned(EventSink):
    """Fails for ever on one event type, and counts what it takes."""

    def __init__(self, poison: str) -> None:
        self.poison = poison
        self.taken: list[str] = []

    async def publish(self, event: Event) -> None:
        if event.event_type == self.poison:
            raise ValueError("I cannot take this")
        self.taken.append(event.event_type)


async def test_a_poison_event_is_set_aside_after_bounded_tries_shown_and_delivered_when_asked() -> None:
    """Case O03: others go on."""
    sink = Poisoned("artifact.created")
    async with staged(sinks=(sink,)) as stage:
        plane, runtime = stage.application.plane, stage.application.runtime
        await plane.create_artifact("note", "n1", {"a": 1}, {}, CONTEXT)
        await plane.create_artifact("note", "n2", {"a": 1}, {}, CONTEXT)
        relay = stage.application._container.relay()
        for _ in range(10):
            await relay.drain()
            stage.home.clock.advance(600)
        aside = await runtime.set_aside_events()
        assert [pending.event.subject for pending in aside] == ["n1", "n2"]
        assert all("I cannot take this" in (pending.trouble or "") for pending in aside)
        await plane.delete_artifact("n1", TENANT)
        await relay.drain()
        assert sink.taken == ["artifact.deleted"]
        sink.poison = ""
        await runtime.requeue_event(aside[0].event.event_id)
        await relay.drain()
        assert sink.taken == ["artifact.deleted", "artifact.created"]
        with pytest.raises(artifact_plane.NotFound):
            await runtime.requeue_event("nothing")


async def test_a_relay_that_dies_after_publishing_delivers_again_with_the_same_id() -> None:
    """Case O02: at least once; the consumer can tell."""
    home, sink = MemoryHomeOfTests(), MemoryEventSink()
    async with staged(home=home, sinks=(sink,)) as stage:
        relay = stage.application._container.relay()
        await stage.application.plane.create_artifact("note", "n1", {"a": 1}, {}, CONTEXT)
        claimed = await stage.adapters.records.outbox.claim("dead", home.clock.now(), lease=30, limit=10)
        await sink.publish(claimed[0].event)
        assert await relay.drain() == 0
        home.clock.advance(31)
        await relay.drain()
        assert await stage.adapters.records.outbox.pending() == 0
    assert [event.event_id for event in sink.events] == [claimed[0].event.event_id] * 2


def test_a_realm_of_an_installed_distribution_is_found_by_its_entry_point(tmp_path: Path) -> None:
    """Third parties register realms by the entry point group ``artifact_plane.realms``; a broken one is named."""
    (tmp_path / "third_party.py").write_text(
        "from artifact_plane import Output, Realm, RealmResult\n"
        "class Greeting(Realm):\n"
        "    name = 'greeting'\n"
        "    intent_types = frozenset({'greet'})\n"
        "    async def handle(self, intent, context, reader):\n"
        "        return RealmResult(artifacts={'note': Output(result_type='note', semantic_payload={'hi': 1})})\n"
    )
    info = tmp_path / "third_party-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: third-party\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[artifact_plane.realms]\ngreeting = third_party:Greeting\n")
    done = _run_greet(tmp_path)
    assert done.returncode == 0, done.stderr
    assert '"decision":"discard"' in done.stdout.replace(" ", "")
    (info / "entry_points.txt").write_text("[artifact_plane.realms]\ngreeting = third_party:Missing\n")
    broken = _run_greet(tmp_path)
    assert broken.returncode == 2
    assert "third-party" in broken.stderr


def _run_greet(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "artifact_plane", "run", "greet", "--json"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


async def test_a_context_belongs_to_one_tenant_and_ids_are_checked_at_every_entrance() -> None:
    """Laws 16, cases A01, A12 and T06: no separator, no NUL, no dot-dot, at most 128 characters."""
    for tenant in ("a:b", "a/b", "..", "", "x" * 129, "é", "a\0b", "a ", "-a", "a\n"):
        with pytest.raises(InvalidInput):
            ExecutionContext(tenant_id=tenant)
    async with staged() as stage:
        for artifact_id in ("../x", "a\0", "a/b", "x" * 300, "a\\b", "%2e%2e", ""):
            with pytest.raises(InvalidInput):
                await stage.application.plane.create_artifact("note", artifact_id, {}, {}, CONTEXT)
        await stage.application.plane.create_artifact("note", "n", {"t": "A"}, {}, ExecutionContext(tenant_id="A"))
        await stage.application.plane.create_artifact("note", "n", {"t": "a"}, {}, ExecutionContext(tenant_id="a"))
        assert (await stage.application.plane.get_artifact("n", "A")).semantic_payload == {"t": "A"}
