"""JSON documents: what they are made of, and the records in those that are an array of objects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Final

import attrs

from artifact_plane.adapters.realms.attachments_text import Checkpoint, Text, no_checkpoint
from artifact_plane.adapters.realms.tabular.json_events import JsonEvent, JsonEvents, JsonType
from artifact_plane.adapters.realms.tabular.kinds import NESTED_ARRAY, NESTED_OBJECT, Kind, kind_of
from artifact_plane.adapters.realms.tabular.table import Batch, ColumnNames, Table
from artifact_plane.domain.model.rendering import ByteSource

MAX_MEMBERS: Final = 200
"""How many members of the root are remembered by name."""

_BATCH_SIZE: Final = 512 * 1024
_SIZE_OF_CELL: Final = 50
_MARKS: Final = {JsonType.NULL: "", JsonType.OBJECT: NESTED_OBJECT, JsonType.ARRAY: NESTED_ARRAY}
_UNQUOTED: Final = (Kind.TEXT, Kind.DATE, Kind.MISSING)


@attrs.define
class JsonStructure:
    """What a document is made of: the root's type, the depth (0 for a lone value) and the values by type.

    ``elements`` are the types of the values directly under the root, ``members`` the first ``MAX_MEMBERS``
    members of a root that is an object.
    """

    root: JsonType = JsonType.NULL
    depth: int = 0
    types: Counter[JsonType] = attrs.field(factory=Counter)
    elements: set[JsonType] = attrs.field(factory=set)
    members: list[tuple[str, JsonType]] = attrs.field(factory=list)

    @property
    def is_table(self) -> bool:
        """Whether the document is an array with objects in it and nothing else."""
        return self.root is JsonType.ARRAY and self.elements == {JsonType.OBJECT}


@attrs.define
class JsonTable(Table):
    """The records of a document; none where it is something else than an array of objects.

    A cell is the value as it is written. A text that would be taken for a number or a boolean stands in double
    quotes, so that ``"12"`` and ``12`` stay two things; what is nested in a record stands as a mark. After
    ``batches`` has ended, ``structure`` tells what the whole document is made of.
    """

    place = "record"

    source: ByteSource
    name: str
    limit: int = attrs.field(kw_only=True)
    checkpoint: Checkpoint = attrs.field(kw_only=True, default=no_checkpoint)
    size: int = attrs.field(init=False, default=0)
    columns: ColumnNames = attrs.field(init=False)
    structure: JsonStructure = attrs.field(init=False, factory=JsonStructure)

    @property
    def title(self) -> str:
        return "JSON records"

    def __attrs_post_init__(self) -> None:
        self.columns = ColumnNames(self.name, self.place)

    def batches(self) -> Iterator[Batch]:
        self.columns = ColumnNames(self.name, self.place)
        self.structure = JsonStructure()
        with Text(self.source, self.name, limit=self.limit, checkpoint=self.checkpoint) as text:
            yield from self._read(JsonEvents(text))
            self.size = text.size

    def _read(self, events: JsonEvents) -> Iterator[Batch]:
        structure, records = self.structure, _Records(self.columns)
        types, in_array = structure.types, False
        for event in events:
            depth, key, kind, _ = event
            types[kind] += 1
            if depth > structure.depth:
                structure.depth = depth
            if depth == 2 and in_array and key is not None:
                records.see(event)
            elif depth == 1:
                structure.elements.add(kind)
                if key is not None and len(structure.members) < MAX_MEMBERS:
                    structure.members.append((key, kind))
                if in_array and kind is JsonType.OBJECT:
                    if records.is_full:
                        yield records.batch()
                    records.begin()
            elif depth == 0:
                structure.root, in_array = kind, kind is JsonType.ARRAY
        yield records.batch()


@attrs.frozen(kw_only=True)
class RecordBatch(Batch):
    """Records as they are: each has the cells of its own members only, by the index of the column."""

    names: Sequence[str]
    places: Sequence[int]
    records: Sequence[Mapping[int, str]]

    def columns(self) -> Iterable[tuple[int, Sequence[str], Sequence[int]]]:
        found: dict[int, tuple[list[str], list[int]]] = {}
        for place, record in zip(self.places, self.records, strict=True):
            for index, cell in record.items():
                cells, places = found.setdefault(index, ([], []))
                cells.append(cell)
                places.append(place)
        return ((index, cells, places) for index, (cells, places) in found.items())

    def column(self, index: int) -> Sequence[str]:
        return [record[index] for record in self.records if index in record]

    def row(self, index: int) -> Sequence[str]:
        record = self.records[index]
        return [record.get(column, "") for column in range(max(record, default=-1) + 1)]

    def keys(self) -> Iterable[Hashable]:
        return (tuple(sorted(item for item in record.items() if item[1])) for record in self.records)


class _Records:
    """The records of one batch."""

    def __init__(self, columns: ColumnNames) -> None:
        self._columns = columns
        self._index: dict[str, int] = {}
        self._records: list[dict[int, str]] = []
        self._size = 0
        self._given = 0

    @property
    def is_full(self) -> bool:
        return self._size >= _BATCH_SIZE

    def begin(self) -> None:
        """Begin the next record."""
        self._records.append({})
        self._size += _SIZE_OF_CELL

    def see(self, event: JsonEvent) -> None:
        """Take in a member of the record."""
        _, key, _, text = event
        index = self._index.get(key or "")
        if index is None:
            index = self._new_column(key or "")
        self._records[-1][index] = _cell(event)
        self._size += _SIZE_OF_CELL + len(text)

    def batch(self) -> Batch:
        """The records since the last batch, all complete."""
        records, first = self._records, self._given + 1
        self._given += len(records)
        self._records, self._size = [], 0
        places = range(first, first + len(records))
        return RecordBatch(names=self._columns.names, records=records, places=places)

    def _new_column(self, key: str) -> int:
        self._columns.add(key, self._given + len(self._records))
        index = self._index[key] = len(self._columns.names) - 1
        return index


def _cell(event: JsonEvent) -> str:
    _, _, kind, text = event
    if kind is JsonType.TEXT:
        return text if kind_of(text) in _UNQUOTED else f'"{text}"'
    return _MARKS.get(kind, text)
