"""A service's application answers what the application behind it answers, and raises what that raises."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeAlias

import attrs
import pytest
import pytest_asyncio

from artifact_plane.adapters.client.problems import DeletedArtifact
from artifact_plane.adapters.codec.views import dry_run_view, execution_view
from artifact_plane.adapters.codec.views_policy import policy_view
from artifact_plane.domain.model.artifact import Artifact, ArtifactFilter, ArtifactState
from artifact_plane.domain.model.credential import Scope
from artifact_plane.domain.model.decision import Basis, MaterializationDecision, Role, Subject
from artifact_plane.domain.model.errors import (
    ArtifactPlaneError,
    Conflict,
    Gone,
    InvalidInput,
    NotPermitted,
)
from artifact_plane.domain.model.execution import ExecutionState
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.lineage import Bounds, Lineage
from artifact_plane.domain.model.rendering import BytesSource, Renderable, Rendered, Rendering
from artifact_plane.domain.model.request import Request
from artifact_plane.domain.model.result import Output, RealmResult
from artifact_plane.ports.answers import Payload
from artifact_plane.ports.application import Application
from tests.adapters.client.stage import HERE, Stage, an_intent, connection, staged
from tests.doubles.samples import a_digest, at
from tests.journeys.http.serving import OTHER_TENANT, TENANT

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


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def stage() -> AsyncIterator[Stage]:
    """A service of its own; see ``_furnished``."""
    async with _furnished() as stage:
        yield stage


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def settled() -> AsyncIterator[Stage]:
    """One for all tests that change nothing."""
    async with _furnished() as stage:
        yield stage


@asynccontextmanager
async def _furnished() -> AsyncIterator[Stage]:
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


def _bare(artifact: Artifact) -> Artifact:
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
    return [_bare(one) for found in (page, rest) if found for one in found.artifacts]


async def _run(app: Application) -> object:
    (run, *_), following = await app.runtime.executions(TENANT, session_id="monday", limit=1)
    result = await app.runtime.execution(run.execution_id, TENANT)
    journey = await app.runtime.journey("monday", TENANT)
    return execution_view(run), execution_view(result.execution), result.receipts, following, journey


async def _view(app: Application, version: int | None = None, **more: bool) -> object:
    view = await app.plane.get_artifact("q3", TENANT, version=version, **more)
    return _bare(view.artifact), view.semantic_payload


async def _explained(app: Application, artifact_id: str) -> object:
    explanation = await app.steward.explain(artifact_id, TENANT)
    return _bare(explanation.artifact), explanation.receipts


async def _impact(app: Application) -> object:
    return [_bare(one) for one in await app.lineage.impact("q3", TENANT)]


async def _versions(app: Application, artifact_id: str) -> object:
    return [_bare(one) for one in await app.plane.versions(artifact_id, TENANT)]


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


def _intent(**more: object) -> Intent:
    return attrs.evolve(an_intent("bad"), **more)  # type: ignore[arg-type]  # fields of an intent


NO_RULE: Final = Request(key="k", fingerprint=a_digest("x"), expires_at=at(10**9))
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
    "an intent type that nobody knows": lambda app: app.runtime.execute(_intent(intent_type="parse_contents")),
    "an intent type that nobody knows, dry": lambda app: app.runtime.dry_run(_intent(intent_type="nothing")),
    "an intent id that is taken": lambda app: app.runtime.execute(_intent(intent_id="i-1", parameters={"x": 1})),
}


@pytest.mark.parametrize("mistake", MISTAKES)
async def test_a_mistake_is_told_in_the_same_words(settled: Stage, mistake: str) -> None:
    """Class, sentence, place and remedy; the request id is a note."""
    own, told = [await _error(MISTAKES[mistake], app) for app in (settled.own, settled.app)]
    assert type(own) in (type(told), type(told).__base__)
    assert (told.message, told.code, told.remedy) == (own.message, own.code, own.remedy)
    assert told.where == own.where


async def _error(ask: Ask, app: Application) -> ArtifactPlaneError:
    with pytest.raises(ArtifactPlaneError) as caught:
        await ask(app)
    return caught.value


async def test_several_ids_that_begin_so_are_invalid_input_here_too(stage: Stage) -> None:
    await stage.own.plane.create_artifact("note", "q4", {}, {}, HERE)
    own, told = [await _error(lambda app: app.plane.resolve("q", TENANT), app) for app in (stage.own, stage.app)]
    assert (type(told), told.message) == (InvalidInput, own.message)


async def test_what_was_deleted_comes_with_what_is_left_of_it(stage: Stage) -> None:
    with pytest.raises(Gone) as caught:
        await stage.app.plane.get_artifact("gone", TENANT)
    assert isinstance(caught.value, DeletedArtifact)
    assert caught.value.tombstone.state is ArtifactState.DELETED
    assert any("request" in note for note in caught.value.__notes__)


async def test_the_same_content_again_is_the_same_artifact(stage: Stage) -> None:
    again = await stage.app.plane.create_artifact(
        "poc", "p1", Payload(semantic_payload={}, derived_from=["q3"]), {}, HERE
    )
    assert again.repeated and again.receipt.subject == "p1"


async def test_a_key_of_the_callers_own_is_the_services_key(stage: Stage) -> None:
    first = await stage.app.plane.create_artifact("note", None, {"n": 1}, {}, HERE, request=NO_RULE)
    again = await stage.app.plane.create_artifact("note", None, {"n": 1}, {}, HERE, request=NO_RULE)
    assert again.artifact.artifact_id == first.artifact.artifact_id
    with pytest.raises(Conflict, match="another request"):
        await stage.app.plane.create_artifact("note", None, {"n": 2}, {}, HERE, request=NO_RULE)


async def test_a_result_of_a_realm_elsewhere_is_handed_in_with_its_files(stage: Stage) -> None:
    view = Rendered(name="scan", media_type="image/png", source=BytesSource(b"\x89PNG" * 1000))
    output = Output(result_type="workflow", semantic_payload={"n": 1}, renderings=[view], labels=["x"])
    result = RealmResult(artifacts={"made": output}, events=[{"type": "done"}])
    intent = _intent(intent_id="elsewhere", intent_type="anything")
    handed = await stage.app.runtime.submit_result(intent, result, "forecasting")
    assert handed.execution.state is ExecutionState.COMPLETED and handed.execution.realm == "forecasting"
    assert [one.part for one in handed.receipts[0].parts] == ["semantic_payload", "scan"]
    assert await stage.app.runtime.submit_result(intent, result, "forecasting") == handed


async def test_what_a_form_cannot_carry_is_refused_before_it_is_sent(stage: Stage) -> None:
    """A file under the document's own name; files beside a result; two views of one name."""
    file = BytesSource(TABLE)
    twice: list[Rendering] = [
        Rendered(name="v", media_type="text/csv", source=file),
        Renderable(name="v", renderer="r", format="f"),
    ]
    asks: tuple[Ask, ...] = (
        lambda app: app.runtime.execute(an_intent("named", intent=file)),
        lambda app: app.runtime.submit_result(an_intent("with-files", data=file), RealmResult(), "elsewhere"),
        lambda app: app.plane.create_artifact("note", None, Payload(semantic_payload={}, renderings=twice), {}, HERE),
    )
    stage.middleman.then()
    for ask in asks:
        told = await _error(ask, stage.app)
        assert isinstance(told, InvalidInput) and told.remedy
    assert stage.middleman.seen == []


