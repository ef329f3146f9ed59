"""The raw limit of the record store in Postgres: the same rows in the same tables, in one statement and one round trip.

Of the plane it has only the layout of the tables and indexes. It is a superuser, whom row security does not bind. It
looks nothing up, checks nothing but the JSON itself, takes no position from the ledger's counter, and knows every
number and every edge beforehand.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import attrs
import orjson
import uuid_utils

from artifact_plane.adapters.postgres.connections import Connection
from benchmarks.raw import canonical
from benchmarks.raw_store import receipt

CREATE: Final = """
WITH
w AS (
    SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::bytea[], $7::bytea[])
        AS w (k, id, change_id, at, record, body, receipt)
),
nodes AS (
    INSERT INTO artifact_plane.node (tenant_id, k, id, position) OVERRIDING SYSTEM VALUE
        SELECT 'bench', k, 'artifact:' || id || '@1', k FROM w
),
changes AS (
    INSERT INTO artifact_plane.change (tenant_id, change_id, position, at) SELECT 'bench', change_id, k, at FROM w
),
artifacts AS (
    INSERT INTO artifact_plane.artifact (
        tenant_id, k, artifact_id, version, standing, sequence, artifact_type, session_id, solution_id, execution_id,
        decision, labels, record
    )
        SELECT 'bench', k, id, 1, 1, k, 'analysis_result', 'default', 'default', NULL, 'persist', NULL, record FROM w
),
bodies AS (INSERT INTO artifact_plane.body (tenant_id, k, data) SELECT 'bench', k, body FROM w),
edges AS (
    INSERT INTO artifact_plane.edge (tenant_id, source, relation, target, position)
        SELECT 'bench', source, 4, target, source FROM unnest($8::bigint[], $9::bigint[]) AS e (source, target)
)
INSERT INTO artifact_plane.journal (tenant_id, position, ordinal, kind, subject, body)
    SELECT 'bench', k, 1, 4, id, receipt FROM w
"""


@attrs.frozen
class _Artifact:
    k: int
    id: str
    change_id: str
    at: str
    record: bytes
    body: bytes
    receipt: bytes


class RawPostgres:
    """A connection that writes the plane's tables."""

    def __init__(self, connection: Connection) -> None:
        self._connection: Final = connection
        self._number = 0

    async def create(self, document: object, origins: Sequence[int]) -> None:
        """One artifact with its meaning, edges and receipt, durable."""
        await self.create_group([document], origins)

    async def create_group(self, documents: Sequence[object], origins: Sequence[int]) -> None:
        """The same for many, in one statement."""
        rows = [self._artifact(document) for document in documents]
        edges = [(row.k, origin) for row in rows for origin in origins]
        columns = [list(column) for column in zip(*map(attrs.astuple, rows), strict=True)]
        await self._connection.execute(CREATE, *columns, [near for near, _ in edges], [far for _, far in edges])

    def _artifact(self, document: object) -> _Artifact:
        data, digest = canonical(document)
        self._number += 1
        now, artifact_id = datetime.now(UTC).isoformat(), str(uuid_utils.uuid7())
        part = ["semantic_payload", "semantic", "application/json", "persist", "inline", len(data), digest]
        return _Artifact(
            k=self._number,
            id=artifact_id,
            change_id=str(uuid_utils.uuid7()),
            at=now,
            record=orjson.dumps([None, None, "artifact", now, now, None, None, None, [[*part, None, None, None]]]),
            body=data,
            receipt=orjson.dumps(receipt(artifact_id, len(data), now)),
        )
