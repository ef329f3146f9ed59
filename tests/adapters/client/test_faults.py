"""What the network does: nothing happens twice, nothing short is an answer, and nobody is asked for ever."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Final

import pytest

from artifact_plane.adapters.client.patience import Patience
from artifact_plane.domain.model.artifact import Artifact, ArtifactFilter
from artifact_plane.domain.model.errors import Conflict, Damaged, InvalidInput, NotFound, Unavailable
from artifact_plane.domain.model.rendering import BytesSource, Rendered
from artifact_plane.ports.answers import Content, Payload
from tests.adapters.client.middleman import DROPPED, FINE, LOST, Fault, cut, status
from tests.adapters.client.stage import HERE, Stage, an_intent, connection, staged
from tests.journeys.http.serving import TENANT

LARGE: Final = os.urandom(6 * 1024 * 1024)
"""More than is fetched at once."""


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """A service, a proxy and a client."""
    async with staged() as stage:
        yield stage


async def _all(stage: Stage) -> tuple[Artifact, ...]:
    return (await stage.own.plane.list_artifacts(TENANT, ArtifactFilter())).artifacts


@pytest.mark.parametrize("fault", [LOST, DROPPED, cut(40), status(502), status(503, "retry-after: 2")])
async def test_an_artifact_whose_answer_was_lost_is_one_artifact(stage: Stage, fault: Fault) -> None:
    """Without an id of the caller's: the key that the client gives each POST makes it one."""
    stage.middleman.then(fault, fault)
    recorded = await stage.app.plane.create_artifact("note", None, {"n": 1}, {}, HERE)
    assert [one.artifact_id for one in await _all(stage)] == [recorded.artifact.artifact_id]
    assert len(stage.middleman.seen) == 3


async def test_an_update_whose_answer_was_lost_is_one_version(stage: Stage) -> None:
    await stage.app.plane.create_artifact("note", "n", {"n": 1}, {}, HERE)
    stage.middleman.then(LOST)
    updated = await stage.app.plane.update_artifact("n", {"n": 2}, {}, HERE, expected_version=1)
    assert updated.artifact.version == 2
    assert len(await stage.own.plane.versions("n", TENANT)) == 2
    with pytest.raises(Conflict):
        await stage.app.plane.update_artifact("n", {"n": 3}, {}, HERE, expected_version=1)


async def test_files_are_sent_again_from_their_beginning(stage: Stage) -> None:
    stage.middleman.then(DROPPED, LOST)
    view = Rendered(name="scan", media_type="image/png", source=BytesSource(LARGE))
    payload = Payload(semantic_payload={}, renderings=[view])
    recorded = await stage.app.plane.create_artifact("scan", None, payload, {}, HERE)
    content = await stage.own.plane.open_content(recorded.artifact.artifact_id, TENANT, "scan")
    assert content.source.open().read() == LARGE
    assert len(await _all(stage)) == 1


async def test_an_intent_whose_answer_was_lost_runs_once(stage: Stage) -> None:
    stage.middleman.then(LOST)
    result = await stage.app.runtime.execute(an_intent(data=BytesSource(b"a,b\n1,2\n")))
    found, _ = await stage.own.runtime.executions(TENANT)
    assert [one.execution_id for one in found] == [result.execution.execution_id]


async def test_a_deletion_whose_answer_was_lost_gives_the_same_tombstone(stage: Stage) -> None:
    await stage.app.plane.create_artifact("note", "n", {}, {}, HERE)
    stage.middleman.then(LOST)
    tombstone = await stage.app.plane.delete_artifact("n", TENANT)
    assert [tombstone] == list(await stage.own.plane.versions("n", TENANT))


async def test_the_service_says_when_to_come_again(stage: Stage) -> None:
    """Pauses grow else, and are cut by chance."""
    stage.middleman.then(status(503, "retry-after: 7"), status(429), status(504))
    await stage.app.plane.list_artifacts(TENANT, ArtifactFilter())
    assert stage.clock.slept == [7.0, pytest.approx(0.3 * 0.75), pytest.approx(0.9 * 0.75)]


async def test_nobody_is_asked_more_often_than_the_patience_says(stage: Stage) -> None:
    stage.middleman.then(*[DROPPED] * 9)
    with pytest.raises(Unavailable, match="cut") as caught:
        await stage.app.plane.list_artifacts(TENANT, ArtifactFilter())
    assert len(stage.middleman.seen) == 4 and caught.value.retryable
    assert caught.value.where == stage.middleman.url and caught.value.remedy


async def test_nobody_waits_longer_than_the_deadline() -> None:
    """A service that wants to be left alone for an hour is told of at once."""
    async with staged(Patience(deadline=10)) as stage:
        stage.middleman.then(status(503, "retry-after: 3600"))
        with pytest.raises(Unavailable):
            await stage.app.plane.list_artifacts(TENANT, ArtifactFilter())
        assert len(stage.middleman.seen) == 1 and stage.clock.slept == []


