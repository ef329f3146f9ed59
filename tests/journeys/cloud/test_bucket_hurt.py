"""A bucket that refuses, stalls, lies or forgets to answer costs no artifact (cases F10 to F12), seen from outside."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack
from typing import Final

import attrs
import pytest

from artifact_plane.composition.adapters import Adapters
from artifact_plane.composition.application import ComposedApplication
from artifact_plane.composition.profiles import Extras
from artifact_plane.domain.model.errors import ArtifactPlaneError, Damaged, NotFound, Unavailable
from artifact_plane.domain.model.execution import ExecutionState
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.rendering import BytesSource, Rendered
from artifact_plane.domain.model.result import Output, RealmResult
from artifact_plane.ports.answers import Payload
from tests.doubles import gcs_faults as faults
from tests.doubles.gcs_faults import Fault, FaultyProxy
from tests.doubles.gcs_strict import StrictGcs
from tests.doubles.realms import ScriptedRealm, once, read_all
from tests.doubles.world import all_artifacts
from tests.journeys.cloud.conftest import Deployment

TENANT: Final = "local"
CONTEXT: Final = ExecutionContext(tenant_id=TENANT)
HASTY: Final = "deadline_s = 3"
PATIENT: Final = "deadline_s = 30"
"""How long a call tries: as long as a busy machine may want, or no longer than a test should take."""

SIZES: Final = (30_000, 90_000, 3_000_000)
"""Two views that are sent in one request each, and one that is announced and then streamed."""

WRITES: Final = r"(POST|PUT) /upload/"
READS: Final = r"GET /download/"
REMOVALS: Final = r"DELETE /"
ALL: Final = r".*"
EVER: Final = 1_000_000


def payload(number: int) -> Payload:
    """A meaning that is too large for the record, and three views; all of it this artifact's own."""
    views = [
        Rendered(name=f"view-{size}", media_type="text/plain", source=BytesSource(b"%09d\n" % number * (size // 10)))
        for size in SIZES
    ]
    return Payload(semantic_payload={"n": number, "text": "x" * 70_000}, renderings=views)


REALM: Final = ScriptedRealm(
    {
        "report": once(
            RealmResult(artifacts={"report": Output(result_type="note", semantic_payload={"large": "y" * 70_000})})
        )
    }
)
EXTRAS: Final = Extras(realms=(REALM,), policy={"materialization_policy": {"note": "persist"}})


def intent(intent_id: str, **attachments: bytes) -> Intent:
    """An intent whose only output is put into the bucket."""
    return Intent(
        intent_id=intent_id,
        intent_type="report",
        tenant_id=TENANT,
        session_id="s1",
        solution_id="default",
        attachments={name: BytesSource(data) for name, data in attachments.items()},
    )


@attrs.frozen(kw_only=True)
class Hurt:
    """A deployment whose bucket enforces everything, at the end of a way that can be made to fail."""

    deployment: Deployment
    bucket: StrictGcs
    way: FaultyProxy

    def opened(self, patience: str = PATIENT) -> AbstractAsyncContextManager[tuple[ComposedApplication, Adapters]]:
        """A process of the deployment."""
        self.deployment.replace(PATIENT, patience)
        try:
            return self.deployment.opened(EXTRAS)
        finally:
            self.deployment.replace(patience, PATIENT)

    def payloads(self) -> int:
        """How many payloads lie in the bucket."""
        (objects,) = self.bucket.buckets.values()
        return sum("/." not in name and not name.startswith(".") for name in objects)


@pytest.fixture
def hurt(deployment: Deployment) -> Iterator[Hurt]:
    """A deployment as in the README, its bucket behind a proxy."""
    bucket = deployment.settings_file.read_text().partition('bucket = "')[2].partition('"')[0]
    with ExitStack() as stack:
        strict = stack.enter_context(StrictGcs(bucket))
        way = stack.enter_context(FaultyProxy(strict.endpoint))
        deployment.replace(
            f'endpoint = "{deployment.servers.gcs.endpoint}"\nunsafe_bucket = true',
            f'endpoint = "{way.endpoint}"\n{PATIENT}',
        )
        yield Hurt(deployment=deployment, bucket=strict, way=way)


async def create(application: ComposedApplication, numbers: Sequence[int]) -> None:
    """Create so many artifacts at once."""
    plane = application.plane
    await asyncio.gather(
        *(plane.create_artifact("note", f"a-{number}", payload(number), {}, CONTEXT) for number in numbers)
    )


async def read(application: ComposedApplication, number: int) -> None:
    """Read an artifact whole; it is what was created."""
    wanted = payload(number)
    view = await application.plane.get_artifact(f"a-{number}", TENANT)
    assert view.semantic_payload == wanted.semantic_payload
    for rendering in wanted.renderings:
        assert isinstance(rendering, Rendered)
        content = await application.plane.open_content(f"a-{number}", TENANT, rendering.name)
        assert await asyncio.to_thread(read_all, content.source) == read_all(rendering.source)


PASSING: Final[dict[str, tuple[Fault, Fault]]] = {
    "503": (faults.refuse(503), faults.refuse(503)),
    "429": (faults.refuse(429, "1"), faults.refuse(429)),
    "slow": (faults.first(lambda: time.sleep(0.2)), faults.drip(0.01, 100_000)),
    "short body": (faults.cut_request, faults.short_body),
    "short length": (faults.reset, faults.short_length),
    "reply lost": (faults.ack_lost, faults.reset_in_body),
}
"""What happens to requests that write, and to those that read."""


@pytest.mark.parametrize("trouble", PASSING)
async def test_trouble_that_passes_is_not_noticed_and_nothing_is_stored_twice(hurt: Hurt, trouble: str) -> None:
    """Artifacts are created and read through it; each payload became visible once (F10, F11, F12)."""
    writing, reading = PASSING[trouble]
    numbers = range(3)
    async with hurt.opened() as (application, adapters):
        made = hurt.bucket.made
        hurt.way.plan(WRITES, writing, times=4)
        await create(application, numbers)
        assert hurt.bucket.made - made == hurt.payloads() == len(numbers) * (len(SIZES) + 1)
        hurt.way.plan(READS, reading, times=4)
        for number in numbers:
            await read(application, number)
        again = await application.plane.create_artifact("note", "a-0", payload(0), {}, CONTEXT)
        assert again.repeated
        assert len(await all_artifacts(adapters, TENANT)) == len(numbers)
    await hurt.deployment.check()


LASTING: Final[dict[str, Fault]] = {
    "503": faults.refuse(503),
    "429": faults.refuse(429, "3600"),
    "slow": faults.drip(0.5),
}


@pytest.mark.parametrize("trouble", LASTING)
async def test_trouble_that_lasts_is_told_and_leaves_nothing_and_the_same_again_goes_through(
    hurt: Hurt, trouble: str
) -> None:
    """``Unavailable`` for what is created and what cannot be accepted, FAILED with its cause for a run (law 14)."""
    async with hurt.opened() as (application, _):
        await create(application, [0])
    async with hurt.opened(HASTY) as (application, adapters):
        hurt.way.plan(ALL, LASTING[trouble], times=EVER)
        created, accepted, ran = await asyncio.gather(
            create(application, [1]),
            application.runtime.execute(intent("i-1", data=b"an attachment")),
            application.runtime.execute(intent("i-2")),
            return_exceptions=True,
        )
        assert_told(created)
        assert_told(accepted)
        assert not isinstance(ran, BaseException)
        assert ran.execution.state is ExecutionState.FAILED
        assert ran.execution.failure is not None
        assert ran.execution.failure.code == "unavailable"
        assert ran.execution.failure.remedy
        with pytest.raises(NotFound):
            await application.plane.get_artifact("a-1", TENANT)
        assert [artifact.artifact_id for artifact in await all_artifacts(adapters, TENANT)] == ["a-0"]
    hurt.way.heal()
    async with hurt.opened() as (application, adapters):
        await create(application, [1])
        await read(application, 1)
        for one in (intent("i-1", data=b"an attachment"), intent("i-2")):
            result = await application.runtime.execute(one, retry=True)
            assert result.execution.state is ExecutionState.COMPLETED
        assert len(await all_artifacts(adapters, TENANT)) == 4
    await hurt.deployment.check()


def assert_told(outcome: object) -> None:
    """The caller learnt that the store is away, that trying again may help, and what to look at; no address."""
    assert isinstance(outcome, Unavailable)
    assert outcome.retryable
    assert outcome.where == "payload store"
    assert outcome.remedy
    assert "try again" in outcome.remedy
    assert "127.0.0.1" not in f"{outcome} {outcome.remedy}"


WRONG: Final[dict[str, tuple[Fault, type[ArtifactPlaneError]]]] = {
    "flipped": (faults.flipped, Damaged),
    "wrong checksum": (faults.header("x-goog-hash", "crc32c=AAAAAA=="), Damaged),
    "always short": (faults.short_body, Unavailable),
    "503": (faults.refuse(503), Unavailable),
}


@pytest.mark.parametrize("trouble", WRONG)
async def test_what_cannot_be_read_right_is_an_error_and_never_an_answer(hurt: Hurt, trouble: str) -> None:
    """F12: of a meaning and of a view; the record stays readable, and all of it once the bucket is itself again."""
    fault, kind = WRONG[trouble]
    async with hurt.opened() as (application, _):
        await create(application, [0])
    async with hurt.opened(HASTY) as (application, adapters):
        plane = application.plane
        view = await plane.open_content("a-0", TENANT, f"view-{SIZES[0]}")
        hurt.way.plan(READS, fault, times=EVER)
        with pytest.raises(kind) as of_meaning:
            await plane.get_artifact("a-0", TENANT)
        with pytest.raises(kind) as of_view:
            await asyncio.to_thread(read_all, view.source)
        for told in (of_meaning.value, of_view.value):
            assert told.remedy
            assert "again" in told.remedy
        assert [one.artifact_id for one in await all_artifacts(adapters, TENANT)] == ["a-0"]
    hurt.way.heal()
    async with hurt.opened() as (application, _):
        await read(application, 0)
    await hurt.deployment.check()


@pytest.mark.parametrize(("trouble", "times"), [("reply lost", 2), ("503", EVER)])
async def test_what_is_deleted_is_gone_though_its_payloads_cannot_be_removed_now(
    hurt: Hurt, trouble: str, times: int
) -> None:
    """The tombstone stands; a later process removes what is left."""
    fault = faults.ack_lost if trouble == "reply lost" else faults.refuse(503)
    async with hurt.opened() as (application, _):
        await create(application, [0, 1])
    async with hurt.opened(HASTY) as (application, _):
        hurt.way.plan(REMOVALS, fault, times=times)
        await application.plane.delete_artifact("a-0", TENANT)
        with pytest.raises(NotFound, match="deleted"):
            await application.plane.get_artifact("a-0", TENANT)
        await read(application, 1)
    hurt.way.heal()
    await hurt.deployment.check()
    assert hurt.payloads() == len(SIZES) + 1


def test_what_enforces_too_little_is_refused_unless_the_settings_say_so(deployment: Deployment) -> None:
    """F13: an emulator that lets a second writer overwrite the first loses payloads, and nothing is put there."""
    deployment.replace("\nunsafe_bucket = true", "")
    file = deployment.folder / "note.txt"
    file.write_text("a note")
    refused = deployment.room.ap("put", str(file), "--type", "note", "--json")
    assert refused.code == Unavailable.exit_code
    assert "does not enforce" in refused.error["message"]
    assert "unsafe_bucket" in refused.error["remedy"]
    deployment.replace("[gcs]", "[gcs]\nunsafe_bucket = true")
    deployment.room.ap("put", str(file), "--type", "note").ok()
