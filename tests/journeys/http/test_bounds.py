"""What may be asked in one request is bounded, what is large is read off the event loop, and pages stay small."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

import orjson
import pytest

from artifact_plane.adapters.codec import json_gate, legacy
from artifact_plane.adapters.http import gate, payloads
from artifact_plane.adapters.http.operations import tools_of
from artifact_plane.adapters.http.problems import RequestProblem
from artifact_plane.adapters.http.settings import HttpSettings
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.intent import ExecutionContext
from tests.doubles.documents import Document
from tests.journeys.http.api import Api, api, form_of, problem
from tests.journeys.http.serving import PATIENCE, TENANT

KIB: Final = 1024
JSON: Final = {"content-type": "application/json"}
_READING: Final = frozenset({json_gate.__file__, legacy.__file__, gate.__file__, payloads.__file__})
_OF_ANY_SIZE: Final = frozenset({"body_of", "check_media_type", "context_of", "intent_of", "<dictcomp>"})


@contextmanager
def read_on_the_loop() -> Iterator[set[str]]:
    """What is read of bodies by this very thread, where the event loop runs."""
    seen: set[str] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_filename in _READING and frame.f_code.co_name not in _OF_ANY_SIZE:
            seen.add(frame.f_code.co_name)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield seen
    finally:
        sys.setprofile(before)


def large(**more: object) -> bytes:
    """The body of an artifact that is not small."""
    views = {f"view-{n}": {"media_type": "text/plain", "text": "x" * KIB} for n in range(100)}
    return orjson.dumps(
        {
            "artifact_type": "note",
            "payload": {"semantic_payload": {"a": 1}, "renderings": views, "labels": ["a", "b"]},
            "metadata": {"owner": "claims"},
            **more,
        }
    )


async def test_a_large_body_is_read_off_the_loop() -> None:
    """Parsed, shaped, and made into what the plane takes; as JSON, as a form's part, as an update, as a result."""
    result = {"artifacts": {f"o-{n}": {"result_type": "note", "semantic_payload": {"a": "x" * KIB}} for n in range(99)}}
    handed_in = orjson.dumps({"intent": {"intent_type": "i"}, "realm": "r", "result": result})
    async with api() as one:
        with read_on_the_loop() as seen:
            answers = [
                await one.client.post("/api/artifacts", content=large(artifact_id="a"), headers=JSON),
                await one.client.post("/api/artifacts", files=form_of("artifact", orjson.loads(large()))),
                await one.client.put("/api/artifact/a", content=large(), headers={**JSON, "if-match": "*"}),
                await one.client.post("/api/results", content=handed_in, headers=JSON),
            ]
        assert [answer.status_code for answer in answers] == [201, 201, 200, 201]
        assert seen == set()


@pytest.mark.parametrize("field", HttpSettings().of_output)
@pytest.mark.parametrize("most", [None, 3], ids=["unless set", "as set"])
async def test_an_output_has_so_many_of_each_and_no_more(field: str, most: int | None) -> None:
    """400 with the place, whether it is created or is part of a result; the description says how many."""
    http = {} if most is None else {field: most}
    most = most or HttpSettings().of_output[field]
    names = [f"n-{n}" for n in range(most + 1)]
    views = {name: {"media_type": "text/plain", "text": "x"} for name in names}
    many = views if field == "renderings" else names
    payload = {"semantic_payload": {"a": 1}, field: many}
    async with api(http=http) as one:
        created = await one.client.post("/api/artifacts", json={"artifact_type": "note", "payload": payload})
        assert problem(created, 400, "invalid_input")["where"] == f"body.payload.{field}"
        result = {"artifacts": {"o": {"result_type": "note", **payload}}}
        body = {"intent": {"intent_type": "i"}, "realm": "r", "result": result}
        told = problem(await one.client.post("/api/results", json=body), 400, "invalid_input")
        assert told["where"] == f"body.result.artifacts.o.{field}" and str(most) in told["detail"]
        schemas = (await one.client.get("/openapi.json")).json()["components"]["schemas"]
    told_of = [
        schemas["PayloadRequest"]["properties"][field],
        schemas["Output"]["anyOf"][0]["properties"][field],
    ]
    assert [one.get("maxItems", one.get("maxProperties")) for one in told_of] == [most, most]


