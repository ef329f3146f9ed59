"""Domain values as JSON for storage, and back.

Written by hand, because rows are read and written by the hundred; policies, which are neither, have a converter of
their own (``records_policy``). Fields that are seldom given are left out where they are None. Reading what no version
of the plane has written is damage.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, TypeAlias, TypeVar, cast

from artifact_plane.adapters.codec.records_policy import policy_body, policy_digest, policy_of
from artifact_plane.domain.model.artifact import ArtifactRef, PartRuling, Receipt
from artifact_plane.domain.model.change import Event
from artifact_plane.domain.model.decision import Layer, MaterializationDecision, Role, Ruling
from artifact_plane.domain.model.errors import Damaged
from artifact_plane.domain.model.execution import AttachmentRecord, Execution, ExecutionState, Failure
from artifact_plane.domain.model.json import Json, JsonObject

__all__ = [
    "attachment_body",
    "attachment_of",
    "event_body",
    "event_of",
    "execution_body",
    "execution_of",
    "policy_body",
    "policy_digest",
    "policy_of",
    "receipt_body",
    "receipt_of",
    "ruling_body",
    "ruling_of",
]

T = TypeVar("T")
_MOMENTS: Final = 256
Fields: TypeAlias = Mapping[str, Any]
"""A decoded JSON object: a field that is missing or of another kind shows when the value is built from it."""

# ``Enum(value)`` costs four times a dictionary look-up.
DECISIONS: Final = {one.value: one for one in MaterializationDecision}
_LAYERS: Final = {one.value: one for one in Layer}
ROLES: Final = {one.value: one for one in Role}
_STATES: Final = {one.value: one for one in ExecutionState}


@lru_cache(_MOMENTS)
def moment_text(moment: datetime) -> str:
    """A time in ISO 8601; those of one change are mostly the same one."""
    return moment.isoformat()


def ruling_body(ruling: Ruling, under: str = "") -> JsonObject:
    """A ruling as JSON; its policy's digest is left out where it is ``under``."""
    body: dict[str, Json] = {
        "decision": ruling.decision.value,
        "layer": ruling.layer.value,
        "rule": ruling.rule,
        "source": ruling.source,
        "reason": ruling.reason,
    }
    if ruling.ttl is not None:
        body["ttl"] = ruling.ttl
    if ruling.retention is not None:
        body["retention"] = ruling.retention
    if ruling.policy_digest != under:
        body["policy_digest"] = ruling.policy_digest
    return body


def ruling_of(body: JsonObject, under: str = "") -> Ruling:
    """The ruling that ``ruling_body`` wrote.

    Raises:
        Damaged: it does not read back.
    """
    return _read("ruling", lambda fields: _ruling(fields, under), body)


def receipt_body(receipt: Receipt) -> JsonObject:
    """A receipt as JSON: the body of a ``governance_decision`` record."""
    policy = receipt.policy_digest
    return {
        "tenant_id": receipt.tenant_id,
        "subject": receipt.subject,
        "version": receipt.version,
        "execution_id": receipt.execution_id,
        "key": receipt.key,
        "result_type": receipt.result_type,
        "labels": list(receipt.labels),
        "policy_digest": policy,
        "decided_at": moment_text(receipt.decided_at),
        "whole": ruling_body(receipt.whole, policy),
        "parts": [_part_ruling_body(one, policy) for one in receipt.parts],
    }


def receipt_of(body: JsonObject) -> Receipt:
    """The receipt that ``receipt_body`` wrote.

    Raises:
        Damaged: it does not read back.
    """
    return _read("receipt", _receipt, body)


def attachment_body(attachment: AttachmentRecord) -> JsonObject:
    """An execution's attachment as JSON."""
    body: dict[str, Json] = {
        "name": attachment.name,
        "digest": attachment.digest,
        "size": attachment.size,
        "ruling": ruling_body(attachment.ruling),
    }
    if attachment.location is not None:
        body["location"] = attachment.location
    return body


def attachment_of(body: JsonObject) -> AttachmentRecord:
    """The attachment that ``attachment_body`` wrote.

    Raises:
        Damaged: it does not read back.
    """
    return _read("attachment", _attachment, body)


