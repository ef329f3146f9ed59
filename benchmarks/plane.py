"""Ours: the local profile as anybody opens it, its adapters in view; and homes filled through the ledger."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import attrs
import uuid_utils

from artifact_plane.composition.adapters import Adapters
from artifact_plane.composition.application import running
from artifact_plane.composition.bootstrap import limits_of
from artifact_plane.composition.profiles import Extras, adapters_of
from artifact_plane.composition.settings import Settings
from artifact_plane.domain.model.artifact import Artifact, Receipt
from artifact_plane.domain.model.change import ArtifactWrite, Change
from artifact_plane.domain.model.intent import ExecutionContext
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.lineage import LineageEdge, Relation, artifact_node
from artifact_plane.ports.answers import Payload
from artifact_plane.ports.application import Application
from artifact_plane.ports.realm import Realm
from benchmarks.samples import TENANT, small_meaning

CONTEXT: Final = ExecutionContext(tenant_id=TENANT)
RECORDS: Final = "records.sqlite3"
TYPES: Final = ("analysis_result", "workflow", "visual", "quality_report")
GENERATION: Final = 160
"""Artifacts of a seeded home come in generations; each derives from three of the one before. Ten generations up from
any of them there are about a thousand."""

_A_CHANGE: Final = 500


@attrs.frozen(kw_only=True)
class Ours:
    """An open plane."""

    home: Path
    adapters: Adapters
    app: Application

    async def create(self, payload: JsonObject, origins: Sequence[str] = ()) -> str:
        """Create an artifact as a caller would; its id."""
        given = Payload(semantic_payload=payload, derived_from=tuple(origins))
        recorded = await self.app.plane.create_artifact("analysis_result", None, given, {}, CONTEXT)
        return recorded.artifact.artifact_id


@asynccontextmanager
async def opened(
    home: Path, *, policy: Mapping[str, object] | None = None, realms: Sequence[Realm] = ()
) -> AsyncIterator[Ours]:
    """The local profile over ``home`` with all its defaults."""
    settings = Settings(home=home)
    async with (
        adapters_of(settings, Extras(policy=policy, realms=realms)) as adapters,
        running(adapters, limits_of(settings)) as app,
    ):
        yield Ours(home=home, adapters=adapters, app=app)


async def origins_of(ours: Ours) -> tuple[str, str, str]:
    """Three artifacts to derive others from."""
    one, two, three = [await ours.create(small_meaning(number)) for number in range(3)]
    return one, two, three


async def seeded(ours: Ours, count: int, *, size: int = 200) -> list[str]:
    """Fill the home with ``count`` artifacts of four types, many to a change; their ids in order.

    Each is what ``create_artifact`` records of a meaning of about ``size`` bytes, but for the id.
    """
    payload: JsonObject = {"text": "x" * size}
    recorded = await ours.app.plane.create_artifact(TYPES[0], None, payload, {}, CONTEXT)
    data = await ours.app.plane.get_meaning(recorded.artifact.artifact_id, TENANT)
    chance = random.Random(7)  # noqa: S311 - sample data
    ids: list[str] = []
    for begin in range(0, count, _A_CHANGE):
        fresh = [str(uuid_utils.uuid7()) for _ in range(min(_A_CHANGE, count - begin))]
        artifacts = [
            attrs.evolve(recorded.artifact, artifact_id=one, artifact_type=TYPES[number % len(TYPES)])
            for number, one in enumerate(fresh)
        ]
        ids += fresh
        edges = [edge for number in range(begin, len(ids)) for edge in _ancestry(ids, number, chance)]
        await ours.adapters.records.ledger.commit(_change(artifacts, recorded.receipt, edges, data))
    return ids


def _change(artifacts: Sequence[Artifact], receipt: Receipt, edges: Sequence[LineageEdge], data: bytes) -> Change:
    return Change(
        change_id=str(uuid_utils.uuid7()),
        tenant_id=TENANT,
        at=receipt.decided_at,
        artifacts=tuple(ArtifactWrite(artifact=artifact, body=data) for artifact in artifacts),
        receipts=tuple(attrs.evolve(receipt, subject=artifact.artifact_id) for artifact in artifacts),
        edges=tuple(edges),
    )


def _ancestry(ids: Sequence[str], number: int, chance: random.Random) -> list[LineageEdge]:
    """The edges to three artifacts of the generation before; none for the first generation."""
    begin = (number // GENERATION - 1) * GENERATION
    if begin < 0:
        return []
    parents = chance.sample(range(begin, begin + GENERATION), 3)
    source = artifact_node(ids[number], 1)
    return [LineageEdge(source, Relation.WAS_DERIVED_FROM, artifact_node(ids[parent], 1)) for parent in parents]
