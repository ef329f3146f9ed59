"""What a page is asked for: the query of its address, leniently read where a form leaves fields empty."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeVar
from urllib.parse import parse_qsl, urlencode

from artifact_plane.adapters.http.callers import HttpRequest
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.identity import check_identifier, printable

T = TypeVar("T")
_MOST: Final = 400
"""Fields in one query at most: an expanded lineage names each of its nodes."""


class Asked:
    """The fields of a query or of a form; an empty field is one that was not filled in."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._raw: Final = tuple(pairs)
        self._pairs: Final = tuple((name, value.strip()) for name, value in self._raw)

    @staticmethod
    def of(request: HttpRequest) -> Asked:
        """The query of a request. Raises InvalidInput where it cannot be read."""
        try:
            text = request.scope["query_string"].decode()
            return Asked(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST))
        except ValueError as error:
            raise InvalidInput(
                "the query cannot be read", where="query", remedy=f"give at most {_MOST} fields in UTF-8"
            ) from error

    def text(self, name: str) -> str | None:
        """What was filled in, the last where there are several; None for nothing."""
        return next((value for one, value in reversed(self._pairs) if one == name and value), None)

    def raw(self, name: str) -> str:
        """What was filled in as it was typed, white space and all; empty for nothing. Lines end in a newline."""
        given = next((value for one, value in self._raw if one == name), "")
        return given.replace("\r\n", "\n").replace("\r", "\n")

    def texts(self, name: str) -> tuple[str, ...]:
        """All that was filled in under this name, in order, each once."""
        return tuple(dict.fromkeys(value for one, value in self._pairs if one == name and value))

    def identifier(self, name: str) -> str | None:
        """An id. Raises InvalidInput."""
        return self.read(name, lambda given: check_identifier(name.replace("_", " "), given))

    def number(self, name: str, least: int, most: int) -> int | None:
        """A whole number within bounds. Raises InvalidInput."""
        given = self.text(name)
        if given is None:
            return None
        if not (given.isascii() and given.isdigit() and len(given) < 16 and least <= int(given) <= most):
            raise InvalidInput(
                f"{printable(given)} is not legal here", where=name, remedy=f"give a number from {least} to {most:,}"
            )
        return int(given)

    @staticmethod
    def one_of(name: str, given: str, choices: Iterable[str]) -> str:
        """One of a few words. Raises InvalidInput for another word."""
        if given not in choices:
            raise InvalidInput(
                f"{printable(given)} is none of them", where=name, remedy=f"give one of {', '.join(choices)}"
            )
        return given

    def choice(self, name: str, choices: Mapping[str, T], default: T) -> T:
        """What one of a few words stands for. Raises InvalidInput for another word."""
        given = self.text(name)
        return default if given is None else choices[self.one_of(name, given, choices)]

    def read(self, name: str, reader: Callable[[str], T]) -> T | None:
        """What ``reader`` makes of the text; None where there is none."""
        given = self.text(name)
        return None if given is None else reader(given)


def address(path: str, fields: Iterable[tuple[str, object]]) -> str:
    """A path with a query of the fields that say something."""
    said = [(name, str(value)) for name, value in fields if value not in (None, "", False)]
    return f"{path}?{urlencode(said)}" if said else path
