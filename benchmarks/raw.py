"""The raw limit: the same durable work written straight on apsw, files, orjson and BLAKE3, with nothing of ours.

Of the plane it has only the layout of the tables and indexes, so that both write the very same rows. It looks nothing
up, checks nothing but the JSON itself, and knows every number and every edge beforehand.
"""

from __future__ import annotations

import asyncio
import math
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

import apsw
import attrs
import orjson
import uuid_utils
from blake3 import blake3

T = TypeVar("T")
Rows: TypeAlias = dict[str, list[tuple[object, ...]]]

CHUNK: Final = 1024 * 1024
_MOST: Final = 2**53
_CHANGE: Final = "INSERT INTO change VALUES (?, ?, ?, ?, ?)"
_NODE: Final = "INSERT INTO node VALUES (?, ?, ?, ?, ?)"
_ARTIFACT: Final = f"INSERT INTO artifact VALUES ({', '.join('?' * 21)})"
_BODY: Final = "INSERT INTO body VALUES (?, ?)"
_EDGE: Final = "INSERT INTO edge VALUES (?, ?, ?)"
_JOURNAL: Final = "INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?)"
_CLAIM: Final = "INSERT INTO claim VALUES (?, ?, ?, ?, ?)"
_EXECUTION: Final = f"REPLACE INTO execution VALUES ({', '.join('?' * 12)})"


# Meanings


def walk(document: object) -> None:
    """One walk of a JSON value: every type, number and text is looked at."""
    waiting = [document]
    while waiting:
        container = waiting.pop()
        if type(container) is dict:
            for key in container:
                if type(key) is not str or not key.isascii():
                    key.encode()
            items = container.values()
        else:
            items = container  # type: ignore[assignment]
        for item in items:
            if type(item) is str:
                if not item.isascii():
                    item.encode()
            elif type(item) is int:
                if not -_MOST <= item <= _MOST:
                    raise ValueError("number")
            elif type(item) is dict or type(item) is list:
                waiting.append(item)
            elif type(item) is float:
                if not math.isfinite(item):
                    raise ValueError("number")
            elif item is not None and type(item) is not bool:
                raise ValueError("type")


def canonical(document: object) -> tuple[bytes, str]:
    """The sorted dump of a meaning, and its digest."""
    walk(document)
    data = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
    return data, f"blake3:{blake3(data).hexdigest()}"


# Files


def write_durably(folder: Path, data: bytes) -> str:
    """Hash ``data`` and have it under its digest, through a loss of power."""
    digest = blake3(data).hexdigest()
    scratch = folder / f"{digest}.new"
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        for begin in range(0, len(data), CHUNK):  # a page cache may take far longer over one write of it all
            os.write(descriptor, memoryview(data)[begin : begin + CHUNK])
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)
    _publish(scratch, folder / digest)
    return digest


def copy_durably(source: Path, folder: Path) -> Path:
    """Stream a file into ``folder`` under its digest, through a loss of power."""
    scratch = folder / "stream.new"
    digest = copy(source, scratch, sync=True)
    target = folder / digest
    _publish(scratch, target)
    return target


def copy(source: Path, target: Path, *, sync: bool = False) -> str:
    """Stream a file to another, hashing it on the way; its digest."""
    hasher = blake3()
    buffer = memoryview(bytearray(CHUNK))
    with source.open("rb", buffering=0) as reader, target.open("wb", buffering=0) as writer:
        while count := reader.readinto(buffer):
            hasher.update(buffer[:count])
            writer.write(buffer[:count])
        if sync:
            os.fdatasync(writer.fileno())
    return hasher.hexdigest()


def read_hashed(source: Path) -> str:
    """Stream a file through the hash; its digest."""
    hasher = blake3()
    buffer = memoryview(bytearray(CHUNK))
    with source.open("rb", buffering=0) as reader:
        while count := reader.readinto(buffer):
            hasher.update(buffer[:count])
    return hasher.hexdigest()


def _publish(scratch: Path, target: Path) -> None:
    scratch.rename(target)
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


# Rows


def connection_to(path: Path, flags: int = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE) -> apsw.Connection:
    """A connection that keeps its plans: otherwise a table with partial indexes is planned anew at every call."""
    connection = apsw.Connection(str(path), flags=flags)
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    connection.pragma("cache_size", -16 * 1024)
    return connection


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
        rows[_JOURNAL] = [self.journal_row(position, 4, artifact_id, receipt(artifact_id, len(data), now))]
        rows[_CHANGE] = [self.change_row(position, now)]
        return rows

    def version_rows(
        self, artifact_id: str, data: bytes, parts: object, now: str, origins: Sequence[int], relation: int = 4
    ) -> Rows:
        """The rows of one artifact alone."""
        k = self.next_node()
        values = ("analysis_result", "default", "default", None, None, None, "artifact", now, now, "persist")
        row = (k, 1, artifact_id, 1, 1, k, *values, None, None, None, None, orjson.dumps(parts))
        return {
            _NODE: [(k, 1, f"artifact:{artifact_id}@1", None, None)],
            _ARTIFACT: [row],
            _BODY: [(k, data)],
            _EDGE: [(k, relation, origin) for origin in origins],
        }

    def node_row(self, node: str) -> tuple[object, ...]:
        """A node of the lineage."""
        return (self.next_node(), 1, node, None, None)

    def journal_row(self, position: int, kind: int, subject: str, body: object) -> tuple[object, ...]:
        """A record of the journal."""
        number = self._numbers.journal
        self._numbers.journal += 1
        return (number, position, 1, kind, subject, orjson.dumps(body))

    def change_row(self, position: int, now: str) -> tuple[object, ...]:
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
        return {_CLAIM: [(1, digest, str(uuid_utils.uuid7()), "holder", 0)]}

    def part(self, digest: str, size: int) -> list[object]:
        """The entry of a meaning among an artifact's parts."""
        kept = ("semantic_payload", "semantic", "application/json", "persist", "inline")
        return [*kept, size, digest, None, None, None]


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
            _NODE: [own, intent],
            _EXECUTION: [self._row("running", 0, {**body, "fingerprint": fingerprint})],
            _EDGE: [(own[0], 5, intent[0])],
            _JOURNAL: journal,
            _CHANGE: [store.change_row(position, self._now)],
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
            rows.setdefault(_JOURNAL, []).append(store.journal_row(position, 4, artifact_id, entry))
        moved = {"from": "running", "to": "completed", "version": 2}
        rows[_JOURNAL].append(store.journal_row(position, 3, self.execution_id, moved))
        references = {key: position for key, _ in outputs}
        rows[_EXECUTION] = [self._row("completed", 1, {**self._record("completed", 2), "references": references})]
        rows[_CHANGE] = [store.change_row(position, self._now)]
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

    def _row(self, state: str, ended: int, record: object) -> tuple[object, ...]:
        own = (self._node, 1, self.execution_id, self._sequence, 1, self.execution_id, 1, "default")
        return (*own, self._intent_type, state, ended, orjson.dumps(record))


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
