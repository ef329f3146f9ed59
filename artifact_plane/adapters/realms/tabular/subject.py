"""What an intent is about: the attachment ``data``, or an earlier artifact by its id."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

import attrs

from artifact_plane.adapters.realms.attachments import Parameters, no_attachments, off_loop, the_attachment
from artifact_plane.adapters.realms.attachments_text import Checkpoint, first_bytes, refuse_larger
from artifact_plane.adapters.realms.tabular.csv_table import CsvTable
from artifact_plane.adapters.realms.tabular.fields_json import summary_in
from artifact_plane.adapters.realms.tabular.json_table import JsonTable
from artifact_plane.adapters.realms.tabular.profile import Observer, profile_of
from artifact_plane.adapters.realms.tabular.sniff import SNIFFED_BYTES, Format, delimiter_of, format_of
from artifact_plane.adapters.realms.tabular.summary import Summary, summary_of
from artifact_plane.adapters.realms.tabular.table import Table
from artifact_plane.domain.model.intent import Intent
from artifact_plane.domain.model.rendering import ByteSource
from artifact_plane.ports.realm import ArtifactReader, ArtifactReading, RefusedInput

T = TypeVar("T")

DATA: Final = "data"
"""The attachment's name."""

PARAMETERS: Final = ("artifact_id", "format", "formats", "labels")
"""The parameters of every intent type that has such a subject."""

_EXAMPLE: Final = "--attach data=FILE, or name an artifact with --param artifact_id=ID"


@attrs.frozen(kw_only=True)
class Limits:
    """How large inputs may be, in bytes."""

    tables: int = 1024 * 1024 * 1024
    json: int = 64 * 1024 * 1024
    documents: int = 1024 * 1024


@attrs.frozen(kw_only=True)
class Attached:
    """The attachment, and the format that the intent says it has."""

    source: ByteSource
    format: Format | None

    derived_from: tuple[str, ...] = ()

    def format_found(self) -> Format:
        """The format given, else the one that the beginning looks like; it blocks."""
        return self.format or format_of(first_bytes(self.source, SNIFFED_BYTES + 1))

    def csv_table(self, format: Format, limits: Limits, checkpoint: Checkpoint) -> CsvTable:
        """The attachment as a delimited table; the delimiter is told from its beginning. It blocks."""
        beginning = first_bytes(self.source, SNIFFED_BYTES + 1)
        delimiter = "\t" if format is Format.TSV else delimiter_of(beginning)
        return CsvTable(self.source, DATA, delimiter, limit=limits.tables, checkpoint=checkpoint)

    def json_table(self, limits: Limits, checkpoint: Checkpoint) -> JsonTable:
        """The attachment as a JSON document."""
        return JsonTable(self.source, DATA, limit=limits.json, checkpoint=checkpoint)


@attrs.frozen
class Earlier:
    """An earlier artifact."""

    reading: ArtifactReading

    @property
    def derived_from(self) -> tuple[str, ...]:
        return (self.reading.artifact_id,)


async def subject_of(intent: Intent, parameters: Parameters, reader: ArtifactReader) -> Attached | Earlier:
    """What ``intent`` is about.

    Raises:
        RefusedInput: neither or both are given, or there is another attachment.
        NotFound, Gone, Damaged: the artifact cannot be read.
    """
    format = parameters.find_choice("format", tuple(Format))
    artifact_id = parameters.find_identifier("artifact_id")
    if artifact_id is None:
        source = the_attachment(intent, DATA, example=_EXAMPLE)
        return Attached(source=source, format=None if format is None else Format(format))
    if format is not None:
        raise RefusedInput(
            "a format is for an attachment, and an artifact is named",
            where="parameter 'format'",
            remedy="leave it out, or attach the file as 'data'",
        )
    no_attachments(intent)
    return Earlier(await reader.read(artifact_id))


async def examine(
    subject: Attached | Earlier, limits: Limits, work: Callable[[Summary, Table | None], T], *observers: Observer
) -> T:
    """What ``work`` makes of the subject's table, off the event loop.

    ``work`` gets the summary, and the table to read again unless the summary is an artifact's; each observer has
    seen its rows by then.

    Raises:
        RefusedInput: the subject is no table, malformed, or too large.
    """

    def run(checkpoint: Checkpoint) -> T:
        if isinstance(subject, Earlier):
            return work(summary_in(subject.reading), None)
        table = _table(subject, limits, checkpoint)
        profile = profile_of(table, *observers)
        _refuse_other_json(table)
        return work(summary_of(profile, origin=table.title, place=table.place), table)

    return await off_loop(run)


def _table(subject: Attached, limits: Limits, checkpoint: Checkpoint) -> Table:
    refuse_larger(subject.source, DATA, limits.tables)
    format = subject.format_found()
    if format in (Format.CSV, Format.TSV):
        return subject.csv_table(format, limits, checkpoint)
    if format is Format.JSON:
        return subject.json_table(limits, checkpoint)
    if not first_bytes(subject.source, SNIFFED_BYTES).strip():
        raise RefusedInput("it is empty", where=f"attachment '{DATA}', byte 0", remedy="attach a table")
    raise RefusedInput(
        f"it looks like {format}, and a table is needed",
        where=f"attachment '{DATA}', line 1",
        remedy="attach CSV or an array of JSON objects, or say with --param format=csv that it is a table",
    )


def _refuse_other_json(table: Table) -> None:
    if isinstance(table, JsonTable) and not table.structure.is_table:
        raise RefusedInput(
            "the JSON document is no array of objects",
            where=f"attachment '{DATA}', line 1",
            remedy="attach the records as one array of JSON objects",
        )
