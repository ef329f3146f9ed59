"""The raw limit of an execution: its rows in two transactions, its acceptance and its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import orjson
import uuid_utils

from benchmarks.raw import canonical
from benchmarks.raw_store import CHANGE, EDGE, EXECUTION, JOURNAL, NODE, RawStore, Row, Rows, receipt


class RawExecution:
    """The rows of an execution: its acceptance, and its end."""

    def __init__(self, store: RawStore, execution_id: str, intent_type: str, now: str) -> None:
        self.execution_id: Final = execution_id
        self._store: Final = store
        self._intent_type: Final = intent_type
        self._now: Final = now
        self._node = 0
        self._sequence = 0

    def accepted(self) -> Rows:
        """Acceptance: the execution, its intent, the edge between them, three records of the journal."""
        store = self._store
        self._sequence = position = store.next_position()
        own, intent = store.node_row(f"execution:{self.execution_id}"), store.node_row(f"intent:{self.execution_id}")
        self._node = int(str(own[0]))
        data, digest = canonical({"number": 1})
        _, fingerprint = canonical({"intent_type": self._intent_type, "parameters": digest, "attachments": {}})
        body = {"intent_id": self.execution_id, "parameters": orjson.loads(data), **self._record("running", 1)}
        moved = {"from": "accepted", "to": "running", "version": 1}
        journal = [store.journal_row(position, kind, self.execution_id, what) for kind, what in ((1, body), (2, moved))]
        journal += [store.journal_row(position, 3, self.execution_id, moved) for _ in range(2)]
        return {
            NODE: [own, intent],
            EXECUTION: [self._row("running", 0, {**body, "fingerprint": fingerprint})],
            EDGE: [(own[0], 5, intent[0])],
            JOURNAL: journal,
            CHANGE: [store.change_row(position, self._now)],
        }

    def finished(self, outputs: Sequence[tuple[str, object]]) -> Rows:
        """The end: an artifact, edge and receipt for each output, the transition, the references."""
        store, position = self._store, self._store.next_position()
        rows: Rows = {}
        for _, document in outputs:
            data, digest = canonical(document)
            artifact_id = str(uuid_utils.uuid7())
            parts = [store.part(digest, len(data))]
            for statement, some in store.version_rows(artifact_id, data, parts, self._now, (self._node,), 3).items():
                rows.setdefault(statement, []).extend(some)
            entry = receipt(artifact_id, len(data), self._now)
            rows.setdefault(JOURNAL, []).append(store.journal_row(position, 4, artifact_id, entry))
        moved = {"from": "running", "to": "completed", "version": 2}
        rows[JOURNAL].append(store.journal_row(position, 3, self.execution_id, moved))
        references = {key: position for key, _ in outputs}
        rows[EXECUTION] = [self._row("completed", 1, {**self._record("completed", 2), "references": references})]
        rows[CHANGE] = [store.change_row(position, self._now)]
        return rows

    def _record(self, state: str, version: int) -> dict[str, object]:
        return {
            "tenant_id": "bench",
            "execution_id": self.execution_id,
            "intent_type": self._intent_type,
            "session_id": "default",
            "solution_id": "default",
            "realm": "no-op",
            "state": state,
            "policy_digest": "blake3:" + "0" * 64,
            "created_at": self._now,
            "version": version,
        }

    def _row(self, state: str, ended: int, record: object) -> Row:
        own = (self._node, 1, self.execution_id, self._sequence, 1, self.execution_id, 1, "default")
        return (*own, self._intent_type, state, ended, orjson.dumps(record))
