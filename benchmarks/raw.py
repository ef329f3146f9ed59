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
        os.write(descriptor, data)
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


@attrs.define
class Numbers:
    """The integer keys that come next."""

    position: int = 1
    node: int = 1
    journal: int = 1


class RawStore:
    """A file with the plane's tables, and one thread that writes it."""

    def __init__(self, path: Path) -> None:
        self.connection: Final = apsw.Connection(str(path))
        self.connection.pragma("journal_mode", "wal")
        self.connection.pragma("synchronous", "full")
        self.connection.pragma("cache_size", -16 * 1024)
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
        artifact_id, part = str(uuid_utils.uuid7()), self._part(digest, len(data))
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

    def _part(self, digest: str, size: int) -> list[object]:
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
