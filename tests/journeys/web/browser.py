"""The system's Chromium, and what the journeys do with a page of it."""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import attrs
from playwright.async_api import Browser, BrowserContext, Locator, Page, Response, async_playwright, expect
from playwright.async_api import Error as PlaywrightError

from artifact_plane.domain.model.credential import Scope
from tests.journeys.http.serving import Running
from tests.journeys.web.finding import REMEDY, chromium_path

_FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
expect.set_options(timeout=30_000)  # as long as everything else that waits for the browser
SCREENSHOTS: Final = os.environ.get("SCREENSHOTS")
"""The folder in which pictures of the pages are kept; none are kept where it is not set."""

_TRIES: Final = 3

# Any: what Playwright takes as arguments of a context, each of a type of its own.
MODES: Final[dict[str, dict[str, Any]]] = {
    "desktop": {"viewport": {"width": 1360, "height": 900}},
    "dark": {"viewport": {"width": 1360, "height": 900}, "color_scheme": "dark"},
    "phone": {
        "viewport": {"width": 360, "height": 780},
        "device_scale_factor": 2,
        "is_mobile": True,
        "has_touch": True,
    },
}


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser of this machine. A machine without one cannot show that the pages work: that is a failure."""
    path = chromium_path()
    assert path is not None, f"there is no browser: {REMEDY}"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, headless=True, args=list(_FLAGS))
        try:
            yield browser
        finally:
            await browser.close()


@attrs.define(kw_only=True)
class Visit:
    """A page of somebody who is signed in, and everything that the browser complained about."""

    running: Running
    context: BrowserContext
    page: Page
    complaints: list[str] = attrs.field(factory=list)

    async def to(self, path: str) -> Response:
        """Go to a page of the service."""
        answer = await self.page.goto(self.running.url + path)
        assert answer is not None
        return answer

    async def click(self, target: str | Locator) -> None:
        """Follow a link or send a form, and wait until the page that it leads to is there, whole: it comes in parts."""
        async with self.page.expect_navigation():
            await (self.page.click(target) if isinstance(target, str) else target.click())

    async def text(self) -> str:
        """What the page's main part says."""
        return await self.page.inner_text("main")

    async def shot(self, name: str, mode: str = "desktop") -> None:
        """Keep a picture of the page, for people to look at, where a folder for it is set."""
        if SCREENSHOTS is None:
            return
        for left in reversed(range(_TRIES)):
            try:
                await self.page.screenshot(path=Path(SCREENSHOTS) / f"{name}-{mode}.png")
                return
            except PlaywrightError:  # a browser that is short of time gives up a picture now and then
                if not left:
                    raise

    async def violations(self, *rules: str) -> list[str]:
        """What axe-core finds wrong with the page, by some rules or by all; its script passes by the page's policy."""
        session = await self.context.new_cdp_session(self.page)
        await session.send("Page.setBypassCSP", {"enabled": True})
        await session.send("Runtime.evaluate", {"expression": axe_script()})
        chosen = f", runOnly: {json.dumps(rules)}" if rules else ""
        result = await self.page.evaluate(f"axe.run(document, {{iframes: false, resultTypes: ['violations']{chosen}}})")
        assert result["passes"], "axe looked at nothing"
        return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in result["violations"]]

    async def overflow(self) -> int:
        """By how many pixels the page is wider than its window."""
        return int(await self.page.evaluate("document.documentElement.scrollWidth - screen.width"))


def axe_script() -> str:
    """The script of axe-core, which comes with a package."""
    found = importlib.util.find_spec("axe_playwright_python")
    assert found is not None and found.submodule_search_locations is not None
    return (Path(found.submodule_search_locations[0]) / "axe.min.js").read_text()


@asynccontextmanager
async def visiting(
    browser: Browser,
    running: Running,
    *,
    scopes: tuple[Scope, ...] = (),
    tenant: str = "acme",
    mode: str = "desktop",
    **options: Any,  # of a context, as in MODES
) -> AsyncIterator[Visit]:
    """A visit of somebody with these scopes (none given: all of them); it ends without an unexpected complaint."""
    context = await browser.new_context(**MODES[mode], **options)
    try:
        visit = Visit(running=running, context=context, page=await context.new_page())
        visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        visit.page.on("console", lambda said: _heard(visit, said.type, said.text))
        await sign_in(visit, await running.token(*scopes, tenant=tenant))
        yield visit
    finally:
        await context.close()


async def sign_in(visit: Visit, token: str) -> None:
    """Sign in on the page that is for it."""
    await visit.to("/login")
    await visit.page.fill("#token", token)
    await visit.page.click("main button")
    await visit.page.wait_for_url(lambda url: "/login" not in url)


def _heard(visit: Visit, kind: str, text: str) -> None:
    if kind in ("error", "warning"):
        visit.complaints.append(f"{kind}: {text}")