async def test_a_result_has_so_many_outputs_and_no_more() -> None:
    outputs = {f"o-{n}": {"result_type": "note", "semantic_payload": {}} for n in range(1_001)}
    body = {"intent": {"intent_type": "i"}, "realm": "r", "result": {"artifacts": outputs}}
    async with api() as one, api(http={"outputs": 1_001}) as generous:
        assert (await generous.client.post("/api/results", json=body)).status_code == 201
        told = problem(await one.client.post("/api/results", json=body), 400, "invalid_input")
    assert told["where"] == "body.result.artifacts"


async def test_a_result_has_so_many_events_and_no_more() -> None:
    """Each would be delivered to whoever listens."""
    body = {"intent": {"intent_type": "i"}, "realm": "r", "result": {"artifacts": {}, "events": [{}] * 3}}
    async with api(http={"events": 3}) as fits, api(http={"events": 2}) as one:
        assert (await fits.client.post("/api/results", json=body)).status_code == 201
        told = problem(await one.client.post("/api/results", json=body), 400, "invalid_input")
        schemas = (await one.client.get("/openapi.json")).json()["components"]["schemas"]
    assert told["where"] == "body.result.events"
    assert schemas["RealmResult"]["properties"]["events"]["maxItems"] == 2


async def test_metadata_is_bounded_whichever_way_it_comes() -> None:
    """64 KiB unless set: created, updated, or over no network at all; what fits is taken."""
    fits, more = {"m": "a" * (64 * KIB - len('{"m":""}'))}, {"m": "a" * (64 * KIB)}
    async with api() as one:
        record = await one.create(metadata=fits)
        where = f"/api/artifact/{record['artifact_id']}"
        body = {"artifact_type": "roadmap", "payload": {"semantic_payload": {}}, "metadata": more}
        for answer in (
            await one.client.post("/api/artifacts", json=body),
            await one.client.put(where, json=body, headers={"if-match": "*"}),
        ):
            told = problem(answer, 400, "invalid_input")
            assert told["where"] == "body.metadata" and told["remedy"]
        with pytest.raises(InvalidInput) as refused:
            await one.server.application.plane.create_artifact(
                "roadmap", None, {}, more, ExecutionContext(tenant_id=TENANT)
            )
        assert (refused.value.where, bool(refused.value.remedy)) == ("metadata", True)


async def test_a_text_with_nul_is_found_wherever_it_stands_in_metadata() -> None:
    """In a text or a key; a backslash before ``u0000`` is no NUL."""
    async with api() as one:
        for metadata in ({"a": [{"b": "x\0"}]}, {"a": {"b\0": 1}}):
            body = {"artifact_type": "note", "payload": {"semantic_payload": {}}, "metadata": metadata}
            told = problem(await one.client.post("/api/artifacts", json=body), 400, "invalid_input")
            assert told["where"] == "body.metadata"
        assert (await one.create(metadata={"a": "\\u0000"}))["metadata"] == {"a": "\\u0000"}


async def pages_of(one: Api, where: str, name: str) -> list[list[Document]]:
    """All pages of a list, each of bounded size, found by the links."""
    found, following = [], where
    while following:
        answer = await one.client.get(following)
        assert answer.status_code == 200 and len(answer.content) < HttpSettings().page_bytes + 128 * KIB
        found.append(answer.json()[name])
        following = answer.links.get("next", {}).get("url", "")
    return found


async def test_a_page_ends_before_it_is_too_large() -> None:
    """And says how to go on: nothing is left out, nothing comes twice."""
    own = {"m": "a" * (63 * KIB)}
    async with api() as one:
        made = [(await one.create({"n": n}, metadata=own))["artifact_id"] for n in range(70)]
        pages = await pages_of(one, "/api/artifacts", "artifacts")
    assert [record["artifact_id"] for page in pages for record in page] == made[::-1]
    assert len(pages) == 2 and len(pages[1]) > 1


async def test_versions_come_in_pages() -> None:
    """As many as are asked for; what is no cursor leads to no page."""
    async with api() as one:
        where = f"/api/artifact/{(await one.create())['artifact_id']}"
        for n in range(4):
            body = {"payload": {"semantic_payload": {"n": n}}}
            assert (await one.client.put(where, json=body, headers={"if-match": "*"})).status_code == 200
        pages = await pages_of(one, f"{where}/versions?limit=2", "versions")
        assert [[record["version"] for record in page] for page in pages] == [[1, 2], [3, 4], [5]]
        problem(await one.client.get(f"{where}/versions?after=x"), 404, "no_such_page")


