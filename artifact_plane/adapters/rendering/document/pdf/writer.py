"""Pages to bytes, by reportlab, in the pinned typeface.

Nothing of the machine gets in: no time, no random id, no font of the system, and no compression, whose bytes
depend on the zlib that Python was built with.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from functools import cache
from threading import Lock
from typing import Final, Protocol

from artifact_plane.adapters.rendering import extra
from artifact_plane.adapters.rendering.document.pdf.pages import SOFT, Bookmark, BoxMark, Mark, Sheet, TextMark
from artifact_plane.adapters.rendering.document.pdf.type import Face, Typeface

_PURPOSE: Final = "PDF"
_NAMES: Final = {False: "ArtifactPlane-Regular", True: "ArtifactPlane-Bold"}
_FACES: Final = {False: extra.REGULAR, True: extra.BOLD}
_FOOT: Final = 8.0


class _Canvas(Protocol):
    """What is used of reportlab's canvas."""

    def setTitle(self, title: str) -> None: ...
    def setAuthor(self, author: str) -> None: ...
    def setCreator(self, creator: str) -> None: ...
    def setSubject(self, subject: str) -> None: ...
    def setDateFormatter(self, formatter: object) -> None: ...
    def setFont(self, name: str, size: float) -> None: ...
    def setFillColor(self, colour: object) -> None: ...
    def drawString(self, x: float, y: float, text: str) -> None: ...
    def drawRightString(self, x: float, y: float, text: str) -> None: ...
    def rect(self, x: float, y: float, width: float, height: float, stroke: int, fill: int) -> None: ...
    def bookmarkHorizontal(self, key: str, relativeX: float, relativeY: float) -> None: ...
    def addOutlineEntry(self, title: str, key: str, level: int, closed: int) -> None: ...
    def showPage(self) -> None: ...
    def save(self) -> None: ...


# The library keeps its fonts in one registry, and one font object serves one document at a time.
_ONE_AT_A_TIME: Final = Lock()


def typeface() -> Typeface:
    """The pinned typeface, as the layout needs it.

    Raises:
        UnsupportedRendering: the extra is not installed.
    """
    with _ONE_AT_A_TIME:
        return Typeface(regular=_registered(False), bold=_registered(True))


def write(pages: Sequence[Sequence[Mark]], sheet: Sheet, title: str) -> bytes:
    """The PDF of ``pages``.

    Raises:
        UnsupportedRendering: the extra is not installed.
    """
    target = io.BytesIO()
    with _ONE_AT_A_TIME:
        canvas = _new_canvas(target, sheet, title)
        writer = _Writer(canvas, sheet)
        for number, marks in enumerate(pages, start=1):
            for mark in marks:
                writer.draw(mark)
            writer.foot(title, number, len(pages))
            canvas.showPage()
        canvas.save()
    return target.getvalue()


class _Writer:
    """Draws marks on a canvas, whose origin is the lower left corner."""

    def __init__(self, canvas: _Canvas, sheet: Sheet) -> None:
        self._canvas = canvas
        self._sheet = sheet
        self._bookmarks = 0
        self._level = -1

    def draw(self, mark: Mark) -> None:
        """Draw one mark."""
        if isinstance(mark, TextMark):
            self._text(mark)
        elif isinstance(mark, BoxMark):
            self._canvas.setFillColor(_colour(mark.colour))
            self._canvas.rect(mark.x, self._up(mark.y + mark.height), mark.width, mark.height, stroke=0, fill=1)
        else:
            self._bookmark(mark)

    def foot(self, title: str, number: int, total: int) -> None:
        """Write the title and the page's number at its foot."""
        y = self._up(self._sheet.height - 34)
        page = f"Page {number} of {total}"
        face = _registered(False)
        room = self._sheet.text_width - face.width(page, _FOOT) - 24
        lines = face.wrap(face.drawable(title), room, _FOOT)
        self._canvas.setFont(_NAMES[False], _FOOT)
        self._canvas.setFillColor(_colour(SOFT))
        self._canvas.drawString(self._sheet.side, y, lines[0] + ("…" if len(lines) > 1 else ""))
        self._canvas.drawRightString(self._sheet.width - self._sheet.side, y, page)

    def _text(self, mark: TextMark) -> None:
        self._canvas.setFont(_NAMES[mark.bold], mark.size)
        self._canvas.setFillColor(_colour(mark.colour))
        self._canvas.drawString(mark.x, self._up(mark.y), mark.text)

    def _bookmark(self, mark: Bookmark) -> None:
        # A level may be entered from the one above it only.
        self._level = min(mark.level, self._level + 1)
        self._bookmarks += 1
        key = f"section-{self._bookmarks}"
        self._canvas.bookmarkHorizontal(key, 0, self._up(mark.y - 12))
        self._canvas.addOutlineEntry(mark.text, key, self._level, closed=0)

    def _up(self, y: float) -> float:
        return self._sheet.height - y


def _new_canvas(target: io.BytesIO, sheet: Sheet, title: str) -> _Canvas:
    library = extra.load("reportlab.pdfgen.canvas", _PURPOSE)
    canvas: _Canvas = library.Canvas(
        target,
        pagesize=(sheet.width, sheet.height),
        pageCompression=0,
        invariant=1,
        initialFontName=_NAMES[False],
        lang="en",
    )
    _forget_time(canvas)
    canvas.setTitle(title)
    canvas.setAuthor("Artifact Plane")
    canvas.setCreator("Artifact Plane")
    canvas.setSubject("")
    return canvas


def _forget_time(canvas: _Canvas) -> None:
    # Even an "invariant" canvas takes the date from the environment's SOURCE_DATE_EPOCH, and puts it in its id too.
    canvas.setDateFormatter(lambda *moment: "D:20000101000000+00'00'")
    canvas._doc.signature = hashlib.md5(usedforsecurity=False)  # type: ignore[attr-defined]


@cache
def _registered(bold: bool) -> Face:
    fonts = extra.load("reportlab.pdfbase.ttfonts", _PURPOSE)
    metrics = extra.load("reportlab.pdfbase.pdfmetrics", _PURPOSE)
    font = fonts.TTFont(_NAMES[bold], io.BytesIO(extra.font_bytes(_FACES[bold])), asciiReadable=1)
    metrics.registerFont(font)
    return Face({code: font.face.charWidths[code] for code in font.face.charToGlyph if code in font.face.charWidths})


@cache
def _colour(value: str) -> object:
    return extra.load("reportlab.lib.colors", _PURPOSE).HexColor(value)
