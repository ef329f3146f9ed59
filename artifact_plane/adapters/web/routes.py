"""All pages, and what each of them needs, as one group of routes."""

from __future__ import annotations

from typing import Final

from litestar import get
from litestar.response import Redirect

from artifact_plane.adapters.http.callers import HttpRequest, caller_of
from artifact_plane.adapters.http.scopes import RouteGroup
from artifact_plane.adapters.web.artifact import artifact_page
from artifact_plane.adapters.web.artifact_list import artifact_list
from artifact_plane.adapters.web.assets import static_file
from artifact_plane.adapters.web.compare import compare_page
from artifact_plane.adapters.web.deleting import delete_artifact, delete_page
from artifact_plane.adapters.web.executions import cancel_execution, execution_list, execution_live, execution_page
from artifact_plane.adapters.web.lineage.pages import lineage_page
from artifact_plane.adapters.web.policy import check_policy, policy_page, recorded_policy
from artifact_plane.adapters.web.previews.pages import part_content, part_download, part_preview
from artifact_plane.adapters.web.scopes import SCOPES
from artifact_plane.adapters.web.submitting import submit_intent, submit_page
from artifact_plane.domain.model.credential import Scope

_HOMES: Final = ((Scope.READ, "/artifacts"), (Scope.POLICY, "/policy"), (Scope.EXECUTE, "/submit"))


@get("/", include_in_schema=False, status_code=303)
async def home(request: HttpRequest) -> Redirect:
    """To the first page that the caller may see."""
    caller = caller_of(request)
    first = next((address for scope, address in _HOMES if caller.may(scope)), "/artifacts")
    return Redirect(first, status_code=303)


PAGES: Final = RouteGroup(
    name="web",
    handlers=(
        home,
        static_file,
        artifact_list,
        artifact_page,
        part_preview,
        part_content,
        part_download,
        delete_page,
        delete_artifact,
        lineage_page,
        compare_page,
        execution_list,
        execution_page,
        execution_live,
        cancel_execution,
        submit_page,
        submit_intent,
        policy_page,
        recorded_policy,
        check_policy,
    ),
    needs=SCOPES,
    cookies=True,
)
