"""How values of settings are read: from text or TOML, by what they are."""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, Literal, TypeAlias, Union, get_args, get_origin

from artifact_plane.domain.model.identity import printable
from artifact_plane.domain.model.policy_text import parse_duration, parse_size

Parser: TypeAlias = Callable[[object], object | None]
"""The value, or None where it is not legal."""

_FINE: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(ms|s)")
_FINE_UNITS: Final = {"ms": 0.001, "s": 1.0}
_MOST: Final = 2**53 - 1
_LONGEST: Final = 1_000 * 365 * 86_400
_LONGEST_WAIT: Final = 7 * 86_400
"""Seconds. More is a slip of the pen, and more milliseconds than clients and servers can count."""
_TRUTH: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def in_short(value: object) -> str:
    """A value as a message shows it."""
    return printable(value, 80) if isinstance(value, str) else repr(value)[:80]


def one_of(words: Iterable[str]) -> Parser:
    """One of these words."""
    legal = tuple(words)
    return lambda value: value if value in legal else None


def number(value: object) -> int | None:
    """A whole number above 0."""
    found = number_or_zero(value)
    return found or None


def number_or_zero(value: object) -> int | None:
    """A whole number, up to 2^53."""
    if type(value) not in (int, str):
        return None
    text = str(value)
    legal = text.isascii() and text.isdigit() and len(text) <= len(str(_MOST)) and int(text) <= _MOST
    return int(text) if legal else None


def port(value: object) -> int | None:
    """The number of a port; 0 stands for a free one."""
    found = number_or_zero(value)
    return found if found is not None and found < 2**16 else None


def seconds(value: object) -> int | None:
    """A time in seconds, or with a unit, as in ``15m``; a thousand years at most."""
    found = number(value) or (parse_duration(value) if isinstance(value, str) else None)
    return found if found is not None and found <= _LONGEST else None


def waiting(value: object) -> int | None:
    """As ``seconds``, a week at most."""
    found = seconds(value)
    return found if found is not None and found <= _LONGEST_WAIT else None


def size(value: object) -> int | None:
    """A size in bytes, or with a unit, as in ``64KiB``."""
    return number(value) or (parse_size(value) if isinstance(value, str) else None)


def decimal(value: object) -> float | None:
    """A decimal number above 0."""
    if type(value) not in (int, float, str):
        return None
    text = str(value)
    return float(text) if text.isascii() and text.replace(".", "", 1).isdigit() and float(text) > 0 else None


def duration(value: object) -> float | None:
    """A time in seconds that may be a part of one, or with a unit, as in ``1.5s`` or ``50ms``; a week at most."""
    match = _FINE.fullmatch(value.strip()) if isinstance(value, str) else None
    amount = float(match[1]) * _FINE_UNITS[match[2]] if match is not None else decimal(value) or seconds(value)
    return amount if amount and amount <= _LONGEST_WAIT else None


def milliseconds(value: object) -> int | None:
    """A time in milliseconds, or with a unit, as in ``50ms``; a week at most."""
    found = number(value)
    if found is None and isinstance(value, str) and (given := duration(value)) is not None:
        found = round(given * 1000)
    return found if found and found <= _LONGEST_WAIT * 1000 else None


def path(value: object) -> Path | None:
    """A path; ``~`` is the user's home."""
    return Path(value).expanduser() if isinstance(value, str | Path) and str(value) and "\0" not in str(value) else None


def text(value: object) -> str | None:
    """Text on one line."""
    return value if isinstance(value, str) and value.strip() and value.isprintable() else None


def truth(value: object) -> bool | None:
    """True or false."""
    return value if isinstance(value, bool) else _TRUTH.get(str(value).lower())


def words(value: object) -> tuple[str, ...] | None:
    """A list, or words separated by commas."""
    given = value.split(",") if isinstance(value, str) else value
    if not isinstance(given, list | tuple) or not all(isinstance(one, str) for one in given):
        return None
    return tuple(one.strip() for one in given if one.strip())


def parser_for(name: str, kind: object) -> Parser:
    """How a field of a settings class is read: by its type, and numbers by what their name says they count.

    Raises:
        TypeError: there is no way to read such a type (a mistake in the class).
    """
    legal = [one for one in alternatives(kind) if one is not type(None)]
    if set(legal) == {Path, str}:
        return text
    (single,) = legal
    if get_origin(single) is Literal:
        return one_of(get_args(single))
    if get_origin(single) is tuple:
        return words
    if single is int:
        return _counted(name)
    if single in _BY_TYPE:
        return _BY_TYPE[single]
    raise TypeError(f"a setting cannot be of type {kind}")


def alternatives(kind: object) -> tuple[object, ...]:
    """The types that a type stands for, None's included."""
    return get_args(kind) if isinstance(kind, types.UnionType) or get_origin(kind) is Union else (kind,)


def _counted(name: str) -> Parser:
    if name.endswith("bytes"):
        return size
    if name.endswith(("seconds", "ttl", "leeway")):
        return seconds
    if name.endswith("_ms"):
        return milliseconds
    return port if name == "port" else number


_BY_TYPE: Final[dict[object, Parser]] = {bool: truth, str: text, float: duration, Path: path}
"""All that is counted in decimals is time."""
