"""What tables of the record store hold in the place of words, the same in every database."""

from __future__ import annotations

from typing import Final

import orjson

from artifact_plane.adapters.codec.records import unreadable
from artifact_plane.domain.model.artifact import ArtifactState, Place
from artifact_plane.domain.model.change import RecordKind
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.lineage import Relation

RECORD_KINDS: Final = {
    RecordKind.INTENT: 1,
    RecordKind.JOURNEY: 2,
    RecordKind.STATE_TRANSITION: 3,
    RecordKind.GOVERNANCE_DECISION: 4,
}
"""The numbers under which the journal keeps the kinds of its records."""

# In the order of the words, so that numbers sort as the words do.
RELATIONS: Final = {
    relation: number for number, relation in enumerate(sorted(Relation, key=lambda one: one.value), start=1)
}
"""The numbers under which edges keep their relations."""
DERIVED: Final = RELATIONS[Relation.WAS_DERIVED_FROM]

# The standing of an artifact's version, as the tables keep it.
CURRENT: Final = 1
DELETED: Final = 2
REPLACED: Final = 0
REPLACED_AND_DELETED: Final = -1

STATES: Final = {
    CURRENT: ArtifactState.ACTIVE,
    REPLACED: ArtifactState.ACTIVE,
    DELETED: ArtifactState.DELETED,
    REPLACED_AND_DELETED: ArtifactState.DELETED,
}
"""The state of a version by its standing."""

STATE_WORDS: Final = {standing: state.value for standing, state in STATES.items()}
"""The state of a version, as a word, by its standing."""

PLACES: Final = {one.value: one for one in Place}
"""``Place(value)`` costs four times a look-up."""
UNREADABLE: Final = (AttributeError, KeyError, TypeError, ValueError)
"""What reading a damaged row raises."""


def json_of(data: bytes, what: str) -> JsonObject:
    """The document of a stored record.

    Raises:
        Damaged: it is none.
    """
    try:
        document: JsonObject = orjson.loads(data)
    except UNREADABLE as error:
        raise unreadable(what, error) from error
    return document
