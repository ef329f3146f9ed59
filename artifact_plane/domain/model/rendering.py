"""Renderings: the views of a meaning, and where bytes come from."""

from __future__ import annotations

import io
from abc import ABC, abstractmethod
from typing import BinaryIO, Final, NewType, TypeAlias

import attrs

from artifact_plane.domain.model import identity
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.identity import check_name, printable
from artifact_plane.domain.model.json import JsonObject

Digest = NewType("Digest", str)
"""Content address ``algorithm:hex``, for instance ``blake3:af13…``."""

SEMANTIC_PART: Final = "semantic_payload"
"""The name of the part that is the meaning; no rendering may use it."""


class ByteSource(ABC):
    """Bytes that can be opened again and again, each time from the same beginning.

    The calls block and belong off the event loop. What one source yields must not change while it is in use.
    """

    @property
    @abstractmethod
    def size(self) -> int | None:
        """The number of bytes, or None where only reading tells."""

    @abstractmethod
    def open(self, start: int = 0, stop: int | None = None) -> BinaryIO:
        """Open a reader over the bytes ``[start, stop)``; the caller closes it. ``stop`` None means the end."""


@attrs.frozen
class BytesSource(ByteSource):
    """A byte source over bytes in memory."""

    data: bytes = attrs.field(repr=False)

    @property
    def size(self) -> int:
        return len(self.data)

    def open(self, start: int = 0, stop: int | None = None) -> BinaryIO:
        return io.BytesIO(self.data[start:stop] if start or stop is not None else self.data)


def _rendering_name(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    check_name("rendering name", value)
    if value == SEMANTIC_PART:
        raise InvalidInput(
            f"{value!r} is the meaning's own name", where="rendering name", remedy="rename the rendering"
        )


def check_media_type(value: str) -> str:
    """``value``, where it is a media type: ``kind/subtype`` with its parameters, 200 characters at most.

    Raises:
        InvalidInput: it is none.
    """
    kind, separator, rest = value.partition("/")
    if not (kind and separator and rest and value.isascii() and value.isprintable() and len(value) <= 200):
        raise InvalidInput(
            f"{printable(value)} is not a media type", where="media_type", remedy="write it as in 'image/png'"
        )
    return value


def _media_type(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    check_media_type(value)


@attrs.frozen(kw_only=True)
class Rendered:
    """A rendering that a realm made itself: its bytes exist, and only they can give it back."""

    name: str = attrs.field(validator=_rendering_name)
    media_type: str = attrs.field(validator=_media_type)
    source: ByteSource


@attrs.frozen(kw_only=True)
class Renderable:
    """A rendering that a named renderer can draw from the meaning, now or later: a pure function of it."""

    name: str = attrs.field(validator=_rendering_name)
    renderer: str = attrs.field(validator=identity.name("renderer name"))
    format: str = attrs.field(validator=identity.name("format"))
    options: JsonObject = attrs.field(factory=dict)


Rendering: TypeAlias = Rendered | Renderable
