"""Signing in and out, and requests that somebody else's page would like to make (cases X05, X07)."""

from __future__ import annotations

import attrs
import pytest
from playwright.async_api import Browser

from artifact_plane.adapters.web.assets import MEDIA_TYPES, asset_address
from artifact_plane.domain.model.credential import ALL_SCOPES, Scope
from tests.journeys.web.browser import MODES, Visit, sign_in, visiting
from tests.journeys.web.canary import listening
from tests.journeys.web.stage import EVIL, Stage, put

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_who_is_not_signed_in_is_led_to_the_page_for_it(browser: Browser, stage: Stage) -> None:
    """Every page leads there; a wrong token says so, a right one opens the plane, and signing out closes it."""
    context = await browser.new_context(**MODES["desktop"])
    visit = Visit(running=stage.running, context=context, page=await context.new_page())
    for path in ("/artifacts", "/"):
        await visit.to(path)
        assert visit.page.url.endswith("/login")
    assert "Where to get one" in await visit.text()
    await visit.shot("login")
    await visit.page.fill("#token", "ap_wrong")
    await visit.click("main button")
    assert "That token is not good here." in await visit.text()
    await visit.page.fill("#token", await stage.running.token(Scope.POLICY))
    await visit.click("main button")
    assert visit.page.url.endswith("/policy")
    await visit.click("text=Sign out")
    assert visit.page.url.endswith("/login")
    await visit.to("/policy")
    assert visit.page.url.endswith("/login")
    await context.close()


async def test_the_first_link_signs_in_once(browser: Browser, stage: Stage) -> None:
    """The link that the first start prints leads to the artifacts; used again, to the page for tokens."""
    access = stage.running.application.access
    link = (await access.invite("acme", ALL_SCOPES, expires_in=60)).secret
    for times, lands in enumerate(("/artifacts", "/login")):
        context = await browser.new_context()
        page = await context.new_page()
        await page.goto(f"{stage.running.url}/login?token={link}")
        assert (lands in page.url) == (times in (0, 1))
        await context.close()


async def test_who_has_signed_in_is_where_they_wanted_to_be(browser: Browser, stage: Stage) -> None:
    """On the page that was asked for, with its query: by a token (even at the second try), and by a link."""
    wanted = "/artifacts?label=draft&state=all"
    access = stage.running.application.access
    for way in ("token", "link"):
        context = await browser.new_context()
        visit = Visit(running=stage.running, context=context, page=await context.new_page())
        await visit.to(wanted)
        assert visit.page.url.endswith("/login")
        if way == "link":
            await visit.to(f"/login?token={(await access.invite('acme', ALL_SCOPES, expires_in=60)).secret}")
        else:
            for token in ("ap_wrong", await stage.running.token()):
                await visit.page.fill("#token", token)
                await visit.click("main button")
        assert visit.page.url == stage.running.url + wanted
        assert await visit.page.input_value("#f-label") == "draft"
        await visit.click("text=Sign out")
        await sign_in(visit, await stage.running.token())
        assert visit.page.url == stage.running.url + "/artifacts", "it is remembered once"
        await context.close()


async def test_a_form_on_another_page_changes_nothing(browser: Browser, stage: Stage) -> None:
    """A page of another origin posts the delete form with the visitor's cookies: refused (X07)."""
    made = await put(stage.running, "note", {"text": "must stay"})
    async with visiting(browser, stage.running) as visit, listening() as elsewhere:
        form = (
            f"<form method='post' action='{stage.running.url}/artifacts/{made}/delete'>"
            "<input type='hidden' name='csrf' value='guessed'><button>win a prize</button></form>"
        )
        await visit.page.route(f"{elsewhere.url}/**", lambda route: route.fulfill(body=form, content_type="text/html"))
        await visit.page.goto(f"{elsewhere.url}/prize")
        async with visit.page.expect_navigation() as navigation:
            await visit.page.click("button")
        assert (await navigation.value).status in (401, 403)
    view = await stage.running.application.plane.get_artifact(made, "acme")
    assert view.artifact.state.value == "active"


