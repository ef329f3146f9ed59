"""From any meaning to a document, by its shape alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from artifact_plane.adapters.rendering.document.blocks import (
    Block,
    Bullets,
    Code,
    Facts,
    Heading,
    Prose,
    Table,
    Title,
    Value,
    ValueKind,
)
from artifact_plane.adapters.rendering.document.chart_data import DATA_KEYS, chart_rows
from artifact_plane.adapters.rendering.document.values import (
    compact,
    is_array,
    is_lone,
    is_number,
    is_object,
    is_prose,
    is_scalar,
    json_text,
    reading_order,
    scalar,
)
from artifact_plane.adapters.rendering.text import humanise, one_line, showable
from artifact_plane.domain.model.json import Json, JsonObject

DEEPEST: Final = 6
"""Levels of nesting that are drawn; what is deeper is shown as JSON."""

_LEAD: Final = ("summary", "description", "abstract", "purpose")
_LEAST_LEAD: Final = 60
_MOST_SECTIONS: Final = 60
_KEY_COLUMN: Final = "Name"

Objects = Sequence[JsonObject]


def outline(payload: JsonObject, depth: int = DEEPEST) -> Iterator[Block]:
    """The document of ``payload``, block by block: its title, then what it holds in reading order."""
    key, title = _title(payload)
    yield title
    rest = {name: value for name, value in payload.items() if name != key and not _said_by(title, name, value)}
    yield from _Outline(depth).members(rest, 2)


def _title(payload: JsonObject) -> tuple[str, Title]:
    kind = _text(payload.get("kind"))
    kicker = humanise(kind) if kind else ""
    for key in ("title", "name"):
        if text := _text(payload.get(key)):
            return key, Title(text=text, kicker=kicker)
    return ("kind", Title(text=kicker)) if kicker else ("", Title(text="Untitled"))


def _text(value: Json) -> str:
    return one_line(value) if isinstance(value, str) else ""


def _said_by(title: Title, key: str, value: Json) -> bool:
    return key == "kind" and isinstance(value, str) and bool(title.kicker)


class _Outline:
    """The walk; recursion is bounded by ``deepest``."""

    def __init__(self, deepest: int) -> None:
        self._last_level = 1 + deepest

    def members(self, value: JsonObject, level: int) -> Iterator[Block]:
        """An object: what leads in, its small facts together, then one section for each larger thing."""
        data = chart_rows(value)
        keys = [key for key in reading_order(value) if not (data and key in DATA_KEYS)]
        leads = [key for key in keys if _leads(key, value[key])]
        small = [key for key in keys if key not in leads and _is_small(value[key])]
        for key in leads:
            yield _prose(str(value[key]))
        if small:
            yield Facts(pairs=tuple((humanise(key), compact(value[key], key)) for key in small))
        if data:
            yield _filled(*data)
        for key in keys:
            if key not in leads and key not in small:
                yield from self._section(humanise(key), value[key], level, key)

    def _section(self, name: str, value: Json, level: int, key: str = "") -> Iterator[Block]:
        yield Heading(level=min(level, 6), text=name)
        if is_prose(value):
            yield _prose(value)
        elif is_scalar(value):
            yield Bullets(items=(scalar(value, key),))
        elif level > self._last_level:
            yield Code(text=json_text(value))
        else:
            yield from self._body(value, level + 1, key)

    def _body(self, value: Json, level: int, key: str) -> Iterator[Block]:
        if is_object(value):
            yield from self._object(value, level)
        elif is_array(value):
            yield from self._array(value, level, key)

    def _object(self, value: JsonObject, level: int) -> Iterator[Block]:
        inner = [item for item in value.values() if is_object(item)]
        if len(inner) == len(value) > 1 and _are_alike(inner):
            yield _keyed_table(value)
        else:
            yield from self.members(value, level)

    def _array(self, values: Sequence[Json], level: int, key: str) -> Iterator[Block]:
        objects = [item for item in values if is_object(item)]
        if len(objects) == len(values) and any(objects):
            yield from self._records(objects, level, key)
        elif all(map(is_number, values)):
            yield Prose(paragraphs=((", ".join(scalar(value, key).text for value in values),),))
        elif any(values) and all(is_array(item) and all(map(is_scalar, item)) for item in values):
            yield _matrix([item for item in values if is_array(item)])
        else:
            yield Bullets(items=tuple(compact(value, key) for value in values))

    def _records(self, records: Objects, level: int, key: str) -> Iterator[Block]:
        if len(records) > _MOST_SECTIONS or level > self._last_level or not any(map(_is_rich, records)):
            yield _table(records)
            return
        for index, record in enumerate(records, start=1):
            label, named_by = _record_name(record, index)
            rest = {name: value for name, value in record.items() if name != named_by}
            yield from self._section(label, rest, level, key)


def _leads(key: str, value: Json) -> bool:
    return key in _LEAD and isinstance(value, str) and len(value) >= _LEAST_LEAD


def _is_small(value: Json) -> bool:
    return (is_scalar(value) and not is_prose(value)) or is_lone(value)


def _is_rich(record: JsonObject) -> bool:
    """Whether a record holds something that a cell cannot show well."""
    return any(_is_deep(value) or (isinstance(value, str) and "\n" in value.strip()) for value in record.values())


def _is_deep(value: Json) -> bool:
    if is_object(value):
        return not all(map(is_scalar, value.values()))
    return is_array(value) and not all(map(is_scalar, value))


def _record_name(record: JsonObject, index: int) -> tuple[str, str]:
    for key in ("title", "name", "label", "id"):
        if text := _text(record.get(key)):
            return text, key
    return f"Item {index}", ""


def _are_alike(records: Objects) -> bool:
    keys = {key for record in records for key in record}
    return bool(keys) and all(len(record) * 2 >= len(keys) and not _is_rich(record) for record in records)


def _table(records: Objects) -> Table:
    keys = reading_order({key for record in records for key in record})
    return _filled(
        tuple(map(humanise, keys)),
        tuple(tuple(compact(record.get(key), key) for key in keys) for record in records),
    )


def _keyed_table(records: JsonObject) -> Table:
    inner = _table([record for key in reading_order(records) if is_object(record := records[key])])
    names = (scalar(key) for key in reading_order(records))
    return _filled(
        (_KEY_COLUMN, *inner.columns), tuple((name, *row) for name, row in zip(names, inner.rows, strict=True))
    )


def _matrix(rows: Sequence[Sequence[Json]]) -> Table:
    width = max(map(len, rows))
    return _filled(
        tuple(str(number) for number in range(1, width + 1)),
        tuple(tuple(scalar(row[index] if index < len(row) else None) for index in range(width)) for row in rows),
    )


def _filled(columns: tuple[str, ...], rows: tuple[tuple[Value, ...], ...]) -> Table:
    numeric = tuple(_is_numeric([row[index].kind for row in rows]) for index in range(len(columns)))
    return Table(columns=columns, rows=rows, numeric=numeric)


def _is_numeric(kinds: Sequence[ValueKind]) -> bool:
    return ValueKind.NUMBER in kinds and all(kind in (ValueKind.NUMBER, ValueKind.NONE) for kind in kinds)


def _prose(text: str) -> Prose:
    paragraphs = (paragraph.strip("\n") for paragraph in showable(text).strip().split("\n\n"))
    return Prose(paragraphs=tuple(tuple(map(one_line, paragraph.split("\n"))) for paragraph in paragraphs if paragraph))
