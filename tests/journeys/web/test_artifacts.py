"""The list of artifacts, and the page of one."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, expect

from artifact_plane.domain.model.artifact import ArtifactFilter
from artifact_plane.domain.model.credential import Scope
from artifact_plane.domain.model.intent import ExecutionContext
from tests.journeys.web.browser import Visit, visiting
from tests.journeys.web.stage import EVIL, Stage, put

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_every_filter_is_part_of_the_address(visit: Visit, stage: Stage) -> None:
    """Filling in the form leads to an address that shows the same when somebody else opens it."""
    await visit.to("/")
    await visit.page.fill("#f-label", "draft")
    await visit.page.select_option("#f-decision", "cache")
    await visit.click("text=Filter")
    assert "label=draft" in visit.page.url and "decision=cache" in visit.page.url
    rows = visit.page.locator("tbody tr")
    assert await rows.count() == 1
    assert "letter" in await rows.inner_text() and "CACHE" in await rows.inner_text()
    await visit.shot("artifacts")


async def test_a_long_list_is_turned_page_by_page(visit: Visit, stage: Stage) -> None:
    """Each artifact is seen once, and the last page says nothing of more."""
    seen: list[str] = []
    await visit.to("/artifacts?limit=2")
    for _ in range(20):
        seen += await visit.page.locator("td .id").all_inner_texts()
        following = visit.page.locator("text=Next page")
        if not await following.count():
            break
        await visit.click(following)
    listed = await stage.running.application.plane.list_artifacts("acme", ArtifactFilter())
    assert seen == [one.artifact_id for one in listed.artifacts]


async def test_where_nothing_is_the_page_says_what_to_do(browser: Browser, stage: Stage) -> None:
    """An empty plane, and a filter that nothing meets, are told apart."""
    async with visiting(browser, stage.running, tenant="globex") as visit:
        await visit.to("/artifacts")
        assert "There is no artifact yet" in await visit.text()
        assert await visit.page.locator("main >> text=Submit an intent").count() == 1
        await visit.shot("artifacts-empty")
        await visit.to("/artifacts?type=nothing")
        assert "No artifact fits" in await visit.text()


async def test_the_page_says_why_each_part_is_here_or_not(visit: Visit, stage: Stage) -> None:
    """Decision, layer, rule, place in the file, and who: for the meaning, the cached view, and the dropped one."""
    await visit.to(f"/artifacts/{stage.letter}")
    rows = {
        (await row.locator("th").inner_text()).split("\n")[0]: await row.inner_text()
        for row in await visit.page.locator("[aria-label^='Parts and why'] tbody tr").all()
    }
    assert "PERSIST" in rows["semantic_payload"] and "which keeps meaning" in rows["semantic_payload"]
    assert "CACHE" in rows["txt"] and "for 1 hour" in rows["txt"] and "solution override · letter" in rows["txt"]
    assert "in working memory" in rows["txt"] and "expires in" in rows["txt"]
    await visit.shot("artifact")


async def test_the_meaning_is_a_tree_and_raw_json(visit: Visit, stage: Stage) -> None:
    """What it means can be read without JavaScript's help, and markup in it is text."""
    await visit.to(f"/artifacts/{stage.letter}")
    tree = await visit.page.locator(".tree").inner_text()
    assert EVIL in tree and "12.5" in tree and "null" in tree
    await visit.page.click("text=Raw JSON")
    assert f'"to":"{EVIL}"' in await visit.page.inner_text("pre")


async def test_two_versions_are_compared(visit: Visit, stage: Stage) -> None:
    """What differs in meaning stands side by side, at its path."""
    made = await put(stage.running, "note", {"text": "first", "tags": ["a", "b"], "same": 1})
    context = ExecutionContext(tenant_id="acme", session_id="tour", solution_id="claims")
    await stage.running.application.plane.update_artifact(
        made, {"text": "second", "tags": ["b"], "same": 1, "more": None}, {}, context, expected_version=1
    )
    await visit.to(f"/artifacts/{made}")
    await visit.click("text=Compare with the version before")
    told = await visit.page.locator("[aria-label='Differences of meaning']").inner_text()
    assert "text" in told and '"first"' in told and '"second"' in told
    assert "tags[0]" in told and "removed" in told and "more" in told and "added" in told and "same" not in told
    await visit.shot("compare")
    await visit.to(f"/artifacts/{made}?version=1")
    assert "This is version 1; the current one is version 2" in await visit.text()


async def test_two_artifacts_are_compared(visit: Visit, stage: Stage) -> None:
    """The form on an artifact's page leads to the comparison with another one."""
    await visit.to(f"/artifacts/{stage.workflow}")
    await visit.page.fill("#right", stage.sop)
    await visit.click("form[action='/compare'] button")
    told = await visit.text()
    assert "workflow, version 1" in told and "sop, version 1" in told
    assert "artifact type" in told and "not there" in told


async def test_deleting_says_what_it_means_and_leaves_a_tombstone(visit: Visit, stage: Stage) -> None:
    """The confirmation names what is lost, what stays, and what came of it; afterwards the page answers 410."""
    origin = await put(stage.running, "note", {"text": "origin"})
    heir = await put(stage.running, "note", {"text": "heir"}, derived_from=(origin,))
    await visit.to(f"/artifacts/{origin}")
    await visit.click("text=Delete…")
    told = await visit.text()
    assert "What is lost, for good" in told and "What stays" in told and heir in told
    await visit.shot("delete")
    async with visit.page.expect_navigation() as navigation:
        await visit.page.click("text=Delete it for good")
    answer = await navigation.value
    assert answer.status == 410
    assert "This artifact was deleted." in await visit.text()
    await visit.shot("deleted")
    visit.complaints.clear()  # the browser tells of the 410


