"""Renderers by name: the plug-in boundary for drawing (law 23), and redrawing what was dropped (law 10)."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from artifact_plane.domain.model.artifact import RenderedBy
from artifact_plane.domain.model.errors import ArtifactPlaneError, ExecutionFailed, UnsupportedRendering
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.rendering import ByteSource, Renderable
from artifact_plane.domain.use_cases.wording import reworded, words_of
from artifact_plane.ports.renderer import Renderer


class Renderers:
    """The renderers that are installed; loaded when the first one is asked for, since most commands need none."""

    def __init__(self, load: Callable[[], Iterable[Renderer]]) -> None:
        self._load = load

    @cached_property
    def _by_name(self) -> Mapping[str, Renderer]:
        """Raises ValueError where two renderers share a name."""
        by_name: dict[str, Renderer] = {}
        for renderer in self._load():
            if by_name.setdefault(renderer.name, renderer) is not renderer:
                raise ValueError(f"two renderers are called {renderer.name!r}")
        return by_name

    def media_type(self, rendering: Renderable) -> str:
        """The media type of the view.

        Raises:
            UnsupportedRendering: no such renderer, or it does not know the format.
        """
        return self._formats(rendering.renderer)[self._legal_format(rendering)]

    def rendered_by(self, rendering: Renderable) -> RenderedBy:
        """What will have drawn the view, for the record."""
        return RenderedBy(
            renderer=rendering.renderer,
            version=self._named(rendering.renderer).version_of(rendering.format),
            format=rendering.format,
            options=rendering.options,
        )

    def version(self, renderer: str, format: str) -> str | None:
        """The version in which that renderer draws the format here, or None where it is not installed."""
        return self._by_name[renderer].version_of(format) if renderer in self._by_name else None

    def offers(self, renderer: str, format: str) -> bool:
        """Whether that renderer is here and knows the format."""
        return renderer in self._by_name and format in self._by_name[renderer].formats

    async def draw(self, semantic_payload: JsonObject, rendering: Renderable) -> ByteSource:
        """Draw the view, off the event loop.

        Raises:
            UnsupportedRendering: it cannot be drawn here.
            ExecutionFailed: the renderer failed.
        """
        renderer = self._named(rendering.renderer)
        return await asyncio.to_thread(_call, renderer, semantic_payload, rendering)

    def _named(self, name: str) -> Renderer:
        if name in self._by_name:
            return self._by_name[name]
        raise _unknown("renderer", name, self._by_name)

    def _formats(self, name: str) -> dict[str, str]:
        return dict(self._named(name).formats)

    def _legal_format(self, rendering: Renderable) -> str:
        formats = self._formats(rendering.renderer)
        if rendering.format in formats:
            return rendering.format
        raise _unknown(f"format of the renderer {rendering.renderer!r}", rendering.format, formats)


def _call(renderer: Renderer, semantic_payload: JsonObject, rendering: Renderable) -> ByteSource:
    """The boundary: whatever a renderer raises becomes an error of ours."""
    try:
        return renderer.render(semantic_payload, rendering.format, rendering.options)
    except ArtifactPlaneError as error:
        reworded(error)
        raise
    except Exception as error:  # a renderer is other people's code (law 23)
        raise ExecutionFailed(
            f"the renderer failed with {type(error).__name__}: {words_of(error)}",
            where=f"rendering {rendering.name!r}, renderer {renderer.name!r} {renderer.version_of(rendering.format)}",
            remedy="mend the renderer, or let the policy discard this rendering",
        ) from error


def _unknown(what: str, name: str, known: Iterable[str]) -> UnsupportedRendering:
    legal = sorted(known)
    near = difflib.get_close_matches(name, legal, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return UnsupportedRendering(
        f"{name!r} is no {what}", where="rendering", remedy=f"{hint}known here: {', '.join(legal) or 'none'}"
    )
