"""Conditions of whoever reads (RFC 9110, section 13): only what is meant, and only what is new; and what is damaged."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.journeys.http.api import Api, api, problem, put


async def read_addresses(one: Api) -> list[str]:
    """An artifact of one rendering, and the rendering."""
    record = await one.create(renderings={"note": {"media_type": "text/plain", "text": "0123456789"}})
    where = f"/api/artifact/{record['artifact_id']}"
    return [where, f"{where}/renderings/note"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_only_what_is_meant_is_read(method: str) -> None:
    """412 where none of the tags is this one's; a weak tag names nothing, and any will do for ``*``."""
    async with api() as one:
        for where in await read_addresses(one):
            tag = (await one.client.head(where)).headers["etag"]
            for named in (tag, "*", f'"other", {tag}'):
                assert (await one.client.request(method, where, headers={"if-match": named})).status_code == 200
            for named in ('"other"', f"W/{tag}", "", "nonsense"):
                answer = await one.client.request(method, where, headers={"if-match": named})
                assert answer.status_code == 412
            told = await one.client.get(where, headers={"if-match": '"other"'})
            assert problem(told, 412, "precondition_failed")["where"] == "header If-Match"


async def test_what_is_meant_stands_before_what_is_new() -> None:
    """Who names another version is told so, though it has this one."""
    async with api() as one:
        for where in await read_addresses(one):
            tag = (await one.client.head(where)).headers["etag"]
            both = {"if-match": '"other"', "if-none-match": tag}
            assert (await one.client.get(where, headers=both)).status_code == 412
            assert (await one.client.get(where, headers={**both, "if-match": tag})).status_code == 304


async def test_a_range_of_what_has_changed_meanwhile_is_refused() -> None:
    """Whoever takes up a download again names what it has begun with."""
    async with api() as one:
        where, note = await read_addresses(one)
        tag = (await one.client.head(note)).headers["etag"]
        wanted = {"range": "bytes=5-", "if-match": tag}
        assert (await one.client.get(note, headers=wanted)).content == b"56789"
        assert (await put(one.client, where)).status_code == 200
        assert (await one.client.get(f"{note}?version=1", headers=wanted)).content == b"56789"


async def test_a_damaged_record_is_an_answer_that_is_described(tmp_path: Path) -> None:
    """502 wherever it is read, with what to do; every route that reads records says so."""
    async with api(tmp_path) as one:
        record = await one.create(artifact_id="q3")
    with closing(sqlite3.connect(tmp_path / "records.sqlite3")) as records, records:
        records.execute("UPDATE artifact SET parts = x'00'")
    async with api(tmp_path) as one:
        paths = (await one.client.get("/openapi.json")).json()["paths"]
        of_one = "/api/artifact/{artifact_id}"
        for template in ("/api/artifacts", of_one, f"{of_one}/versions", f"{of_one}/explain"):
            answer = await one.client.get(template.format(**record))
            assert problem(answer, 502, "damaged")["remedy"]
            assert "502" in paths[template]["get"]["responses"]
