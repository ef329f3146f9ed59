"""One tenant's executions: as last committed, in the order they were accepted, and by attempt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from artifact_plane.domain.model.change import ExecutionWrite
from artifact_plane.domain.model.errors import Conflict
from artifact_plane.domain.model.execution import Execution

_REMEDY: Final = "read the execution again; somebody else has moved it"


class ExecutionRecords:
    """Executions by id."""

    def __init__(self) -> None:
        self.by_id: Final[dict[str, Execution]] = {}
        self._births: Final[list[str]] = []
        self._attempts: Final[defaultdict[str, dict[int, str]]] = defaultdict(dict)

    def check(self, write: ExecutionWrite) -> None:
        """Refuse what is not at the version that it replaces.

        Raises:
            Conflict: as ``Ledger.commit`` says.
        """
        wanted = write.execution
        known = self.by_id.get(wanted.execution_id)
        at = None if known is None else known.version
        if at != write.replaces:
            found = "is not there" if at is None else f"is at version {at}"
            raise _conflict(wanted, f"{found}, not {write.replaces or 'new'}")
        attempts = self._attempts.get(wanted.intent_id, {})
        if known is None and wanted.attempt in attempts:
            raise _conflict(wanted, f"is not the first of attempt {wanted.attempt} at intent {wanted.intent_id}")

    def write(self, write: ExecutionWrite) -> None:
        """Record a write that was checked."""
        execution = write.execution
        if execution.execution_id not in self.by_id:
            self._births.append(execution.execution_id)
            self._attempts[execution.intent_id][execution.attempt] = execution.execution_id
        self.by_id[execution.execution_id] = execution

    def latest_attempt(self, intent_id: str) -> Execution | None:
        """The execution of the highest attempt at an intent."""
        attempts = self._attempts.get(intent_id)
        return self.by_id[attempts[max(attempts)]] if attempts else None

    def newest_first(self, before: int | None) -> Iterator[tuple[int, Execution]]:
        """Executions and their places in the order of acceptance, from the place before ``before`` on down."""
        last = len(self._births) if before is None else min(before, len(self._births))
        for place in range(last - 1, -1, -1):
            yield place, self.by_id[self._births[place]]


def _conflict(execution: Execution, what: str) -> Conflict:
    return Conflict(
        f"execution {execution.execution_id} {what}", where=f"execution {execution.execution_id}", remedy=_REMEDY
    )
