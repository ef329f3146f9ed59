"""The policy page: what is in force, what it would say, what is wrong with a text."""

from __future__ import annotations

import pytest

from tests.journeys.web.browser import Visit
from tests.journeys.web.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_what_is_in_force_is_shown_with_its_places(visit: Visit, stage: Stage) -> None:
    """Layer by layer, each rule with where it is written."""
    await visit.to("/policy?solution=claims")
    override = await visit.page.inner_text("[aria-label='Solution override']")
    assert "letter" in override and "for 1 hour" in override and "labels draft" in override
    assert "built-in/platform.yaml" in await visit.page.inner_text("[aria-label='Platform default']")
    await visit.shot("policy")


async def test_the_box_says_what_would_happen(visit: Visit, stage: Stage) -> None:
    """A ``visual`` labelled ``draft`` of 30 MB: the ruling, its layer, rule and place; nothing is stored."""
    await visit.to("/policy?solution=claims")
    await visit.page.fill("#q-type", "visual")
    await visit.page.fill("#q-labels", "draft")
    await visit.page.fill("#q-bytes", "30 MB")
    await visit.click("text=Ask")
    told = await visit.page.inner_text("main [role=status]")
    assert "CACHE" in told and "for 15 minutes" in told and "visual[0]" in told and "30,000,000 bytes" in told
    assert "type=visual" in visit.page.url
    await visit.shot("policy-asked")


async def test_a_question_that_makes_no_sense_is_told(visit: Visit, stage: Stage) -> None:
    """The message says what to write, and the fields keep what was typed."""
    await visit.to("/policy?type=visual&bytes=plenty")
    assert "is no size" in await visit.text()
    assert await visit.page.input_value("#q-bytes") == "plenty"
    visit.complaints.clear()  # the browser tells of the 400


async def test_a_pasted_policy_is_checked_line_by_line(visit: Visit, stage: Stage) -> None:
    """The error stands under its line, with the nearest word; corrected, nothing is wrong."""
    text = "materialization_policy:\n  workflow: presist\n  sop: <b>cache</b>\n"
    await visit.to("/policy")
    await visit.page.fill("#text", text)
    await visit.click("text=Check it")
    assert "2 problems" in await visit.page.inner_text("h1")
    problems = await visit.page.locator(".code-lines .problem").all_inner_texts()
    assert problems[0].startswith("line 2, column 13: 'presist' is not a decision")
    assert await visit.page.locator("main b").count() == 0
    await visit.shot("policy-check")
    await visit.page.fill("#text", "materialization_policy:\n  workflow: persist\n")
    await visit.click("main button:text-is('Check it')")
    assert "Nothing is wrong with it" in await visit.text()


async def test_the_policy_of_a_receipt_is_on_record(visit: Visit, stage: Stage) -> None:
    """The link from an artifact leads to the policy it was decided under."""
    await visit.to(f"/artifacts/{stage.letter}")
    await visit.click("a[href^='/policy/recorded']")
    assert "A policy on record" in await visit.text()
    assert "letter" in await visit.page.inner_text("[aria-label='Solution override']")


async def test_the_back_button_leads_to_the_text_that_was_checked_before(visit: Visit, stage: Stage) -> None:
    """From the second check to the first, with its errors, and to the page where it was pasted."""
    await visit.to("/policy")
    await visit.page.fill("#text", "materialization_policy:\n  workflow: presist\n")
    await visit.click("text=Check it")
    await visit.page.fill("#text", "materialization_policy:\n  workflow: persist\n")
    await visit.click("main button:text-is('Check it')")
    assert "Nothing is wrong" in await visit.text()
    await visit.page.go_back()
    assert await visit.page.inner_text("h1") == "1 problem"
    await visit.page.go_back()
    assert await visit.page.inner_text("h1") == "Policy"
