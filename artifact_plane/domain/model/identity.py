"""Identifiers: what they may look like, and how a short one is told from a whole one.

An id holds no separator, so that no two keys made of ids can collide (law 16): ``("a:b", "c")`` and
``("a", "b:c")`` would share the key ``artifact:a:b:c`` otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import attrs

from artifact_plane.domain.model.errors import InvalidInput

IDENTIFIER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_REMEDY: Final = "use 1 to 128 letters, digits, '.', '_' or '-', beginning with a letter or a digit"


def check_identifier(kind: str, value: str) -> str:
    """Return ``value`` if it is a legal id; ``kind`` names it in the error.

    Raises:
        InvalidInput: it is empty, too long, or holds a character that is not allowed.
    """
    if IDENTIFIER.fullmatch(value) is None:
        raise InvalidInput(f"{printable(value)} is not a valid {kind}", where=kind, remedy=_REMEDY)
    return value


def check_name(kind: str, value: str) -> str:
    """Return ``value`` if it is a legal name of a part, a label, a result type or an attachment.

    Raises:
        InvalidInput: as for ids; a leading underscore is allowed.
    """
    if _NAME.fullmatch(value) is None:
        raise InvalidInput(f"{printable(value)} is not a valid {kind}", where=kind, remedy=_REMEDY)
    return value


def printable(value: str, limit: int = 60) -> str:
    """``value`` quoted for a message: control characters escaped, cut at ``limit`` characters."""
    shown = value if len(value) <= limit else value[:limit] + "…"
    return ascii(shown).replace("\\u2026", "…")


Validator = Callable[[object, "attrs.Attribute[str]", str], None]


def identifier(kind: str) -> Validator:
    """An attrs validator: the field holds a legal id."""

    def validate(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
        check_identifier(kind, value)

    return validate


def name(kind: str) -> Validator:
    """An attrs validator: the field holds a legal name."""

    def validate(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
        check_name(kind, value)

    return validate
