"""Settings, credentials and what is said when the bucket cannot be used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

import attrs
import pytest

from artifact_plane.adapters.gcs.names import Names
from artifact_plane.adapters.gcs.payload_store import GcsPayloadStore
from artifact_plane.adapters.gcs.settings import GcsSettings
from artifact_plane.domain.model.errors import ArtifactPlaneError, InvalidInput, Unavailable
from artifact_plane.domain.model.rendering import Digest
from tests.adapters.gcs.stores import PREFIX, TENANT, a_store, put, read
from tests.doubles import gcs_faults as faults
from tests.doubles.gcs_faults import FaultyProxy
from tests.doubles.gcs_strict import StrictGcs
from tests.doubles.server_gcs import GcsServer

ABSENT: Final = Digest("blake3:" + "0" * 64)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("bucket", ""),
        ("bucket", "Capital"),
        ("bucket", "a/b"),
        ("prefix", "/a"),
        ("prefix", "a//b"),
        ("prefix", "../a"),
        ("endpoint", "127.0.0.1:4443"),
        ("endpoint", "http://user:secret@host"),
        ("threads", 0),
        ("deadline_s", 0.0),
    ],
)
def test_a_setting_without_a_legal_value_is_refused(setting: str, value: object) -> None:
    """The error names the setting and shows a legal value, and does not repeat the one that was given."""
    with pytest.raises(InvalidInput, match=setting) as failure:
        GcsSettings(**{"bucket": "payloads", setting: value})  # type: ignore[arg-type]  # that is the point
    assert "give" in (failure.value.remedy or "")
    assert "secret" not in f"{failure.value}{failure.value.remedy}"


async def opening(settings: GcsSettings) -> Unavailable:
    """The error with which a store does not open."""
    with pytest.raises(Unavailable) as failure:
        async with a_store(settings):
            pass
    return failure.value


async def test_a_bucket_that_is_not_there_is_said_to_be_missing(strict: StrictGcs) -> None:
    """It will not appear by itself; the remedy names the setting, and nothing names the bucket."""
    error = await opening(GcsSettings(bucket="missing-bucket", endpoint=strict.endpoint))
    assert (error.message, error.retryable) == ("the bucket is not there (HTTP 404)", False)
    assert "[gcs] bucket" in (error.remedy or "")
    assert "missing-bucket" not in f"{error}{error.remedy}"


async def test_the_emulators_missing_bucket_is_said_to_be_missing(gcs_server: GcsServer) -> None:
    """Its words are others."""
    settings = GcsSettings(bucket="missing-bucket", endpoint=gcs_server.endpoint, unsafe_bucket=True)
    assert (await opening(settings)).message == "the bucket is not there (HTTP 404)"


@pytest.mark.parametrize(("status", "word"), [(401, "credentials"), (403, "denied")])
async def test_a_bucket_that_may_not_be_used_says_what_to_do(
    settings: GcsSettings, proxy: FaultyProxy, status: int, word: str
) -> None:
    """No try is repeated, and the remedy is for the operator."""
    proxy.plan(".*", faults.refuse(status), times=99)
    error = await opening(settings)
    assert (word in error.message, error.retryable, len(proxy.seen)) == (True, False, 1)
    assert error.remedy


async def test_a_bucket_that_vanishes_is_not_an_absent_payload(store: GcsPayloadStore, strict: StrictGcs) -> None:
    """Not found would be a lie: whoever asked would take the payload for dropped."""
    stored = await put(store, b"content")
    objects = strict.buckets.pop("payloads")
    for call in (store.find(TENANT, stored.digest), put(store, b"other"), store.delete(stored)):
        with pytest.raises(Unavailable, match="not there"):
            await call
    strict.buckets["payloads"] = objects
    assert await read(store, stored.digest) == b"content"


async def test_without_credentials_the_error_says_how_to_get_some(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By the library's own chain: no key file, no login, no metadata server."""
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "STORAGE_EMULATOR_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    error = await opening(GcsSettings(bucket="payloads"))
    assert (error.message, error.retryable) == ("there are no credentials for Google Cloud", False)
    assert "GOOGLE_APPLICATION_CREDENTIALS" in (error.remedy or "")


@pytest.mark.parametrize("scheme", ["http://", ""])
async def test_the_emulators_variable_is_honoured(
    monkeypatch: pytest.MonkeyPatch, strict: StrictGcs, scheme: str
) -> None:
    """STORAGE_EMULATOR_HOST, as every client of the library does; with a scheme or without."""
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", strict.endpoint.replace("http://", scheme))
    async with a_store(GcsSettings(bucket="payloads")) as store:
        stored = await put(store, b"content")
        assert await read(store, stored.digest) == b"content"


async def test_nothing_shows_the_bucket_or_the_prefix(store: GcsPayloadStore, proxy: FaultyProxy) -> None:
    """Neither what is stored, nor its source, nor an error."""
    stored = await put(store, b"content")
    said = [repr(stored), repr(await store.source(TENANT, stored.digest))]
    for fault in (faults.refuse(403), faults.refuse(400), faults.refuse(503, "999"), faults.refuse(418), faults.reset):
        proxy.plan(r"GET /storage/v1/b/payloads/o/", fault, times=999 if fault is faults.reset else 1)
        with pytest.raises(ArtifactPlaneError) as failure:
            await store.find(TENANT, stored.digest)
        said.append(f"{failure.value} {failure.value.remedy}")
    assert not [text for text in said if "payloads" in text or PREFIX in text or "127.0.0.1" in text]


async def test_what_others_keep_in_the_bucket_is_left_alone(store: GcsPayloadStore, strict: StrictGcs) -> None:
    """Names that are no payloads' are not listed."""
    stored = await put(store, b"content")
    name = f"{PREFIX}/{stored.location}"
    kept = strict.buckets["payloads"][name]
    for other in (
        f"{name}.bak",
        f"{PREFIX}/{TENANT}/notes.txt",
        f"{PREFIX}/{TENANT}/blake3",
        f"{PREFIX}/{TENANT}/a/b/c",
    ):
        strict.buckets["payloads"][other] = attrs.evolve(kept, name=other)
    assert [payload.digest async for payload in store.list(TENANT)] == [stored.digest]


def test_names_are_read_backwards() -> None:
    """And another tenant's, or another prefix's, are not."""
    for prefix in ("", "a", "a/b"):
        names = Names(prefix)
        name = names.payload("t", ABSENT)
        assert name is not None
        assert names.digest("t", name) == ABSENT
        assert names.digest("T", name) is None
        assert names.digest("t", f"x/{name}") is None
        assert names.digest("t", names.own("passed")) is None


def test_the_settings_do_not_cost_the_import_of_the_client() -> None:
    """The command line reads them before it knows whether a bucket is used."""
    code = "import sys, artifact_plane.adapters.gcs.settings as s; sys.exit('google' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


async def test_a_bucket_that_does_not_answer_keeps_nobody_from_opening_and_is_tried_before_the_first_put(
    settings: GcsSettings, proxy: FaultyProxy, strict: StrictGcs
) -> None:
    """Who only reads records needs no bucket; whether it enforces what a put relies on is still asked before one."""
    proxy.plan(".*", faults.refuse(503), times=999)
    async with a_store(settings) as store:
        with pytest.raises(Unavailable):
            await put(store, b"content")
        proxy.heal()
        stored = await put(store, b"content")
        assert any(name.endswith(".conformance/passed") for name in strict.buckets["payloads"])
        assert await read(store, stored.digest) == b"content"
