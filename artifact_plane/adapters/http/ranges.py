"""``Range`` (RFC 9110, section 14): one run of bytes at a time, read in linear time.

A range that is not understood is no error: the answer is then the whole. The same holds for a few ranges in one
header, which a server may answer with the whole; many of them are refused unread (case J07).
"""

from __future__ import annotations

import re
from typing import Final

import attrs

from artifact_plane.adapters.http.problems import RequestProblem

_UNIT: Final = "bytes="
_SPEC: Final = re.compile(r"(\d*+)-(\d*+)", re.ASCII)
_MOST: Final = 10**18
"""No content has so many bytes: a number with more digits is no further away."""


@attrs.frozen
class Span:
    """The bytes ``[start, stop)`` of a content; never empty."""

    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start

    def content_range(self, size: int) -> str:
        """The header that says which part of ``size`` bytes this is."""
        return f"bytes {self.start}-{self.stop - 1}/{size}"


def span_of(header: str | None, size: int, most: int) -> Span | None:
    """The bytes that a ``Range`` header asks for of a content of ``size`` bytes; None means all of it.

    Raises:
        RequestProblem: 416, for it is past the end, asks for nothing, or names more than ``most`` ranges.
    """
    if header is None or not header.lower().startswith(_UNIT):
        return None
    if header.count(",") >= most:
        raise _not_satisfiable(f"more than {most} ranges are not answered at once", size)
    found = _SPEC.fullmatch(header[len(_UNIT) :].strip())
    if found is None or found[0] == "-":
        return None
    first, last = found.groups()
    if not first:
        return _satisfied(Span(max(size - _number(last), 0), size), size)
    start, stop = _number(first), _number(last) + 1 if last else size
    if last and stop <= start:
        return None
    return _satisfied(Span(start, min(stop, size)), size)


def _number(digits: str) -> int:
    significant = digits.lstrip("0")
    return int(significant or "0") if len(significant) < len(str(_MOST)) else _MOST


def _satisfied(span: Span, size: int) -> Span:
    if span.start >= span.stop:
        raise _not_satisfiable(f"none of the {size} bytes is in the range that was asked for", size)
    return span


def _not_satisfiable(message: str, size: int) -> RequestProblem:
    return RequestProblem(
        416,
        "range_not_satisfiable",
        message,
        where="header Range",
        remedy=f"ask for one range within bytes 0 to {max(size - 1, 0)}, or leave the header out",
        headers={"content-range": f"bytes */{size}"},
    )