def execution_body(execution: Execution) -> JsonObject:
    """An execution as JSON."""
    failure = execution.failure
    return {
        "tenant_id": execution.tenant_id,
        "execution_id": execution.execution_id,
        "intent_id": execution.intent_id,
        "intent_type": execution.intent_type,
        "session_id": execution.session_id,
        "solution_id": execution.solution_id,
        "realm": execution.realm,
        "state": execution.state.value,
        "policy_digest": execution.policy_digest,
        "fingerprint": execution.fingerprint,
        "created_at": moment_text(execution.created_at),
        "updated_at": moment_text(execution.updated_at),
        "version": execution.version,
        "attempt": execution.attempt,
        "holder": execution.holder,
        "attachments": [attachment_body(one) for one in execution.attachments],
        "references": [_reference_body(one) for one in execution.references],
        "failure": None if failure is None else _failure_body(failure),
    }


def execution_of(body: JsonObject) -> Execution:
    """The execution that ``execution_body`` wrote.

    Raises:
        Damaged: it does not read back.
    """
    return _read("execution", _execution, body)


def event_body(event: Event) -> JsonObject:
    """An event as JSON."""
    return {
        "event_id": event.event_id,
        "tenant_id": event.tenant_id,
        "event_type": event.event_type,
        "subject": event.subject,
        "at": moment_text(event.at),
        "body": event.body,
    }


def event_of(body: JsonObject) -> Event:
    """The event that ``event_body`` wrote.

    Raises:
        Damaged: it does not read back.
    """
    return _read("event", lambda fields: Event(**{**fields, "at": datetime.fromisoformat(fields["at"])}), body)


def unreadable(what: str, error: Exception) -> Damaged:
    """The error for a stored record that cannot be what the plane wrote; never quotes it."""
    return Damaged(
        f"a stored {what} does not read back ({type(error).__name__})",
        where=what,
        remedy="restore the record store from a backup",
    )


def _read(what: str, read: Callable[[Fields], T], body: JsonObject) -> T:
    try:
        return read(cast(Fields, body))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise unreadable(what, error) from error


def _ruling(fields: Fields, under: str) -> Ruling:
    get = fields.get
    return Ruling(
        decision=DECISIONS[fields["decision"]],
        layer=_LAYERS[fields["layer"]],
        rule=fields["rule"],
        source=fields["source"],
        reason=fields["reason"],
        ttl=get("ttl"),
        retention=get("retention"),
        policy_digest=get("policy_digest", under),
    )


def _part_ruling_body(one: PartRuling, policy: str) -> JsonObject:
    body: dict[str, Json] = {
        "part": one.part,
        "role": one.role.value,
        "ruling": ruling_body(one.ruling, policy),
        "media_type": one.media_type,
        "size": one.size,
    }
    if one.note is not None:
        body["note"] = one.note
    return body


def _part_ruling(fields: Fields, policy: str) -> PartRuling:
    return PartRuling(
        part=fields["part"],
        role=ROLES[fields["role"]],
        ruling=_ruling(fields["ruling"], policy),
        media_type=fields["media_type"],
        size=fields["size"],
        note=fields.get("note"),
    )


def _receipt(fields: Fields) -> Receipt:
    policy = fields["policy_digest"]
    replaced = {
        "labels": tuple(fields["labels"]),
        "decided_at": datetime.fromisoformat(fields["decided_at"]),
        "whole": _ruling(fields["whole"], policy),
        "parts": _each(lambda one: _part_ruling(one, policy), fields["parts"]),
    }
    return Receipt(**{**fields, **replaced})


def _attachment(fields: Fields) -> AttachmentRecord:
    return AttachmentRecord(**{**fields, "ruling": _ruling(fields["ruling"], "")})


def _reference_body(reference: ArtifactRef) -> JsonObject:
    return {
        "key": reference.key,
        "artifact_id": reference.artifact_id,
        "version": reference.version,
        "digest": reference.digest,
        "decision": reference.decision.value,
    }


def _reference(fields: Fields) -> ArtifactRef:
    return ArtifactRef(**{**fields, "decision": DECISIONS[fields["decision"]]})


def _failure_body(failure: Failure) -> JsonObject:
    return {"code": failure.code, "message": failure.message, "where": failure.where, "remedy": failure.remedy}


def _execution(fields: Fields) -> Execution:
    failure = fields["failure"]
    replaced = {
        "state": _STATES[fields["state"]],
        "created_at": datetime.fromisoformat(fields["created_at"]),
        "updated_at": datetime.fromisoformat(fields["updated_at"]),
        "attachments": _each(_attachment, fields["attachments"]),
        "references": _each(_reference, fields["references"]),
        "failure": None if failure is None else Failure(**failure),
    }
    return Execution(**{**fields, **replaced})


def _each(read: Callable[[Fields], T], bodies: Sequence[Fields]) -> tuple[T, ...]:
    return tuple(map(read, bodies))
