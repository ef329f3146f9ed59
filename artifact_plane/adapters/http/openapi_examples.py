"""What answers look like: one example of each form, and one problem of each status."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from artifact_plane.adapters.http.problems import TITLES, TYPE_PREFIX
from artifact_plane.domain.model.json import Json, JsonObject

_AT: Final = "2026-07-01T09:30:00.000000Z"
_MEANING: Final = "blake3:d59b6562d7c9b121bc9760873d787890ef4d429aad33a70b405baa0fa08a1f53"
_POLICY: Final = "blake3:02a1712f255353133cd8aafad75346ee27c6e15c70b06347cb64803bbd8bed50"
_RUN: Final = "0199c1d4-7ce4-7758-9b7d-1a97807ee9fd"
_REQUEST: Final = "0199c1d4-a333-7214-9b2b-ec5adfc83ab1"

_PART: Final[JsonObject] = {
    "name": "semantic_payload",
    "role": "semantic",
    "media_type": "application/json",
    "size": 14,
    "digest": _MEANING,
    "decision": "persist",
    "where": "inline",
}
_ARTIFACT: Final[JsonObject] = {
    "artifact_id": "q3",
    "artifact_type": "roadmap",
    "tenant_id": "example",
    "session_id": "monday",
    "solution_id": "default",
    "realm": None,
    "intent_type": None,
    "execution_id": None,
    "created_at": _AT,
    "updated_at": _AT,
    "payload_storage_path": _MEANING,
    "payload_artifact_id": None,
    "regenerable": True,
    "retention_policy": None,
    "metadata": {"owner": "claims desk"},
    "version": 1,
    "state": "active",
    "labels": ["draft"],
    "decision": "persist",
    "key": "artifact",
    "parts": [_PART],
}
_MEANT: Final[JsonObject] = {
    "decision": "persist",
    "layer": "meaning",
    "rule": "meaning",
    "source": "built in",
    "reason": "the platform persists meaning by default",
    "policy_digest": _POLICY,
    "ttl": None,
    "retention": None,
}
_ASKED: Final[JsonObject] = {
    **_MEANT,
    "layer": "explicit_request",
    "rule": "explicit_request",
    "reason": "it was stored by an explicit request",
}
_DROPPED: Final[JsonObject] = {
    **_MEANT,
    "decision": "discard",
    "layer": "platform_default",
    "rule": "roadmap",
    "source": "built-in/platform.yaml:14:12",
    "reason": "the platform default says so for roadmap",
}
_PART_RULING: Final[JsonObject] = {
    "part": "semantic_payload",
    "role": "semantic",
    **_MEANT,
    "media_type": "application/json",
    "size": 14,
    "note": None,
}


def _receipt(key: str, whole: JsonObject, execution_id: str | None) -> JsonObject:
    return {
        "subject": "q3",
        "version": 1,
        "execution_id": execution_id,
        "key": key,
        "result_type": "roadmap",
        "labels": ["draft"],
        "policy_digest": _POLICY,
        "decided_at": _AT,
        "whole": whole,
        "parts": [_PART_RULING],
    }


_EXECUTION: Final[JsonObject] = {
    "execution_id": _RUN,
    "state": "completed",
    "intent_id": "plan-q3",
    "intent_type": "generate_roadmap",
    "tenant_id": "example",
    "session_id": "monday",
    "solution_id": "default",
    "realm": "outcomes",
    "version": 3,
    "attempt": 1,
    "created_at": _AT,
    "updated_at": _AT,
    "policy_digest": _POLICY,
    "references": [
        {"key": "roadmap", "artifact_id": "q3", "version": 1, "digest": _MEANING, "decision": "discard"},
    ],
    "attachments": [],
    "failure": None,
}
_RAN: Final[JsonObject] = {
    "execution": _EXECUTION,
    "rulings": [{"key": "roadmap", **_PART_RULING}],
    "receipts": [_receipt("roadmap", _DROPPED, _RUN)],
}
_RECEIPTS: Final[list[Json]] = [_receipt("artifact", _ASKED, None)]

EXAMPLES: Final[Mapping[str, JsonObject]] = {
    "ArtifactAnswer": {"artifact": _ARTIFACT, "semantic_payload": {"title": "Q3"}},
    "RecordedArtifact": {
        "artifact": _ARTIFACT,
        "rulings": [{"key": "artifact", **_PART_RULING}],
        "receipts": _RECEIPTS,
        "repeated": False,
    },
    "Artifacts": {"artifacts": [_ARTIFACT], "next": "a6"},
    "Versions": {"versions": [_ARTIFACT], "next": None},
    "Receipts": {"receipts": _RECEIPTS},
    "Explanation": {"artifact": _ARTIFACT, "receipts": _RECEIPTS},
    "ExecutionAnswer": _RAN,
    "ResultAnswer": {**_RAN, "inferred": []},
    "DryRun": {
        "execution": None,
        "dry_run": True,
        "rulings": [{"key": "roadmap", **_PART_RULING, "needs_size": False, "outcomes": []}],
        "attachments": [],
        "policy_digest": _POLICY,
        "outputs": [
            {"key": "roadmap", "result_type": "roadmap", "labels": [], "digest": _MEANING, "whole": _DROPPED},
        ],
    },
    "Executions": {"executions": [_EXECUTION], "next": None},
    "IntentTypes": {"intent_types": [{"intent_type": "generate_roadmap", "realm": "outcomes"}]},
    "Journey": {"session_id": "monday", "executions": [_RUN]},
    "EndedSession": {"session_id": "monday", "ended": True},
    "Resolved": {"artifact_id": "q3"},
    "Lineage": {
        "start": "artifact:q3@1",
        "nodes": [
            {"id": "artifact:q3@1", "kind": "artifact", "artifact_id": "q3", "version": 1, "type": "roadmap"},
            {"id": f"execution:{_RUN}", "kind": "execution", "state": "completed"},
        ],
        "edges": [{"source": "artifact:q3@1", "relation": "was_generated_by", "target": f"execution:{_RUN}"}],
        "truncated": False,
        "position": 3,
    },
    "Impact": {"artifacts": [_ARTIFACT]},
    "Policy": {
        "digest": _POLICY,
        "cache_ttl": 3600,
        "governance": [],
        "override": None,
        "platform": {
            "origin": "built-in/platform.yaml",
            "rules": [
                {
                    "result_type": "roadmap",
                    "rule": "roadmap",
                    "source": "built-in/platform.yaml:14:12",
                    "decision": "discard",
                    "ttl": None,
                    "retention": None,
                    "when": {},
                    "renderings": {},
                }
            ],
        },
        "retention": [],
    },
    "PolicyCheck": {
        "ok": False,
        "errors": [
            {
                "file": "policy.yaml",
                "line": 2,
                "column": 12,
                "message": "'presist' is not a decision (persist, cache, discard); did you mean 'persist'?",
            }
        ],
    },
    "Outlook": {
        "subject": {"result_type": "roadmap", "role": "output", "labels": ["draft"], "size": 31457280},
        "policy_digest": _POLICY,
        "size_matters": False,
        "ruling": _DROPPED,
        "outcomes": [{"bytes": 31457280, **_DROPPED}],
    },
}
"""An answer of each form, by the component that describes it."""

_TOLD: Final[Mapping[int, tuple[str, str, str, str]]] = {
    400: ("invalid_input", "there is no such parameter", "query parameter 'lable'", "did you mean 'label'?"),
    401: ("unauthenticated", "a valid credential is needed", "Authorization", "send `Authorization: Bearer TOKEN`"),
    403: ("insufficient_scope", "the credential lacks the scope 'write'", "Authorization", "use a token that has it"),
    404: ("not_found", "there is no such artifact", "artifact 'q4'", "see `GET /api/artifacts`"),
    408: ("request_timeout", "the body did not come in time", "body", "send it without long pauses"),
    409: ("in_progress", "a request with this key is still in work", "header Idempotency-Key", "wait for its answer"),
    410: ("gone", "the artifact was deleted", "artifact q3", "see `GET /api/artifact/{artifact_id}/explain`"),
    412: ("precondition_failed", "its version is 2, not the one expected", "artifact q3", "read it again"),
    413: ("too_large", "the body is larger than 33554432 bytes", "body", "send less"),
    415: ("unsupported_media_type", "the body is of another media type", "Content-Type", "send application/json"),
    416: ("range_not_satisfiable", "none of the 10 bytes is in the range", "header Range", "ask for bytes 0 to 9"),
    421: (
        "misdirected_request",
        "this service does not go by that name",
        "Host",
        "use the address it was started with",
    ),
    422: ("key_reused", "this key was sent with another request", "header Idempotency-Key", "give each its own key"),
    428: ("precondition_required", "an update must name its version", "header If-Match", "send its ETag as If-Match"),
    429: ("too_many_requests", "too many requests in too short a time", "requests of this credential", "wait 2 s"),
    431: ("head_too_large", "the head is larger than 32768 bytes", "the request's head", "send shorter headers"),
    500: ("bug", "something happened that never should", "here", "report it with the request id"),
    502: ("damaged", "the bytes do not match their digest", "artifact q3", "restore it from a backup"),
    503: ("unavailable", "the database does not answer in time", "records", "try again in a while"),
}


def problem_example(status: int) -> JsonObject:
    """A problem with that status."""
    code, detail, where, remedy = _TOLD[status]
    return {
        "type": TYPE_PREFIX + code,
        "title": TITLES.get(code) or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "where": where,
        "remedy": remedy,
        "code": code,
        "request_id": _REQUEST,
    }
