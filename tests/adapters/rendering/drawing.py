"""Drawing in tests: bytes of a rendering, and XML parsed by a parser that trusts nothing."""

from __future__ import annotations

from typing import Final
from xml.etree.ElementTree import Element  # the type only: defusedxml parses

from defusedxml.ElementTree import fromstring

from artifact_plane.adapters.rendering import builtin_renderers
from artifact_plane.domain.model.json import JsonObject

SVG: Final = "{http://www.w3.org/2000/svg}"


def draw(renderer: str, format: str, payload: JsonObject, **options: int | str) -> bytes:
    """What the built-in renderer makes of ``payload``."""
    by_name = {one.name: one for one in builtin_renderers()}
    with by_name[renderer].render(payload, format, options).open() as stream:
        return stream.read()


def draw_text(renderer: str, format: str, payload: JsonObject, **options: int | str) -> str:
    """The same, as text."""
    return draw(renderer, format, payload, **options).decode()


def parse_svg(svg: bytes) -> Element:
    """The root of well-formed SVG without entities or external references."""
    root = fromstring(svg, forbid_dtd=True)
    if not isinstance(root, Element):
        raise AssertionError("this is no XML document")
    return root


def texts(root: Element) -> list[str]:
    """Every text that is shown, one entry for each element ``text`` or line of it."""
    shown = (element.text for element in root.iter() if element.tag in (f"{SVG}text", f"{SVG}tspan"))
    return [text for text in shown if text]
