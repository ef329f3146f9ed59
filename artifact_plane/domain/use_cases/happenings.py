"""Happenings: the events that a change brings about, for whoever listens; none where nobody does."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from artifact_plane.domain.model.artifact import Artifact
from artifact_plane.domain.model.change import Event
from artifact_plane.domain.model.execution import Execution
from artifact_plane.domain.model.json import JsonObject


class Happenings:
    """Makes events with stable ids: the change's id and a number."""

    def __init__(self, wanted: bool) -> None:
        """``wanted`` says whether any sink is configured."""
        self._wanted = wanted

    def of(
        self,
        change_id: str,
        tenant_id: str,
        at: datetime,
        *,
        artifacts: Iterable[Artifact] = (),
        execution: Execution | None = None,
        realm_events: Iterable[JsonObject] = (),
    ) -> tuple[Event, ...]:
        """The events of one change, in the order in which they are to be delivered."""
        if not self._wanted:
            return ()
        told: list[tuple[str, str, JsonObject]] = [
            (f"artifact.{_what(artifact)}", artifact.artifact_id, _artifact_body(artifact)) for artifact in artifacts
        ]
        if execution is not None:
            told += [("realm.event", execution.execution_id, body) for body in realm_events]
            told.append((f"execution.{execution.state.value}", execution.execution_id, _execution_body(execution)))
        return tuple(
            Event(
                event_id=f"{change_id}.{number}",
                tenant_id=tenant_id,
                event_type=event_type,
                subject=subject,
                at=at,
                body=body,
            )
            for number, (event_type, subject, body) in enumerate(told)
        )


def _what(artifact: Artifact) -> str:
    if artifact.state.value == "deleted":
        return "deleted"
    return "created" if artifact.version == 1 else "updated"


def _artifact_body(artifact: Artifact) -> JsonObject:
    return {
        "artifact_id": artifact.artifact_id,
        "version": artifact.version,
        "artifact_type": artifact.artifact_type,
        "decision": artifact.decision.value,
        "execution_id": artifact.execution_id,
    }


def _execution_body(execution: Execution) -> JsonObject:
    return {
        "execution_id": execution.execution_id,
        "intent_id": execution.intent_id,
        "state": execution.state.value,
        "artifact_ids": [reference.artifact_id for reference in execution.references],
        "failure": None if execution.failure is None else execution.failure.code,
    }
