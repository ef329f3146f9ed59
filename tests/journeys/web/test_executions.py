"""Executions: submitted by the form, followed while they run, read when they have ended."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar, cast

import attrs
import pytest
from playwright.async_api import Browser, expect

from artifact_plane.adapters.web.executions import MOST_RESULTS, changes
from artifact_plane.domain.model.errors import Unavailable
from artifact_plane.domain.model.intent import Intent
from artifact_plane.domain.model.result import Output, RealmResult
from artifact_plane.ports.answers import ExecutionResult
from artifact_plane.ports.application import Application
from tests.journeys.web.browser import Visit, visiting
from tests.journeys.web.stage import EVIL, PROCEDURE, SESSION, SOLUTION, TENANT, Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_intent_is_submitted_with_a_file(visit: Visit, stage: Stage, tmp_path: Path) -> None:
    """The form leads to the execution, whose page shows results, rulings and attachments when it has ended."""
    file = tmp_path / "claims.md"
    file.write_text(PROCEDURE)
    await visit.to("/submit")
    await visit.page.select_option("#intent_type", "create_workflow")
    await visit.page.fill("#solution", "claims")
    await visit.page.fill("#name_1", "sop")
    await visit.page.set_input_files("#file_1", file)
    await visit.shot("submit")
    await visit.click("main button:text-is('Submit')")
    await visit.page.wait_for_url("**/executions/*")
    await visit.page.wait_for_selector("h1 .state-completed")
    told = await visit.text()
    assert "solution override · workflow" in told and "semantic_payload" in told and "sop" in told
    await visit.shot("execution")
    await visit.click("[aria-label='Results and rulings'] .id")
    assert "workflow" in await visit.page.inner_text("h1")


async def test_what_is_wrong_is_told_on_the_form(visit: Visit, stage: Stage) -> None:
    """Parameters that are no JSON, a file without a name: nothing starts, nothing typed is lost."""
    await visit.to("/submit")
    await visit.page.fill("#parameters", '{"a": 1, "a": 2}')
    await visit.page.fill("#session", "mine")
    await visit.click("main button:text-is('Submit')")
    told = await visit.text()
    assert "parameters:1:10" in told and "Nothing was started" in told
    assert await visit.page.input_value("#parameters") == '{"a": 1, "a": 2}'
    assert await visit.page.input_value("#session") == "mine"
    await visit.page.fill("#parameters", "")
    await visit.page.fill("#name_2", "sop")
    await visit.click("main button:text-is('Submit')")
    assert "no file was chosen for it" in (await visit.text()).lower()
    visit.complaints.clear()  # the browser tells of the 400s


async def test_a_run_is_followed_while_it_runs(visit: Visit, stage: Stage) -> None:
    """The page changes by itself when the run ends."""
    stage.gate.clear()
    await visit.to("/submit")
    await visit.page.select_option("#intent_type", "write_slowly")
    await visit.click("main button:text-is('Submit')")
    await visit.page.wait_for_selector("h1 .state-running")
    assert "There are none yet" in await visit.text()
    await visit.shot("execution-running")
    await visit.page.evaluate("window.same = true")
    stage.gate.set()
    await visit.page.wait_for_selector("h1 .state-completed")
    assert await visit.page.evaluate("window.same")
    assert "letter" in await visit.page.inner_text("[aria-label='Results and rulings']")
    assert "completed" in await visit.page.title()


async def test_without_javascript_one_looks_again(browser: Browser, stage: Stage) -> None:
    """The link does what the script does."""
    stage.gate.clear()
    async with visiting(browser, stage.running, java_script_enabled=False) as visit:
        await visit.to("/submit")
        await visit.page.select_option("#intent_type", "write_slowly")
        await visit.click("main button:text-is('Submit')")
        stage.gate.set()
        for _ in range(100):
            if await visit.page.locator("h1 .state-completed").count():
                break
            await asyncio.sleep(0.1)
            await visit.click("text=Look again")
        assert await visit.page.locator("h1 .state-completed").count() == 1


async def test_a_run_is_cancelled(visit: Visit, stage: Stage) -> None:
    """The button on its page ends it."""
    stage.gate.clear()
    await visit.to("/submit")
    await visit.page.select_option("#intent_type", "write_slowly")
    await visit.click("main button:text-is('Submit')")
    await visit.page.wait_for_selector("h1 .state-running")
    await visit.page.click("text=Cancel it")
    await visit.page.wait_for_selector("h1 .state-cancelled")
    stage.gate.set()


async def test_a_failure_says_what_happened_where_and_what_to_do(visit: Visit, stage: Stage) -> None:
    """On the page of the execution, and in short in the list; markup in it is text (X06)."""
    await visit.to(f"/executions/{stage.failed}")
    told = await visit.text()
    assert f"cannot be read: {EVIL}" in told and "line 3" in told and "Give another file" in told
    await visit.shot("execution-failed")
    await visit.to("/executions")
    assert EVIL in await visit.text()
    assert await visit.page.locator("main img").count() == 0
    await visit.shot("executions")


async def test_the_list_is_filtered_by_session(visit: Visit, stage: Stage) -> None:
    """A click on a session shows its executions; one that has none says so."""
    await visit.to("/executions")
    await visit.click(visit.page.locator("td a", has_text="tour").first)
    assert "session=tour" in visit.page.url
    await visit.to("/executions?session=nobody")
    assert "No execution fits" in await visit.text()


async def test_many_results_are_shown_page_by_page(visit: Visit, stage: Stage) -> None:
    """Each page says how many there are, every result stands on one of them, and each part of a result is told."""
    count = 2 * MOST_RESULTS + 5
    made = {f"note-{n:03}": Output(result_type="note", semantic_payload={"n": n}) for n in range(count)}
    intent = Intent(intent_id="many", intent_type="many", tenant_id=TENANT, session_id="many", solution_id=SOLUTION)
    told = await stage.running.application.runtime.submit_result(intent, RealmResult(artifacts=made), "elsewhere")
    await visit.to(f"/executions/{told.execution.execution_id}")
    assert f"Showing {MOST_RESULTS} of {count} results" in await visit.text()
    seen: list[str] = []
    for shown in (MOST_RESULTS, MOST_RESULTS, 5):
        rows = visit.page.locator("[aria-label='Results and rulings'] tbody tr")
        assert await rows.count() == shown
        seen += await rows.locator("th .dim").all_inner_texts()
        if shown == MOST_RESULTS:
            await visit.click("text=Next page")
    assert sorted(seen) == sorted(made) and await visit.page.locator("text=Next page").count() == 0
    assert f"from number {2 * MOST_RESULTS + 1} on" in await visit.text()
    await visit.to(f"/executions/{told.execution.execution_id}?from=900000")
    assert f"It has {count} results, and none from number 900,000 on" in await visit.text()


async def test_a_failed_run_leads_to_a_form_like_its_own(visit: Visit, stage: Stage) -> None:
    """Its type, session and solution stand in the form; its id is a new one."""
    await visit.to(f"/executions/{stage.failed}")
    await visit.click("text=Submit it anew")
    assert await visit.page.input_value("#intent_type") == "refuse"
    assert (await visit.page.input_value("#session"), await visit.page.input_value("#solution")) == (SESSION, SOLUTION)


async def test_a_stream_ends_where_a_store_fails(stage: Stage) -> None:
    """Without a word: the browser comes again, and is told then what is wrong."""
    service = attrs.evolve(stage.running.prepared.service, application=cast(Application, _Away()))
    assert [event async for event in changes(service, stage.completed, TENANT, _still)] == []


async def _still() -> bool:
    """The session goes on."""
    return True


class _Away:
    """A plane whose store does not answer."""

    runtime: ClassVar[_Away]

    async def execution(self, execution_id: str, tenant_id: str) -> ExecutionResult:
        raise Unavailable("the store is away")


_Away.runtime = _Away()


@pytest.mark.parametrize(
    ("filled", "field"),
    [
        ({"#session": "../x"}, "session"),
        ({"#solution": "a b"}, "solution"),
        ({"#parameters": "[1]"}, "parameters"),
        ({"#parameters": '{"a": NaN}'}, "parameters"),
        ({"#name_2": "data"}, "file_2"),
    ],
)
async def test_the_field_that_is_wrong_is_marked(visit: Visit, filled: dict[str, str], field: str) -> None:
    """It is the one field marked, has the focus, and names the message as what is said about it."""
    await visit.to("/submit")
    for name, text in filled.items():
        await visit.page.fill(name, text)
    await visit.click("main button:text-is('Submit')")
    marked = visit.page.locator("[aria-invalid]")
    assert await marked.evaluate_all("all => all.map(one => one.id)") == [field]
    assert "problem" in (await marked.get_attribute("aria-describedby") or "").split()
    await expect(marked).to_be_focused()
    assert (await visit.page.title()).startswith("Not submitted: ")
    assert await visit.violations() == []
    await visit.shot("submit-wrong")
    visit.complaints.clear()  # the browser tells of the 400
