"""Reading a meaning that can be drawn in one shape only; a refusal names the place in it, never what stands there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import attrs

from artifact_plane.adapters.rendering.text import one_line
from artifact_plane.domain.model.errors import UnsupportedRendering
from artifact_plane.domain.model.json import Json, JsonObject

T = TypeVar("T")


@attrs.frozen
class Shape:
    """``remedy`` says where the shape is described. Every reader takes the value and its place in the meaning."""

    remedy: str

    def text(self, value: Json, where: str) -> str:
        """One line of text; empty where there is none.

        Raises:
            UnsupportedRendering: it is neither text nor null.
        """
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.refusal(where, "text or null is expected here")
        return one_line(value)

    def array(self, value: Json, where: str) -> Sequence[Json]:
        """An array as it stands.

        Raises:
            UnsupportedRendering: it is none.
        """
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise self.refusal(where, "an array is expected here")
        return value

    def items(self, value: Json, where: str, read: Callable[[Json, str], T]) -> tuple[T, ...]:
        """An array, each of whose items ``read`` has read.

        Raises:
            UnsupportedRendering: it is none, or what ``read`` raises.
        """
        return tuple(read(item, f"{where}[{index}]") for index, item in enumerate(self.array(value, where)))

    def object(self, value: Json, where: str) -> JsonObject:
        """An object as it stands.

        Raises:
            UnsupportedRendering: it is none.
        """
        if not isinstance(value, Mapping):
            raise self.refusal(where, "an object is expected here")
        return value

    def refusal(self, where: str, message: str) -> UnsupportedRendering:
        """The error for what is not of the shape."""
        return UnsupportedRendering(message, where=where, remedy=self.remedy)
