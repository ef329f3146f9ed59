"""Deleting an artifact: a page that says what it means, then the deed."""

from __future__ import annotations

from typing import Final

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from artifact_plane.adapters.http.callers import HttpRequest, caller_of
from artifact_plane.adapters.http.service import service_of
from artifact_plane.adapters.web.lineage.impact import impact_of, walks_of_impact
from artifact_plane.adapters.web.page import page
from artifact_plane.domain.model.lineage import Bounds

DELETE: Final = "/artifacts/{artifact_id:str}/delete"
_SHOWN: Final = 10
_ASKED: Final = Bounds(depth=50, nodes=500)


@get(DELETE, include_in_schema=False)
async def delete_page(request: HttpRequest, artifact_id: FromPath[str]) -> Response[bytes]:
    """What deleting it means, and the button that does it."""
    app, tenant = service_of(request).application, caller_of(request).tenant_id
    versions = await app.plane.versions(artifact_id, tenant)
    impact = impact_of(artifact_id, await walks_of_impact(app, tenant, artifact_id, _ASKED)).living
    return page(
        request,
        "delete.html",
        artifact=versions[-1],
        versions=versions,
        impact=impact,
        most=_SHOWN,
    )


@post(DELETE, include_in_schema=False, status_code=303)
async def delete_artifact(request: HttpRequest, artifact_id: FromPath[str]) -> Redirect:
    """Delete it, and show what remains."""
    await service_of(request).application.plane.delete_artifact(artifact_id, caller_of(request).tenant_id)
    return Redirect(f"/artifacts/{artifact_id}", status_code=303)
