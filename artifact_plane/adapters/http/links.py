"""``Link`` (RFC 8288): where the next page of a list is."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode


def next_page(path: str, given: Mapping[str, str], cursor: str | None) -> dict[str, str]:
    """The header that leads on, with the filters that were given; none at the end of a list."""
    if cursor is None:
        return {}
    query = urlencode({**given, "after": cursor})
    return {"link": f'<{path}?{query}>; rel="next"'}