async def test_a_run_can_be_started_and_asked_for_and_a_failure_is_an_answer(stage: Stage) -> None:
    started = await stage.app.runtime.start(_intent(intent_id="alone"))
    failed = await stage.app.runtime.execute(_intent(intent_id="alone"))
    assert failed.execution.execution_id == started.execution.execution_id
    assert failed.execution.state is ExecutionState.FAILED and failed.execution.failure is not None
    retried = await stage.app.runtime.execute(_intent(intent_id="alone"), retry=True)
    assert retried.execution.attempt == 2
    with pytest.raises(Conflict):
        await stage.app.runtime.cancel(failed.execution.execution_id, TENANT)


async def test_a_session_can_be_ended_and_an_origin_registered(stage: Stage) -> None:
    await stage.app.runtime.end_session("monday", TENANT)
    lineage = await stage.app.plane.register_lineage("p1", "run-7", "make-plan", HERE)
    assert lineage == await stage.own.lineage.upstream("p1", TENANT)
    assert isinstance(lineage, Lineage) and len(lineage.edges) == 4


async def test_what_has_no_route_is_refused_with_where_to_do_it(stage: Stage) -> None:
    asks: tuple[Ask, ...] = (
        lambda app: app.runtime.recover(),
        lambda app: app.runtime.set_aside_events(),
        lambda app: app.runtime.requeue_event("e"),
        lambda app: app.lineage.lag(),
        lambda app: app.lineage.rebuild(),
        lambda app: app.steward.policy_by_digest("d", TENANT, "p1"),
        lambda app: app.plane.answered("k", TENANT),
        lambda app: app.plane.record_request(NO_RULE, TENANT),
        lambda app: app.access.tokens(TENANT),
        lambda app: app.access.issue(TENANT, [Scope.READ]),
        lambda app: app.access.revoke("t", TENANT),
        lambda app: app.access.authenticate("s"),
        lambda app: app.access.invite(TENANT, [Scope.READ], expires_in=1),
        lambda app: app.access.open_session("s", expires_in=1),
        lambda app: app.access.end_session("s"),
        lambda app: app.access.configured(),
    )
    for ask in asks:
        told = await _error(ask, stage.app)
        assert type(told) is NotPermitted and told.message.startswith("not over HTTP") and told.remedy


