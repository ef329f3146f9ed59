"""Policy: what is in force, what is wrong with a text, what would be decided."""

from __future__ import annotations

import asyncio
import re
from typing import Final

from artifact_plane.adapters.codec.views import problem_view
from artifact_plane.adapters.codec.views_policy import outlook_view, policy_view
from artifact_plane.adapters.http.answers import JSON, HttpAnswer, answer_of_many
from artifact_plane.adapters.http.bodies import LONGEST, MEDIA_TYPE_PATTERN, PolicyTextBody, QuestionBody
from artifact_plane.adapters.http.gate import check_media_type
from artifact_plane.adapters.http.idempotency import fingerprint_of, once
from artifact_plane.adapters.http.operations import Call
from artifact_plane.adapters.http.parameters import flag, solution, text
from artifact_plane.adapters.http.payloads import check_number
from artifact_plane.adapters.http.uploads import document, json_body, whole_body
from artifact_plane.domain.model.decision import Subject
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.json import MAX_INTEGER
from artifact_plane.domain.model.question import question
from artifact_plane.domain.model.request import Request

YAML: Final = ("text/yaml", "application/yaml", "text/x-yaml", "application/x-yaml")

SOLUTION: Final = solution("The solution whose policy is shown.")
NAME: Final = text("name", "What problems call the file.", LONGEST)
GOVERNANCE: Final = flag("governance", "Whether it is the steward's governance.", default=False)
_UNNAMED: Final = "policy.yaml"
_MEDIA_TYPE: Final = re.compile(MEDIA_TYPE_PATTERN)
CHECKED_BY: Final = (NAME, GOVERNANCE)


async def show(call: Call) -> HttpAnswer:
    """``GET /api/policy``."""
    record = await call.application.steward.policy(call.tenant_id, call.query.get(SOLUTION))
    policy = record.document
    tables = [policy.platform] if policy.override is None else [policy.override, policy.platform]
    rules = sum(len(of_type) for table in tables for of_type in table.entries.values())
    return await answer_of_many(rules + len(policy.governance), lambda: policy_view(record))


async def check(call: Call) -> HttpAnswer:
    """``POST /api/policy/check``."""
    kind = check_media_type(call.request, (*YAML, JSON))
    data = await whole_body(call)
    body = await _policy_text(call, kind, data)

    async def act(request: Request | None) -> HttpAnswer:
        problems = await call.application.steward.check(
            body.text.encode(), body.name or _UNNAMED, governance=bool(body.governance)
        )
        await _remember(call, request)
        return await answer_of_many(
            len(problems), lambda: {"ok": not problems, "errors": [problem_view(one) for one in problems]}
        )

    return await once(call, lambda: fingerprint_of(call, data), act, lambda _: act(None))


async def explain(call: Call) -> HttpAnswer:
    """``POST /api/policy/explain``."""
    said = await json_body(call, QuestionBody)
    subject = await said.made(lambda: _subject(said.body, call))

    async def act(request: Request | None) -> HttpAnswer:
        outlook = await call.application.steward.would_rule(subject)
        await _remember(call, request)
        return await answer_of_many(len(outlook.outcomes), lambda: outlook_view(outlook))

    return await once(call, lambda: fingerprint_of(call, *said.content), act, lambda _: act(None))


async def _remember(call: Call, request: Request | None) -> None:
    """Keep the key of a question: it has no effect that it could be recorded with."""
    if request is not None:
        await call.application.plane.record_request(request, call.tenant_id)


async def _policy_text(call: Call, kind: str, data: bytes) -> PolicyTextBody:
    """What is to be checked: a JSON body's own fields stand above the query's."""
    get = call.query.get
    if kind == JSON:
        said, _ = await document(call, data, PolicyTextBody)
        given = get(GOVERNANCE) if said.governance is None else said.governance
        name = get(NAME) if said.name is None else _file_name(said.name)
        return PolicyTextBody(text=said.text, name=name, governance=given)
    try:
        read = await asyncio.to_thread(data.decode)
    except UnicodeDecodeError as error:
        raise InvalidInput(f"byte {error.start} is not UTF-8", where="body", remedy="send the text as UTF-8") from None
    return PolicyTextBody(text=read, name=get(NAME), governance=get(GOVERNANCE))


def _file_name(given: str) -> str:
    """The name in a body is what the one in a query is. Raises InvalidInput."""
    try:
        return NAME.read(given) or given
    except InvalidInput as error:
        raise InvalidInput(error.message, where="body.name", remedy=error.remedy) from error


def _subject(body: QuestionBody, call: Call) -> Subject:
    """The facts that are asked about. Raises InvalidInput where one is not legal."""
    check_number(body.labels, call.service.settings.labels, "body.labels")
    if body.bytes is not None and not (0 <= body.bytes <= MAX_INTEGER and body.bytes == int(body.bytes)):
        raise InvalidInput("this is no size", where="body.bytes", remedy="give a whole number of bytes")
    if body.media_type is not None and not _is_media_type(body.media_type):
        raise InvalidInput("this is no media type", where="body.media_type", remedy="write it as in 'image/png'")
    return question(
        result_type=body.result_type,
        tenant_id=call.tenant_id,
        solution_id=body.solution_id,
        rendering=body.rendering,
        labels=body.labels,
        media_type=body.media_type,
        realm=body.realm,
        intent_type=body.intent_type,
        size=None if body.bytes is None else int(body.bytes),
        regenerable=body.regenerable,
        explicit=body.explicit,
    )


def _is_media_type(given: str) -> bool:
    return len(given) <= LONGEST and _MEDIA_TYPE.fullmatch(given) is not None
