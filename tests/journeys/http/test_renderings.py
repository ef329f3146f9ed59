"""Renderings over HTTP: whole or in part, streamed, never damaged, and safe in any browser."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.journeys.http.api import Api, api, form_of, problem
from tests.journeys.http.serving import PATIENCE, status_of

LARGE: Final = bytes(range(256)) * 12_289
"""Three pieces on their way, and a little more."""


async def _stored(one: Api, content: bytes, media_type: str = "application/octet-stream", name: str = "file") -> str:
    """The address of a rendering with that content."""
    form = form_of("artifact", {"artifact_type": "roadmap", "payload": {"semantic_payload": {"a": 1}}})
    form[name] = ("x", content, media_type)
    answer = await one.client.post("/api/artifacts", files=form)
    assert answer.status_code == 201, answer.text
    return f"/api/artifact/{answer.json()['artifact']['artifact_id']}/renderings/{name}"


@pytest.mark.parametrize("content", [b"", b"x", LARGE], ids=["empty", "small", "large"])
async def test_what_was_stored_comes_back_whole(content: bytes, tmp_path: Path) -> None:
    async with api(tmp_path) as one:
        where = await _stored(one, content)
        answer = await one.client.get(where)
        assert answer.status_code == 200 and answer.content == content
        assert answer.headers["content-length"] == str(len(content))
        assert answer.headers["etag"] == f'"{answer.headers["artifact-plane-digest"]}"'
        head = await one.client.head(where)
        assert (head.status_code, head.content) == (200, b"")
        changing = ("x-request-id", "date")
        assert [pair for pair in head.headers.items() if pair[0] not in changing] == [
            pair for pair in answer.headers.items() if pair[0] not in changing
        ]
        has = await one.client.get(where, headers={"if-none-match": answer.headers["etag"]})
        assert has.status_code == 304 and not has.content


async def test_the_meaning_is_a_part_as_its_canonical_bytes() -> None:
    async with api() as one:
        record = await one.create({"b": 1, "a": [1.0, "é"]})
        answer = await one.client.get(f"/api/artifact/{record['artifact_id']}/renderings/semantic_payload")
        assert answer.content == '{"a":[1,"é"],"b":1}'.encode()
        assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=10-19", 10, 19),
        ("bytes=3145000-", 3_145_000, len(LARGE) - 1),
        ("bytes=1048570-1048580", 1_048_570, 1_048_580),
        ("bytes=-5", len(LARGE) - 5, len(LARGE) - 1),
        ("bytes=-99999999999", 0, len(LARGE) - 1),
        ("bytes=5-99999999999", 5, len(LARGE) - 1),
        ("BYTES=7-8", 7, 8),
    ],
)
async def test_a_range_is_exactly_those_bytes(header: str, first: int, last: int, tmp_path: Path) -> None:
    async with api(tmp_path) as one:
        where = await _stored(one, LARGE)
        answer = await one.client.get(where, headers={"range": header})
        assert answer.status_code == 206
        assert answer.content == LARGE[first : last + 1]
        assert answer.headers["content-range"] == f"bytes {first}-{last}/{len(LARGE)}"
        assert answer.headers["artifact-plane-compared"] == "true"


@pytest.mark.parametrize("header", ["bytes=", "bytes=x-1", "bytes=5-4", "bytes=--1", "lines=1-2", "bytes=0-1,3-4"])
async def test_a_range_that_is_not_understood_is_the_whole(header: str) -> None:
    async with api() as one:
        where = await _stored(one, b"0123456789")
        answer = await one.client.get(where, headers={"range": header})
        assert (answer.status_code, answer.content) == (200, b"0123456789")


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=-0", "bytes=99-100", "bytes=" + ",".join(["0-"] * 5_000)])
async def test_a_range_without_bytes_and_thousands_of_ranges_are_not_satisfiable(header: str) -> None:
    async with api() as one:
        where = await _stored(one, b"0123456789")
        answer = await one.client.get(where, headers={"range": header})
        problem(answer, 416, "range_not_satisfiable")
        assert answer.headers["content-range"] == "bytes */10"


async def test_a_range_of_what_it_is_no_more_is_the_whole() -> None:
    async with api() as one:
        where = await _stored(one, b"0123456789")
        etag = (await one.client.head(where)).headers["etag"]
        same = await one.client.get(where, headers={"range": "bytes=0-1", "if-range": etag})
        other = await one.client.get(where, headers={"range": "bytes=0-1", "if-range": '"another"'})
        assert (same.status_code, other.status_code) == (206, 200)


async def test_what_was_dropped_is_drawn_again_and_the_answer_says_so() -> None:
    async with api() as one:
        bars = {"kind": "bar", "x": {"categories": ["a", "b"]}, "series": [{"name": "n", "values": [1, 2]}]}
        result = await _handed_in(one, {"charts": [bars]})
        where = f"/api/artifact/{result}/renderings/picture"
        answer = await one.client.get(where)
        assert answer.status_code == 200, answer.text
        assert answer.headers["artifact-plane-drawn"] == "true"
        assert answer.headers["content-type"] == "image/svg+xml" and b"<svg" in answer.content
        assert (await one.client.get(where)).headers["etag"] == answer.headers["etag"]
        assert (await one.client.head(where)).headers["content-length"] == str(len(answer.content))


async def _handed_in(one: Api, payload: dict[str, Any]) -> str:
    """The artifact id of a result with a view that the default policy does not keep."""
    view = {"picture": {"renderer": "chart", "format": "svg"}}
    output = {"result_type": "other", "semantic_payload": payload, "renderings": view}
    body = {"intent": {"intent_type": "draw"}, "realm": "studio", "result": {"artifacts": {"figure": output}}}
    answer = await one.client.post("/api/results", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["execution"]["references"][0]["artifact_id"])


async def test_a_part_that_nobody_knows_is_not_there() -> None:
    async with api() as one:
        record = await one.create()
        where = f"/api/artifact/{record['artifact_id']}/renderings"
        problem(await one.client.get(f"{where}/nothing"), 404, "not_found")
        for odd in ("%2e%2e%2fx", "a%2fb", "..%5cx", "%00", "a%20b"):
            assert (await one.client.get(f"{where}/{odd}")).status_code in (400, 404)


# Safe in a browser


@pytest.mark.parametrize("media_type", ["text/html", "image/svg+xml", "application/xhtml+xml", "text/html;x=y", "x/y"])
async def test_nothing_that_could_run_is_shown_inline(media_type: str) -> None:
    async with api() as one:
        where = await _stored(one, b"<script>alert(1)</script>", media_type)
        for asked in ({}, {"disposition": "inline"}):
            headers = (await one.client.get(where, params=asked)).headers
            assert headers["content-disposition"].startswith("attachment;")
            assert headers["x-content-type-options"] == "nosniff"
            assert (
                "sandbox" in headers["content-security-policy"]
                and "default-src 'none'" in headers["content-security-policy"]
            )


async def test_what_cannot_run_is_shown_inline_where_that_is_asked() -> None:
    async with api() as one:
        where = await _stored(one, b"x", "image/png")
        assert (await one.client.get(where)).headers["content-disposition"].startswith("attachment;")
        inline = (await one.client.get(where, params={"disposition": "inline"})).headers
        assert inline["content-disposition"].startswith("inline;") and "sandbox" in inline["content-security-policy"]


# Never damaged


def _flip_last_byte(home: Path, size: int) -> None:
    """Damage the one kept payload of that size."""
    (found,) = _payloads(home, size)
    data = bytearray(found.read_bytes())
    data[-1] ^= 1
    found.chmod(0o600)
    found.write_bytes(data)


def _payloads(home: Path, size: int) -> Iterator[Path]:
    return (path for path in (home / "payloads").rglob("*") if path.is_file() and path.stat().st_size == size)


async def test_a_small_damaged_content_is_an_error(tmp_path: Path) -> None:
    async with api(tmp_path) as one:
        where = await _stored(one, b"0123456789" * 500)
        _flip_last_byte(tmp_path, 5_000)
        problem(await one.client.get(where), 502, "damaged")
        problem(await one.client.get(where, headers={"range": "bytes=0-9"}), 502, "damaged")


async def test_a_large_damaged_content_never_becomes_a_complete_answer(tmp_path: Path) -> None:
    async with api(tmp_path) as one:
        where = await _stored(one, LARGE)
        _flip_last_byte(tmp_path, len(LARGE))
        with pytest.raises(httpx.RemoteProtocolError):
            await one.client.get(where)
        token = await one.server.token()
        raw = await one.server.get(where.encode(), token)
        assert status_of(raw) == 200
        assert 0 < len(raw.partition(b"\r\n\r\n")[2]) < len(LARGE)
        problem(await one.client.get(where, headers={"range": "bytes=0-9"}), 502, "damaged")


async def test_a_reader_that_goes_away_leaves_nothing_behind(tmp_path: Path) -> None:
    async with api(tmp_path) as one:
        where = await _stored(one, LARGE * 4)
        before = len(asyncio.all_tasks())
        for _ in range(3):
            async with one.client.stream("GET", where) as answer:
                async for _ in answer.aiter_raw(1_000):
                    break
        async with asyncio.timeout(PATIENCE):
            while len(asyncio.all_tasks()) > before + 1:
                await asyncio.sleep(0.05)
        assert (await one.client.get(where)).content == LARGE * 4


async def test_readers_of_a_store_that_stands_still_keep_nobody_else_from_theirs(tmp_path: Path) -> None:
    """Each of them holds a thread; there are more than the handful that Python would have."""
    async with api(tmp_path) as one:
        where = await _stored(one, LARGE)
        on = threading.Event()
        still = [asyncio.create_task(asyncio.to_thread(on.wait, 120)) for _ in range(40)]
        await asyncio.sleep(0)
        try:
            assert (await one.client.get(where)).content == LARGE
            assert not any(task.done() for task in still)
        finally:
            on.set()
            await asyncio.gather(*still)
