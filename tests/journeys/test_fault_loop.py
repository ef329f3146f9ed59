"""The fault loop: every effect of every writing use case fails once, as an error and as a crash (SQLite's method)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

import pytest

from artifact_plane.composition.adapters import Adapters
from artifact_plane.composition.application import ComposedApplication, running
from artifact_plane.domain.model.errors import ArtifactPlaneError, Gone, NotFound
from artifact_plane.domain.model.execution import ExecutionState
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.rendering import BytesSource, Renderable, Rendered
from artifact_plane.domain.model.result import Output, RealmResult
from artifact_plane.domain.use_cases.limits import Limits
from artifact_plane.ports.answers import Payload
from tests.doubles.faults import Crashed, Effects, Fault, with_faults
from tests.doubles.homes import Home, MemoryHomeOfTests, Scene
from tests.doubles.profiles import PROFILES, home_maker
from tests.doubles.realms import CountingRenderer, ScriptedRealm, once
from tests.doubles.world import all_artifacts, check_world, swept

TENANT: Final = "t1"
MARKER: Final = b"this was dropped"
LIMITS: Final = Limits(inline_bytes=64)
CONTEXT: Final = ExecutionContext(tenant_id=TENANT)
POLICY: Final = {
    "materialization_policy": {
        "kept": {"decision": "persist", "renderings": {"cached": "cache", "dropped": "discard"}},
        "passing": "discard",
    }
}
RESULT: Final = RealmResult(
    artifacts={
        "report": Output(
            result_type="kept",
            semantic_payload={"title": "a meaning that is too long to be kept inline, so that it is put as a payload"},
            renderings=(
                Rendered(name="original", media_type="application/pdf", source=BytesSource(b"%PDF kept")),
                Rendered(name="dropped", media_type="text/plain", source=BytesSource(MARKER)),
                Renderable(name="cached", renderer="counting", format="txt"),
                Renderable(name="drawn", renderer="counting", format="bin"),
            ),
        ),
        "note": Output(result_type="passing", semantic_payload={"short": 1}),
    },
    events=({"said": "something"},),
)

UseCase = Callable[[ComposedApplication], Awaitable[None]]


def scene() -> Scene:
    """A realm with parts of every kind: inline, put, cached, dropped, rendered and renderable."""
    realm = ScriptedRealm({"report": once(RESULT)})
    return Scene(policy=POLICY, realms=(realm,), renderers=(CountingRenderer(),))


def intent() -> Intent:
    """The same intent each time, with an attachment that is kept for the run."""
    return Intent(
        intent_id="intent-1",
        intent_type="report",
        tenant_id=TENANT,
        session_id="s1",
        solution_id="sol",
        attachments={"data": BytesSource(b"an attachment")},
    )


def payload(word: str) -> Payload:
    """A meaning that is put as a payload, with one rendering."""
    return Payload(
        semantic_payload={"word": word, "padding": "x" * 100},
        renderings=(Rendered(name="file", media_type="text/plain", source=BytesSource(word.encode() * 10)),),
    )


async def execute(application: ComposedApplication) -> None:
    """Execute the intent; an execution that failed is started anew."""
    result = await application.runtime.execute(intent(), retry=True)
    if result.execution.state is not ExecutionState.COMPLETED:
        raise ArtifactPlaneError(f"it is {result.execution.state}")


async def update(application: ComposedApplication) -> None:
    """Create an artifact and update it; both may be repeated."""
    await application.plane.create_artifact("kept", "a1", payload("one"), {}, CONTEXT)
    await application.plane.update_artifact("a1", payload("two"), {}, CONTEXT, expected_version=1)


async def delete(application: ComposedApplication) -> None:
    """Create an artifact and delete it; repeated, the creation finds the tombstone."""
    try:
        await application.plane.create_artifact("kept", "a1", payload("one"), {}, CONTEXT)
    except Gone:
        return
    await application.plane.delete_artifact("a1", TENANT)


async def submit(application: ComposedApplication) -> None:
    """Hand in a result that was made elsewhere."""
    await application.runtime.submit_result(intent(), RESULT, "elsewhere")


async def executed(adapters: Adapters) -> None:
    """One set of artifacts of one completed execution."""
    artifacts = await all_artifacts(adapters, TENANT)
    assert sorted(artifact.key or "" for artifact in artifacts) == ["note", "report"]
    assert len({artifact.execution_id for artifact in artifacts}) == 1


async def updated(adapters: Adapters) -> None:
    """Two versions, the second current."""
    history = await adapters.records.registry.history(TENANT, "a1")
    assert [artifact.version for artifact in history] == [1, 2]


async def deleted(adapters: Adapters) -> None:
    """A tombstone and no payload."""
    (artifact,) = await all_artifacts(adapters, TENANT)
    assert artifact.state.value == "deleted"
    assert [payload async for payload in adapters.payloads.list(TENANT)] == []


CASES: Final[Sequence[tuple[UseCase, Callable[[Adapters], Awaitable[None]]]]] = (
    (execute, executed),
    (submit, executed),
    (update, updated),
    (delete, deleted),
)


def numbers(profile: str, use_case: UseCase, fault: Fault) -> range:
    """Which effects fail: all of them. On servers, where a home takes half a second to make and a loop makes dozens,
    every second one but for ``execute``: each then fails by one of the two errors and by one of the two crashes."""
    if profile != "cloud" or use_case is execute:
        return range(1, 200)
    return range(1 if fault in (Fault.ERROR_BEFORE, Fault.CRASH_AFTER) else 2, 200, 2)


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize(
    ("profile", "use_case", "outcome"),
    [(profile, *case) for profile in PROFILES for case in CASES],
    ids=lambda one: one if isinstance(one, str) else one.__name__,
)
async def test_whichever_effect_fails_the_world_is_whole_and_the_same_call_again_finishes(
    profile: str,
    fault: Fault,
    use_case: UseCase,
    outcome: Callable[[Adapters], Awaitable[None]],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    """Laws 12, 13, 14 and 17, cases F01, F04 and P05: fail effect n = 1, 2, 3 … until none fires."""
    make_home = home_maker(profile, request)
    tried = numbers(profile, use_case, fault)
    fired_at: list[str] = []
    for number in tried:
        home = make_home(tmp_path / str(number))
        effects = Effects(number, fault)
        await _try_with_fault(home, effects, use_case)
        if not effects.fired:
            break
        fired_at.append(effects.seen[number - 1])
        await _finish_and_check(home, use_case, outcome)
    else:
        pytest.fail("the loop found no end")
    assert "commit" in (fired_at if tried.step == 1 else effects.seen)
    assert len(fired_at) * tried.step >= 5, fired_at


async def _try_with_fault(home: Home, effects: Effects, use_case: UseCase) -> None:
    async with home.process(scene()) as adapters:
        try:
            async with running(with_faults(adapters, effects), LIMITS) as application:
                await use_case(application)
        except (Crashed, ArtifactPlaneError):
            pass


async def _finish_and_check(home: Home, use_case: UseCase, outcome: Callable[[Adapters], Awaitable[None]]) -> None:
    async with home.process(scene()) as adapters:
        # What is visible before anybody tries again must be whole already.
        await swept(adapters)
        await check_world(adapters, [TENANT], markers=[MARKER])
        async with running(adapters, LIMITS) as application:
            await use_case(application)
        await swept(adapters)
        await check_world(adapters, [TENANT], markers=[MARKER])
        await outcome(adapters)


async def test_a_failed_put_leaves_a_failed_execution_with_its_cause_readable_and_a_retry_is_a_new_attempt() -> None:
    """Law 14, case P05."""
    home = MemoryHomeOfTests()
    effects = Effects(4, Fault.ERROR_BEFORE)
    async with home.process(scene()) as adapters:
        async with running(with_faults(adapters, effects), LIMITS) as application:
            failed = await application.runtime.execute(intent())
            assert failed.execution.state is ExecutionState.FAILED
            assert failed.execution.failure is not None
            assert failed.execution.failure.code == "unavailable"
            again = await application.runtime.execution(failed.execution.execution_id, TENANT)
            assert again.execution == failed.execution
        async with running(adapters, LIMITS) as application:
            same = await application.runtime.execute(intent())
            assert same.execution == failed.execution
            retried = await application.runtime.execute(intent(), retry=True)
            assert retried.execution.attempt == 2
            assert retried.execution.state is ExecutionState.COMPLETED


async def test_what_was_put_for_a_run_that_fails_is_gone_before_the_process_ends() -> None:
    """Law 12: claims are given up with the change that made them; here everything was put, and the commit fails."""
    faultless = Effects(10_000, Fault.ERROR_BEFORE)
    async with (
        MemoryHomeOfTests().process(scene()) as adapters,
        running(with_faults(adapters, faultless), LIMITS) as application,
    ):
        await application.runtime.execute(intent())
    last_commit = len(faultless.seen) - faultless.seen[::-1].index("commit")
    effects = Effects(last_commit, Fault.ERROR_BEFORE)
    async with (
        MemoryHomeOfTests().process(scene()) as adapters,
        running(with_faults(adapters, effects), LIMITS) as application,
    ):
        failed = await application.runtime.execute(intent())
        assert failed.execution.state is ExecutionState.FAILED
        assert effects.seen.count("put") > 3
        assert [payload async for payload in adapters.payloads.list(TENANT)] == []
        await check_world(adapters, [TENANT], markers=[MARKER])


async def test_check_world_finds_a_payload_that_nobody_refers_to() -> None:
    """The check itself can fail: a stray payload, and a missing one."""
    home = MemoryHomeOfTests()

    async def unclaimed(digest: str) -> None:
        assert digest

    async with home.process(scene()) as adapters, running(adapters, LIMITS) as application:
        created = await application.plane.create_artifact("kept", "a1", payload("one"), {}, CONTEXT)
        await check_world(adapters, [TENANT])
        stray = await adapters.payloads.put(TENANT, BytesSource(b"stray"), unclaimed)
        with pytest.raises(AssertionError, match="nobody refers"):
            await check_world(adapters, [TENANT])
        await adapters.payloads.delete(stray)
        digest = created.artifact.meaning.digest
        assert digest is not None
        kept = await adapters.payloads.find(TENANT, digest)
        assert kept is not None
        await adapters.payloads.delete(kept)
        with pytest.raises(NotFound):
            await check_world(adapters, [TENANT])
