"""What the service asks of whoever draws its pages: the two pages that belong to no route of theirs."""

from __future__ import annotations

from typing import Protocol

from litestar import Response

from artifact_plane.adapters.http.callers import HttpRequest
from artifact_plane.adapters.http.problems import Problem


class Pages(Protocol):
    """Pages for a browser, in the look of the others. They set status and headers themselves."""

    def login(self, request: HttpRequest, *, failed: bool) -> Response[bytes]:
        """The page that takes a token (``POST /login``, field ``token``); ``failed``: the last one was not good."""

    def problem(self, request: HttpRequest, problem: Problem) -> Response[bytes]:
        """An error as a page: what happened and what to do, with ``problem.status`` and ``problem.headers``."""
