"""Reading over HTTP: an artifact and its meaning of 8 KiB by id, beside the framework with the answer in memory."""

from __future__ import annotations

import asyncio
import http.client
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.apart import apart
from benchmarks.harness import MICROSECONDS, Figure, alternating, at_least, compared
from benchmarks.http_generator import write_requests
from benchmarks.http_servers import Server, our_server, plain_server, request_bytes, token_of
from benchmarks.places import folder
from benchmarks.plane import opened
from benchmarks.samples import meaning
from benchmarks.scale import Scale

_STORED: Final = 200
_CONNECTIONS: Final = 32


async def measure(scale: Scale) -> list[Figure]:
    """Both servers run all the time; the generator turns to one after the other."""
    with folder() as place:
        async with opened(place / "home") as ours:
            ids = await asyncio.gather(*(ours.create(meaning(number)) for number in range(_STORED)))
            token = await token_of(ours)
        requests = place / "requests.json"
        chosen = random.Random(5).choices(ids, k=scale.http_gets)  # noqa: S311 - sample data
        write_requests(requests, (request_bytes("GET", f"/api/artifact/{one}", token) for one in chosen))
        with our_server(place / "home") as served:
            answers = _keep_answers(served, ids, token, place / "answers")
            with plain_server(place / "home", answers) as plain:
                return await _compare(plain, served, requests, scale)


def _keep_answers(served: Server, ids: Sequence[str], token: str, answers: Path) -> Path:
    """What the service answers, as files for the framework to have in memory."""
    answers.mkdir()
    connection = http.client.HTTPConnection("127.0.0.1", served.port)
    for artifact_id in ids:
        connection.request("GET", f"/api/artifact/{artifact_id}", headers={"Authorization": f"Bearer {token}"})
        with connection.getresponse() as answer:
            (answers / artifact_id).write_bytes(answer.read())
    connection.close()
    return answers


async def _compare(plain: Server, served: Server, requests: Path, scale: Scale) -> list[Figure]:
    processor: dict[int, list[float]] = {plain.pid: [], served.pid: []}

    async def rate(server: Server) -> float:
        before = server.cpu()
        told = apart(
            "benchmarks.http_generator",
            "send_all",
            port=server.port,
            requests=str(requests),
            connections=_CONNECTIONS,
        )
        if told.get("200") != scale.http_gets:
            raise RuntimeError(f"not every request was answered: {told}")
        processor[server.pid].append((server.cpu() - before) / scale.http_gets)
        return scale.http_gets / told["seconds"]

    raw, our = await alternating(scale.rounds, lambda: rate(plain), lambda: rate(served))
    of_raw, of_ours = (sorted(processor[one.pid])[scale.rounds // 2] * MICROSECONDS for one in (plain, served))
    note = f"raw: the framework, from memory; processor time {of_raw:.0f} and {of_ours:.0f} µs a request"
    work = f"GET an artifact, 8 KiB, {_CONNECTIONS} connections"
    return [compared(work, "/s", at_least(0.5), raw, our, note=note)]
