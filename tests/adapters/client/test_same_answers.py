"""A service's application answers what the application behind it answers, and raises what that raises."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import attrs
import pytest
import pytest_asyncio

from artifact_plane.adapters.client.problems import DeletedArtifact
from artifact_plane.adapters.codec.views import dry_run_view, execution_view
from artifact_plane.adapters.codec.views_policy import policy_view
from artifact_plane.domain.model.artifact import Artifact, ArtifactFilter, ArtifactState
from artifact_plane.domain.model.decision import Basis, MaterializationDecision, Role, Subject
from artifact_plane.domain.model.errors import Gone, InvalidInput
from artifact_plane.domain.model.lineage import Bounds
from artifact_plane.domain.model.rendering import BytesSource
from artifact_plane.ports.answers import Payload
from artifact_plane.ports.application import Application
from tests.adapters.client.furnishing import TABLE, Ask, an_odd_intent, failure, furnished
from tests.adapters.client.stage import HERE, Stage, an_intent
from tests.journeys.http.serving import TENANT

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def settled() -> AsyncIterator[Stage]:
    """One for all tests that change nothing."""
    async with furnished() as stage:
        yield stage


def bare(artifact: Artifact) -> Artifact:
    """A record without what no service tells."""
    return attrs.evolve(artifact, parts=tuple(attrs.evolve(part, location=None) for part in artifact.parts))


async def _bytes_of(app: Application, name: str) -> object:
    content = await app.plane.open_content("q3", TENANT, name)
    with content.source.open() as reader:
        data = reader.read()
    return data, content.size, content.digest, content.drawn, content.part.media_type, content.artifact.version


async def _list(app: Application, criteria: ArtifactFilter) -> object:
    page = await app.plane.list_artifacts(TENANT, criteria, limit=2)
    rest = await app.plane.list_artifacts(TENANT, criteria, after=page.next) if page.next else None
    return [bare(one) for found in (page, rest) if found for one in found.artifacts]


async def _run(app: Application) -> object:
    (run, *_), following = await app.runtime.executions(TENANT, session_id="monday", limit=1)
    result = await app.runtime.execution(run.execution_id, TENANT)
    journey = await app.runtime.journey("monday", TENANT)
    return execution_view(run), execution_view(result.execution), result.receipts, following, journey


async def _view(app: Application, version: int | None = None, **more: bool) -> object:
    view = await app.plane.get_artifact("q3", TENANT, version=version, **more)
    return bare(view.artifact), view.semantic_payload


async def _explained(app: Application, artifact_id: str) -> object:
    explanation = await app.steward.explain(artifact_id, TENANT)
    return bare(explanation.artifact), explanation.receipts


async def _impact(app: Application) -> object:
    return [bare(one) for one in await app.lineage.impact("q3", TENANT)]


async def _versions(app: Application, artifact_id: str) -> object:
    return [bare(one) for one in await app.plane.versions(artifact_id, TENANT)]


async def _plan(app: Application) -> object:
    return dry_run_view(await app.runtime.dry_run(an_intent("dry", data=BytesSource(TABLE))))


async def _policy(app: Application) -> object:
    return policy_view(await app.steward.policy(TENANT, "claims"))


async def _types(app: Application) -> object:
    return app.runtime.intent_types()


_ATTACHED: Final = Subject(
    result_type="attachment", role=Role.ATTACHMENT, tenant_id=TENANT, solution_id="claims", size=7
)
_VIEW: Final = Subject(
    result_type="roadmap",
    role=Role.RENDERING,
    basis=Basis.EXPLICIT,
    rendering="pdf",
    realm="outcomes",
    intent_type="generate_roadmap",
    tenant_id=TENANT,
    solution_id="claims",
    labels=frozenset({"b", "a"}),
    media_type="application/pdf",
    regenerable=True,
)
_MEANT: Final = Subject(
    result_type="poc", role=Role.SEMANTIC, basis=Basis.MEANING, tenant_id=TENANT, solution_id="default"
)

QUESTIONS: Final[dict[str, Ask]] = {
    "the current version": lambda app: _view(app),
    "an earlier version": lambda app: _view(app, version=1),
    "a record alone": lambda app: _view(app, include_payload=False),
    "the meaning's bytes": lambda app: app.plane.get_meaning("q3", TENANT),
    "a rendering that is kept": lambda app: _bytes_of(app, "table"),
    "a rendering of another format": lambda app: _bytes_of(app, "html"),
    "the meaning as a part": lambda app: _bytes_of(app, "semantic_payload"),
    "all artifacts, a page at a time": lambda app: _list(app, ArtifactFilter(state=None)),
    "those of a type": lambda app: _list(app, ArtifactFilter(artifact_type="roadmap", label="draft")),
    "those that were deleted": lambda app: _list(app, ArtifactFilter(state=ArtifactState.DELETED)),
    "those of a decision and session": lambda app: _list(
        app,
        ArtifactFilter(decision=MaterializationDecision.DISCARD, session_id="monday", solution_id="claims"),
    ),
    "versions": lambda app: _versions(app, "q3"),
    "versions of what was deleted": lambda app: _versions(app, "gone"),
    "a short id": lambda app: app.plane.resolve("q", TENANT),
    "upstream": lambda app: app.lineage.upstream("p1", TENANT, bounds=Bounds(depth=2, nodes=5)),
    "downstream of a version": lambda app: app.lineage.downstream("q3", TENANT, version=1),
    "impact": _impact,
    "a path": lambda app: app.lineage.path("p1", "q3", TENANT),
    "a run, a list of runs, a journey": _run,
    "a plan": _plan,
    "intent types": _types,
    "why": lambda app: _explained(app, "q3"),
    "why, of what was deleted": lambda app: _explained(app, "gone"),
    "the policy": _policy,
    "what would become of an attachment": lambda app: app.steward.would_rule(_ATTACHED),
    "what would become of a view": lambda app: app.steward.would_rule(_VIEW),
    "what would become of a meaning": lambda app: app.steward.would_rule(_MEANT),
    "what is wrong with a policy": lambda app: app.steward.check(b"materialization_policy: {a: presist}", "p/q.yaml"),
    "what is wrong with a governance": lambda app: app.steward.check(b"governance: [{}]", "g", governance=True),
    "what is wrong with what is no text": lambda app: app.steward.check(b"a: \xff", "x.yaml"),
    "nothing wrong": lambda app: app.steward.check(b"materialization_policy: {}\n", "p.yaml"),
}


@pytest.mark.parametrize("question", QUESTIONS)
async def test_a_question_has_the_same_answer(settled: Stage, question: str) -> None:
    ask = QUESTIONS[question]
    assert await ask(settled.app) == await ask(settled.own)


MISTAKES: Final[dict[str, Ask]] = {
    "an artifact that is not there": lambda app: app.plane.get_artifact("nobody", TENANT),
    "a version that is not there": lambda app: app.plane.get_artifact("q3", TENANT, version=9),
    "a deleted one": lambda app: app.plane.get_artifact("gone", TENANT),
    "a deleted one's bytes": lambda app: app.plane.get_meaning("gone", TENANT),
    "a part that is not there": lambda app: app.plane.open_content("q3", TENANT, "nothing"),
    "an id that is taken": lambda app: app.plane.create_artifact("roadmap", "q3", {"other": 1}, {}, HERE),
    "an id of what was deleted": lambda app: app.plane.create_artifact("note", "gone", {"n": 2}, {}, HERE),
    "an origin that is not there": lambda app: app.plane.create_artifact(
        "poc", None, Payload(semantic_payload={}, derived_from=["nobody"]), {}, HERE
    ),
    "a version that is not the current one": lambda app: app.plane.update_artifact(
        "q3", {"other": 1}, {}, HERE, expected_version=1
    ),
    "an update of what is not there": lambda app: app.plane.update_artifact("x", {}, {}, HERE, expected_version=1),
    "a meaning that is no JSON": lambda app: app.plane.create_artifact("note", None, {"n": float("nan")}, {}, HERE),
    "a deletion of what is not there": lambda app: app.plane.delete_artifact("nobody", TENANT),
    "versions of what is not there": lambda app: app.plane.versions("nobody", TENANT),
    "a short id of none": lambda app: app.plane.resolve("zzz", TENANT),
    "a cursor of no page": lambda app: app.plane.list_artifacts(TENANT, ArtifactFilter(), after="zzz"),
    "lineage of what is not there": lambda app: app.lineage.upstream("nobody", TENANT),
    "an explanation of what is not there": lambda app: app.steward.explain("nobody", TENANT),
    "an execution that is not there": lambda app: app.runtime.execution("nobody", TENANT),
    "cancelling what is not there": lambda app: app.runtime.cancel("nobody", TENANT),
    "an intent type that nobody knows": lambda app: app.runtime.execute(an_odd_intent(intent_type="parse_contents")),
    "an intent type that nobody knows, dry": lambda app: app.runtime.dry_run(an_odd_intent(intent_type="nothing")),
    "an intent id that is taken": lambda app: app.runtime.execute(an_odd_intent(intent_id="i-1", parameters={"x": 1})),
}


@pytest.mark.parametrize("mistake", MISTAKES)
async def test_a_mistake_is_told_in_the_same_words(settled: Stage, mistake: str) -> None:
    """Class, sentence, place and remedy; the request id is a note."""
    own, told = [await failure(MISTAKES[mistake], app) for app in (settled.own, settled.app)]
    assert type(own) in (type(told), type(told).__base__)
    assert (told.message, told.code, told.remedy) == (own.message, own.code, own.remedy)
    assert told.where == own.where


async def test_several_ids_that_begin_so_are_invalid_input_here_too() -> None:
    async with furnished() as stage:
        await stage.own.plane.create_artifact("note", "q4", {}, {}, HERE)
        own, told = [await failure(lambda app: app.plane.resolve("q", TENANT), app) for app in (stage.own, stage.app)]
    assert (type(told), told.message) == (InvalidInput, own.message)


async def test_what_was_deleted_comes_with_what_is_left_of_it(settled: Stage) -> None:
    with pytest.raises(Gone) as caught:
        await settled.app.plane.get_artifact("gone", TENANT)
    assert isinstance(caught.value, DeletedArtifact)
    assert caught.value.tombstone.state is ArtifactState.DELETED
    assert any("request" in note for note in caught.value.__notes__)
