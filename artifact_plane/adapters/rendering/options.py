"""What a caller may ask of a renderer: its formats and its options, checked in one way for all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from artifact_plane.domain.model.errors import UnsupportedRendering
from artifact_plane.domain.model.identity import printable
from artifact_plane.domain.model.json import JsonObject


def check_format(renderer: str, format: str, formats: Mapping[str, str]) -> None:
    """Pass if ``format`` is one of ``formats``.

    Raises:
        UnsupportedRendering: it is not; the remedy names the nearest and the legal ones.
    """
    if format not in formats:
        raise UnsupportedRendering(
            f"the renderer {renderer!r} has no format {printable(format)}",
            where="format",
            remedy=_advice(format, formats),
        )


class OptionReader:
    """Reads options one by one; ``finish`` refuses what nobody asked for.

    Every method raises UnsupportedRendering, naming the option and what it may be.
    """

    def __init__(self, given: JsonObject) -> None:
        self._given = given
        self._known: list[str] = []

    def whole(self, name: str, *, default: int, least: int, most: int) -> int:
        """The whole number ``name``, from ``least`` to ``most``."""
        value = self._take(name, default)
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        raise _refusal(name, f"a whole number from {least} to {most}")

    def choice(self, name: str, *, default: str, among: Iterable[str]) -> str:
        """The word ``name``, one of ``among``."""
        legal = tuple(among)
        value = self._take(name, default)
        if isinstance(value, str) and value in legal:
            return value
        raise _refusal(name, "one of " + ", ".join(legal))

    def finish(self) -> None:
        """Refuse the options that were given and not read."""
        for name in sorted(self._given):
            if name not in self._known:
                raise UnsupportedRendering(
                    f"there is no option {printable(name)} here", where="options", remedy=_advice(name, self._known)
                )

    def _take(self, name: str, default: int | str) -> object:
        self._known.append(name)
        return self._given.get(name, default)


def _refusal(name: str, legal: str) -> UnsupportedRendering:
    return UnsupportedRendering(
        f"the option {name!r} has a value that is not allowed", where=f"options.{name}", remedy=f"give {legal}"
    )


def _advice(given: str, legal: Iterable[str]) -> str:
    names = sorted(legal)
    if not names:
        return "leave it out: this format has no options"
    nearest = get_close_matches(given, names, n=1)
    guess = f"did you mean {nearest[0]!r}? " if nearest else ""
    return f"{guess}known are: {', '.join(names)}"
