"""The pages that belong to no route of ours: signing in, and errors."""

from __future__ import annotations

from litestar import Response

from artifact_plane.adapters.http.callers import HttpRequest
from artifact_plane.adapters.http.pages import Pages
from artifact_plane.adapters.http.problems import Problem
from artifact_plane.adapters.web.page import page


class HtmlPages(Pages):
    """The service's pages in the look of the others."""

    def login(self, request: HttpRequest, *, failed: bool) -> Response[bytes]:
        """The page that takes a token."""
        return page(request, "login.html", status=401 if failed else 200, failed=failed)

    def problem(self, request: HttpRequest, problem: Problem) -> Response[bytes]:
        """An error as a page: the same facts as ``problem+json`` has."""
        return page(request, "problem.html", status=problem.status, headers=problem.headers, problem=problem)
