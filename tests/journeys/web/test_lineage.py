"""The lineage page: drawn, expanded, searched, and the same as a table."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Browser, Locator, expect

from artifact_plane.adapters.web.lineage.finding import MOST_DRAWN
from tests.journeys.http.serving import PATIENCE
from tests.journeys.web.browser import Visit, visiting
from tests.journeys.web.stage import Stage, put

pytestmark = pytest.mark.asyncio(loop_scope="module")


def node(visit: Visit, name: str) -> Locator:
    """The drawn node whose title holds these words."""
    return visit.page.locator("#drawing [data-node]").filter(has=visit.page.locator(f"title:has-text('{name}')"))


async def drawn(visit: Visit) -> list[str]:
    """The names in the drawing, sorted."""
    return sorted(await visit.page.locator("#drawing text.name").all_text_contents())


async def test_it_starts_one_step_round_the_artifact(visit: Visit, stage: Stage) -> None:
    """What it came from and what came of it, names and ids whole, kinds told apart by shape."""
    await visit.to(f"/artifacts/{stage.workflow}/lineage")
    assert await drawn(visit) == ["create_workflow", "generate_sop", "sop", "workflow"]
    assert "Showing all 4 nodes up to 1 step away" in await visit.text()
    assert stage.workflow in (await visit.page.locator("#drawing").text_content() or "")
    outlines = {
        await node(visit, name).locator(".body").get_attribute("d") for name in ("artifact sop", "execution create")
    }
    assert len(outlines) == 2
    assert "discard" in (await node(visit, "artifact sop").get_attribute("class") or "")
    await visit.shot("lineage")


async def test_a_click_expands_a_node_where_it_stands(visit: Visit, stage: Stage) -> None:
    """Its neighbours appear, it does not move on the screen, and the address names it; a second click closes it."""
    await visit.to(f"/artifacts/{stage.workflow}/lineage")
    execution = node(visit, "execution create_workflow")
    before = await execution.locator(".body").bounding_box()
    await execution.locator("text.small").click(force=True)  # wherever in the box, on its id too
    await expect(visit.page.locator("#drawing [data-node]")).to_have_count(6)
    assert await drawn(visit) == ["create_workflow", "generate_sop", "intent", "sop", "sop", "workflow"]
    await expect(visit.page).to_have_url(re.compile(f"open=execution%3A{stage.completed}"))
    after = await execution.locator(".body").bounding_box()
    assert before is not None and after is not None
    assert abs(before["x"] - after["x"]) < 2 and abs(before["y"] - after["y"]) < 2
    await visit.page.reload()
    assert len(await drawn(visit)) == 6
    await execution.locator("text.fact").click(force=True)
    await expect(visit.page.locator("#drawing [data-node]")).to_have_count(4)


async def test_it_expands_without_javascript_too(browser: Browser, stage: Stage) -> None:
    """The same link loads the same page."""
    async with visiting(browser, stage.running, java_script_enabled=False) as visit:
        await visit.to(f"/artifacts/{stage.workflow}/lineage")
        async with visit.page.expect_navigation():
            await node(visit, "execution create_workflow").locator(".toggle").click(position={"x": 8, "y": 30})
        assert len(await drawn(visit)) == 6
        await visit.click("text=Fit")
        assert await visit.page.locator("#graph.fit").count() == 1


async def test_the_ways_and_the_depth_are_switched(visit: Visit, stage: Stage) -> None:
    """Upstream, downstream, impact; one step more, all steps."""
    await visit.to(f"/artifacts/{stage.sop}/lineage")
    await visit.click("text=Where it came from")
    assert await drawn(visit) == ["generate_sop", "sop", "workflow"]
    await visit.click("text=One step more")
    assert await drawn(visit) == ["create_workflow", "generate_sop", "intent", "sop", "workflow"]
    await visit.click("text=All steps")
    assert await drawn(visit) == ["create_workflow", "generate_sop", "intent", "intent", "sop", "sop", "workflow"]
    await visit.click("text=What came of it")
    assert await drawn(visit) == ["sop"]
    await visit.to(f"/artifacts/{stage.workflow}/lineage?way=impact")
    assert "1 artifact came of it, at any of its versions" in await visit.text()
    assert stage.sop in await visit.text()
    await visit.shot("lineage-impact")


async def test_the_table_says_the_same(visit: Visit, stage: Stage) -> None:
    """Each drawn node is a row, each drawn edge is told in words."""
    await visit.to(f"/artifacts/{stage.sop}/lineage?steps=50")
    rows = visit.page.locator("[aria-label='Lineage as a table'] tbody tr")
    assert sorted(await rows.locator("th").all_inner_texts()) == await drawn(visit)
    told = await rows.locator("td:last-child > div > div").all_inner_texts()
    assert len(told) == await visit.page.locator("#drawing .edge").count()
    assert "was derived from workflow" in told and "used sop" in told


async def test_a_node_is_found_by_its_name(visit: Visit, stage: Stage) -> None:
    """What is looked for is marked in the drawing and in the table, and counted."""
    await visit.to(f"/artifacts/{stage.sop}/lineage?steps=50")
    await visit.page.fill("#find", "GENERATE")
    await visit.click("button:text-is('Find')")
    assert "1 node found" in await visit.text()
    assert await visit.page.locator("#drawing .match text.name").all_text_contents() == ["generate_sop"]


async def test_it_is_panned_and_zoomed(visit: Visit, stage: Stage) -> None:
    """By buttons, by keys, by the wheel with Ctrl, by dragging; Fit brings everything back."""
    await visit.to(f"/artifacts/{stage.workflow}/lineage")

    async def view() -> list[float]:
        return [float(one) for one in (await visit.page.get_attribute("#drawing", "viewBox") or "").split()]

    first = await view()
    await visit.page.click("[data-zoom=in]")
    closer = await view()
    assert closer[2] < first[2]
    await visit.page.focus("#graph")
    await visit.page.keyboard.press("ArrowRight")
    assert (await view())[0] > closer[0]
    box = await visit.page.locator("#graph").bounding_box()
    assert box is not None
    await visit.page.mouse.move(box["x"] + 20, box["y"] + 20)
    await visit.page.mouse.down()
    await visit.page.mouse.move(box["x"] + 120, box["y"] + 60, steps=4)
    await visit.page.mouse.up()
    dragged = await view()
    await visit.page.keyboard.down("Control")
    await visit.page.mouse.wheel(0, 100)
    await visit.page.keyboard.up("Control")
    wider = "width => document.querySelector('#drawing').getAttribute('viewBox').split(' ')[2] > width"
    await visit.page.wait_for_function(wider, arg=dragged[2])
    await visit.page.click("text=Fit")
    assert await view() == pytest.approx(first, abs=2)


async def test_a_deleted_artifact_is_shown_as_such(visit: Visit, stage: Stage) -> None:
    """Lineage answers the same before and after; the node says that its artifact is gone."""
    origin = await put(stage.running, "note", {"text": "to be deleted"})
    heir = await put(stage.running, "note", {"text": "stays"}, derived_from=(origin,))
    await stage.running.application.plane.delete_artifact(origin, "acme")
    await visit.to(f"/artifacts/{heir}/lineage")
    gone = node(visit, origin)
    assert "deleted" in (await gone.get_attribute("class") or "")
    assert "deleted" in (await gone.text_content() or "")


async def test_a_large_lineage_is_cut_and_says_so(visit: Visit, stage: Stage) -> None:
    """Of 4,812 nodes 200 are drawn, and the page says of how many."""
    origin = await put(stage.running, "root", {"text": "origin"})
    for number in range(4_811):
        await put(stage.running, "leaf", {"n": number}, derived_from=(origin,))
    await visit.to(f"/artifacts/{origin}/lineage")
    assert "Showing 200 of 4,812 nodes" in await visit.text()
    assert await visit.page.locator("#drawing [data-node]").count() == 200
    timing: dict[str, float] = await visit.page.evaluate("performance.getEntriesByType('navigation')[0].toJSON()")
    print(f"drawn after {timing['domContentLoadedEventEnd']:.0f} ms, first byte after {timing['responseStart']:.0f} ms")
    await visit.shot("lineage-large")


async def test_what_is_not_drawn_is_found_all_the_same(visit: Visit, stage: Stage) -> None:
    """A search looks through all that the page counts, and leads to what was left out of the drawing."""
    origin = await put(stage.running, "root", {"text": "origin"})
    for number in range(MOST_DRAWN):
        await put(stage.running, "leaf", {"n": number}, derived_from=(origin,), artifact_id=f"leaf-{number:03}")
    await put(stage.running, "needle", {"text": "wanted"}, derived_from=(origin,), artifact_id="the-last-of-all")
    await visit.to(f"/artifacts/{origin}/lineage?find=leaf")
    assert f"{MOST_DRAWN - 1} nodes found, 1 more not drawn" in await visit.text()
    await visit.to(f"/artifacts/{origin}/lineage?find=NEEDLE")
    assert "0 nodes found, 1 more not drawn" in await visit.text()
    assert await visit.violations() == []
    await visit.shot("lineage-found-beyond")
    await visit.click("text=its lineage")
    assert await drawn(visit) == ["needle", "root"]
    await visit.to(f"/artifacts/{origin}/lineage?find=nothing")
    assert "0 nodes found" in await visit.text() and "not drawn" not in await visit.text()


async def test_names_are_whole_however_long(visit: Visit, stage: Stage) -> None:
    """A name and an id of 128 characters stand in the drawing, and inside their box."""
    name, long_id = "t" * 128, "i" * 128
    await put(stage.running, name, {"text": "long"}, artifact_id=long_id)
    await visit.to(f"/artifacts/{long_id}/lineage")
    assert "".join(await visit.page.locator("#drawing text.name").all_text_contents()) == name
    assert "".join(await visit.page.locator("#drawing text.small").all_text_contents()) == long_id
    inside = """() => [...document.querySelectorAll('#drawing [data-node]')].every(node => {
        const box = node.querySelector('.body').getBoundingClientRect();
        return [...node.querySelectorAll(':scope > text, a.page text')].every(text => {
            const one = text.getBoundingClientRect();
            return one.left >= box.left && one.right <= box.right && one.top >= box.top && one.bottom <= box.bottom; });
    })"""
    assert await visit.page.evaluate(inside)
    await visit.to(f"/artifacts/{stage.sop}/lineage?steps=50")
    assert await visit.page.evaluate(inside)


async def test_two_fingers_move_and_enlarge_it(browser: Browser, stage: Stage) -> None:
    """On a phone, where one finger scrolls the page."""
    async with visiting(browser, stage.running, mode="phone") as visit:
        await visit.to(f"/artifacts/{stage.workflow}/lineage?steps=50")
        await visit.page.locator("#graph").scroll_into_view_if_needed()
        box = await visit.page.locator("#graph").bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        session = await visit.context.new_cdp_session(visit.page)

        async def touch(kind: str, *apart: float, down: float = 0) -> None:
            points = [{"x": x + side * one, "y": y + down, "id": i} for one in apart for i, side in enumerate((-1, 1))]
            await session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        async def view() -> list[float]:
            return [float(one) for one in (await visit.page.get_attribute("#drawing", "viewBox") or "").split()]

        async def below(index: int, bound: float) -> None:
            """Wait until that number of the drawing's window is: moves are dealt with when the next picture is made."""
            async with asyncio.timeout(PATIENCE):
                while (await view())[index] >= bound:
                    await asyncio.sleep(0.05)

        first = await view()
        await touch("touchStart", 30)
        for apart in (40, 50, 60):
            await touch("touchMove", apart)
        await below(2, first[2] * 0.6)
        enlarged = await view()
        for down in (10, 20, 30):
            await touch("touchMove", 60, down=down)
        await below(1, enlarged[1] - 5)
        await touch("touchEnd")
