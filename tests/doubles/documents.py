"""What commands and services say in JSON, decoded."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

Document: TypeAlias = dict[str, Any]
"""A decoded JSON object. Any: what stands in it each test knows, and asks for by name."""


def document_in(text: str | bytes) -> Document:
    """The one JSON object that a text must be."""
    value = json.loads(text)
    assert isinstance(value, dict)
    return value


def error_in(text: str | bytes) -> Document:
    """The error that a text tells as JSON."""
    error = document_in(text)["error"]
    assert isinstance(error, dict)
    return error
