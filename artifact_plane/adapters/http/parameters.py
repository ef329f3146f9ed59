"""Query parameters: one value says how each is read and how it is described, so that the two cannot differ.

A parameter that a route does not know, or that comes twice, is refused: a misspelt filter must not show everything.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Generic, TypeVar, cast
from urllib.parse import parse_qsl

import attrs

from artifact_plane.adapters.http.callers import HttpRequest
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.identity import check_identifier, check_name, printable
from artifact_plane.domain.model.json import JsonObject

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
MOST: Final = 32
"""Query parameters in one request at most."""

NAME_PATTERN: Final = "^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$"
IDENTIFIER_PATTERN: Final = "^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"


@attrs.frozen(kw_only=True)
class Parameter(Generic[T_co]):
    """A query parameter: its name, how its text is read (raising InvalidInput), its JSON schema, and its default."""

    name: str
    about: str
    schema: JsonObject
    read: Callable[[str], T_co]
    default: T_co


class Query:
    """The query of one request: each parameter known, given once, and legal."""

    def __init__(self, request: HttpRequest, known: Iterable[Parameter[object]]) -> None:
        """Read all of the query.

        Raises:
            InvalidInput: a parameter is not among ``known``, comes twice, or is not legal.
        """
        self.given: Final[dict[str, str]] = {}
        self._read: Final[dict[str, object]] = {}
        text = request.scope["query_string"]
        if text:
            by_name = {parameter.name: parameter for parameter in known}
            for name, value in _pairs(text):
                self._take(name, value, by_name)

    def get(self, parameter: Parameter[T]) -> T:
        """What is given for the parameter, or its default."""
        return cast(T, self._read.get(parameter.name, parameter.default))

    def _take(self, name: str, value: str, known: Mapping[str, Parameter[object]]) -> None:
        if name not in known:
            raise _unknown(name, list(known))
        if name in self.given:
            raise InvalidInput("the parameter comes twice", where=_where(name), remedy="give it once")
        try:
            self._read[name] = known[name].read(value)
        except InvalidInput as error:
            raise InvalidInput(error.message, where=_where(name), remedy=error.remedy) from error
        self.given[name] = value


def _pairs(text: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            text.decode(), keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=MOST
        )
    except ValueError as error:
        raise InvalidInput(
            "the query cannot be read",
            where="query",
            remedy=f"write it as name=value&name=value in UTF-8, at most {MOST} of them",
        ) from error


def _unknown(name: str, names: list[str]) -> InvalidInput:
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    told = f"the parameters here are: {', '.join(names)}" if names else "there are none here"
    return InvalidInput("there is no such parameter", where=_where(name), remedy=hint + told)


def _where(name: str) -> str:
    return f"query parameter {printable(name)}"


# Kinds of parameters


def identifier(name: str, about: str) -> Parameter[str | None]:
    """An id."""
    return Parameter(name=name, about=about, schema=_text(IDENTIFIER_PATTERN), read=_identifier, default=None)


def word(name: str, about: str) -> Parameter[str | None]:
    """A name: of a type, a label."""
    return Parameter(name=name, about=about, schema=_text(NAME_PATTERN), read=_name, default=None)


def solution(about: str) -> Parameter[str]:
    """The solution whose policy is asked; ``default`` where it is not said."""
    schema = {**_text(IDENTIFIER_PATTERN), "default": "default"}
    return Parameter(name="solution", about=about, schema=schema, read=_identifier, default="default")


def text(name: str, about: str, most: int) -> Parameter[str | None]:
    """Visible ASCII, such as a cursor."""

    def read(given: str) -> str:
        if not (given.isascii() and given.isprintable() and 0 < len(given) <= most):
            raise InvalidInput(f"{printable(given)} is not legal here", remedy=f"give 1 to {most} visible characters")
        return given

    schema: JsonObject = {"type": "string", "minLength": 1, "maxLength": most, "pattern": "^[ -~]+$"}
    return Parameter(name=name, about=about, schema=schema, read=read, default=None)


def number(name: str, about: str, least: int, most: int, default: int) -> Parameter[int]:
    """A whole number within bounds."""
    schema: JsonObject = {"type": "integer", "minimum": least, "maximum": most, "default": default}
    return Parameter(name=name, about=about, schema=schema, read=_number(least, most), default=default)


def optional_number(name: str, about: str, least: int, most: int) -> Parameter[int | None]:
    """A whole number within bounds, or nothing."""
    schema: JsonObject = {"type": "integer", "minimum": least, "maximum": most}
    return Parameter(name=name, about=about, schema=schema, read=_number(least, most), default=None)


def flag(name: str, about: str, *, default: bool) -> Parameter[bool]:
    """``true`` or ``false``."""

    def read(given: str) -> bool:
        if given not in _FLAGS:
            raise InvalidInput(f"{printable(given)} is neither true nor false", remedy="give true or false")
        return _FLAGS[given]

    schema: JsonObject = {"type": "boolean", "default": default}
    return Parameter(name=name, about=about, schema=schema, read=read, default=default)


def choice(name: str, about: str, words: Iterable[str], default: str) -> Parameter[str]:
    """One of a few words."""
    legal = tuple(words)

    def read(given: str) -> str:
        if given not in legal:
            raise InvalidInput(f"{printable(given)} is none of them", remedy=f"give one of {', '.join(legal)}")
        return given

    schema: JsonObject = {"type": "string", "enum": legal, "default": default}
    return Parameter(name=name, about=about, schema=schema, read=read, default=default)


def optional_choice(name: str, about: str, words: Iterable[str]) -> Parameter[str | None]:
    """One of a few words, or nothing."""
    asked = choice(name, about, words, "")
    schema = {key: value for key, value in asked.schema.items() if key != "default"}
    return cast("Parameter[str | None]", attrs.evolve(asked, schema=schema, default=None))  # type: ignore[arg-type]


_FLAGS: Final = {"true": True, "false": False}


def _text(pattern: str) -> dict[str, str]:
    return {"type": "string", "pattern": pattern}


def _identifier(given: str) -> str:
    return check_identifier("id", given)


def _name(given: str) -> str:
    return check_name("name", given)


def _number(least: int, most: int) -> Callable[[str], int]:
    def read(given: str) -> int:
        plain = given.isascii() and given.isdigit() and len(given) <= 16
        if not (plain and least <= int(given) <= most):
            raise InvalidInput(f"{printable(given)} is not legal here", remedy=f"give a number from {least} to {most}")
        return int(given)

    return read
