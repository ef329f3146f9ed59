"""The analysis of one input: its structure, as the payload of an ``analysis_result``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Final

from artifact_plane.adapters.realms.attachments_text import Checkpoint, Text, refuse_larger
from artifact_plane.adapters.realms.content.markdown import markdown_structure
from artifact_plane.adapters.realms.content.plain_text import TextCounts
from artifact_plane.adapters.realms.tabular.fields_json import table_json
from artifact_plane.adapters.realms.tabular.figures import counted
from artifact_plane.adapters.realms.tabular.json_table import JsonStructure, JsonTable
from artifact_plane.adapters.realms.tabular.profile import profile_of
from artifact_plane.adapters.realms.tabular.sniff import Format
from artifact_plane.adapters.realms.tabular.subject import DATA, Attached, Limits
from artifact_plane.adapters.realms.tabular.summary import Summary, summary_of
from artifact_plane.adapters.realms.tabular.table import Table, printable_text
from artifact_plane.domain.model.json import Json, JsonObject
from artifact_plane.domain.model.rendering import BytesSource
from artifact_plane.ports.realm import ArtifactReading, RefusedInput

MAX_RENAMED: Final = 50
"""How many columns that were given another name are listed."""

_MEANING: Final = "artifact_id"


def analysis_of(subject: Attached, limits: Limits, checkpoint: Checkpoint) -> JsonObject:
    """What the attachment is and holds; it blocks.

    Raises:
        RefusedInput: it is empty, malformed, no text, or too large.
    """
    refuse_larger(subject.source, DATA, limits.tables)
    format = subject.format_found()
    match format:
        case Format.CSV | Format.TSV:
            table = subject.csv_table(format, limits, checkpoint)
            summary = summary_of(profile_of(table), origin=table.title, place=table.place)
            return {"format": format.value, "delimiter": table.delimiter, **_table_analysis(summary, table)}
        case Format.JSON:
            return _json_analysis(subject.json_table(limits, checkpoint))
        case Format.MARKDOWN:
            with Text(subject.source, DATA, limit=limits.documents, checkpoint=checkpoint) as text:
                return _markdown_analysis(text)
        case Format.TEXT:
            with Text(subject.source, DATA, limit=limits.tables, checkpoint=checkpoint) as text:
                return _text_analysis(text)


def analysis_of_meaning(reading: ArtifactReading, limits: Limits, checkpoint: Checkpoint) -> JsonObject:
    """What the meaning of an earlier artifact is made of, read as the JSON document that it is; it blocks.

    Raises:
        RefusedInput: it is too large, or a text in it is too long.
    """
    # Piece by piece: encoded at once, a large meaning would hold up every other thread.
    pieces = json.JSONEncoder(ensure_ascii=False, default=_plain).iterencode(reading.semantic_payload)
    source = BytesSource("".join(pieces).encode())
    analysis = _json_analysis(JsonTable(source, _MEANING, limit=limits.json, checkpoint=checkpoint))
    title = f"Meaning of an artifact of type {reading.artifact_type}"
    return {**analysis, "title": title, "artifact_id": reading.artifact_id, "version": reading.version}


def _table_analysis(summary: Summary, table: Table) -> dict[str, Json]:
    renamed: list[Json] = [
        {"column": one.column, "name": one.name, "reason": one.reason} for one in table.columns.renamed[:MAX_RENAMED]
    ]
    return {
        "title": summary.title,
        "bytes": table.size,
        "header": {"renamed": renamed, "renamed_columns": len(table.columns.renamed)},
        **table_json(summary),
    }


def _json_analysis(document: JsonTable) -> dict[str, Json]:
    profile = profile_of(document)
    structure = document.structure
    content: dict[str, Json] = {
        "format": Format.JSON.value,
        "root": structure.root.value,
        "depth": structure.depth,
        "counts": {kind.value: structure.types[kind] for kind in sorted(structure.types)},
    }
    if structure.is_table:
        summary = summary_of(profile, origin=document.title, place=document.place)
        return {**content, **_table_analysis(summary, document)}
    if structure.members:
        members: list[Json] = [{"name": printable_text(name), "type": kind.value} for name, kind in structure.members]
        content["members"] = members
    return {**content, "title": _json_title(structure), "bytes": document.size}


def _json_title(structure: JsonStructure) -> str:
    return f"JSON {structure.root}: {counted(structure.types.total(), 'value')}, depth {structure.depth}"


def _markdown_analysis(text: Text) -> JsonObject:
    body = "".join(text.pieces())
    counts = _counts([body], text)
    return {
        "title": f"Markdown document: {counted(counts.words, 'word')} in {counted(counts.lines, 'line')}",
        "format": Format.MARKDOWN.value,
        "bytes": text.size,
        "lines": counts.lines,
        "words": counts.words,
        **markdown_structure(body),
    }


def _text_analysis(text: Text) -> JsonObject:
    counts = _counts(text.pieces(), text)
    title = f"Text: {counted(counts.words, 'word')} in {counted(counts.lines, 'line')}"
    return {"title": title, "format": Format.TEXT.value, "bytes": text.size, **counts.json()}


def _counts(pieces: Iterable[str], text: Text) -> TextCounts:
    counts = TextCounts.of(pieces)
    if not counts.words:
        raise RefusedInput(
            "it holds nothing but blanks" if text.size else "it is empty",
            where=f"attachment '{text.name}', byte 0",
            remedy="attach a file that has content",
        )
    return counts


def _plain(value: object) -> dict[str, object]:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
