"""Reads XML that may be hostile: no document type, no entity, nothing from outside, bounded in depth and number.

Every element keeps its place, so that an error can name it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler, ErrorHandler, feature_namespaces
from xml.sax.xmlreader import AttributesNSImpl, Locator

import attrs
from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from artifact_plane.ports.realm import RefusedInput

MAX_DEPTH: Final = 100
"""How many elements may be open at once."""

MAX_ELEMENTS: Final = 200_000
"""How many elements a document may have."""

_CHUNK: Final = 32 * 1024
_MAX_TEXT: Final = 2_000


@attrs.define(kw_only=True, eq=False)
class Element:
    """An element: namespace, local name, attributes without a namespace, parts, the beginning of its text, place."""

    namespace: str | None
    tag: str
    attributes: dict[str, str]
    line: int
    column: int
    parts: list[Element] = attrs.Factory(list)
    text: str = ""

    def get(self, name: str) -> str | None:
        """An attribute's value; None where it is absent or empty."""
        return self.attributes.get(name) or None

    def walk(self) -> Iterator[Element]:
        """This element and all in it, in the order of the document."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting.extend(reversed(element.parts))


def read_xml(text: str, where: str, checkpoint: Callable[[], None]) -> Element:
    """The root element of ``text``; ``where`` names the attachment in errors.

    Raises:
        RefusedInput: it is not well-formed, declares a document type or an entity, or is too deep or too large;
            ``where`` says the line and the column.
    """
    parser = DefusedExpatParser(forbid_dtd=True, forbid_entities=True, forbid_external=True)
    collector = _Collector(where, parser)
    parser.setFeature(feature_namespaces, True)
    parser.setContentHandler(collector)
    parser.setErrorHandler(ErrorHandler())
    try:
        for start in range(0, len(text), _CHUNK):
            checkpoint()
            parser.feed(text[start : start + _CHUNK])
        parser.close()
    except SAXParseException as error:
        raise _malformed(error, where) from None
    except DefusedXmlException:
        raise collector.refused("it declares a document type or an entity", "take the DOCTYPE out of it") from None
    return collector.root


def _malformed(error: SAXParseException, where: str) -> RefusedInput:
    line, column = error.getLineNumber() or 1, (error.getColumnNumber() or 0) + 1
    return RefusedInput(
        f"it is not well-formed XML ({error.getMessage()})",
        where=f"{where}, line {line}, column {column}",
        remedy="export the diagram again as BPMN 2.0 XML",
    )


class _Collector(ContentHandler):
    """Builds the elements while the parser reads."""

    def __init__(self, where: str, place: Locator) -> None:
        super().__init__()
        self._where = where
        self._place = place
        self._open: list[Element] = []
        self._count = 0
        self._root: Element | None = None

    @property
    def root(self) -> Element:
        if self._root is None:
            raise self.refused("it has no element", "attach BPMN 2.0 XML")
        return self._root

    def refused(self, message: str, remedy: str) -> RefusedInput:
        line, column = self._at()
        return RefusedInput(message, where=f"{self._where}, line {line}, column {column}", remedy=remedy)

    def startElementNS(self, name: tuple[str | None, str], qname: str | None, attrs: AttributesNSImpl) -> None:
        self._count += 1
        if len(self._open) >= MAX_DEPTH:
            raise self.refused(f"elements are nested deeper than {MAX_DEPTH} levels", "make the diagram flatter")
        if self._count > MAX_ELEMENTS:
            raise self.refused(f"there are more than {MAX_ELEMENTS} elements", "attach a part of the diagram")
        self._add(_element(name, attrs, self._at()))

    def _add(self, element: Element) -> None:
        if self._open:
            self._open[-1].parts.append(element)
        else:
            self._root = element
        self._open.append(element)

    def endElementNS(self, name: tuple[str | None, str], qname: str | None) -> None:
        self._open.pop()

    def characters(self, content: str) -> None:
        element = self._open[-1]
        if len(element.text) < _MAX_TEXT:
            element.text += content

    def _at(self) -> tuple[int, int]:
        return self._place.getLineNumber() or 1, (self._place.getColumnNumber() or 0) + 1


def _element(name: tuple[str | None, str], attributes: AttributesNSImpl, place: tuple[int, int]) -> Element:
    namespace, tag = name
    own = {local: value for (space, local), value in attributes.items() if space is None}
    return Element(namespace=namespace, tag=tag, attributes=own, line=place[0], column=place[1])