# Whose it is


async def test_another_tenant_than_the_tokens_is_never_passed_over(stage: Stage) -> None:
    """Not even where nothing can be found, and before anything is written."""
    elsewhere = ExecutionContext(tenant_id=OTHER_TENANT)
    asks: tuple[Ask, ...] = (
        lambda app: app.plane.create_artifact("note", None, {}, {}, elsewhere),
        lambda app: app.plane.get_artifact("q3", OTHER_TENANT),
        lambda app: app.plane.list_artifacts(OTHER_TENANT, ArtifactFilter()),
        lambda app: app.plane.delete_artifact("q3", OTHER_TENANT),
        lambda app: app.runtime.execute(_intent(tenant_id=OTHER_TENANT)),
        lambda app: app.lineage.upstream("q3", OTHER_TENANT),
        lambda app: app.steward.would_rule(attrs.evolve(_VIEW, tenant_id=OTHER_TENANT)),
    )
    stage.middleman.then()
    for ask in asks:
        told = await _error(ask, stage.app)
        assert isinstance(told, InvalidInput) and TENANT in str(told.remedy)
    assert stage.middleman.seen == []


async def test_whose_the_token_is_can_be_found_out_in_several_ways() -> None:
    """From the list of artifacts, from what the policy says, and at last from what was done."""
    async with staged() as stage:
        for scopes in ({Scope.READ, Scope.POLICY}, {Scope.POLICY, Scope.WRITE}):
            token = await stage.server.token(*scopes)
            async with connection(stage.server.url, token) as app:
                with pytest.raises(InvalidInput, match="another tenant"):
                    await app.plane.create_artifact("note", None, {}, {}, ExecutionContext(tenant_id=OTHER_TENANT))
        async with connection(stage.server.url, await stage.server.token(Scope.WRITE)) as app:
            with pytest.raises(NotPermitted):
                app.runtime.intent_types()
            with pytest.raises(InvalidInput, match="another tenant"):
                await app.plane.create_artifact("note", "late", {}, {}, ExecutionContext(tenant_id=OTHER_TENANT))
            with pytest.raises(NotPermitted, match="scope"):
                await app.plane.get_artifact("late", TENANT)


async def test_where_tenants_are_not_compared_the_tokens_own_is_meant() -> None:
    async with staged() as stage, connection(stage.server.url, await stage.server.token(), strict=False) as app:
        made = await app.plane.create_artifact("note", "n", {}, {}, ExecutionContext(tenant_id="whoever"))
        assert made.artifact.tenant_id == TENANT
        assert (await app.plane.get_artifact("n", "somebody")).artifact.tenant_id == TENANT


@pytest.mark.parametrize("token", [None, "ap_nobody"])
async def test_whoever_is_nobody_is_told_so_when_the_connection_is_opened(token: str | None) -> None:
    async with staged() as stage:
        with pytest.raises(NotPermitted) as caught:
            async with connection(stage.server.url, token):
                raise AssertionError("nobody was let in")
        assert "ap token create" in str(caught.value.remedy) and "nobody" not in f"{caught.value!r}{caught.value}"
