"""The form that submits an intent, with files; what is wrong with it is told on the form, nothing typed is lost."""

from __future__ import annotations

import asyncio
import re
from typing import Final

from litestar import Response, get, post
from litestar.response import Redirect

from artifact_plane.adapters.codec.json_gate import parse_json
from artifact_plane.adapters.http.callers import HttpRequest, caller_of, request_id_of
from artifact_plane.adapters.http.problems import Problem, problem_of
from artifact_plane.adapters.http.service import service_of
from artifact_plane.adapters.web.asking import Asked
from artifact_plane.adapters.web.forms import ROWS, IntentForm, intent_form
from artifact_plane.adapters.web.page import page
from artifact_plane.domain.model.errors import ArtifactPlaneError, InvalidJson
from artifact_plane.domain.model.intent import Intent
from artifact_plane.domain.model.json import JsonLimits, JsonObject

_ROW: Final = re.compile(r"file (\d+)\Z")
_FIELDS: Final = {
    "parameters": "parameters",
    "session": "session",
    "solution": "solution",
    "intent type": "intent_type",
    "intent_type": "intent_type",
}
"""What an error says that it is about, as far as the form has a field for it."""


@get("/submit", include_in_schema=False)
async def submit_page(request: HttpRequest) -> Response[bytes]:
    """The empty form."""
    return _form(request, Asked.of(request), "", None)


@post("/submit", include_in_schema=False)
async def submit_intent(request: HttpRequest) -> Response[bytes] | Redirect:
    """Start the intent and show its execution; or show the form again, with what is wrong."""
    form = await intent_form(request)
    try:
        intent = await asyncio.to_thread(_intent, request, form)
        result = await service_of(request).application.runtime.start(intent)
    except ArtifactPlaneError as error:
        return _form(request, form.fields, form.parameters, problem_of(error, request_id_of(request)))
    return Redirect(f"/executions/{result.execution.execution_id}", status_code=303)


def _intent(request: HttpRequest, form: IntentForm) -> Intent:
    service, fields = service_of(request), form.fields
    return Intent(
        intent_id=fields.text("intent_id") or service.ids.new_id(),
        intent_type=fields.text("intent_type") or "",
        tenant_id=caller_of(request).tenant_id,
        session_id=fields.text("session") or "default",
        solution_id=fields.text("solution") or "default",
        parameters=_parameters(form.parameters, service.settings.body_bytes, service.settings.depth),
        attachments=form.attachments(),
    )


def _parameters(text: str, max_bytes: int, max_depth: int) -> JsonObject:
    """The parameters, read as strictly as any JSON that comes in. Raises InvalidJson."""
    if not text.strip():
        return {}
    value = parse_json(text, limits=JsonLimits(max_bytes=max_bytes, max_depth=max_depth), what="parameters")
    if not isinstance(value, dict):
        raise InvalidJson("a JSON object is expected", where="parameters", remedy='write it as in {"name": "value"}')
    return value


def wrong_field(problem: Problem | None, fields: Asked) -> str | None:
    """The name of the field that a problem is about, where it says so."""
    if problem is None or problem.where is None:
        return None
    if row := _ROW.match(problem.where):
        name = f"name_{row[1]}"
        return name if fields.text(name) is None else f"file_{row[1]}"
    return next((field for said, field in _FIELDS.items() if problem.where.startswith(said)), None)


def _form(request: HttpRequest, fields: Asked, parameters: str, problem: Problem | None) -> Response[bytes]:
    service = service_of(request)
    return page(
        request,
        "submit.html",
        status=200 if problem is None else problem.status,
        fields=fields,
        parameters=parameters,
        problem=problem,
        wrong=wrong_field(problem, fields),
        intent_types=service.application.runtime.intent_types(),
        # Made with the form, so that sending it twice is one intent (law 17).
        intent_id=fields.text("intent_id") or service.ids.new_id(),
        rows=ROWS,
    )
