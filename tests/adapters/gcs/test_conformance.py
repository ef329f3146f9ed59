"""Case F13: whether a bucket enforces what the store relies on is found out, and one that does not is refused."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Final

import attrs
import pytest
from google.api_core.exceptions import PreconditionFailed
from google.cloud.storage.exceptions import InvalidResponse  # type: ignore[import-untyped]

from artifact_plane.adapters.gcs.conformance import check
from artifact_plane.adapters.gcs.settings import GcsSettings
from artifact_plane.adapters.system.ids import UuidIds
from artifact_plane.domain.model.errors import Unavailable
from tests.adapters.gcs.stores import OWN, PREFIX, BucketBackdoor, a_store, put
from tests.doubles.clock import SettableClock
from tests.doubles.gcs_strict import Rule, StrictGcs
from tests.doubles.server_gcs import GcsServer

BUCKET: Final = "payloads"


def settings_for(gcs: StrictGcs) -> GcsSettings:
    """The stand-in's bucket."""
    return GcsSettings(bucket=BUCKET, prefix=PREFIX, endpoint=gcs.endpoint)


@pytest.fixture
def emulator(gcs_server: GcsServer, gcs_bucket: str) -> GcsSettings:
    """A bucket of fake-gcs-server."""
    return GcsSettings(bucket=gcs_bucket, prefix=PREFIX, endpoint=gcs_server.endpoint)


async def test_a_bucket_that_enforces_everything_passes(strict: StrictGcs) -> None:
    """Everything is tried, and nothing of it is left."""
    found = await check(settings_for(strict), ids=UuidIds())
    assert found.ok
    assert {finding.name for finding in found.findings} == set(Rule)
    assert strict.buckets[BUCKET] == {}


@pytest.mark.parametrize("rule", Rule)
async def test_each_rule_that_is_not_enforced_is_found(rule: Rule) -> None:
    """That one and no other; nothing is left either; and the store does not open."""
    with StrictGcs(BUCKET, lenient=[rule]) as lax:
        found = await check(settings_for(lax), ids=UuidIds())
        assert [finding.name for finding in found.missing] == [rule]
        assert lax.buckets[BUCKET] == {}
        with pytest.raises(Unavailable, match=rule) as failure:
            async with a_store(settings_for(lax)):
                pass
        assert not failure.value.retryable
        assert "unsafe_bucket" in (failure.value.remedy or "")


async def test_an_unsafe_bucket_is_used_where_that_is_said() -> None:
    """And is not tried at all then."""
    with StrictGcs(BUCKET, lenient=list(Rule)) as lax:
        async with a_store(attrs.evolve(settings_for(lax), unsafe_bucket=True)) as store:
            assert len(lax.requests) == 1
            await put(store, b"content")
        assert not [name for name in lax.buckets[BUCKET] if name.startswith(OWN)]


async def test_a_bucket_is_tried_once_a_day(strict: StrictGcs) -> None:
    """A note in the bucket says when; opening costs one request until then, and again after a new trial."""
    clock = SettableClock()
    costs = []
    for seconds in (0, 1, timedelta(hours=23).total_seconds(), timedelta(hours=2).total_seconds(), 1):
        clock.advance(seconds)
        before = len(strict.requests)
        async with a_store(settings_for(strict), clock):
            costs.append(len(strict.requests) - before)
    assert [cost == 1 for cost in costs] == [False, True, True, False, True]
    assert list(strict.buckets[BUCKET]) == [f"{OWN}passed"]


async def test_a_note_from_the_future_or_of_another_form_is_not_trusted(strict: StrictGcs) -> None:
    """Whoever wrote it, the bucket is tried again."""
    clock = SettableClock()
    for note in ((clock.now() + timedelta(hours=1)).isoformat(), "yesterday", "2026-01-01", ""):
        async with a_store(settings_for(strict), clock):
            strict.buckets[BUCKET][f"{OWN}passed"].metadata["tested-at"] = note
        before = len(strict.requests)
        async with a_store(settings_for(strict), clock):
            assert len(strict.requests) > before + 1


async def test_the_emulator_does_not_pass(emulator: GcsSettings) -> None:
    """What fake-gcs-server does not enforce, so that nobody trusts it; and it is refused unless told otherwise."""
    found = await check(emulator, ids=UuidIds())
    missing = {finding.name for finding in found.missing}
    assert missing == set(Rule) - {Rule.CREATE_ONLY, Rule.PINNED_READ, Rule.LISTING}
    assert await BucketBackdoor(emulator).everything() == []
    with pytest.raises(Unavailable, match="does not enforce"):
        async with a_store(emulator):
            pass


def test_the_emulator_overwrites_what_was_uploaded_in_several_requests(emulator: GcsSettings) -> None:
    """F13, by the client alone: the second upload with precondition 0 should fail, and does not."""
    bucket = BucketBackdoor(emulator).bucket()
    for content in (b"first", b"second"):
        bucket.blob("name").upload_from_file(io.BytesIO(content), if_generation_match=0, retry=None)
    assert bucket.blob("name").download_as_bytes() == b"second"


def test_the_emulator_ignores_the_precondition_of_a_removal(emulator: GcsSettings) -> None:
    """By the client alone: a removal of a generation that is not there should fail, and removes."""
    bucket = BucketBackdoor(emulator).bucket()
    bucket.blob("name").upload_from_string(b"content")
    bucket.blob("name").delete(if_generation_match=1, retry=None)
    assert bucket.get_blob("name") is None


def test_the_client_says_that_a_precondition_failed_in_two_ways(strict: StrictGcs) -> None:
    """Which is why both are translated; on the stand-in, where they do fail."""
    bucket = BucketBackdoor(settings_for(strict)).bucket()
    bucket.blob("name").upload_from_string(b"first")
    with pytest.raises(PreconditionFailed):
        bucket.blob("name").upload_from_string(b"second", if_generation_match=0, retry=None)
    with pytest.raises(PreconditionFailed):
        bucket.blob("name").upload_from_file(io.BytesIO(b"second"), if_generation_match=0, retry=None)
    writer = bucket.blob("name").open("wb", if_generation_match=0, retry=None)
    writer.write(b"second")
    with pytest.raises(InvalidResponse) as failure:
        writer.close()
    assert failure.value.response.status_code == 412