class TestReaders:
    """Who reads slowly."""

    async def test_what_waits_for_a_reader_is_a_piece(self) -> None:
        """A meaning of megabytes does not lie in the socket's buffer; the room that it takes comes back at its end."""
        size = 15 * KIB * KIB
        async with api(http={"documents_bytes": 32 * KIB * KIB}) as one:
            where = f"/api/artifact/{(await one.create({'x': 'a' * size}))['artifact_id']}"
            reader, writer = await asking(one, where)
            held = one.server.prepared.server.server_state.connections
            async with asyncio.timeout(PATIENCE):
                while not (kept := max(each.transport.get_write_buffer_size() for each in held)):
                    await asyncio.sleep(0.01)
            assert kept <= 256 * KIB
            room = tools_of(one.server.prepared.service).sending
            with pytest.raises(RequestProblem):
                for holder in ("a", "b"):
                    await room.take(size, holder, patience=0.05)
            writer.transport.abort()
            for _ in range(3):
                assert len((await one.client.get(where)).json()["semantic_payload"]["x"]) == size
            assert reader.at_eof() is False

    async def test_a_reader_that_drips_is_cut_off(self) -> None:
        """It has ``send_seconds``, and longer by what it takes at ``body_rate``: to go on taking is not enough."""
        size = 15 * KIB * KIB
        async with api(http={"send_seconds": 1, "body_rate": 50_000_000}) as one:
            reader, writer = await asking(one, f"/api/artifact/{(await one.create({'x': 'a' * size}))['artifact_id']}")
            taken = 0
            with pytest.raises((ConnectionError, EOFError)):
                async with asyncio.timeout(PATIENCE):
                    while taken < size:
                        taken += len(await reader.readexactly(64 * KIB))
                        await asyncio.sleep(0.1)
            writer.transport.abort()
        assert taken < size


async def asking(one: Api, where: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection that asks for this and has little room for what comes."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * KIB)
    connection.setblocking(False)
    await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", one.server.prepared.service.port))
    reader, writer = await asyncio.open_connection(sock=connection, limit=1)
    token = await one.server.token()
    writer.write(f"GET {where} HTTP/1.1\r\nHost: {one.server.host}\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
    return reader, writer


async def test_files_of_a_form_are_renderings_and_count_as_such() -> None:
    """Those that the document names, and those that are renderings under their own names."""
    views = {"note": {"media_type": "text/plain", "text": "x"}}
    body = {"artifact_type": "note", "payload": {"semantic_payload": {}, "renderings": views}}
    form = form_of("artifact", body)
    form |= {f"file-{n}": ("x", b"x", "text/plain") for n in range(3)}
    async with api(http={"renderings": 4}) as fits, api(http={"renderings": 3}) as one:
        assert (await fits.client.post("/api/artifacts", files=form)).status_code == 201
        told = problem(await one.client.post("/api/artifacts", files=form), 400, "invalid_input")
    assert told["where"] == "body.payload.renderings"


async def test_a_question_has_so_many_labels_and_no_more() -> None:
    question = {"result_type": "note", "labels": ["a", "b", "c"]}
    async with api(http={"labels": 3}) as fits, api(http={"labels": 2}) as one:
        assert (await fits.client.post("/api/policy/explain", json=question)).status_code == 200
        told = problem(await one.client.post("/api/policy/explain", json=question), 400, "invalid_input")
    assert told["where"] == "body.labels"


async def test_how_large_a_page_is_and_up_to_where_bytes_are_compared_is_set() -> None:
    async with api(http={"page_bytes": 1, "compared_bytes": 9}) as one:
        for n in range(3):
            await one.create({"n": n}, renderings={"note": {"media_type": "text/plain", "text": "x" * (9 + n)}})
        pages = await pages_of(one, "/api/artifacts", "artifacts")
        assert [len(page) for page in pages] == [1, 1, 1]
        answers = [
            await one.client.get(
                f"/api/artifact/{page[0]['artifact_id']}/renderings/note", headers={"range": "bytes=0-0"}
            )
            for page in pages
        ]
    assert [answer.headers["artifact-plane-compared"] for answer in answers] == ["false", "false", "true"]
