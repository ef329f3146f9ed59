"""The beginning of a content: whole and verified where it is small, else its first bytes as they are."""

from __future__ import annotations

import asyncio
from typing import Final

import attrs

from artifact_plane.adapters.web.previews.kinds import FIRST
from artifact_plane.ports.answers import Content

_VERIFIED: Final = 4 * 1024 * 1024
"""Bytes up to which a content is read whole, and so compared to its digest, to show its beginning."""


@attrs.frozen(kw_only=True)
class Head:
    """The first bytes of a content of ``size`` bytes; ``verified`` where all of it was compared to its digest."""

    data: bytes
    size: int
    verified: bool

    @property
    def whole(self) -> bool:
        """Whether that is all of it."""
        return len(self.data) >= self.size

    @property
    def text(self) -> str:
        """As text; what is not UTF-8 is marked, a character that was cut at the end left out."""
        data = self.data if self.whole else _without_half_a_character(self.data)
        return data.decode("utf-8", "replace").replace("\x00", "�")


async def head_of(content: Content, limit: int = FIRST) -> Head:
    """Up to ``limit`` bytes of the content. Raises Damaged, Unavailable."""
    return await asyncio.to_thread(_read, content, limit)


def _read(content: Content, limit: int) -> Head:
    verified = content.size <= _VERIFIED
    with content.source.open() if verified else content.source.open(0, limit) as stream:
        data = stream.read()
    return Head(data=data[:limit], size=content.size, verified=verified)


def _without_half_a_character(data: bytes) -> bytes:
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte < 0x80:
            return data
        if byte >= 0xC0:
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return data if back >= length else data[:-back]
    return data
