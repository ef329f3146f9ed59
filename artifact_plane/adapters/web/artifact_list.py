"""The list of artifacts: every filter is part of the address."""

from __future__ import annotations

from typing import Final

from litestar import get

from artifact_plane.adapters.http.callers import HttpRequest, caller_of
from artifact_plane.adapters.http.service import service_of
from artifact_plane.adapters.web.asking import Asked, address
from artifact_plane.adapters.web.page import page_as_it_comes
from artifact_plane.adapters.web.sending import PageInParts
from artifact_plane.domain.model.artifact import ArtifactFilter, ArtifactState
from artifact_plane.domain.model.decision import MaterializationDecision

PAGE_SIZE: Final = 50
_STATES: Final = {"active": ArtifactState.ACTIVE, "deleted": ArtifactState.DELETED, "all": None}
_DECISIONS: Final = {one.value: one for one in MaterializationDecision}
_FILTERS: Final = ("type", "state", "decision", "label", "session", "solution", "execution")


@get("/artifacts", include_in_schema=False)
async def artifact_list(request: HttpRequest) -> PageInParts:
    """A page of artifacts, newest first."""
    asked = Asked.of(request)
    limit = asked.number("limit", 1, 500) or PAGE_SIZE
    found = await service_of(request).application.plane.list_artifacts(
        caller_of(request).tenant_id, criteria_of(asked), limit=limit, after=asked.text("after")
    )
    filters = [(name, asked.text(name)) for name in _FILTERS]
    rest = [*filters, ("limit", asked.text("limit"))]
    return page_as_it_comes(
        request,
        "artifacts.html",
        artifacts=found.artifacts,
        asked=asked,
        states=_STATES,
        decisions=_DECISIONS,
        filtered=any(value for _, value in filters),
        first=address("/artifacts", rest) if asked.text("after") else None,
        following=address("/artifacts", [*rest, ("after", found.next)]) if found.next else None,
    )


def criteria_of(asked: Asked) -> ArtifactFilter:
    """The filter that the fields of a query say. Raises InvalidInput."""
    return ArtifactFilter(
        artifact_type=asked.text("type"),
        session_id=asked.text("session"),
        execution_id=asked.text("execution"),
        solution_id=asked.text("solution"),
        label=asked.text("label"),
        decision=asked.choice("decision", _DECISIONS, None),
        state=asked.choice("state", _STATES, ArtifactState.ACTIVE),
    )