async def test_who_may_only_read_is_offered_nothing_else(browser: Browser, stage: Stage) -> None:
    """Neither the links nor the deeds: the form that is forged is refused."""
    async with visiting(browser, stage.running, scopes=(Scope.READ,)) as visit:
        await visit.to(f"/artifacts/{stage.note}")
        assert await visit.page.locator("text=Delete…").count() == 0
        assert await visit.page.locator("nav >> text=Policy").count() == 0
        answer = await visit.to(f"/artifacts/{stage.note}/delete")
        assert answer.status == 403
        assert "lacks the scope" in await visit.text()


async def test_columns_and_rows_are_chosen_and_stay_chosen(visit: Visit, stage: Stage) -> None:
    """They are part of the address, survive a filter and the next page, and can be had as usual again."""

    async def headings() -> list[str]:
        return await visit.page.locator("thead th").all_inner_texts()

    await visit.to("/artifacts?session=tour")
    usual = await headings()
    assert "Made by" not in usual and "Labels" in usual
    await visit.page.click("text=Columns and rows")
    await visit.page.check("[name=column][value=maker]")
    await visit.page.uncheck("[name=column][value=labels]")
    await visit.page.select_option("#f-limit", "25")
    await visit.click("text=Show")
    chosen = await headings()
    assert "Made by" in chosen and "Labels" not in chosen
    assert "session=tour" in visit.page.url and "limit=25" in visit.page.url
    assert "journey, for create_workflow" in await visit.page.inner_text("tbody")
    await visit.page.select_option("#f-state", "all")
    await visit.click("main button:text-is('Filter')")
    assert await headings() == chosen and "state=all" in visit.page.url and "limit=25" in visit.page.url
    await visit.shot("artifacts-columns")
    await visit.page.click("text=Columns and rows")
    await visit.click("text=As usual")
    assert await headings() == usual and "state=all" in visit.page.url
    assert (await visit.to("/artifacts?column=nonsense")).status == 400
    visit.complaints.clear()  # the browser tells of the 400


async def test_a_row_narrows_the_list_that_it_stands_in(visit: Visit, stage: Stage) -> None:
    """A click on a label keeps the filters that were there, and the fields offer what the page shows."""
    await visit.to("/artifacts?session=tour&type=letter")
    await visit.click(visit.page.locator("td .label", has_text="draft").first)
    for field in ("session=tour", "type=letter", "label=draft"):
        assert field in visit.page.url
    assert await visit.page.locator("#labels option").evaluate_all("all => all.map(one => one.value)") == [
        "draft",
        "out",
    ]


async def test_an_address_holds_what_was_filled_in_alone(visit: Visit, stage: Stage) -> None:
    """Fields that were left empty stand in no address that is passed on; the form is whole when one comes back."""
    await visit.to("/artifacts")
    await visit.page.fill("#f-label", "draft")
    await visit.click("main button:text-is('Filter')")
    assert visit.page.url.partition("?")[2] == "state=active&label=draft"
    await visit.page.go_back()
    assert await visit.page.locator("form :disabled").count() == 0


async def test_an_artifact_is_known_by_its_title(visit: Visit, stage: Stage) -> None:
    """What the meaning calls itself stands under its type, and in the tab."""
    await visit.to(f"/artifacts/{stage.workflow}")
    title = await visit.page.inner_text(".title")
    assert title == "Claims"
    assert f"workflow {title} {stage.workflow}" in await visit.page.title()
    await visit.to(f"/artifacts/{stage.letter}")
    assert await visit.page.locator(".title").count() == 0


async def test_one_of_its_kind_is_offered_to_compare_with(visit: Visit, stage: Stage) -> None:
    """The field lists others of the same type, and not the artifact itself."""
    first, second = [await put(stage.running, "twin", {"n": number}) for number in (1, 2)]
    await visit.to(f"/artifacts/{first}")
    assert await visit.page.locator("#alike option").evaluate_all("all => all.map(one => one.value)") == [second]


async def test_ids_and_digests_are_copied_whole(browser: Browser, stage: Stage) -> None:
    """What a page shows short is in the clipboard whole; without a script there is no button that would do nothing."""
    async with visiting(browser, stage.running, permissions=["clipboard-read", "clipboard-write"]) as visit:
        await visit.to(f"/artifacts/{stage.note}")
        digest = (await stage.running.application.plane.get_artifact(stage.note, "acme")).artifact.meaning.digest
        for place, told in ((".head", stage.note), ("[aria-label^='Parts and why'] tr", digest)):
            button = visit.page.locator(f"{place} .copy").first
            await button.click()
            await expect(button).to_have_text(re.compile("Copied"))
            assert await visit.page.evaluate("navigator.clipboard.readText()") == told
    async with visiting(browser, stage.running, java_script_enabled=False) as visit:
        await visit.to(f"/artifacts/{stage.note}")
        assert await visit.page.locator(".copy:visible").count() == 0


async def test_deleting_counts_no_more_than_it_knows(visit: Visit, stage: Stage) -> None:
    """Where more came of it than is looked at, the page says that there are at least so many."""
    origin = await put(stage.running, "note", {"text": "origin of many"})
    for number in range(500):
        await put(stage.running, "copy", {"n": number}, derived_from=(origin,))
    await visit.to(f"/artifacts/{origin}/delete")
    assert "At least 499 artifacts came of it" in await visit.text()
    await visit.click("text=489 more")
    told = await visit.text()
    assert "500 artifacts came of it" in told and "and 300 more" in told
