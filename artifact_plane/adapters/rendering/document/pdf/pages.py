"""Pages as lists of marks: what stands where, before any library writes it.

Lengths are points, and ``y`` counts downwards from the top of the page.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import attrs

INK: Final = "#1c2430"
SOFT: Final = "#5b6675"
LINE: Final = "#d5dbe3"
BAND: Final = "#f2f5f9"
ACCENT: Final = "#1f5fae"

PAGE_SIZES: Final = {"a4": (595.28, 841.89), "letter": (612.0, 792.0)}


@attrs.frozen(kw_only=True)
class TextMark:
    """One line of text whose baseline begins at (x, y)."""

    x: float
    y: float
    text: str
    size: float
    bold: bool = False
    colour: str = INK


@attrs.frozen(kw_only=True)
class BoxMark:
    """A filled rectangle with its upper left corner at (x, y)."""

    x: float
    y: float
    width: float
    height: float
    colour: str


@attrs.frozen(kw_only=True)
class Bookmark:
    """A heading, for the viewer's table of contents; ``level`` counts from 0."""

    y: float
    text: str
    level: int


Mark: TypeAlias = TextMark | BoxMark | Bookmark


@attrs.frozen(kw_only=True)
class Sheet:
    """The paper: its size and its margins."""

    width: float
    height: float
    side: float = 54.0
    top: float = 54.0
    bottom: float = 62.0

    @property
    def text_width(self) -> float:
        """The room between the side margins."""
        return self.width - 2 * self.side

    @property
    def lowest(self) -> float:
        """The last ``y`` that text may use."""
        return self.height - self.bottom


@attrs.define
class Pages:
    """Pages in the making: marks are put at the cursor, which moves down and on to a new page."""

    sheet: Sheet
    pages: list[list[Mark]] = attrs.field(factory=lambda: [[]])
    y: float = 0.0

    def __attrs_post_init__(self) -> None:
        self.y = self.sheet.top

    @property
    def left(self) -> float:
        """Where a line of text begins."""
        return self.sheet.side

    @property
    def room(self) -> float:
        """What is left of the page."""
        return self.sheet.lowest - self.y

    @property
    def is_at_top(self) -> bool:
        """Whether nothing stands on this page yet."""
        return self.y <= self.sheet.top

    def put(self, mark: Mark) -> None:
        """Put a mark on the page that is being filled."""
        self.pages[-1].append(mark)

    def skip(self, height: float) -> None:
        """Leave space, unless the page has only begun."""
        if not self.is_at_top:
            self.y += height

    def need(self, height: float) -> bool:
        """Begin a new page if ``height`` does not fit on this one; say whether that was done."""
        if height <= self.room or self.is_at_top:
            return False
        self.turn()
        return True

    def turn(self) -> None:
        """Begin a new page."""
        self.pages.append([])
        self.y = self.sheet.top
