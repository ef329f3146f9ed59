"""Previews are bounded, and nothing that they show can run or speak to anybody (cases X01, X02, X03, X06, X08)."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING, BinaryIO

import pytest
from playwright.async_api import Browser

from artifact_plane.domain.model.rendering import ByteSource, Rendered
from tests.journeys.web.browser import Visit, visiting
from tests.journeys.web.canary import Canary, listening
from tests.journeys.web.stage import Stage, a_view, put, run

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

pytestmark = pytest.mark.asyncio(loop_scope="module")


def evil_html(canary: str) -> bytes:
    """A page that tries every way out that it knows."""
    return f"""<!doctype html><html><head>
    <title>evil</title><base href="{canary}/base/">
    <meta http-equiv="refresh" content="0;url={canary}/refresh">
    <link rel="stylesheet" href="{canary}/style.css"><link rel="prefetch" href="{canary}/prefetch">
    <link rel="preload" as="image" href="{canary}/preload"><style>@import url({canary}/import);
    body {{ background: url({canary}/background); }} @font-face {{ font-family: e; src: url({canary}/font); }}</style>
    <script src="{canary}/script.js"></script></head>
    <body onload="alert('load')"><p id="said">harmless text</p><script>alert('script');
    fetch('{canary}/fetch'); parent.document.title = 'owned'; document.cookie</script>
    <img src="{canary}/image" onerror="alert('image')"><img src=x onerror="alert('x')">
    <iframe src="{canary}/frame"></iframe><object data="{canary}/object"></object><embed src="{canary}/embed">
    <video src="{canary}/video" poster="{canary}/poster" autoplay></video>
    <form action="{canary}/form" id="f"><input name="a"></form><button form="f">go</button>
    <a id="away" href="{canary}/link" target="_top">link</a><a href="javascript:alert('link')">js</a>
    <svg onload="alert('svg')"><use href="{canary}/use#a"/></svg></body></html>""".encode()


def evil_svg(canary: str) -> bytes:
    """A drawing that tries the same."""
    return f"""<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
    width="300" height="200" onload="alert('load')"><script>alert('script'); fetch('{canary}/fetch')</script>
    <style>@import url({canary}/import); rect {{ fill: url({canary}/paint#a); }}</style>
    <rect width="100" height="50" onmouseover="alert('over')"/><image href="{canary}/image" width="10" height="10"/>
    <a xlink:href="javascript:alert('link')"><text y="80">link</text></a><use xlink:href="{canary}/use#a"/>
    <foreignObject width="200" height="100"><body xmlns="http://www.w3.org/1999/xhtml">
    <iframe src="{canary}/frame"></iframe><img src="{canary}/html-image" onerror="alert('html')"/>
    <script>alert('foreign')</script></body></foreignObject></svg>""".encode()


async def _watched(visit: Visit, path: str) -> list[str]:
    """Look at a page for a while; the dialogs that opened."""
    dialogs: list[str] = []
    visit.page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    await visit.to(path)
    await visit.page.wait_for_load_state("networkidle")
    await visit.page.wait_for_timeout(600)
    return dialogs


@pytest.mark.parametrize("name", ["html", "svg"])
async def test_what_could_run_is_shown_in_a_sandbox(browser: Browser, stage: Stage, name: str) -> None:
    """No dialog opens, nothing is fetched, nothing leaves, and the text can be read all the same (X01, X02)."""
    async with listening() as canary, visiting(browser, stage.running) as visit:
        made, _ = await _evil(stage, canary, name)
        dialogs = await _watched(visit, f"/artifacts/{made}/parts/{name}")
        frame = visit.page.frame_locator("iframe")
        if name == "html":
            assert await frame.locator("#said").inner_text() == "harmless text"
            await frame.locator("#away").click()
            await frame.locator("button").click()
            await visit.page.wait_for_timeout(300)
        assert dialogs == []
        assert canary.heard == []
        assert await visit.page.title() == f"{name} of page · Artifact Plane"
        assert await visit.page.get_attribute("iframe", "sandbox") == ""
        await visit.shot(f"preview-{name}")


@pytest.mark.parametrize("name", ["html", "svg"])
async def test_opened_on_its_own_it_is_a_download(browser: Browser, stage: Stage, name: str) -> None:
    """The address of the bytes gives an attachment that no browser shows, and that has no cookie's authority (X03)."""
    async with listening() as canary, visiting(browser, stage.running) as visit:
        made, media_type = await _evil(stage, canary, name)
        for way in ("content", "download"):
            address = f"{stage.running.url}/artifacts/{made}/parts/{name}/{way}"
            async with visit.page.expect_download() as downloading:
                await visit.page.evaluate("address => { location.href = address; }", address)
            download = await downloading.value
            assert download.suggested_filename == f"{made}-{name}.{name}"
            answer = await visit.context.request.get(address)
            headers = answer.headers
            assert headers["content-disposition"].startswith("attachment;")
            assert headers["x-content-type-options"] == "nosniff"
            assert "sandbox" in headers["content-security-policy"]
            assert "default-src 'none'" in headers["content-security-policy"]
            assert headers["content-type"].startswith(media_type)
        assert canary.heard == []


async def _evil(stage: Stage, canary: Canary, name: str) -> tuple[str, str]:
    data, media_type = {"html": (evil_html, "text/html"), "svg": (evil_svg, "image/svg+xml")}[name]
    return await put(stage.running, "page", {}, a_view(name, media_type, data(canary.url))), media_type


async def test_markdown_is_read_and_its_html_is_text(browser: Browser, stage: Stage) -> None:
    """Headings, tables and links are there; raw HTML is shown as it is written, images are links."""
    async with listening() as canary, visiting(browser, stage.running) as visit:
        text = (
            f"# Title\n\n<script>alert(1)</script>\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n![x]({canary.url}/image)\n\n"
            f"[bad](javascript:alert(1)) [good](https://example.org) <b onclick=alert(1)>bold</b>\n"
        )
        made = await put(stage.running, "page", {}, a_view("md", "text/markdown", text.encode()))
        dialogs = await _watched(visit, f"/artifacts/{made}/parts/md")
        document = visit.page.locator(".document")
        assert await document.locator("td").all_inner_texts() == ["1", "2"]
        assert "<script>alert(1)</script>" in await document.inner_text()
        assert await document.locator("script, img, b").count() == 0
        links = await document.locator("a").evaluate_all("links => links.map(one => one.href)")
        assert links == [f"{canary.url}/image", "https://example.org/"]
        assert dialogs == [] and canary.heard == []
        await visit.shot("preview-markdown")


class _Repeated(ByteSource):
    """One block again and again: large without taking room."""

    def __init__(self, block: bytes, times: int) -> None:
        self._block, self._times = block, times

    @property
    def size(self) -> int:
        return len(self._block) * self._times

    def open(self, start: int = 0, stop: int | None = None) -> BinaryIO:
        return io.BufferedReader(_Repeating(self._block, self._times))


class _Repeating(io.RawIOBase):
    def __init__(self, block: bytes, times: int) -> None:
        self._block, self._left = block, times

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """A whole block at a time; whoever reads gives room for it."""
        if not self._left:
            return 0
        self._left -= 1
        memoryview(buffer).cast("B")[: len(self._block)] = self._block
        return len(self._block)


async def test_a_huge_table_shows_its_beginning(visit: Visit, stage: Stage) -> None:
    """200 MB of CSV: the first 64 KiB as a table, said so, and the page stays usable (X08)."""
    view = Rendered(name="csv", media_type="text/csv", source=_Repeated(b"1234567,abcdefg\n" * 256, 50_000))
    made = await put(stage.running, "page", {}, view)
    await visit.to(f"/artifacts/{made}/parts/csv")
    told = await visit.text()
    assert "Showing the first 64 KiB of 195.3 MiB" in told and "The first 200 rows, 2 columns" in told
    assert await visit.page.locator("tbody tr").count() == 200
    assert await visit.page.evaluate("document.documentElement.outerHTML.length") < 200_000
    await visit.page.click("text=Source")
    assert len(await visit.page.inner_text("pre")) <= 64 * 1024
    await visit.shot("preview-table")


async def test_a_long_line_of_json_shows_its_beginning(visit: Visit, stage: Stage) -> None:
    """10 MB of JSON on one line: the first 64 KiB as text that does not run out of the page (X08)."""
    data = b'{"items":[' + b'{"name":"value"},' * 640_000 + b"{}]}"
    made = await put(stage.running, "page", {}, a_view("json", "application/json", data))
    await visit.to(f"/artifacts/{made}/parts/json")
    assert "Showing the first 64 KiB of 10.4 MiB" in await visit.text()
    assert (await visit.page.inner_text("pre")).startswith('{"items":[{"name":"value"},')
    assert await visit.overflow() <= 0


async def test_an_image_of_too_many_pixels_is_not_drawn(visit: Visit, stage: Stage) -> None:
    """20,000 by 20,000 pixels in a small file are told, not decoded; an ordinary image is shown (X08)."""
    made = await put(
        stage.running,
        "page",
        {},
        a_view("huge", "image/png", png(20_000, 20_000)),
        a_view("small", "image/png", png(40, 30)),
        a_view("false", "image/png", b"no image at all"),
    )
    await visit.to(f"/artifacts/{made}/parts/huge")
    assert "20,000 × 20,000 pixels" in await visit.text()
    assert await visit.page.locator("main img").count() == 0
    await visit.to(f"/artifacts/{made}/parts/false")
    assert "do not say how large" in await visit.text()
    await visit.to(f"/artifacts/{made}/parts/small")
    assert await visit.page.evaluate("document.querySelector('main img').naturalWidth") == 40


def png(width: int, height: int) -> bytes:
    """A black image of one bit a pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(bytes((width + 7) // 8 + 1) * height)
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


async def test_a_pdf_is_shown_by_the_browser(visit: Visit, stage: Stage) -> None:
    """It is sent inline to the frame that shows it, and to nobody else."""
    made = await put(stage.running, "page", {}, a_view("pdf", "application/pdf", b"%PDF-1.4\n%%EOF\n"))
    async with visit.page.expect_response("**/parts/pdf/content*") as answering:
        await visit.to(f"/artifacts/{made}/parts/pdf")
    answer = await answering.value
    assert (await answer.all_headers())["content-disposition"].startswith("inline;")
    assert await visit.page.get_attribute("iframe", "title") == "pdf of page"


async def test_what_was_dropped_is_drawn_and_says_so(visit: Visit, stage: Stage) -> None:
    """A rendering that is not kept is drawn from the meaning when somebody looks."""
    await visit.to(f"/artifacts/{stage.sop}/parts/markdown")
    assert "it was drawn for you now, from the meaning" in await visit.text()
    assert await visit.page.locator(".document li").count() > 2


async def test_what_is_gone_for_good_says_so(visit: Visit, stage: Stage) -> None:
    """A part that nobody can draw again answers 410, with what to do."""
    made = await run(stage.running, "drop_letter")
    address = f"/artifacts/{made.execution.references[0].artifact_id}"
    await visit.to(address)
    assert "gone for good" in await visit.text()
    answer = await visit.to(f"{address}/parts/txt")
    assert answer.status == 410
    assert "no renderer can draw it again" in await visit.text()
    visit.complaints.clear()  # the browser tells of the 410


async def test_a_text_is_read_in_its_own_encoding(visit: Visit, stage: Stage) -> None:
    """As its media type says, or its first bytes; what is no text in it is marked, and the page says what to do."""
    texts = {
        "latin": ("text/plain; charset=iso-8859-1", "Grüße, 5 €".encode("cp1252"), "Grüße, 5 €"),
        "wide": ("text/csv; charset=utf-16", "name,town\nMüller,Köln\n".encode("utf-16"), "Köln"),
        "wrong": ("text/plain", "Grüße".encode("latin-1"), "Gr��e"),
    }
    views = [a_view(name, media_type, data) for name, (media_type, data, _) in texts.items()]
    made = await put(stage.running, "page", {}, *views)
    for name, (_, _, told) in texts.items():
        await visit.to(f"/artifacts/{made}/parts/{name}")
        shown = await visit.text()
        assert told in shown, name
        assert ("is no text in the encoding UTF-8" in shown) == (name == "wrong"), name


async def test_what_is_not_what_it_says_is_shown_as_what_it_is(visit: Visit, stage: Stage) -> None:
    """Broken JSON with its place, an empty document, a PDF that is none: each says so."""
    views = {
        "json": ("application/json", b'{"a": 1,}', "It cannot be read as JSON"),
        "md": ("text/markdown", b"", "It is empty."),
        "pdf": ("application/pdf", b"no document at all", "It does not begin as a PDF does."),
    }
    made = await put(stage.running, "page", {}, *(a_view(name, *view[:2]) for name, view in views.items()))
    for name, (_, _, told) in views.items():
        await visit.to(f"/artifacts/{made}/parts/{name}")
        assert told in await visit.text()
    assert await visit.page.locator("iframe").count() == 0
