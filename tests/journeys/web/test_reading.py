"""Every page can be read and used by everybody: axe-core, keyboard, phone, dark, print, and without JavaScript."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, expect

from tests.journeys.web.browser import MODES, Visit, visiting
from tests.journeys.web.stage import Stage, put

pytestmark = pytest.mark.asyncio(loop_scope="module")


def pages(stage: Stage) -> dict[str, str]:
    """A page of each kind, by a name for its picture."""
    return {
        "artifacts": "/artifacts?state=all",
        "artifact": f"/artifacts/{stage.letter}",
        "artifact-dropped": f"/artifacts/{stage.sop}",
        "part-json": f"/artifacts/{stage.workflow}/parts/semantic_payload",
        "part-markdown": f"/artifacts/{stage.workflow}/parts/markdown",
        "part-svg": f"/artifacts/{stage.chart}/parts/svg",
        "delete": f"/artifacts/{stage.workflow}/delete",
        "lineage": f"/artifacts/{stage.workflow}/lineage?steps=50",
        "compare": f"/compare?left={stage.workflow}&right={stage.sop}",
        "compare-form": "/compare",
        "executions": "/executions",
        "execution": f"/executions/{stage.completed}",
        "execution-failed": f"/executions/{stage.failed}",
        "submit": "/submit",
        "policy": "/policy?solution=claims&type=visual&labels=draft&bytes=30+MB",
        "problem": "/artifacts/nobody",
        "login": "/login",
    }


@pytest.mark.parametrize("mode", MODES)
async def test_axe_finds_nothing_wrong(browser: Browser, stage: Stage, mode: str) -> None:
    """On every page, in light, dark and at phone width; and no page is wider than its window."""
    async with visiting(browser, stage.running, mode=mode) as visit:
        for name, path in pages(stage).items():
            await visit.to(path)
            await visit.shot(name, mode)
            # Dark differs in its colours alone.
            assert await visit.violations(*(["color-contrast"] if mode == "dark" else [])) == [], f"{name} in {mode}"
            assert await visit.overflow() <= 0, f"{name} in {mode}"


async def test_each_page_has_a_title_of_its_own(visit: Visit, stage: Stage) -> None:
    """Bookmarks and tabs can be told apart."""
    titles = {}
    for name, path in pages(stage).items():
        await visit.to(path)
        titles[name] = await visit.page.title()
    assert all(title.endswith(" · Artifact Plane") for title in titles.values())
    assert len(set(titles.values())) == len(titles)
    visit.complaints.clear()  # the browser tells of the 404


async def test_times_are_relative_and_exact(visit: Visit, stage: Stage) -> None:
    """The text says how long ago, the element and its hover say exactly when."""
    await visit.to("/artifacts")
    time = visit.page.locator("time").first
    assert re.fullmatch(r"just now|\d+ \w+ ago", await time.inner_text())
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", await time.get_attribute("title") or "")
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", await time.get_attribute("datetime") or "")


async def test_the_keyboard_is_enough(visit: Visit, stage: Stage) -> None:
    """The first stop leads past the navigation; what has the focus can be seen; a lineage is expanded by Enter."""
    await visit.to(f"/artifacts/{stage.workflow}/lineage")
    await visit.page.keyboard.press("Tab")
    skip = visit.page.locator(".skip")
    await expect(skip).to_be_focused()
    await expect(skip).to_be_in_viewport()
    await visit.page.keyboard.press("Enter")
    await expect(visit.page.locator("#main")).to_be_focused()
    for _ in range(40):
        await visit.page.keyboard.press("Tab")
        if await visit.page.evaluate("document.activeElement.matches('#drawing a.toggle')"):
            break
    label = await visit.page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert label.startswith("Expand ")
    shown = await visit.page.locator("#drawing [data-node]").count()
    await visit.page.keyboard.press("Enter")
    await expect(visit.page.locator("[aria-label^='Close ']")).to_have_count(1)
    assert await visit.page.locator("#drawing [data-node]").count() >= shown
    focused = await visit.page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert focused == label.replace("Expand ", "Close ", 1).partition(", ")[0]


async def test_focus_is_visible_on_every_control(visit: Visit, stage: Stage) -> None:
    """Each stop of the Tab key on a page with a form is outlined."""
    await visit.to("/policy")
    stops = 0
    for _ in range(25):
        await visit.page.keyboard.press("Tab")
        outlined = await visit.page.evaluate(
            "(() => { const s = getComputedStyle(document.activeElement); return [s.outlineStyle, s.outlineWidth]; })()"
        )
        if not await visit.page.evaluate("document.activeElement === document.body"):
            assert outlined[0] != "none" and outlined[1] != "0px"
            stops += 1
    assert stops > 15


async def test_every_page_works_without_javascript(browser: Browser, stage: Stage) -> None:
    """The same headings, tables and drawings are there."""
    async with visiting(browser, stage.running, java_script_enabled=False) as visit:
        for path in pages(stage).values():
            await visit.to(path)
            assert await visit.page.locator("h1").count() == 1
            assert await visit.page.locator(".script-only:visible").count() == 0
        await visit.to(f"/artifacts/{stage.workflow}/lineage")
        assert await visit.page.locator("#drawing [data-node]").count() == 4


async def test_nothing_is_loaded_from_elsewhere(visit: Visit, stage: Stage) -> None:
    """Every request that a page makes goes to the service itself; it works without a network."""
    requested: list[str] = []
    visit.page.on("request", lambda request: requested.append(request.url))
    for path in pages(stage).values():
        await visit.to(path)
    assert len(requested) > len(pages(stage))
    assert [url for url in requested if not url.startswith(stage.running.url)] == []
    visit.complaints.clear()  # the browser tells of the 404


async def test_a_printed_page_holds_the_facts_alone(visit: Visit, stage: Stage) -> None:
    """No navigation, no forms, and nothing cut off."""
    await visit.to(f"/artifacts/{stage.letter}")
    await visit.page.emulate_media(media="print")
    assert await visit.page.locator("nav:visible, form:visible, .actions:visible").count() == 0
    assert await visit.page.locator("[aria-label^='Parts and why']").is_visible()
    await visit.shot("artifact-printed")


async def test_a_page_in_parts_begins_at_once_and_ends_in_good_order(visit: Visit, stage: Stage) -> None:
    """Its head comes with the status; a HEAD gets the same headers alone; an error is told by its own status."""
    token = await stage.running.token()
    session = await stage.running.application.access.open_session(token, expires_in=60)
    assert session is not None
    cookie = {"cookie": f"{stage.running.prepared.service.cookie}={session.secret}"}
    async with stage.running.client() as client:
        for path in ("/artifacts", f"/artifacts/{stage.workflow}/lineage", f"/executions/{stage.completed}"):
            async with client.stream("GET", path, headers=cookie) as answer:
                parts = [part async for part in answer.aiter_raw()]
            assert b"".join(parts).endswith(b"</html>") and b"<h1" not in parts[0]
            head = await client.head(path, headers=cookie)
            assert (head.status_code, head.content) == (200, b"")
            for name in ("content-type", "content-security-policy", "cache-control", "x-frame-options"):
                assert head.headers.get_list(name) == answer.headers.get_list(name) != []
            assert answer.headers["content-type"] == "text/html; charset=utf-8"
        refused = await client.get("/artifacts?after=nonsense", headers=cookie | {"accept": "text/html"})
        assert refused.status_code in (400, 404)


async def test_times_go_on_while_one_reads(browser: Browser, stage: Stage) -> None:
    """What was just now when the page was made is minutes ago after minutes, told as the server tells it."""
    async with visiting(browser, stage.running) as visit:
        await visit.page.clock.install()
        made = await put(stage.running, "note", {"text": "new"})
        await visit.to(f"/artifacts/{made}")
        time = visit.page.locator("dl time").first
        for passed, told in ((300, "5 minutes ago"), (7_200, "2 hours ago"), (86_400, "1 day ago")):
            await visit.page.clock.fast_forward(passed * 1000)
            await expect(time).to_have_text(told)


async def test_the_keyboard_gets_past_a_drawing_at_once(visit: Visit, stage: Stage) -> None:
    """Hundreds of nodes are not hundreds of stops on the way to the table."""
    await visit.to(f"/artifacts/{stage.workflow}/lineage")
    await visit.page.focus("[data-zoom=out]")
    await visit.page.keyboard.press("Tab")
    skip = visit.page.locator(".pass")
    await expect(skip).to_be_focused()
    await expect(skip).to_be_in_viewport()
    await visit.page.keyboard.press("Enter")
    await expect(visit.page.locator("#table")).to_be_focused()


async def test_moments_in_messages_are_told_as_all_others(visit: Visit, stage: Stage) -> None:
    """When something was deleted is relative, and exact on hover, on the error's page and in a comparison."""
    gone = await put(stage.running, "note", {"text": "gone"})
    await stage.running.application.plane.delete_artifact(gone, "acme")
    for path, place in (
        (f"/artifacts/{gone}/parts/semantic_payload", "[role=alert]"),
        (f"/compare?left={gone}&right={stage.note}", "[role=note]"),
    ):
        await visit.to(path)
        told = visit.page.locator(f"main {place}")
        assert re.search(r"was deleted (just now|\d+ \w+ ago)", await told.inner_text())
        assert "UTC" in (await told.locator("time").get_attribute("title") or "")
    assert "deleted" in await visit.page.inner_text("[aria-label='Parts and rulings'] td:nth-child(3)")
    visit.complaints.clear()  # the browser tells of the 410