async def test_what_is_wrong_with_a_request_is_told_at_once(stage: Stage) -> None:
    with pytest.raises(NotFound):
        await stage.app.plane.get_artifact("nobody", TENANT)
    with pytest.raises(InvalidInput):
        await stage.app.plane.list_artifacts(TENANT, ArtifactFilter(), limit=0)
    assert len(stage.middleman.seen) == 2


@pytest.mark.parametrize("code", [301, 307, 308])
async def test_nobody_follows_elsewhere_with_the_token(stage: Stage, code: int) -> None:
    stage.middleman.then(status(code, "location: http://127.0.0.1:1/evil"))
    with pytest.raises(Unavailable, match="elsewhere"):
        await stage.app.plane.list_artifacts(TENANT, ArtifactFilter())
    assert len(stage.middleman.seen) == 1


async def test_a_page_of_somebody_elses_is_no_answer(stage: Stage) -> None:
    stage.middleman.then(status(200, body="<html>log in to the network"))
    with pytest.raises(Damaged, match="no JSON document"):
        await stage.app.plane.list_artifacts(TENANT, ArtifactFilter())


async def test_a_service_that_is_not_there_is_unavailable_without_a_word_of_the_token() -> None:
    with pytest.raises(Unavailable, match="nobody can be reached") as caught:
        async with connection("http://127.0.0.1:9", "ap_secret"):
            raise AssertionError("nobody is there")
    assert "secret" not in f"{caught.value!r} {caught.value} {caught.value.remedy}"


# Downloads


async def _content(stage: Stage) -> Content:
    """A large rendering, to be read when somebody reads it."""
    view = Rendered(name="scan", media_type="image/png", source=BytesSource(LARGE))
    await stage.own.plane.create_artifact("scan", "s", Payload(semantic_payload={}, renderings=[view]), {}, HERE)
    content = await stage.app.plane.open_content("s", TENANT, "scan")
    stage.middleman.then()
    return content


def _read(content: Content, start: int = 0, stop: int | None = None) -> bytes:
    with content.source.open(start, stop) as reader:
        return reader.read()


async def test_a_download_that_is_cut_goes_on_where_it_was(stage: Stage) -> None:
    content = await _content(stage)
    stage.middleman.then(cut(2_000_000), DROPPED, cut(3_000_000), status(503, "retry-after: 0"))
    assert await asyncio.to_thread(_read, content) == LARGE
    assert len(stage.middleman.seen) == 5


async def test_any_range_can_be_read_and_any_number_of_times(stage: Stage) -> None:
    content = await _content(stage)
    for start, stop in ((0, 10), (5_000_000, None), (len(LARGE) - 1, len(LARGE) + 10), (3, 3), (len(LARGE), None)):
        stage.middleman.then(cut(1000))
        assert await asyncio.to_thread(_read, content, start, stop) == LARGE[start:stop]


async def test_a_download_that_never_comes_whole_is_unavailable_and_never_short(stage: Stage) -> None:
    content = await _content(stage)
    stage.middleman.then(cut(1_000_000), *[DROPPED] * 20)
    with pytest.raises(Unavailable):
        await asyncio.to_thread(_read, content)


def _flipped(data: bytes) -> bytes:
    return data[:-7] + bytes([data[-7] ^ 1]) + data[-6:]


async def test_bytes_that_are_not_those_of_the_digest_are_damage(stage: Stage) -> None:
    """A large content as it is read, a small one as it is opened, a meaning as it is asked for."""
    content = await _content(stage)
    stage.middleman.then(Fault(altered=_flipped))
    with pytest.raises(Damaged):
        await asyncio.to_thread(_read, content)
    view = Rendered(name="note", media_type="text/plain", source=BytesSource(b"a long enough note"))
    payload = Payload(semantic_payload={"told": "a long enough text"}, renderings=[view])
    await stage.own.plane.create_artifact("note", "n", payload, {}, HERE)
    stage.middleman.then(FINE, Fault(altered=_flipped))
    small = await stage.app.plane.open_content("n", TENANT, "note")
    with pytest.raises(Damaged):
        _read(small)
    stage.middleman.then(Fault(altered=_flipped))
    with pytest.raises(Damaged, match="does not match its digest"):
        await stage.app.plane.get_artifact("n", TENANT)
    stage.middleman.then(FINE, Fault(altered=_flipped))
    with pytest.raises(Damaged):
        await stage.app.plane.get_meaning("n", TENANT)


async def test_another_content_under_the_same_name_is_damage(stage: Stage) -> None:
    """Where a digest changes between what was said and what is read."""
    content = await _content(stage)
    stage.middleman.then(Fault(altered=lambda data: data.replace(b"etag: ", b"xtag: ", 1)))
    with pytest.raises(Damaged, match="other bytes"):
        await asyncio.to_thread(_read, content)
