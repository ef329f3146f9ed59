"""Executions: one run of an intent, as a table of transitions. State holds references, never payloads (law 9)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Final

import attrs

from artifact_plane.domain.model.artifact import ArtifactRef
from artifact_plane.domain.model.decision import Ruling
from artifact_plane.domain.model.errors import Conflict, NotFound
from artifact_plane.domain.model.identity import printable
from artifact_plane.domain.model.rendering import Digest


class ExecutionState(Enum):
    """Where a run stands; COMPLETED, FAILED and CANCELLED are final."""

    ACCEPTED = "accepted"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """Whether nothing can follow."""
        return not TRANSITIONS[self]


TRANSITIONS: Final[Mapping[ExecutionState, frozenset[ExecutionState]]] = {
    ExecutionState.ACCEPTED: frozenset({ExecutionState.RUNNING, ExecutionState.FAILED, ExecutionState.CANCELLED}),
    # A take-over goes from RUNNING to RUNNING: another holder, a higher version.
    ExecutionState.RUNNING: frozenset(
        {ExecutionState.RUNNING, ExecutionState.COMPLETED, ExecutionState.FAILED, ExecutionState.CANCELLED}
    ),
    ExecutionState.COMPLETED: frozenset(),
    ExecutionState.FAILED: frozenset(),
    ExecutionState.CANCELLED: frozenset(),
}


def no_such_execution(execution_id: str) -> NotFound:
    """The one answer for "not there" and "not yours" (law 16)."""
    return NotFound(
        "there is no such execution", where=f"execution {printable(execution_id)}", remedy="ids are exact; see `ap ls`"
    )


@attrs.frozen(kw_only=True)
class Failure:
    """Why a run failed, readable later: an error's code, sentence, place and remedy."""

    code: str
    message: str
    where: str | None = None
    remedy: str | None = None


@attrs.frozen(kw_only=True)
class AttachmentRecord:
    """An input file of a run: its content's address, and what was decided about keeping it (law 7).

    ``location`` is the payload store's address where the content was put, None where it was not: it is there until
    the execution has ended, and after that only where it was ruled PERSIST.
    """

    name: str
    digest: Digest
    size: int
    ruling: Ruling
    location: str | None = None


@attrs.frozen(kw_only=True)
class Execution:
    """One run. ``version`` rises with every transition; who writes names the version it saw.

    ``attempt`` counts the runs of the intent from 1. ``holder`` is the runtime that runs it now.
    ``fingerprint`` is the digest of the intent's content: the same intent id with another one is a conflict.
    """

    tenant_id: str
    execution_id: str
    intent_id: str
    intent_type: str
    session_id: str
    solution_id: str
    realm: str
    state: ExecutionState
    policy_digest: str
    fingerprint: Digest
    created_at: datetime
    updated_at: datetime
    version: int = 1
    attempt: int = 1
    holder: str | None = None
    attachments: tuple[AttachmentRecord, ...] = ()
    references: tuple[ArtifactRef, ...] = ()
    failure: Failure | None = None

    def moved(
        self,
        state: ExecutionState,
        at: datetime,
        *,
        holder: str | None = None,
        references: tuple[ArtifactRef, ...] = (),
        failure: Failure | None = None,
    ) -> Execution:
        """The next version of this execution, in ``state``.

        Raises:
            Conflict: the table of transitions does not allow it.
        """
        if state not in TRANSITIONS[self.state]:
            raise Conflict(
                f"an execution that is {self.state.value} cannot become {state.value}",
                where=f"execution {self.execution_id}",
                remedy="read the execution again; start a new attempt with --retry if it failed or was cancelled",
            )
        return attrs.evolve(
            self,
            state=state,
            version=self.version + 1,
            updated_at=at,
            holder=holder,
            references=references,
            failure=failure,
        )
