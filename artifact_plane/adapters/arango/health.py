"""What there is to know of an ArangoDB: whether it answers, its version, and whether the projection can live in it."""

from __future__ import annotations

from typing import Final

from artifact_plane.adapters.arango import schema
from artifact_plane.adapters.arango.database import ArangoDatabase
from artifact_plane.adapters.arango.errors import PREPARE
from artifact_plane.adapters.arango.names import Names
from artifact_plane.adapters.arango.settings import ArangoSettings
from artifact_plane.ports.health import Finding, doubtful, found

WRITTEN_FOR: Final = "3.12."
"""The versions whose documentation the requests and queries keep to."""

_COMPONENT: Final = "arango"


async def examine_arango(settings: ArangoSettings) -> tuple[Finding, ...]:
    """Ask the server that the settings name. Nothing is made and nothing is changed.

    Raises:
        Unavailable: it cannot be reached, or refuses the credentials.
    """
    database = ArangoDatabase(settings)
    try:
        lacking = await database.ask(
            lambda conversation: schema.missing(conversation, Names(settings.prefix), settings.database)
        )
        version = await database.ask(schema.version)
    finally:
        await database.close()
    return found(_COMPONENT, "reachable", "it answers"), _version(version), _prepared(lacking)


def _version(version: str) -> Finding:
    if version.startswith(WRITTEN_FOR):
        return found(_COMPONENT, "version", version)
    return doubtful(_COMPONENT, "version", f"{version} is not what this was written for", "use ArangoDB 3.12")


def _prepared(lacking: tuple[str, ...]) -> Finding:
    if not lacking:
        return found(_COMPONENT, "collections", "collections, indexes and the graph are there")
    # No failure: so it is wherever no plane was opened yet, and artifacts are created all the same.
    return doubtful(_COMPONENT, "collections", f"missing: {', '.join(lacking)}", PREPARE)
