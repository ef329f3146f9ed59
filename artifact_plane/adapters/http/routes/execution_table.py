"""The operations on executions, results and sessions, each with all that it takes and answers."""

from __future__ import annotations

from functools import partial
from typing import Final

from artifact_plane.adapters.http import progress
from artifact_plane.adapters.http.openapi_schemas import TEXT
from artifact_plane.adapters.http.operations import Answer, Operation
from artifact_plane.adapters.http.routes import executions
from artifact_plane.adapters.http.routes.tables import (
    LINK,
    LOCATION,
    NO_PAGE,
    NOT_THERE,
    REPLAYED,
    json_answer,
    json_or_form,
    links,
    one_of_two,
    said,
)
from artifact_plane.domain.model.credential import Scope
from artifact_plane.domain.model.execution import ExecutionState
from artifact_plane.domain.model.json import JsonObject

TAG: Final = "executions"
ONE: Final = "/api/executions/{execution_id}"

INTENT: Final[JsonObject] = {
    "intent_id": "plan-q3",
    "intent_type": "generate_roadmap",
    "parameters": {"goals": ["fewer open claims", "answers within a day"]},
}
RESULT: Final[JsonObject] = {
    "intent": {"intent_id": "outlook-q3", "intent_type": "forecast"},
    "realm": "forecasting",
    "result": {
        "artifacts": {
            "outlook": {
                "result_type": "roadmap",
                "semantic_payload": {"claims": [120, 90, 60]},
                "renderings": {"note": {"media_type": "text/plain", "text": "falling"}},
            }
        },
        "events": [],
    },
}
_PREFER: Final[dict[str, JsonObject]] = {
    "Prefer": {
        "description": "`wait=N`: seconds to wait for the end, up to a setting of the service.",
        "schema": TEXT,
        "example": "wait=10",
    }
}
_APPLIED: Final = {"Preference-Applied": said("How long was waited at most, as in `wait=10`.")}

_EVENT: Final[JsonObject] = {
    "description": "One event of the stream.",
    "type": "object",
    "properties": {
        "id": {"type": "string", "description": "The execution's version; a `problem` has none."},
        "event": {"type": "string", "enum": [*(one.value for one in ExecutionState), "problem"]},
        "data": {
            "type": "string",
            "description": "JSON: what reading the execution answers; of a `problem`, the problem document.",
        },
    },
}

_TOLD: Final = "retry: 2000\n\nid: 3\nevent: completed\ndata: {…}\n\n"

_NEXT: Final = links("execution_id", "/execution/execution_id", "get_execution", "cancel_execution", "follow_execution")

_reading: Final = partial(Operation, method="GET", need=Scope.READ, tag=TAG)

OPERATIONS: Final = (
    Operation(
        name="submit_intent",
        method="POST",
        path="/api/executions",
        need=Scope.EXECUTE,
        handler=executions.submit,
        tag=TAG,
        summary="Submit an intent.",
        about=(
            "Answers once the intent is accepted; the run goes on. The same `intent_id` and content again is the same "
            "execution. As a multipart form: the part `intent` is this JSON, every other part an attachment."
        ),
        query=(executions.RETRY, executions.DRY_RUN),
        headers=_PREFER,
        body=json_or_form("IntentRequest", executions.INTENT_PART, "An attachment.", INTENT),
        answers={
            202: json_answer(
                "Accepted; Location says where to look.", "ExecutionAnswer", {**LOCATION, **REPLAYED, **_APPLIED}, _NEXT
            ),
            200: one_of_two(
                "The execution at its end, which was waited for; or the plan of a dry run.",
                "ExecutionAnswer",
                "DryRun",
                {**LOCATION, **REPLAYED, **_APPLIED},
            ),
        },
    ),
    _reading(
        name="list_executions",
        path="/api/executions",
        handler=executions.list_all,
        summary="List executions, newest first.",
        query=executions.LISTED_BY,
        answers={200: json_answer("One page.", "Executions", LINK)},
        problems=NO_PAGE,
    ),
    _reading(
        name="get_execution",
        path=ONE,
        handler=executions.show,
        summary="Read an execution: its state, references and rulings.",
        answers={200: json_answer("The execution.", "ExecutionAnswer")},
        problems=NOT_THERE,
    ),
    Operation(
        name="cancel_execution",
        method="POST",
        path=f"{ONE}/cancel",
        need=Scope.EXECUTE,
        handler=executions.cancel,
        tag=TAG,
        summary="Cancel an execution that has not ended.",
        answers={200: json_answer("The execution, cancelled.", "ExecutionAnswer", REPLAYED)},
        problems={**NOT_THERE, 409: "It has ended already."},
    ),
    _reading(
        name="follow_execution",
        path=f"{ONE}/events",
        handler=executions.events,
        summary="Follow an execution as server-sent events.",
        about=(
            "One event for each state that is seen; its id is the execution's version, its data what reading the "
            "execution answers. The stream ends with the execution. Where the execution cannot be looked at any more, "
            "the last event is a `problem`: come again with the `Last-Event-ID` before it."
        ),
        headers={
            "Last-Event-ID": {
                "description": "The id of the last event that was seen.",
                "schema": {"type": "string", "pattern": "^[0-9]{1,16}$"},
            }
        },
        answers={
            200: Answer(about="The stream.", content={progress.MEDIA_TYPE: {"schema": _EVENT, "example": _TOLD}}),
            204: Answer(about="It has ended, and its end was seen: do not come again."),
        },
        problems=NOT_THERE,
    ),
    Operation(
        name="submit_result",
        method="POST",
        path="/api/results",
        need=Scope.WRITE,
        handler=executions.submit_result,
        tag=TAG,
        summary="Hand in what a realm elsewhere made of an intent.",
        about=(
            "The plane decides by policy, as for its own realms, and stores what is to be kept. As a multipart form: "
            'the part `result` is this JSON; a rendering names another part as `{"media_type": …, "part": …}`.'
        ),
        body=json_or_form("ResultRequest", executions.RESULT_PART, "A rendering's bytes.", RESULT),
        answers={
            201: json_answer(
                "The execution, its references and rulings.", "ResultAnswer", {**LOCATION, **REPLAYED}, _NEXT
            )
        },
        problems={
            404: "A result is derived from an artifact that is not there.",
            410: "A result is derived from an artifact that was deleted.",
        },
    ),
    _reading(
        name="list_intent_types",
        path="/api/intent-types",
        handler=executions.intent_types,
        summary="List the intent types that can be executed here.",
        answers={200: json_answer("Intent types and their realms.", "IntentTypes")},
    ),
    _reading(
        name="get_journey",
        path="/api/sessions/{session_id}/journey",
        handler=executions.journey,
        summary="List a session's executions in the order of their acceptance.",
        answers={200: json_answer("Their ids; none for a session that nobody used.", "Journey")},
    ),
    Operation(
        name="end_session",
        method="POST",
        path="/api/sessions/{session_id}/end",
        need=Scope.WRITE,
        handler=executions.end_session,
        tag=TAG,
        summary="End a session: what was cached for its time is forgotten.",
        answers={200: json_answer("It has ended; to end it again has no effect.", "EndedSession", REPLAYED)},
    ),
)
