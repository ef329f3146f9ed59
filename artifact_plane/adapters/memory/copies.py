"""Private copies: what the memory adapters keep and hand out shares no JSON with anybody.

attrs' frozen is shallow; whoever still holds a dict that went into a record, or got one out of it, must not be able
to alter the record through it. Whatever has no JSON in it needs no copy.
"""

from __future__ import annotations

import attrs

from artifact_plane.domain.model.artifact import Artifact, Part
from artifact_plane.domain.model.change import ArtifactWrite, Change, Event, JournalEntry, JournalRecord
from artifact_plane.domain.model.json import admit_object


def change_copy(change: Change) -> Change:
    """A change of one's own.

    Raises:
        InvalidJson: a body, an event or metadata is not JSON.
    """
    return attrs.evolve(
        change,
        artifacts=tuple(map(_write_copy, change.artifacts)),
        journal=tuple(map(_entry_copy, change.journal)),
        events=tuple(map(event_copy, change.events)),
    )


def artifact_copy(artifact: Artifact) -> Artifact:
    """A record of one's own: its metadata, and the options its parts were drawn with."""
    parts = artifact.parts
    if any(part.rendered_by is not None for part in parts):
        parts = tuple(map(_part_copy, parts))
    if not artifact.metadata and parts is artifact.parts:
        return artifact
    return attrs.evolve(artifact, parts=parts, metadata=admit_object(artifact.metadata))


def event_copy(event: Event) -> Event:
    """An event of one's own."""
    return attrs.evolve(event, body=admit_object(event.body))


def record_copy(record: JournalRecord) -> JournalRecord:
    """A journal record of one's own."""
    return attrs.evolve(record, entry=_entry_copy(record.entry))


def _write_copy(write: ArtifactWrite) -> ArtifactWrite:
    return attrs.evolve(write, artifact=artifact_copy(write.artifact))


def _entry_copy(entry: JournalEntry) -> JournalEntry:
    return attrs.evolve(entry, body=admit_object(entry.body))


def _part_copy(part: Part) -> Part:
    if part.rendered_by is None:
        return part
    options = admit_object(part.rendered_by.options)
    return attrs.evolve(part, rendered_by=attrs.evolve(part.rendered_by, options=options))
