"""What goes wrong when an answer has begun: no status can tell it any more. The log does, with the request's id."""

from __future__ import annotations

from litestar.types import Scope

from artifact_plane.adapters.http.callers import facts_of
from artifact_plane.adapters.http.logs import logger_of
from artifact_plane.adapters.http.problems import Problem, bug, problem_of
from artifact_plane.adapters.http.service import service_in
from artifact_plane.domain.model.errors import ArtifactPlaneError


def noted(scope: Scope, what: str, error: BaseException) -> Problem:
    """The problem that ``error`` is, which is in the log from now on; ``what`` says what became of the answer."""
    facts, log = facts_of(scope), logger_of(service_in(scope).settings.log_format)
    tenant = facts.caller.tenant_id if facts.caller else None
    if isinstance(error, ArtifactPlaneError):
        told = problem_of(error, facts.request_id)
        log.error(
            what, code=told.code, where=told.where, detail=told.detail, request_id=facts.request_id, tenant=tenant
        )
        return told
    log.error("bug", answer=what, request_id=facts.request_id, tenant=tenant, exc_info=error)
    return bug(facts.request_id)
