"""CSV and its kin, read strictly (RFC 4180 with any of four delimiters) as a stream."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

import attrs

from artifact_plane.adapters.realms.attachments_text import Checkpoint, Text, no_checkpoint
from artifact_plane.adapters.realms.tabular.kinds import Kind, kind_of
from artifact_plane.adapters.realms.tabular.table import Batch, ColumnNames, FullBatch, Table
from artifact_plane.domain.model.rendering import ByteSource
from artifact_plane.ports.realm import RefusedInput

MAX_ROW_CHARACTERS: Final = 2 * 1024 * 1024
"""How long one row may be that goes over several lines."""

_LEAST_BATCH: Final = 64 * 1024
_MOST_BATCH: Final = 1024 * 1024
_BATCH_PER_COLUMN: Final = 100
_VALUES: Final = (Kind.INTEGER, Kind.NUMBER, Kind.DATE, Kind.MISSING)


@attrs.define
class CsvTable(Table):
    """A delimited text file whose first line names the columns; blank lines are passed over."""

    place = "line"

    source: ByteSource
    name: str
    delimiter: str
    limit: int = attrs.field(kw_only=True)
    checkpoint: Checkpoint = attrs.field(kw_only=True, default=no_checkpoint)
    size: int = attrs.field(init=False, default=0)
    columns: ColumnNames = attrs.field(init=False)

    @property
    def title(self) -> str:
        return "TSV table" if self.delimiter == "\t" else "CSV table"

    def __attrs_post_init__(self) -> None:
        self.columns = ColumnNames(self.name, self.place)

    def batches(self) -> Iterator[Batch]:
        self.columns = ColumnNames(self.name, self.place)
        with Text(self.source, self.name, limit=self.limit, checkpoint=self.checkpoint) as text:
            rows = _Rows(text, self.delimiter)
            self._read_header(rows)
            names = self.columns.names
            characters = min(_MOST_BATCH, max(_LEAST_BATCH, _BATCH_PER_COLUMN * len(names)))
            yield from rows.batches(names, characters)
            self.size = text.size

    def _read_header(self, rows: _Rows) -> None:
        header = rows.header()
        if all(kind_of(cell) in _VALUES for cell in header):
            raise rows.refused(
                "the line holds values where the names of the columns are expected",
                "put a line of column names first",
            )
        for cell in header:
            self.columns.add(cell, rows.line)


class _Rows:
    """Rows out of a text; ``line`` is where the row that is being read begins."""

    def __init__(self, text: Text, delimiter: str) -> None:
        self.line = 1
        self._name = text.name
        self._lines = text.lines()
        self._characters = 0
        self._row_began = 0
        self._reader = csv.reader(self._fed(), delimiter=delimiter, strict=True)

    def header(self) -> Sequence[str]:
        for row in self._strictly(self._reader):
            if len(row) > 1 or (row and row[0].strip()):
                return row
            self._next_row()
        raise self.refused("it is empty", "attach a table with a line of column names")

    def batches(self, names: Sequence[str], characters: int) -> Iterator[Batch]:
        """The rows after the header, in batches of about so many characters; the last one may be empty."""
        self._next_row()
        width = len(names)
        rows: list[tuple[str, ...]] = []
        lines: list[int] = []
        enough = self._characters + characters
        for row in self._strictly(self._reader):
            if len(row) == width:
                rows.append(tuple(row))
                lines.append(self.line)
            elif len(row) > 1 or (row and row[0].strip()):
                raise self._ragged(len(row), width)
            self._next_row()
            if self._characters >= enough:
                yield FullBatch(names=names, rows=rows, places=lines)
                rows, lines = [], []
                enough = self._characters + characters
        yield FullBatch(names=names, rows=rows, places=lines)

    def refused(self, message: str, remedy: str) -> RefusedInput:
        return RefusedInput(message, where=f"attachment '{self._name}', line {self.line}", remedy=remedy)

    def _next_row(self) -> None:
        self.line = self._reader.line_num + 1
        self._row_began = self._characters

    def _fed(self) -> Iterator[str]:
        for line in self._lines:
            self._characters += len(line)
            if self._characters - self._row_began > MAX_ROW_CHARACTERS:
                raise self.refused(
                    f"the row that begins here is longer than {MAX_ROW_CHARACTERS} characters", _QUOTE_REMEDY
                )
            yield line

    def _strictly(self, rows: Iterable[list[str]]) -> Iterator[list[str]]:
        try:
            yield from rows
        except csv.Error as error:
            raise self.refused(*_explained(str(error))) from None

    def _ragged(self, found: int, expected: int) -> RefusedInput:
        return self.refused(
            f"the row has {found} fields where the header has {expected}",
            "give each row as many fields as the header, and put fields that hold the delimiter in quotes",
        )


_QUOTE_REMEDY: Final = 'close each quoted field with " and double the quotes inside it'
_EXPLANATIONS: Final[tuple[tuple[str, Callable[[], str]], ...]] = (
    ("unexpected end of data", lambda: "a quoted field that begins in this row is never closed"),
    ("field larger", lambda: f"a field in this row is longer than {csv.field_size_limit()} characters"),
    ("expected after", lambda: "a quoted field in this row is followed by something else than the delimiter"),
)


def _explained(vendor_message: str) -> tuple[str, str]:
    """What is wrong with the row, and what to do; the csv module's own words may repeat content."""
    for words, explanation in _EXPLANATIONS:
        if words in vendor_message:
            return explanation(), _QUOTE_REMEDY
    return "the row cannot be read as CSV", _QUOTE_REMEDY
