"""Random histories of the whole plane, on each profile beside the in-memory reference: the answers must be equal."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import attrs
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from artifact_plane.composition.adapters import Adapters
from artifact_plane.composition.application import ComposedApplication, running
from artifact_plane.domain.model.artifact import Artifact, ArtifactFilter, ArtifactPage, Part
from artifact_plane.domain.model.decision import MaterializationDecision
from artifact_plane.domain.model.errors import ArtifactPlaneError
from artifact_plane.domain.model.execution import AttachmentRecord, Execution
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.lineage import Bounds, Lineage
from artifact_plane.domain.model.rendering import BytesSource, Renderable, Rendered
from artifact_plane.domain.model.result import Output, RealmResult
from artifact_plane.domain.use_cases.limits import Limits
from artifact_plane.ports.answers import ArtifactView, Content, ExecutionResult, Explanation, Payload, RecordedArtifact
from artifact_plane.ports.realm import ArtifactReader
from tests.doubles.homes import Home, MemoryHomeOfTests, Scene
from tests.doubles.profiles import PROFILES, home_maker
from tests.doubles.realms import CountingRenderer, ScriptedRealm, read_all
from tests.doubles.world import check_world

TENANTS: Final = ("t1", "T1")
LIMITS: Final = Limits(inline_bytes=48)
POLICY: Final = {
    "materialization_policy": {
        "kept": {"decision": "persist", "renderings": {"txt": "cache", "file": "persist"}},
        "passing": [{"when": {"labels": ["dear"]}, "decision": "cache", "ttl": "10m"}, {"decision": "discard"}],
    }
}
GOVERNANCE: Final = {
    "governance": [
        {"name": "no-pii", "when": {"labels": ["pii"]}, "deny": ["persist", "cache"], "reason": "no PII at rest"},
        {"name": "audit", "when": {"labels": ["audit"]}, "require": "persist", "reason": "audit"},
    ]
}

tenants = st.sampled_from(TENANTS)
artifact_ids = st.sampled_from(["a", "b", "c", "d-1", "d-2"])
kinds = st.sampled_from(["kept", "passing", "unlisted"])
labels = st.lists(st.sampled_from(["dear", "pii", "audit", "plain"]), max_size=2, unique=True)
words = st.sampled_from(["", "word", "a longer text that does not fit into the record itself"])
meanings = st.fixed_dictionaries({"word": words, "number": st.integers(0, 2)})
views = st.lists(st.sampled_from(["txt", "bin", "file", "other"]), max_size=3, unique=True)
parts = st.sampled_from(["semantic_payload", "txt", "bin", "file", "other", "missing"])

Action = Callable[[ComposedApplication], Awaitable[object]]


def output(kind: str, meaning: JsonObject, names: list[str], marks: list[str], origins: list[str]) -> Output:
    """An output with rendered and renderable views."""
    renderings = tuple(
        Renderable(name=name, renderer="counting", format=name)
        if name in ("txt", "bin")
        else Rendered(name=name, media_type="text/plain", source=BytesSource(name.encode() * 5))
        for name in names
    )
    return Output(result_type=kind, semantic_payload=meaning, renderings=renderings, labels=marks, derived_from=origins)


async def make(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
    """Make what the parameters say; it reads its origins, and the attachment where there is one."""
    parameters = intent.parameters
    for origin in parameters["origins"]:  # type: ignore[union-attr]
        await reader.read(str(origin))
    for source in intent.attachments.values():
        await asyncio.to_thread(read_all, source)
    made = output(
        parameters["kind"],  # type: ignore[arg-type]
        parameters["meaning"],  # type: ignore[arg-type]
        parameters["views"],  # type: ignore[arg-type]
        parameters["labels"],  # type: ignore[arg-type]
        parameters["origins"],  # type: ignore[arg-type]
    )
    return RealmResult(artifacts={"made": made})


@attrs.define
class World:
    """One profile with an open application."""

    home: Home
    scene: Scene
    stack: AsyncExitStack
    adapters: Adapters
    application: ComposedApplication

    @classmethod
    async def opened(cls, home: Home) -> World:
        """Open a process on ``home``."""
        scene = Scene(
            policy=POLICY,
            governance=GOVERNANCE,
            realms=(ScriptedRealm({"make": make}),),
            renderers=(CountingRenderer(),),
        )
        stack = AsyncExitStack()
        adapters = await stack.enter_async_context(home.process(scene))
        application = await stack.enter_async_context(running(adapters, LIMITS))
        return cls(home=home, scene=scene, stack=stack, adapters=adapters, application=application)


async def outcome(world: World, action: Action) -> object:
    """What an action answers, in a form that two profiles can share."""
    try:
        return normal(await action(world.application))
    except ArtifactPlaneError as error:
        return type(error).__name__


def _somewhere(location: str | None) -> str | None:
    return None if location is None else "somewhere"


def normal(answer: object) -> object:
    """The answer without what may differ between profiles: opaque locations, positions, and how bytes are read."""
    match answer:
        case Part():
            return attrs.evolve(answer, location=_somewhere(answer.location))
        case Artifact():
            return attrs.evolve(answer, parts=()), [normal(part) for part in answer.parts]
        case AttachmentRecord():
            return attrs.evolve(answer, location=_somewhere(answer.location))
        case Execution():
            return attrs.evolve(answer, attachments=(), holder=None), [normal(one) for one in answer.attachments]
        case ArtifactPage():
            return [normal(artifact) for artifact in answer.artifacts], answer.next is None
        case Lineage():
            return attrs.evolve(answer, position=0)
        case Content():
            return read_all(answer.source), answer.size, answer.digest, answer.drawn, normal(answer.part)
        case RecordedArtifact() | ArtifactView() | ExecutionResult() | Explanation():
            return tuple(normal(getattr(answer, field.name)) for field in attrs.fields(type(answer)))
        case tuple() | list():
            return [normal(item) for item in answer]
        case _:
            return answer


class PlaneMachine(RuleBasedStateMachine):
    """Does the same to both worlds and compares every answer."""

    other: Callable[[Path], Home]

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.homes: list[Home] = [MemoryHomeOfTests(), type(self).other(Path(self.folder.name))]
        self.worlds = [self.loop.run_until_complete(World.opened(home)) for home in self.homes]
        self.intents = 0

    def teardown(self) -> None:
        for world in self.worlds:
            self.loop.run_until_complete(world.stack.aclose())
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()
        self.folder.cleanup()

    def both(self, action: Action) -> object:
        """Do it in both worlds; the answers are equal."""
        reference, other = (self.loop.run_until_complete(outcome(world, action)) for world in self.worlds)
        assert other == reference
        return reference

    @rule(
        tenant=tenants,
        artifact_id=artifact_ids,
        kind=kinds,
        meaning=meanings,
        names=views,
        marks=labels,
        origins=st.lists(artifact_ids, max_size=2, unique=True),
    )
    def create(
        self,
        tenant: str,
        artifact_id: str,
        kind: str,
        meaning: JsonObject,
        names: list[str],
        marks: list[str],
        origins: list[str],
    ) -> None:
        made = output(kind, meaning, names, marks, origins)
        self.both(
            lambda app: app.plane.create_artifact(
                kind, artifact_id, _payload(made), {}, ExecutionContext(tenant_id=tenant)
            )
        )

    @rule(tenant=tenants, artifact_id=artifact_ids, meaning=meanings, names=views, expected=st.integers(1, 3))
    def update(self, tenant: str, artifact_id: str, meaning: JsonObject, names: list[str], expected: int) -> None:
        made = output("kept", meaning, names, [], [])
        self.both(
            lambda app: app.plane.update_artifact(
                artifact_id, _payload(made), {}, ExecutionContext(tenant_id=tenant), expected_version=expected
            )
        )

    @rule(tenant=tenants, artifact_id=artifact_ids)
    def delete(self, tenant: str, artifact_id: str) -> None:
        self.both(lambda app: app.plane.delete_artifact(artifact_id, tenant))

    @rule(
        tenant=tenants,
        kind=kinds,
        meaning=meanings,
        names=views,
        marks=labels,
        origins=st.lists(artifact_ids, max_size=2, unique=True),
        attached=st.booleans(),
        again=st.booleans(),
    )
    def execute(
        self,
        tenant: str,
        kind: str,
        meaning: JsonObject,
        names: list[str],
        marks: list[str],
        origins: list[str],
        attached: bool,
        again: bool,
    ) -> None:
        self.intents += not again
        parameters: Mapping[str, object] = {
            "kind": kind,
            "meaning": meaning,
            "views": names,
            "labels": marks,
            "origins": origins,
        }
        intent = Intent(
            intent_id=f"intent-{self.intents}",
            intent_type="make",
            tenant_id=tenant,
            session_id="s1",
            solution_id="sol",
            parameters=parameters,  # type: ignore[arg-type]
            attachments={"data": BytesSource(b"attached")} if attached else {},
        )
        self.both(lambda app: app.runtime.execute(intent, retry=again))

    @rule(tenant=tenants, artifact_id=artifact_ids, execution=st.sampled_from(["outside-1", "outside-2"]))
    def register(self, tenant: str, artifact_id: str, execution: str) -> None:
        context = ExecutionContext(tenant_id=tenant)
        self.both(lambda app: app.plane.register_lineage(artifact_id, execution, "intent-x", context))

    @rule(tenant=tenants, artifact_id=artifact_ids, version=st.none() | st.integers(1, 3), part=parts)
    def read(self, tenant: str, artifact_id: str, version: int | None, part: str) -> None:
        self.both(lambda app: app.plane.get_artifact(artifact_id, tenant, version=version))
        self.both(lambda app: app.plane.open_content(artifact_id, tenant, part, version=version))
        self.both(lambda app: app.plane.versions(artifact_id, tenant))
        self.both(lambda app: app.steward.explain(artifact_id, tenant))

    @rule(
        tenant=tenants,
        kind=st.none() | kinds,
        label=st.none() | st.sampled_from(["dear", "plain"]),
        decision=st.none() | st.sampled_from(MaterializationDecision),
        limit=st.integers(1, 4),
    )
    def page_through(
        self, tenant: str, kind: str | None, label: str | None, decision: MaterializationDecision | None, limit: int
    ) -> None:
        criteria = ArtifactFilter(artifact_type=kind, label=label, decision=decision, state=None)

        async def pages(app: ComposedApplication) -> list[ArtifactPage]:
            found, after = [], None
            while True:
                page = await app.plane.list_artifacts(tenant, criteria, limit=limit, after=after)
                found.append(page)
                after = page.next
                if after is None:
                    return found

        self.both(pages)

    @rule(tenant=tenants, artifact_id=artifact_ids, depth=st.integers(1, 5), nodes=st.integers(1, 12))
    def trace(self, tenant: str, artifact_id: str, depth: int, nodes: int) -> None:
        bounds = Bounds(depth=depth, nodes=nodes)
        self.both(lambda app: app.lineage.upstream(artifact_id, tenant, bounds=bounds))
        self.both(lambda app: app.lineage.downstream(artifact_id, tenant, bounds=bounds))

    @rule(seconds=st.sampled_from([1, 600, 601, 3600]))
    def time_passes(self, seconds: int) -> None:
        for home in self.homes:
            home.clock.advance(seconds)

    @rule()
    def restart_the_other(self) -> None:
        """Its process ends and another one opens the same home."""
        world = self.worlds[1]
        self.loop.run_until_complete(world.stack.aclose())
        self.worlds[1] = self.loop.run_until_complete(World.opened(world.home))
        # Both processes draw their ids from one sequence: the reference has to be opened anew as well.
        self.loop.run_until_complete(self.worlds[0].stack.aclose())
        self.worlds[0] = self.loop.run_until_complete(World.opened(self.worlds[0].home))

    @invariant()
    def both_worlds_are_whole(self) -> None:
        for world in getattr(self, "worlds", ()):
            self.loop.run_until_complete(check_world(world.adapters, TENANTS))


def _payload(made: Output) -> Payload:
    return Payload(
        semantic_payload=made.semantic_payload,
        renderings=made.renderings,
        derived_from=made.derived_from,
        labels=made.labels,
    )


@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_answers_as_the_reference_does(profile: str, request: pytest.FixtureRequest) -> None:
    """The in-memory adapters are the reference."""
    make_home = home_maker(profile, request)

    class Machine(PlaneMachine):
        other = staticmethod(make_home)

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=6 if profile == "cloud" else 15,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
