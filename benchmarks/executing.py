"""Executing: a realm that does nothing, whose three outputs are kept, cached and dropped."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import apsw
import attrs
from blake3 import blake3

from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.rendering import BytesSource, Rendered
from artifact_plane.domain.model.result import Output, RealmResult
from artifact_plane.ports.realm import ArtifactReader, Realm
from benchmarks.harness import MICROSECONDS, Figure, alternating, at_most, compared
from benchmarks.harness import median_duration as duration
from benchmarks.places import folder
from benchmarks.plane import Ours, opened
from benchmarks.raw import write_durably
from benchmarks.raw_execution import RawExecution
from benchmarks.raw_store import RawStore
from benchmarks.samples import TENANT, small_meaning
from benchmarks.scale import Scale

_TYPES: Final = ("kept", "cached", "dropped")
_POLICY: Final = {"materialization_policy": {"kept": "persist", "cached": "cache", "dropped": "discard"}}
_MEMORY: Final = "REPLACE INTO entry VALUES (?, ?, ?)"


@attrs.frozen
class _NoOp(Realm):
    """Gives back what it was made with: ``views`` says whether each output has a rendered one."""

    views: bool
    name: str = attrs.field(default="no-op", init=False)

    @property
    def intent_types(self) -> frozenset[str]:
        return frozenset({_intent_type(self.views)})

    async def handle(self, intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        outputs = {
            name: Output(
                result_type=name,
                semantic_payload=small_meaning(number),
                renderings=(self._view(intent, name),) if self.views else (),
            )
            for number, name in enumerate(_TYPES)
        }
        return RealmResult(artifacts=outputs)

    def _view(self, intent: Intent, name: str) -> Rendered:
        return Rendered(name="text", media_type="text/plain", source=BytesSource(_text(intent.intent_id, name)))


async def measure(scale: Scale) -> list[Figure]:
    """Outputs that are meanings alone (three rows each), and outputs with a view each (a file, a cached one)."""
    async with _side_by_side() as (raw, place, memory, ours):
        figures = []
        for views in (False, True):

            async def raw_round(views: bool = views) -> float:
                async def execute(number: int) -> None:
                    await _raw_execute(raw, place, memory, views)

                return await duration(execute, scale.executions)

            async def our_round(views: bool = views) -> float:
                return await duration(lambda _: ours.app.runtime.execute(_intent(views)), scale.executions)

            raw_times, our_times = await alternating(scale.rounds, raw_round, our_round)
            work = f"execute, three outputs {'with a view each' if views else 'without views'}"
            figures.append(compared(work, "µs", at_most(4.0), raw_times, our_times, scale=MICROSECONDS))
        return figures


@asynccontextmanager
async def _side_by_side() -> AsyncIterator[tuple[RawStore, Path, apsw.Connection, Ours]]:
    with folder() as place:
        raw = RawStore(place / "raw.sqlite3")
        memory = apsw.Connection(str(place / "memory.sqlite3"))
        memory.pragma("journal_mode", "wal")
        memory.pragma("synchronous", "off")
        memory.execute("CREATE TABLE entry (id TEXT PRIMARY KEY, expires INTEGER, value BLOB)")
        realms = [_NoOp(False), _NoOp(True)]
        async with opened(place / "home", policy=_POLICY, realms=realms) as ours:
            yield raw, place, memory, ours
        memory.close()
        raw.close()


async def _raw_execute(raw: RawStore, place: Path, memory: apsw.Connection, views: bool) -> None:
    """The same transactions: acceptance, a claim and a durable file for what is kept, the end, what is cached."""
    now = datetime.now(UTC).isoformat()
    execution = RawExecution(raw, str(uuid.uuid4()), _intent_type(views), now)
    accepted = execution.accepted()
    await raw.hop(lambda: raw.write(accepted))
    kept, cached = _text(execution.execution_id, "kept"), _text(execution.execution_id, "cached")
    if views:
        claim = raw.claim_rows(f"blake3:{blake3(kept).hexdigest()}")
        await raw.hop(lambda: raw.write(claim))
        await raw.hop(lambda: write_durably(place, kept))
    finished = execution.finished([(name, small_meaning(number)) for number, name in enumerate(_TYPES)])
    await raw.hop(lambda: raw.write(finished))
    if views:
        blake3(cached).hexdigest()
        await raw.hop(lambda: memory.execute(_MEMORY, (execution.execution_id, 0, cached)))


def _intent(views: bool) -> Intent:
    return Intent(
        intent_id=str(uuid.uuid4()),
        intent_type=_intent_type(views),
        tenant_id=TENANT,
        session_id="default",
        solution_id="default",
        parameters={"number": 1},
    )


def _intent_type(views: bool) -> str:
    return "no_op_with_views" if views else "no_op"


def _text(unique: str, name: str) -> bytes:
    """A view of a kilobyte, never the same twice."""
    return f"{unique} {name} ".encode() * 20
