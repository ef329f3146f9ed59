"""The raw limit of the record store: the same rows in the same tables, written straight on apsw.

Of the plane it has only the layout of the tables and indexes, so that both write the very same rows. It looks nothing
up, checks nothing but the JSON itself, and knows every number and every edge beforehand.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar

import apsw
import attrs
import orjson
import uuid_utils

from benchmarks.raw import canonical

T = TypeVar("T")
Row: TypeAlias = tuple[Any, ...]
"""A row as SQLite gives or takes it: what its columns are is known to the statement alone."""

Rows: TypeAlias = dict[str, list[Row]]
"""Rows by the statement that writes them."""

CHANGE: Final = "INSERT INTO change VALUES (?, ?, ?, ?, ?)"
NODE: Final = "INSERT INTO node VALUES (?, ?, ?, ?, ?)"
ARTIFACT: Final = "INSERT INTO artifact VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
BODY: Final = "INSERT INTO body VALUES (?, ?)"
EDGE: Final = "INSERT INTO edge VALUES (?, ?, ?)"
JOURNAL: Final = "INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?)"
CLAIM: Final = "INSERT INTO claim VALUES (?, ?, ?, ?, ?)"
EXECUTION: Final = "REPLACE INTO execution VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


def connection_to(path: Path, flags: int = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE) -> apsw.Connection:
    """A connection that keeps its plans: otherwise a table with partial indexes is planned anew at every call."""
    connection = apsw.Connection(str(path), flags=flags)
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    connection.pragma("cache_size", -16 * 1024)
    return connection


def select(connection: apsw.Connection, statement: str, *values: apsw.SQLiteValue | apsw.CArrayBinding) -> list[Row]:
    """All rows of a statement."""
    return connection.execute(statement, values).fetchall()


def reader_of(path: Path) -> apsw.Connection:
    """A connection that reads the plane's own file."""
    return connection_to(path, apsw.SQLITE_OPEN_READONLY)


@attrs.define
class Numbers:
    """The integer keys that come next."""

    position: int = 1
    node: int = 1
    journal: int = 1


class RawStore:
    """A file with the plane's tables, and one thread that writes it."""

    def __init__(self, path: Path) -> None:
        self.connection: Final = connection_to(path)
        self.connection.pragma("journal_mode", "wal")
        self.connection.pragma("synchronous", "full")
        layout = resources.files("artifact_plane.adapters.sqlite") / "schema.sql"
        self.connection.execute(layout.read_text("utf-8"))
        self.connection.execute("INSERT INTO tenant VALUES (1, 'bench')")
        self._numbers: Final = Numbers()
        self._thread: Final = ThreadPoolExecutor(1)

    def close(self) -> None:
        """End the thread and close the file."""
        self._thread.shutdown()
        self.connection.close()

    async def hop(self, work: Callable[[], T]) -> T:
        """Do ``work`` in the thread: one hop."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def write(self, *groups: Rows) -> None:
        """All rows of the groups in one transaction, table by table."""
        with self._transaction():
            for statement in dict.fromkeys(statement for rows in groups for statement in rows):
                self.connection.executemany(statement, [row for rows in groups for row in rows.get(statement, ())])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self.connection.execute("BEGIN IMMEDIATE")
        yield
        self.connection.execute("COMMIT")

    # What becomes rows

    async def create(self, document: object, origins: Sequence[int]) -> None:
        """One artifact with its meaning, edges and receipt, durable, in one transaction and one hop."""
        rows = self.artifact_rows(*canonical(document), origins)
        await self.hop(lambda: self.write(rows))

    async def create_group(self, documents: Sequence[object], origins: Sequence[int]) -> None:
        """The same for many, in one transaction and one hop."""
        groups = [self.artifact_rows(*canonical(document), origins) for document in documents]
        await self.hop(lambda: self.write(*groups))

    def artifact_rows(self, data: bytes, digest: str, origins: Sequence[int]) -> Rows:
        """The rows of a create."""
        position, now = self.next_position(), datetime.now(UTC).isoformat()
        artifact_id, part = str(uuid_utils.uuid7()), self.part(digest, len(data))
        rows = self.version_rows(artifact_id, data, [part], now, origins)
        rows[JOURNAL] = [self.journal_row(position, 4, artifact_id, receipt(artifact_id, len(data), now))]
        rows[CHANGE] = [self.change_row(position, now)]
        return rows

    def version_rows(
        self, artifact_id: str, data: bytes, parts: object, now: str, origins: Sequence[int], relation: int = 4
    ) -> Rows:
        """The rows of one artifact alone."""
        k = self.next_node()
        values = ("analysis_result", "default", "default", None, None, None, "artifact", now, now, "persist")
        row = (k, 1, artifact_id, 1, 1, k, *values, None, None, None, None, orjson.dumps(parts))
        return {
            NODE: [(k, 1, f"artifact:{artifact_id}@1", None, None)],
            ARTIFACT: [row],
            BODY: [(k, data)],
            EDGE: [(k, relation, origin) for origin in origins],
        }

    def node_row(self, node: str) -> Row:
        """A node of the lineage."""
        return (self.next_node(), 1, node, None, None)

    def journal_row(self, position: int, kind: int, subject: str, body: object) -> Row:
        """A record of the journal."""
        number = self._numbers.journal
        self._numbers.journal += 1
        return (number, position, 1, kind, subject, orjson.dumps(body))

    def change_row(self, position: int, now: str) -> Row:
        """The row of the commit itself; after its journal records."""
        return (position, 1, str(uuid_utils.uuid7()), now, self._numbers.journal - 1)

    def next_position(self) -> int:
        """The next commit's position."""
        self._numbers.position += 1
        return self._numbers.position

    def next_node(self) -> int:
        """The next node's number."""
        self._numbers.node += 1
        return self._numbers.node

    def claim_rows(self, digest: str) -> Rows:
        """The row that says a blob is about to be referred to."""
        return {CLAIM: [(1, digest, str(uuid_utils.uuid7()), "holder", 0)]}

    def part(self, digest: str, size: int) -> list[object]:
        """The entry of a meaning among an artifact's parts."""
        kept = ("semantic_payload", "semantic", "application/json", "persist", "inline")
        return [*kept, size, digest, None, None, None]


def receipt(artifact_id: str, size: int, now: str) -> dict[str, object]:
    """What a receipt says of one part."""
    ruling = {
        "decision": "persist",
        "layer": "explicit_request",
        "rule": "explicit_request",
        "source": "built in",
        "reason": "it was stored by an explicit request",
    }
    part = {
        "part": "semantic_payload",
        "role": "semantic",
        "ruling": ruling,
        "media_type": "application/json",
        "size": size,
    }
    return {
        "tenant_id": "bench",
        "subject": artifact_id,
        "version": 1,
        "execution_id": None,
        "key": "artifact",
        "result_type": "analysis_result",
        "labels": [],
        "policy_digest": "blake3:" + "0" * 64,
        "decided_at": now,
        "whole": ruling,
        "parts": [part],
    }
