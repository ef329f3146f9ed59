"""Pages of lists: ``Link`` (RFC 8288) says where the next one is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlencode

from artifact_plane.adapters.http.problems import RequestProblem
from artifact_plane.domain.model.errors import InvalidInput


def next_page(path: str, given: Mapping[str, str], cursor: str | None) -> dict[str, str]:
    """The header that leads on, with the filters that were given; none at the end of a list."""
    if cursor is None:
        return {}
    query = urlencode({**given, "after": cursor})
    return {"link": f'<{path}?{query}>; rel="next"'}


@contextmanager
def paging() -> Iterator[None]:
    """What is no cursor of the list leads to no page of it (404)."""
    try:
        yield
    except InvalidInput as error:
        if error.where != "after":
            raise
        where = "query parameter after"
        raise RequestProblem(404, "no_such_page", error.message, where=where, remedy=error.remedy) from error
