"""Creating over HTTP: the processor time of a create, beside that of the gate alone and of the library alone."""

from __future__ import annotations

import asyncio
import resource
from itertools import count
from pathlib import Path
from typing import Final

import orjson

from benchmarks.apart import apart
from benchmarks.harness import MICROSECONDS, Figure, alternating, at_most, compared
from benchmarks.http_generator import write_requests
from benchmarks.http_servers import Server, gate_server, our_server, request_bytes, token_of
from benchmarks.places import folder
from benchmarks.plane import opened
from benchmarks.samples import meaning
from benchmarks.scale import Scale

_AT_ONCE: Final = 32
_TYPE: Final = "analysis_result"
_WARMING: Final = 64


async def measure(scale: Scale) -> list[Figure]:
    """The gate, the library and the service in turns, on homes of their own that grow alike."""
    with folder() as place:
        for name in ("gate", "library", "service"):
            (place / name).mkdir()
        tokens = [await _token(place / name / "home") for name in ("gate", "service")]
        with gate_server(place / "gate" / "home") as gate, our_server(place / "service" / "home") as service:
            return await _Creating(place, scale, gate, service, tokens).figures()


async def _token(home: Path) -> str:
    async with opened(home) as ours:
        return await token_of(ours)


class _Creating:
    def __init__(self, place: Path, scale: Scale, gate: Server, service: Server, tokens: list[str]) -> None:
        self._place = place
        self._scale = scale
        self._gate = gate
        self._service = service
        self._tokens = tokens
        self._numbers = count()

    async def figures(self) -> list[Figure]:
        gate, library, service = await alternating(
            self._scale.rounds, self._behind_the_gate, self._in_the_library, self._at_the_service
        )
        middle = [sorted(one)[len(one) // 2] * MICROSECONDS for one in (gate, library)]
        return [
            compared(
                f"POST an artifact, 8 KiB, {_AT_ONCE} connections",
                "µs",
                at_most(1.25),
                [one + other for one, other in zip(gate, library, strict=True)],
                service,
                scale=MICROSECONDS,
                note=f"processor time; raw: a POST that does nothing, {middle[0]:.0f}, and a create, {middle[1]:.0f}",
            )
        ]

    async def _behind_the_gate(self) -> float:
        return self._posted(self._gate, "/api/nothing", self._tokens[0])

    async def _at_the_service(self) -> float:
        return self._posted(self._service, "/api/artifacts", self._tokens[1])

    def _posted(self, server: Server, target: str, token: str) -> float:
        """Processor seconds of the server for each request."""
        how_many = self._scale.creates_at_once
        requests = self._place / "requests.json"
        bodies = (_body(next(self._numbers)) for _ in range(how_many))
        write_requests(requests, (request_bytes("POST", target, token, body) for body in bodies))
        before = server.cpu()
        told = apart(
            "benchmarks.http_generator", "send_all", port=server.port, requests=str(requests), connections=_AT_ONCE
        )
        if told.get("201") != how_many:
            raise RuntimeError(f"not every request was carried out: {told}")
        return (server.cpu() - before) / how_many

    async def _in_the_library(self) -> float:
        told = apart(
            "benchmarks.http_creating",
            "created",
            home=str(self._place / "library" / "home"),
            first=next(self._numbers),
            how_many=self._scale.creates_at_once,
        )
        return told["seconds"]


def _body(number: int) -> bytes:
    return orjson.dumps({"artifact_type": _TYPE, "payload": {"semantic_payload": meaning(number)}})


async def created(home: str, first: int, how_many: int) -> dict[str, float]:
    """Processor seconds of a create by the library in this process, 32 at once."""
    documents = [meaning(first + number) for number in range(how_many)]
    async with opened(Path(home)) as ours:

        async def worker(left: list[int]) -> None:
            while left:
                await ours.create(documents[left.pop()])

        await asyncio.gather(*(worker(warming) for warming in [list(range(_WARMING))] * _AT_ONCE))
        before = _processor()
        left = list(range(how_many))
        await asyncio.gather(*(worker(left) for _ in range(_AT_ONCE)))
        return {"seconds": (_processor() - before) / how_many}


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
