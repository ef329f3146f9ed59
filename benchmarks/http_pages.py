"""The pages with much to show: the first byte beside the library's answer, and how soon the browser has drawn them.

The list is that of a home with many artifacts, the lineage one of two hundred nodes. Without a Chromium, or Playwright,
nothing is drawn and the figures for it are missing.
"""

from __future__ import annotations

import http.client
import os
import random
import shutil
from collections.abc import Awaitable, Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

import attrs

from artifact_plane.domain.model.artifact import ArtifactFilter, ArtifactState
from artifact_plane.domain.model.lineage import Bounds
from benchmarks.apart import apart
from benchmarks.harness import MILLISECONDS, Figure, alternating, at_most, compared, median_duration, no_more_than
from benchmarks.http_generator import write_requests
from benchmarks.http_servers import Server, our_server, plain_server, request_bytes, token_of
from benchmarks.places import folder
from benchmarks.plane import Ours, opened, seeded
from benchmarks.samples import TENANT, small_meaning
from benchmarks.scale import Scale

if TYPE_CHECKING:
    from playwright.async_api import Page as Tab

_ASKED_A_ROUND: Final = 40
_DRAWN: Final = 5
_LISTED: Final = 50
_WIDTH: Final = 20
_NODES: Final = 200
_STEPS: Final = 50
_OK: Final = 200
_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
_FLAGS: Final = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
_NOTE_WHEN_DRAWN: Final = """
addEventListener("load", () => requestAnimationFrame(() => requestAnimationFrame(() => {
  window.drawnAfter = performance.now();
})));
"""


@attrs.frozen
class _Page:
    """A page: what it is called, where it is, and the library call that answers the same question."""

    name: str
    path: str
    call: Callable[[int], Awaitable[object]]


async def measure(scale: Scale) -> list[Figure]:
    """The library in this process and the service in its own, over one home."""
    with folder() as place:
        async with opened(place / "home") as ours:
            await seeded(ours, scale.many)
            start = await _family(ours)
            token = await token_of(ours)
            pages = _pages(ours, scale, start)
            (place / "answers").mkdir()
            (place / "answers" / "short").write_bytes(b"{}")
            with our_server(place / "home") as served, plain_server(place / "home", place / "answers") as plain:
                cookie = _signed_in(served, token)
                asked = _Asked(place / "requests.json", served, plain, cookie, token)
                figures = [await asked.first_byte(page, scale) for page in pages]
                return figures + await _drawn(served, pages, cookie)


async def _family(ours: Ours) -> str:
    """An artifact with 199 ancestors: layers of twenty, each artifact made from three of the layer before."""
    chance = random.Random(3)  # noqa: S311 - sample data
    before: list[str] = []
    for layer in range(_NODES // _WIDTH):
        width = _WIDTH - (layer == 0)
        before = [await ours.create(small_meaning(n), _some(before, n, chance)) for n in range(width)]
    return await ours.create(small_meaning(0), before)


def _some(before: list[str], number: int, chance: random.Random) -> list[str]:
    """Three of them, so chosen that each is somebody's."""
    return list({before[number % len(before)], *chance.sample(before, 2)}) if before else []


def _pages(ours: Ours, scale: Scale, start: str) -> list[_Page]:
    criteria = ArtifactFilter(state=ArtifactState.ACTIVE)
    bounds = Bounds(depth=_STEPS, nodes=_NODES * 2)

    async def listed(_: int) -> object:
        return await ours.app.plane.list_artifacts(TENANT, criteria, limit=_LISTED)

    async def ancestors(_: int) -> object:
        found = await ours.app.lineage.upstream(start, TENANT, bounds=bounds)
        if len(found.nodes) != _NODES:
            raise RuntimeError(f"the lineage has {len(found.nodes)} nodes")
        return found

    lineage = f"/artifacts/{start}/lineage?way=upstream&steps={_STEPS}"
    return [
        _Page(f"list of {scale.many:,} artifacts", "/artifacts", listed),
        _Page(f"lineage page of {_NODES} nodes", lineage, ancestors),
    ]


def _signed_in(served: Server, token: str) -> str:
    """The session's cookie, as a browser gets it."""
    connection = http.client.HTTPConnection("127.0.0.1", served.port)
    headers = {
        "Origin": f"http://127.0.0.1:{served.port}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    connection.request("POST", "/login", urlencode({"token": token}), headers)
    cookie = connection.getresponse().headers["set-cookie"].partition(";")[0]
    connection.close()
    return cookie


@attrs.frozen
class _Asked:
    """Asks the service for a page and, to tell what any answer takes, the framework alone for two bytes."""

    requests: Path
    served: Server
    plain: Server
    cookie: str
    token: str

    async def first_byte(self, page: _Page, scale: Scale) -> Figure:
        rest: list[tuple[float, float]] = []
        as_program = request_bytes("GET", page.path, "")
        as_browser = as_program.replace(b"Authorization: Bearer ", b"Cookie: " + self.cookie.encode())

        async def library() -> float:
            return await median_duration(page.call, _ASKED_A_ROUND)

        async def service() -> float:
            told = self._timed(self.served, as_browser)
            rest.append((told["body"], told["end"]))
            return told["head"]

        async def framework() -> float:
            return self._timed(self.plain, request_bytes("GET", "/api/artifact/short", self.token))["head"]

        raw, ours, floor = await alternating(scale.rounds, library, service, framework)
        body, end = (median(column) * MILLISECONDS for column in zip(*rest, strict=True))
        note = (
            f"raw: the library; the framework alone answers after {median(floor) * MILLISECONDS:.2f} ms; "
            f"the page itself begins after {body:.2f} ms and is whole after {end:.3g} ms"
        )
        return compared(f"{page.name}: first byte", "ms", at_most(3), raw, ours, scale=MILLISECONDS, note=note)

    def _timed(self, server: Server, request: bytes) -> Mapping[str, float]:
        write_requests(self.requests, [request])
        return apart(
            "benchmarks.http_generator",
            "first_bytes",
            port=server.port,
            requests=str(self.requests),
            count=_ASKED_A_ROUND,
        )


# In the browser


async def _drawn(served: Server, pages: list[_Page], cookie: str) -> list[Figure]:
    path = next(filter(None, (os.environ.get("CHROMIUM"), *map(shutil.which, _BROWSERS))), None)
    if path is None or find_spec("playwright") is None:
        return []
    from playwright.async_api import async_playwright

    name, _, value = cookie.partition("=")
    url = f"http://127.0.0.1:{served.port}"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, headless=True, args=list(_FLAGS))
        context = await browser.new_context(viewport={"width": 1360, "height": 900})
        await context.add_cookies([{"name": name, "value": value, "url": url}])
        await context.add_init_script(_NOTE_WHEN_DRAWN)
        tab = await context.new_page()
        figures = [await _drawn_in(tab, page, url) for page in pages]
        await browser.close()
    return figures


async def _drawn_in(tab: Tab, page: _Page, url: str) -> Figure:
    taken = []
    for _ in range(_DRAWN):
        answer = await tab.goto(url + page.path)
        if answer is None or answer.status != _OK:
            raise RuntimeError(f"the page {page.path} is not shown")
        await tab.wait_for_function("window.drawnAfter")
        taken.append(float(await tab.evaluate("window.drawnAfter")) / MILLISECONDS)
    note = f"the slowest of {_DRAWN}: {max(taken):.2f} s"
    return Figure(
        work=f"{page.name}: drawn", unit="s", bar=no_more_than(1), ours=median(taken), rounds=_DRAWN, note=note
    )