async def test_a_form_without_its_token_changes_nothing(browser: Browser, stage: Stage) -> None:
    """Even from a page of the service itself the CSRF token is asked for."""
    made = await put(stage.running, "note", {"text": "must stay too"})
    async with visiting(browser, stage.running) as visit:
        await visit.to(f"/artifacts/{made}/delete")
        await visit.page.evaluate("document.querySelector('main form [name=csrf]').remove()")
        async with visit.page.expect_navigation() as navigation:
            await visit.page.click("text=Delete it for good")
        assert (await navigation.value).status == 403
        assert "CSRF token is missing" in await visit.text()


async def test_what_an_error_repeats_is_text(browser: Browser, stage: Stage) -> None:
    """Markup in the query and in the path comes back escaped, with the request's id and what to do (X05)."""
    async with visiting(browser, stage.running) as visit:
        dialogs: list[str] = []
        visit.page.on("dialog", lambda dialog: dialogs.append(dialog.message))
        for path in (
            f"/artifacts?state={EVIL}",
            f"/artifacts?limit={EVIL}",
            f"/compare?left={EVIL}&right=b",
            f"/artifacts/{stage.note}/lineage?open={EVIL}",
            f"/policy?solution={EVIL}",
            f"/policy/recorded?digest={EVIL}",
        ):
            answer = await visit.to(path)
            assert answer.status in (400, 404), path
            headers = await answer.all_headers()
            assert await visit.page.locator("main img").count() == 0
            assert headers["x-request-id"] in await visit.text(), path
            assert "script-src 'self'" in headers["content-security-policy"]
        await visit.shot("problem")
        answer = await visit.to(f"/{EVIL}")
        assert (await answer.all_headers())["content-type"] == "application/problem+json"
        assert "<" not in await answer.text()
        assert dialogs == []


async def test_what_to_do_can_be_done_on_the_page(visit: Visit, stage: Stage) -> None:
    """What is not there leads to the list in which to look for it; what was dropped, to the rule that says so."""
    for path, leads in (
        ("/artifacts/nobody", "/artifacts?state=all"),
        (f"/artifacts/{stage.note}?version=9", "/artifacts?state=all"),
        ("/executions/nobody", "/executions"),
        (f"/artifacts/{stage.dropped}/parts/txt", f"/artifacts/{stage.dropped}#why"),
    ):
        await visit.to(path)
        told = await visit.page.inner_text("main dl")
        assert "`ap " not in told and "ap ls" not in told, path
        assert await visit.page.locator("main dl a").get_attribute("href") == leads
        await visit.click("main dl a")
        assert visit.page.url == stage.running.url + leads
        assert await visit.page.locator("main table").count() > 0
    visit.complaints.clear()  # the browser tells of the 404s and the 410


async def test_the_pages_own_files_say_once_what_they_are(stage: Stage) -> None:
    """Type and character set, for anybody, with a mark that lets them be kept."""
    async with stage.running.client() as client:
        answers = [await client.get(asset_address(name)) for name in MEDIA_TYPES]
    assert [one.headers.get_list("content-type") for one in answers] == [[kind] for kind in MEDIA_TYPES.values()]
    assert all("immutable" in one.headers["cache-control"] for one in answers)


async def test_what_was_typed_is_not_lost_with_the_session(browser: Browser, stage: Stage) -> None:
    """A form sent after signing out elsewhere changes nothing; signed in in another tab, one goes back to it."""
    async with visiting(browser, stage.running) as visit:
        await visit.to("/submit")
        await visit.page.select_option("#intent_type", "write_letter")
        await visit.page.fill("#session", "typed")
        await visit.page.fill("#parameters", '{"typed": true}')
        other = attrs.evolve(visit, page=await visit.context.new_page())
        await other.to("/artifacts")
        await other.click("text=Sign out")
        await visit.click("main button:text-is('Submit')")
        assert "You are not signed in" in await visit.page.title() and "Nothing was changed" in await visit.text()
        await sign_in(other, await stage.running.token())
        await visit.page.go_back()
        assert await visit.page.input_value("#session") == "typed"
        assert await visit.page.input_value("#parameters") == '{"typed": true}'
        await visit.click("main button:text-is('Submit')")
        await visit.page.wait_for_url("**/executions/*")
