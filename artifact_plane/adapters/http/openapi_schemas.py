"""JSON schemas of what is answered. Answers may gain fields, so others are allowed beside those that are named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Final

from artifact_plane.domain.model.artifact import ArtifactState, Place
from artifact_plane.domain.model.decision import Layer, MaterializationDecision, Role
from artifact_plane.domain.model.execution import ExecutionState
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.lineage import NodeKind, Relation


def ref(name: str) -> JsonObject:
    """A reference to the component of that name."""
    return {"$ref": f"#/components/schemas/{name}"}


def listed(items: JsonObject) -> JsonObject:
    """A list of such items."""
    return {"type": "array", "items": items}


def fields(required: Mapping[str, JsonObject], optional: Mapping[str, JsonObject] | None = None) -> JsonObject:
    """An object with these fields, and perhaps others."""
    return {"type": "object", "properties": {**required, **(optional or {})}, "required": list(required)}


def one_of(words: Iterable[Enum]) -> JsonObject:
    """One of an enum's words."""
    return {"type": "string", "enum": [one.value for one in words]}


def nullable(schema: JsonObject) -> JsonObject:
    """That, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


TEXT: Final[JsonObject] = {"type": "string"}
NUMBER: Final[JsonObject] = {"type": "integer"}
FLAG: Final[JsonObject] = {"type": "boolean"}
TIME: Final[JsonObject] = {"type": "string", "format": "date-time"}
OBJECT: Final[JsonObject] = {"type": "object"}
DIGEST: Final[JsonObject] = {"type": "string", "pattern": "^(blake3|sha256):[0-9a-f]{64}$"}


NULLABLE_TEXT: Final = nullable(TEXT)

_RULING: Final[Mapping[str, JsonObject]] = {
    "decision": one_of(MaterializationDecision),
    "layer": one_of(Layer),
    "rule": TEXT,
    "source": TEXT,
    "reason": TEXT,
    "policy_digest": TEXT,
    "ttl": {"anyOf": [NUMBER, {"const": "session"}, {"type": "null"}]},
    "retention": NULLABLE_TEXT,
}
_PART_RULING: Final[Mapping[str, JsonObject]] = {
    "part": TEXT,
    "role": one_of(Role),
    **_RULING,
    "media_type": NULLABLE_TEXT,
    "size": nullable(NUMBER),
    "note": NULLABLE_TEXT,
}
_OUTCOME: Final = fields({"bytes": NUMBER, **_RULING})
_CHOICE: Final[Mapping[str, JsonObject]] = {
    "decision": one_of(MaterializationDecision),
    "ttl": {"anyOf": [NUMBER, {"const": "session"}, {"type": "null"}]},
    "retention": NULLABLE_TEXT,
}

_ON_COMMAND_LINE: Final[JsonObject] = {
    "type": "string",
    "description": "`remedy` for a user of the `ap` command, where it is told otherwise there.",
}
_UP: Final[JsonObject] = {"type": "string", "enum": ["ok", "away"]}

ANSWERED: Final[Mapping[str, JsonObject]] = {
    "Problem": fields(
        {"type": TEXT, "title": TEXT, "status": NUMBER, "detail": TEXT, "code": TEXT, "request_id": TEXT},
        {"where": TEXT, "remedy": TEXT, "command_line": _ON_COMMAND_LINE, "tombstone": ref("Artifact")},
    ),
    "Part": fields(
        {
            "name": TEXT,
            "role": one_of(Role),
            "media_type": TEXT,
            "size": nullable(NUMBER),
            "digest": nullable(DIGEST),
            "decision": one_of(MaterializationDecision),
            "where": one_of(Place),
        },
        {
            "expires_at": TIME,
            "rendered_by": fields({"renderer": TEXT, "version": TEXT, "format": TEXT, "options": OBJECT}),
        },
    ),
    "Artifact": fields(
        {
            "artifact_id": TEXT,
            "artifact_type": TEXT,
            "tenant_id": TEXT,
            "session_id": TEXT,
            "solution_id": TEXT,
            "realm": NULLABLE_TEXT,
            "intent_type": NULLABLE_TEXT,
            "execution_id": NULLABLE_TEXT,
            "created_at": TIME,
            "updated_at": TIME,
            "payload_storage_path": nullable(DIGEST),
            "payload_artifact_id": NULLABLE_TEXT,
            "regenerable": FLAG,
            "retention_policy": NULLABLE_TEXT,
            "metadata": OBJECT,
            "version": NUMBER,
            "state": one_of(ArtifactState),
            "labels": listed(TEXT),
            "decision": one_of(MaterializationDecision),
            "key": NULLABLE_TEXT,
            "parts": listed(ref("Part")),
        }
    ),
    "Ruling": fields(_RULING),
    "PartRuling": fields(_PART_RULING, {"key": NULLABLE_TEXT}),
    "Receipt": fields(
        {
            "subject": TEXT,
            "version": nullable(NUMBER),
            "execution_id": NULLABLE_TEXT,
            "key": TEXT,
            "result_type": TEXT,
            "labels": listed(TEXT),
            "policy_digest": TEXT,
            "decided_at": TIME,
            "whole": ref("Ruling"),
            "parts": listed(ref("PartRuling")),
        }
    ),
    "ArtifactAnswer": fields({"artifact": ref("Artifact")}, {"semantic_payload": nullable(OBJECT)}),
    "RecordedArtifact": fields(
        {
            "artifact": ref("Artifact"),
            "rulings": listed(ref("PartRuling")),
            "receipts": listed(ref("Receipt")),
            "repeated": FLAG,
        }
    ),
    "Artifacts": fields({"artifacts": listed(ref("Artifact")), "next": NULLABLE_TEXT}),
    "Versions": fields({"versions": listed(ref("Artifact")), "next": NULLABLE_TEXT}),
    "Receipts": fields({"receipts": listed(ref("Receipt"))}),
    "Explanation": fields({"artifact": ref("Artifact"), "receipts": listed(ref("Receipt"))}),
    "Reference": fields(
        {
            "key": TEXT,
            "artifact_id": TEXT,
            "version": NUMBER,
            "digest": DIGEST,
            "decision": one_of(MaterializationDecision),
        }
    ),
    "Attachment": fields({"name": TEXT, "digest": DIGEST, "size": NUMBER, "where": one_of(Place), **_RULING}),
    "Failure": fields(
        {"code": TEXT, "message": TEXT, "where": NULLABLE_TEXT, "remedy": NULLABLE_TEXT},
        {"command_line": _ON_COMMAND_LINE},
    ),
    "Execution": fields(
        {
            "execution_id": TEXT,
            "state": one_of(ExecutionState),
            "intent_id": TEXT,
            "intent_type": TEXT,
            "tenant_id": TEXT,
            "session_id": TEXT,
            "solution_id": TEXT,
            "realm": TEXT,
            "version": NUMBER,
            "attempt": NUMBER,
            "created_at": TIME,
            "updated_at": TIME,
            "policy_digest": TEXT,
            "references": listed(ref("Reference")),
            "attachments": listed(ref("Attachment")),
            "failure": nullable(ref("Failure")),
        }
    ),
    "ExecutionAnswer": fields(
        {"execution": ref("Execution")}, {"rulings": listed(ref("PartRuling")), "receipts": listed(ref("Receipt"))}
    ),
    "ResultAnswer": fields(
        {
            "execution": ref("Execution"),
            "rulings": listed(ref("PartRuling")),
            "receipts": listed(ref("Receipt")),
            "inferred": listed(TEXT),
        }
    ),
    "DryRun": fields(
        {
            "execution": {"type": "null"},
            "dry_run": {"const": True},
            "rulings": listed(OBJECT),
            "attachments": listed(fields({"name": TEXT, **_RULING})),
            "policy_digest": TEXT,
            "outputs": listed(
                fields(
                    {
                        "key": TEXT,
                        "result_type": TEXT,
                        "labels": listed(TEXT),
                        "digest": DIGEST,
                        "whole": ref("Ruling"),
                    }
                )
            ),
        }
    ),
    "Executions": fields({"executions": listed(ref("Execution")), "next": NULLABLE_TEXT}),
    "IntentTypes": fields({"intent_types": listed(fields({"intent_type": TEXT, "realm": TEXT}))}),
    "Journey": fields({"session_id": TEXT, "executions": listed(TEXT)}),
    "EndedSession": fields({"session_id": TEXT, "ended": FLAG}),
    "Resolved": fields({"artifact_id": TEXT}),
    "Liveness": fields({"status": {"const": "ok"}}),
    "Readiness": fields(
        {"status": _UP, "components": {"type": "object", "additionalProperties": _UP}},
    ),
    "Node": fields({"id": TEXT, "kind": one_of(NodeKind)}, {"artifact_id": TEXT, "version": NUMBER}),
    "Edge": fields({"source": TEXT, "relation": one_of(Relation), "target": TEXT}),
    "Lineage": fields(
        {
            "start": TEXT,
            "nodes": listed(ref("Node")),
            "edges": listed(ref("Edge")),
            "truncated": FLAG,
            "position": NUMBER,
        }
    ),
    "Impact": fields({"artifacts": listed(ref("Artifact"))}),
    "PolicyRule": fields(
        {"result_type": TEXT, "rule": TEXT, "source": TEXT, **_CHOICE, "when": OBJECT, "renderings": OBJECT}
    ),
    "PolicyTable": fields({"origin": TEXT, "rules": listed(ref("PolicyRule"))}),
    "Policy": fields(
        {
            "digest": TEXT,
            "cache_ttl": NUMBER,
            "governance": listed(OBJECT),
            "override": nullable(ref("PolicyTable")),
            "platform": ref("PolicyTable"),
            "retention": listed(OBJECT),
        }
    ),
    "PolicyCheck": fields(
        {"ok": FLAG, "errors": listed(fields({"file": TEXT, "line": NUMBER, "column": NUMBER, "message": TEXT}))}
    ),
    "Outlook": fields(
        {
            "subject": OBJECT,
            "policy_digest": TEXT,
            "size_matters": FLAG,
            "ruling": nullable(ref("Ruling")),
            "outcomes": listed(_OUTCOME),
        }
    ),
}
