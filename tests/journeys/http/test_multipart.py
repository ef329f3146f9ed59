"""Multipart forms: streamed with bounded memory, every limit kept, nothing left behind (cases J08, A20)."""

from __future__ import annotations

import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.doubles.scratch import opened_under, scratch_in
from tests.journeys.http.api import api, form_of, problem
from tests.journeys.http.serving import until

BODY = {"artifact_type": "roadmap", "payload": {"semantic_payload": {"a": 1}}}
BOUNDARY = "edge"
TYPE = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}


def _part(name: str, content: bytes, *headers: str) -> bytes:
    head = "".join(f"{one}\r\n" for one in (f'Content-Disposition: form-data; name="{name}"', *headers))
    return f"--{BOUNDARY}\r\n{head}\r\n".encode() + content + b"\r\n"


DOCUMENT = _part("artifact", b'{"artifact_type": "roadmap", "payload": {"semantic_payload": {}}}')
END = f"--{BOUNDARY}--\r\n".encode()


async def test_files_are_renderings_by_their_own_name_or_by_the_part_that_one_names(tmp_path: Path) -> None:
    async with api(tmp_path) as one:
        body = {**BODY, "payload": {"semantic_payload": {}, "renderings": {"chart": {"part": "p1"}}}}
        form = form_of("artifact", body) | {"p1": ("c", b"png", "image/png"), "own": ("o", b"own", "text/plain")}
        record = (await one.client.post("/api/artifacts", files=form)).json()["artifact"]
        assert {part["name"]: part["media_type"] for part in record["parts"][1:]} == {
            "chart": "image/png",
            "own": "text/plain",
        }
        where = f"/api/artifact/{record['artifact_id']}/renderings"
        assert [(await one.client.get(f"{where}/{name}")).content for name in ("chart", "own")] == [b"png", b"own"]


async def test_the_document_may_come_last_and_an_archive_is_bytes_as_any() -> None:
    async with api() as one:
        archive = b"PK\x03\x04../../etc/passwd"
        content = _part("zip", archive, "Content-Type: application/zip") + DOCUMENT + END
        record = (await one.client.post("/api/artifacts", content=content, headers=TYPE)).json()["artifact"]
        where = f"/api/artifact/{record['artifact_id']}/renderings/zip"
        assert (await one.client.get(where)).content == archive


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (_part("file", b"x") + END, 400, "invalid_input"),
        (DOCUMENT + DOCUMENT + END, 400, "invalid_input"),
        (DOCUMENT + _part("a", b"1") + _part("a", b"2") + END, 400, "invalid_input"),
        (DOCUMENT + _part("../x", b"1") + END, 400, "invalid_input"),
        (DOCUMENT + _part("", b"1") + END, 400, "invalid_input"),
        (DOCUMENT + _part("a", b"1"), 400, "invalid_input"),
        (DOCUMENT + b"--" + BOUNDARY.encode() + b"\r\nno header\r\n\r\n" + END, 400, "invalid_input"),
        (b"", 400, "invalid_input"),
        (b"not a form at all", 400, "invalid_input"),
        (_part("artifact", b"{") + END, 400, "invalid_json"),
        (_part("artifact", b'{"a": 1, "a": 2}') + END, 400, "invalid_json"),
        (_part("artifact", b"[" * 100_000) + END, 400, "invalid_json"),
        (DOCUMENT + _part("semantic_payload", b"x") + END, 400, "invalid_input"),
        (DOCUMENT + b"".join(_part(f"p{n}", b"") for n in range(20)) + END, 413, "too_large"),
        (DOCUMENT + _part("big", b"x" * 300_000) + END, 413, "too_large"),
        (_part("artifact", b"x" * 150_000) + END, 413, "too_large"),
        (DOCUMENT + _part("a", b"1", "X: " + "y" * 20_000) + END, 413, "too_large"),
        (DOCUMENT + _part("a", b"1", *(f"X-{n}: y" for n in range(50))) + END, 413, "too_large"),
    ],
)
async def test_what_is_no_form_of_ours_is_refused_whole(content: bytes, status: int, code: str) -> None:
    limits = {"parts": 10, "upload_bytes": 250_000, "body_bytes": 100_000}
    async with api(http=limits) as one:
        problem(await one.client.post("/api/artifacts", content=content, headers=TYPE), status, code)
        assert (await one.client.get("/api/artifacts")).json()["artifacts"] == []


@pytest.mark.parametrize(
    "given",
    ["multipart/form-data", "multipart/form-data; boundary=", "text/plain", "", "application/json; charset=latin-1"],
)
async def test_another_media_type_is_refused(given: str) -> None:
    async with api() as one:
        answer = await one.client.post("/api/artifacts", content=DOCUMENT + END, headers={"content-type": given})
        assert answer.status_code in (400, 415)


async def test_a_hundred_thousand_parts_are_refused_at_the_bound() -> None:
    async def flood() -> AsyncIterator[bytes]:
        yield DOCUMENT
        for first in range(0, 100_000, 1_000):
            yield b"".join(_part(f"p{first + n}", b"") for n in range(1_000))
        yield END

    async with api() as one:
        problem(await one.client.post("/api/artifacts", content=flood(), headers=TYPE), 413, "too_large")


async def test_a_large_file_passes_through_little_memory(tmp_path: Path) -> None:
    """Traced are Python's own allocations, of server and client together."""
    pieces, piece = 48, bytes(1 << 20)

    async def large() -> AsyncIterator[bytes]:
        yield DOCUMENT + _part("file", b"")[:-2]
        for _ in range(pieces):
            yield piece
        yield b"\r\n" + END

    async with api(tmp_path) as one:
        tracemalloc.start()
        try:
            answer = await one.client.post("/api/artifacts", content=large(), headers=TYPE)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert answer.status_code == 201, answer.text
        assert answer.json()["artifact"]["parts"][1]["size"] == pieces << 20
        assert peak < 16 << 20


async def test_an_upload_leaves_no_file_and_no_open_descriptor_behind(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with scratch_in(scratch):
        async with api(tmp_path / "home") as one:
            form = form_of("artifact", BODY) | {"file": ("x", b"x" * 3_000_000, "a/b")}
            for _ in range(4):
                assert (await one.client.post("/api/artifacts", files=form)).status_code == 201
            # A thread may let go of its last piece of work a moment after that was heard of.
            await until(lambda: opened_under(scratch) == {})
            assert list(scratch.iterdir()) == []
            await until(lambda: len(opened_under(tmp_path / "home" / "payloads")) == 2)  # the store's own root and lock
