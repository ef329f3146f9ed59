"""The beginning of a content: whole and verified where it is small, else its first bytes as they are."""

from __future__ import annotations

import asyncio
import codecs
from functools import cached_property
from typing import Final

import attrs

from artifact_plane.adapters.web.previews.charsets import charset_of
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
    media_type: str = ""

    @property
    def whole(self) -> bool:
        """Whether that is all of it."""
        return len(self.data) >= self.size

    @cached_property
    def charset(self) -> str:
        """The encoding that the text is read in."""
        return charset_of(self.media_type, self.data)

    @cached_property
    def text(self) -> str:
        """As text; what its encoding does not know is marked, a character that was cut at the end left out."""
        return self._decoded("replace").replace("\x00", "�")

    @cached_property
    def legible(self) -> bool:
        """Whether all of it is text in its encoding."""
        try:
            return "\x00" not in self._decoded("strict")
        except UnicodeError:
            return False

    @property
    def encoding(self) -> str:
        """What people call that encoding."""
        return "UTF-8" if self.charset == "utf-8-sig" else self.charset.upper()

    def _decoded(self, errors: str) -> str:
        return codecs.getincrementaldecoder(self.charset)(errors).decode(self.data, final=self.whole)


async def head_of(content: Content, limit: int = FIRST) -> Head:
    """Up to ``limit`` bytes of the content. Raises Damaged, Unavailable."""
    return await asyncio.to_thread(_read, content, limit)


def _read(content: Content, limit: int) -> Head:
    verified = content.size <= _VERIFIED
    with content.source.open() if verified else content.source.open(0, limit) as stream:
        data = stream.read()
    return Head(data=data[:limit], size=content.size, verified=verified, media_type=content.part.media_type)
