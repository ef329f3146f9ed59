"""Which adapter serves which port: the profile's own, or what the settings say instead.

Ledger, registry, state, journal and outbox are one record store and are chosen together (``records``). Beside them
any port may be set otherwise: ``lineage = "postgres"`` does without ArangoDB, ``working_memory = "none"`` without
Redis.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

from artifact_plane.composition.settings import Settings
from artifact_plane.domain.model.errors import InvalidInput


@attrs.frozen(kw_only=True)
class Choices:
    """An adapter's technology for each port. ``lineage`` is the record store's own, or a projection of it."""

    records: str
    payloads: str
    lineage: str
    working_memory: str
    policies: str

    @property
    def projected(self) -> bool:
        """Whether lineage is answered by a projection of the ledger."""
        return self.lineage != self.records

    @property
    def on_disk(self) -> bool:
        """Whether anything of it lies under the home."""
        return not {"sqlite", "filesystem"}.isdisjoint(attrs.astuple(self))


_PROFILES: Final[Mapping[str, Choices]] = {
    "memory": Choices(records="memory", payloads="memory", lineage="memory", working_memory="memory", policies="files"),
    "local": Choices(
        records="sqlite", payloads="filesystem", lineage="sqlite", working_memory="sqlite", policies="files"
    ),
    "cloud": Choices(records="postgres", payloads="gcs", lineage="arango", working_memory="redis", policies="files"),
}


def choices_of(settings: Settings) -> Choices:
    """The choices that are in force.

    Raises:
        InvalidInput: two of them do not go together.
    """
    profile = _PROFILES[settings.profile]
    records = settings.records or profile.records
    own_lineage = records if profile.lineage == profile.records else profile.lineage
    chosen = Choices(
        records=records,
        payloads=settings.payloads or profile.payloads,
        lineage=settings.lineage or own_lineage,
        working_memory=settings.working_memory or profile.working_memory,
        policies=settings.policies or profile.policies,
    )
    _check(chosen)
    return chosen


def emptied(settings: Settings) -> Settings:
    """The same settings over an empty plane in memory."""
    own = dict.fromkeys(("records", "payloads", "lineage", "working_memory", "policies"))
    return attrs.evolve(settings, profile="memory", **own)  # type: ignore[arg-type]  # None is each one's default


def _check(chosen: Choices) -> None:
    if chosen.lineage not in (chosen.records, "arango"):
        raise InvalidInput(
            f"lineage cannot be in {chosen.lineage} while the records are in {chosen.records}",
            where="the setting 'lineage'",
            remedy=f'write lineage = "{chosen.records}" or lineage = "arango"',
        )
    if chosen.lineage == "arango" and chosen.records == "sqlite":
        raise InvalidInput(
            "ArangoDB cannot be fed from SQLite, whose edges carry no position",
            where="the setting 'lineage'",
            remedy='write lineage = "sqlite", or keep the records in Postgres',
        )
    if chosen.policies == "postgres" and chosen.records != "postgres":
        raise InvalidInput(
            f"policies cannot be in Postgres while the records are in {chosen.records}",
            where="the setting 'policies'",
            remedy='write policies = "files"',
        )
